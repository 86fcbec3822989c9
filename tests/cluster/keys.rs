//! The vault's key of several companions, as an administrator replaces it.

use std::fs;

use vestibule_tests::cluster::mover::{Home, Mover};
use vestibule_tests::cluster::server;

/// A command that knows one file of several makes the others unable to read what it seals: it changes nothing, and says how.
#[tokio::test]
async fn the_key_of_several_companions_is_replaced_through_a_file_that_each_is_given() {
    let _held = server::shared().await;
    let mut mover = Mover::new().await.expect("what it needs starts");
    mover.serve(Home::Server).await.expect("the tables are made");
    mover.end().await.expect("ends");
    let (key, next) = (mover.folder().join("vault-key"), mover.folder().join("vault-key-2"));
    let before = fs::read(&key).expect("a key");
    let refused = mover.command(&["vault", "rotate"], Home::Server).await.expect("ends");
    assert_eq!(refused.code, Some(2), "{refused:?}");
    assert!(refused.stderr.contains("VST-3028") && refused.stderr.contains("--new-key-file"), "{refused:?}");
    assert_eq!(fs::read(&key).expect("a key"), before);

    let arguments = ["vault", "rotate", "--new-key-file", next.to_str().expect("text")];
    let prepared = mover.command(&arguments, Home::Server).await.expect("ends");
    assert!(prepared.code == Some(0) && prepared.stdout.contains("à chaque serveur de connexion"), "{prepared:?}");
    let first = mover.folder().join("vault-key-2.avant");
    fs::copy(&first, &key).expect("in its place");
    let again = mover.command(&arguments, Home::Server).await.expect("ends");
    assert_eq!((again.code, &again.stdout), (Some(0), &prepared.stdout), "what is left to do");
    fs::copy(&next, &key).expect("in its place");
    let again = mover.command(&arguments, Home::Server).await.expect("ends");
    assert_eq!((again.code, &again.stdout), (Some(0), &prepared.stdout), "nobody said that all have it");
    let arguments = [arguments.as_slice(), &["--given-to-all"]].concat();
    let done = mover.command(&arguments, Home::Server).await.expect("ends");
    assert!(done.code == Some(0) && done.stdout.contains("chiffre tout"), "{done:?}");
    assert!(!first.exists(), "no other copy of the former key");
    let after = mover.command(&["vault", "status"], Home::Server).await.expect("ends");
    assert!(after.code == Some(0) && after.stdout.contains("retirée"), "{after:?}");
    mover.serve(Home::Server).await.expect("served under the new key");
    mover.end().await.expect("ends");
}
