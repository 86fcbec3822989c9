//! A memory on another machine: its server speaks TLS, or nobody speaks to it.

use vestibule_installation::place::write_private;
use vestibule_tests::cluster::mover::{Home, Mover};
use vestibule_tests::cluster::server;
use vestibule_tests::cluster::tls_server::{NAME, TlsServer};

use super::scene::Trip;

/// Before a start and at it, the same sentence.
const ALL: [&str; 3] = ["check-config", "doctor", "serve"];

async fn says(mover: &Mover, words: &str) {
    for command in ALL {
        let outcome = mover.command(&[command], Home::Server).await.expect("ends");
        let said = format!("{}{}", outcome.stdout, outcome.stderr).replace(['\u{a0}', '\u{202f}'], " ");
        assert_eq!(outcome.code, Some(2), "{command}, {words}: {said}");
        assert!(said.contains("VST-3002 : ") && said.contains(words), "{command}: {words}: {said}");
        assert!(!said.contains("-password"), "{command}: {said}");
    }
}

/// The one role owns its database, the other a schema of its own name in somebody else's; neither may do anything else.
#[tokio::test]
async fn a_server_of_another_machine_is_spoken_to_by_tls_and_by_whoever_owns_a_place_there() {
    let _held = server::shared().await;
    let mut mover = Mover::new().await.expect("what it needs starts");
    let there = TlsServer::start(&mover.database, mover.folder()).await.expect("a server");
    let ours = |file: &str| format!("storage.postgres_ca_file = \"{}\"", mover.folder().join(file).display());
    let (right, other) = (ours("authority.pem"), ours("other-authority.pem"));
    let file = mover.folder().join("database");
    let at = |address: &str| write_private(&file, address).expect("written");

    mover.edit(Home::Server, |installation| installation.with(&other)).expect("written");
    at(&there.address(NAME, "owner"));
    says(&mover, "le certificat de son serveur ne vient pas d’une autorité connue").await;
    mover.edit(Home::Server, |installation| installation.with(&right)).expect("written");
    at(&there.address("other.example", "owner"));
    says(&mover, "le certificat de son serveur est à un autre nom que celui de l’adresse").await;
    there.present("expired").await.expect("presented");
    at(&there.address(NAME, "owner"));
    says(&mover, "le certificat de son serveur a expiré").await;
    there.speak_clear().await.expect("told");
    says(&mover, "son serveur ne parle pas TLS").await;

    there.present("server").await.expect("presented");
    for role in ["owner", "tenant"] {
        at(&there.address(NAME, role));
        let rights = there.ask(&format!("SELECT rolsuper OR rolcreatedb OR rolcreaterole FROM pg_roles WHERE rolname = '{role}'")).await;
        assert_eq!(rights.expect("told"), "f");
        mover.serve(Home::Server).await.expect("the tables are made");
        for command in ["check-config", "doctor"] {
            let outcome = mover.command(&[command], Home::Server).await.expect("ends");
            assert_eq!(outcome.code, Some(0), "{command}: {outcome:?}");
        }
        let mut trip = Trip::until(mover.app().expect("an app"), "camille", "").await;
        trip.ends_well().await;
        let clear = "FROM pg_stat_activity JOIN pg_stat_ssl USING (pid) WHERE application_name = 'vestibule-companion' AND";
        assert_eq!(there.ask(&format!("SELECT count(*) {clear} NOT ssl")).await.expect("told"), "0");
        assert_ne!(there.ask(&format!("SELECT count(*) {clear} ssl AND usename = '{role}'")).await.expect("told"), "0");
        mover.end().await.expect("ends");
    }
}
