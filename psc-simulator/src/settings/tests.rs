//! The settings file: clients, secrets, unknown keys.

use std::fs;

use secrecy::ExposeSecret as _;
use tempfile::tempdir;

use super::{Authentication, ClientsRejected, read_clients};

#[test]
fn clients_are_read_with_their_secret_beside_the_file() {
    let folder = tempdir().expect("folder");
    fs::write(folder.path().join("one.secret"), "word\n").expect("written");
    let file = folder.path().join("clients.toml");
    let text = "[[client]]\nid = 'one'\nname = 'Un'\nsecret_file = 'one.secret'\nredirect_uris = ['https://one.example/cb']\n";
    fs::write(&file, text).expect("written");
    let clients = read_clients(&file).expect("clients");
    let Authentication::Secret(secret) = &clients[0].authentication else { panic!("a secret") };
    assert_eq!((clients[0].id.as_str(), secret.expose_secret()), ("one", "word"));
    assert!(clients[0].logout_uris.is_empty());
    assert!(!format!("{clients:?}").contains("word"), "a secret is never printed");
}

#[test]
fn an_unknown_key_and_a_missing_secret_are_refused() {
    let folder = tempdir().expect("folder");
    let file = folder.path().join("clients.toml");
    fs::write(&file, "[[client]]\nid = 'one'\nsecret = 'word'\n").expect("written");
    let refused = read_clients(&file).expect_err("refused");
    assert!(matches!(refused, ClientsRejected::Malformed { line: 3, .. }) && !refused.to_string().contains("word"), "{refused}");
    fs::write(&file, "[[client]]\nid = 'one'\nname = 'Un'\nname = 'word'\n").expect("written");
    let refused = read_clients(&file).expect_err("refused").to_string();
    assert!(
        refused.contains("ligne 4") && refused.contains("«\u{a0}client.name\u{a0}» y est déjà") && !refused.contains("word"),
        "{refused}"
    );
    fs::write(&file, "[[client]]\nid = 'one'\nname = 'Un'\nsecret_file = 'none'\nredirect_uris = []\n").expect("written");
    let refused = read_clients(&file).expect_err("refused");
    assert!(refused.to_string().contains("none"), "{refused}");
}

#[test]
fn a_client_makes_itself_known_one_way() {
    let folder = tempdir().expect("folder");
    let file = folder.path().join("clients.toml");
    let one = |keys: &str| format!("[[client]]\nid = 'one'\nname = 'Un'\nredirect_uris = []\n{keys}\n");
    fs::write(&file, one("certificate_subject = 'CN=service'")).expect("written");
    let clients = read_clients(&file).expect("clients");
    assert!(matches!(&clients[0].authentication, Authentication::CertificateSubject(subject) if subject == "CN=service"));
    for keys in ["", "certificate_subject = 'CN=x'\nsecret_file = 'y'"] {
        fs::write(&file, one(keys)).expect("written");
        assert!(matches!(read_clients(&file), Err(ClientsRejected::Ambiguous { .. })), "{keys}");
    }
    fs::write(folder.path().join("rien.pem"), "rien").expect("written");
    fs::write(&file, one("certificate_file = 'rien.pem'")).expect("written");
    assert!(matches!(read_clients(&file), Err(ClientsRejected::Certificate { .. })));
}

/// Whoever starts the simulator does not read English, and wants to know what to do.
#[test]
fn whatever_is_wrong_is_said_in_french_with_what_to_do() {
    let folder = tempdir().expect("folder");
    let file = folder.path().join("clients.toml");
    let service = "[[client]]\nid = 'un'\nname = 'Un'\n";
    let whole = format!("{service}secret_file = 'un.secret'\nredirect_uris = []\n");
    for (text, said, remedy) in [
        (String::new(), "aucun service n’est déclaré", "Ajoutez une section [[client]]."),
        (
            format!("{whole}secret = 'zq99'\n"),
            "ligne 6\u{a0}: paramètre inconnu «\u{a0}secret\u{a0}»",
            "Paramètres possibles\u{a0}: id, name, secret_file",
        ),
        ("[[client]]\nid = 12\n".to_owned(), "ligne 2\u{a0}: valeur incorrecte de «\u{a0}id\u{a0}»", "un texte entre guillemets."),
        (format!("{service}redirect_uris = 'zq99'\n"), "valeur incorrecte de «\u{a0}redirect_uris\u{a0}»", "une liste entre crochets."),
        (service.to_owned(), "il manque le paramètre «\u{a0}redirect_uris\u{a0}»", "Ajoutez-le."),
        (format!("{whole}id = 'zq99'\n"), "«\u{a0}client.id\u{a0}» y est déjà", "Gardez-en un seul."),
        ("[[client]]\nid = zq99\n".to_owned(), "ligne 2\u{a0}: ", "guillemets"),
        ("client = 3\n".to_owned(), "valeur incorrecte de «\u{a0}client\u{a0}»", "une liste entre crochets."),
        (format!("{service}redirect_uris = []\n"), "rien ne dit comment il s’authentifie", "Gardez un seul des trois paramètres"),
        (whole.clone(), "un.secret\u{a0}» n’a pas pu être lu\u{a0}: il n’existe pas", "Vérifiez son chemin."),
        (
            whole.replace("secret_file = 'un.secret'", "certificate_file = 'clients.toml'"),
            "ne contient aucun certificat",
            "Donnez-le en PEM",
        ),
    ] {
        fs::write(&file, &text).expect("written");
        let refused = read_clients(&file).expect_err(&text).to_string();
        assert!(refused.contains(said) && refused.contains(remedy) && !refused.contains("zq99"), "{text}: {refused}");
        for english in ["expected", "field", "missing", "invalid", "cannot", "one of", "line", " or "] {
            assert!(!refused.replace(&file.display().to_string(), "").contains(english), "{text}: {refused}");
        }
    }
}
