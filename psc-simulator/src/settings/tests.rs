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
    assert!(refused.contains("line 4") && refused.contains("`client.name` stands there twice") && !refused.contains("word"), "{refused}");
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
