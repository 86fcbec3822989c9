//! A memory that is lost and restored by the guide's own commands, run as they stand: whoever was signed in when it was saved still is.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use reqwest::{Method, StatusCode};
use vestibule_installation::place::write_private;
use vestibule_tests::cluster::backups::{TITLES, example};
use vestibule_tests::cluster::mover::{Home, Mover};
use vestibule_tests::cluster::server::{self, Database};
use vestibule_tests::raw_client::{Body, RawClient, Tokens};
use vestibule_tests::servers::any_ending_with_us;

use super::scene::{Trip, session};

/// Runs an example of the guide, with what it names of a machine as it is here.
async fn run(title: &str, places: &[(&str, &str)], environment: &[(&str, String)]) {
    let output = outcome(title, places, environment).await;
    assert!(output.status.success(), "{title}: {}", String::from_utf8_lossy(&output.stderr));
}

async fn outcome(title: &str, places: &[(&str, &str)], environment: &[(&str, String)]) -> std::process::Output {
    let mut script = example(title).expect("the example");
    for (there, here) in places {
        assert!(script.contains(there), "{there}: {script}");
        script = script.replace(there, here);
    }
    let mut command = any_ending_with_us("sh");
    command.args(["-ec", &script]).envs(environment.iter().cloned()).output().await.expect("a shell")
}

fn assert_private(file: &Path) {
    assert_eq!(fs::metadata(file).expect("saved").permissions().mode() & 0o777, 0o600, "{}", file.display());
}

async fn signed_in(mover: &Mover) -> (RawClient, Tokens) {
    let mut trip = Trip::until(mover.app().expect("an app"), "camille", "").await;
    let tokens = trip.ends_well().await;
    (trip.app, tokens)
}

/// What was saved goes on; what came after it is gone.
async fn goes_on((app, tokens): (&RawClient, Tokens), (late_app, late): (&RawClient, Tokens)) {
    assert_eq!(session(app, &tokens.access).await.status, StatusCode::OK);
    assert_eq!(session(late_app, &late.access).await.status, StatusCode::UNAUTHORIZED);
    let tokens = app.refresh(&tokens.refresh).await.expect("answers").tokens().expect("refreshed");
    let out = app.call(Method::POST, "/api/v1/session/sign-out", Some(&tokens.access), Body::None).await.expect("answers");
    assert_eq!((out.status, &out.body["psc_session"]), (StatusCode::OK, &"ended".into()), "{out:?}");
}

#[tokio::test]
async fn a_file_is_saved_while_it_is_served_and_restored() {
    let _held = server::shared().await;
    let mut mover = Mover::new().await.expect("what it needs starts");
    mover.serve(Home::File).await.expect("served");
    let (app, tokens) = signed_in(&mover).await;
    let (file, saved) = (mover.file(), mover.folder().join("saved.sqlite"));
    let (file, saved) = (file.to_str().expect("a path"), saved.to_str().expect("a path"));
    let places = [("/var/lib/vestibule/compagnon.sqlite", file), ("/srv/sauvegardes/compagnon.sqlite", saved)];
    run(TITLES[0], &places, &[]).await;
    assert_private(Path::new(saved));
    // The name of another file saves nothing, and says so.
    let absent = format!("{file}.absent");
    let elsewhere = format!("{saved}.absent");
    let refused = outcome(TITLES[0], &[(places[0].0, &absent), (places[1].0, &elsewhere)], &[]).await;
    assert!(!refused.status.success() && !Path::new(&absent).exists(), "{refused:?}");
    let (late_app, late) = signed_in(&mover).await;
    mover.kill().await.expect("killed");
    // What a crash leaves beside the file is not the saved one's.
    assert!(fs::metadata(format!("{file}-wal")).expect("left").len() > 0);
    fs::write(file, "lost").expect("written");
    run(TITLES[1], &places, &[]).await;
    mover.serve(Home::File).await.expect("served");
    goes_on((&app, tokens), (&late_app, late)).await;
}

#[tokio::test]
async fn a_database_is_saved_while_it_is_served_and_restored_under_an_owner_who_may_nothing_else() {
    let _held = server::shared().await;
    let mut mover = Mover::new().await.expect("what it needs starts");
    let (address, owner) = (mover.folder().join("database"), mover.database.role("right-password").await.expect("a role"));
    mover.database.ask(&format!("ALTER DATABASE {} OWNER TO {owner}", mover.database.name())).await.expect("told");
    write_private(&address, mover.database.address_of(&owner, "right-password")).expect("written");
    mover.serve(Home::Server).await.expect("its owner makes the tables");
    let (app, tokens) = signed_in(&mover).await;
    let programs = mover.database.for_programs().expect("an address");
    let saved = mover.folder().join("saved.dump");
    let saved = saved.to_str().expect("a path");
    run(TITLES[2], &[("/srv/sauvegardes/compagnon.dump", saved), (" compagnon\n", &format!(" {}\n", mover.database.name()))], &programs)
        .await;
    assert_private(Path::new(saved));
    let (late_app, late) = signed_in(&mover).await;
    mover.kill().await.expect("killed");

    let restored = Database::to_come().expect("a server");
    let places = [
        ("/srv/sauvegardes/compagnon.dump", saved),
        ("compagnon_restauree", restored.name()),
        ("--owner=compagnon", &format!("--owner={owner}")),
        ("--role=compagnon", &format!("--role={owner}")),
    ];
    run(TITLES[3], &places, &programs).await;
    write_private(&address, restored.address_of(&owner, "right-password")).expect("written");
    let lost = std::mem::replace(&mut mover.database, restored);
    mover.serve(Home::Server).await.expect("served");
    goes_on((&app, tokens), (&late_app, late)).await;
    mover.end().await.expect("ends");
    drop((mover, lost));
}
