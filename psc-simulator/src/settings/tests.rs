use std::fs;

use secrecy::ExposeSecret as _;
use tempfile::tempdir;

use super::{ClientsRejected, read_clients};

#[test]
fn clients_are_read_with_their_secret_beside_the_file() {
    let folder = tempdir().expect("folder");
    fs::write(folder.path().join("one.secret"), "word\n").expect("written");
    let file = folder.path().join("clients.toml");
    let text = "[[client]]\nid = 'one'\nname = 'Un'\nsecret_file = 'one.secret'\nredirect_uris = ['https://one.example/cb']\n";
    fs::write(&file, text).expect("written");
    let clients = read_clients(&file).expect("clients");
    assert_eq!((clients[0].id.as_str(), clients[0].secret.expose_secret()), ("one", "word"));
    assert!(clients[0].logout_uris.is_empty());
    assert!(!format!("{clients:?}").contains("word"), "a secret is never printed");
}

#[test]
fn an_unknown_key_and_a_missing_secret_are_refused() {
    let folder = tempdir().expect("folder");
    let file = folder.path().join("clients.toml");
    fs::write(&file, "[[client]]\nid = 'one'\nsecret = 'word'\n").expect("written");
    let refused = read_clients(&file).expect_err("refused");
    assert!(matches!(refused, ClientsRejected::Malformed { .. }), "{refused}");
    fs::write(&file, "[[client]]\nid = 'one'\nname = 'Un'\nsecret_file = 'none'\nredirect_uris = []\n").expect("written");
    let refused = read_clients(&file).expect_err("refused");
    assert!(refused.to_string().contains("none"), "{refused}");
}
