//! A memory that is lost and restored by the guide's own commands, run as they stand: whoever was signed in when it was saved still is.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use reqwest::{Method, StatusCode};
use vestibule_installation::companion;
use vestibule_installation::place::write_private;
use vestibule_tests::cluster::backups::{TITLES, example};
use vestibule_tests::cluster::mover::{Home, Mover};
use vestibule_tests::cluster::server::{self, Database};
use vestibule_tests::raw_client::{Body, RawClient, Tokens};
use vestibule_tests::servers::{any_ending_with_us, program};

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
    let bin = program("companion-server").expect("built");
    let path = format!("{}:{}", bin.parent().expect("a folder").display(), std::env::var("PATH").unwrap_or_default());
    let mut command = any_ending_with_us("sh");
    command.env("PATH", path);
    command.args(["-ec", &script]).envs(environment.iter().cloned()).output().await.expect("a shell")
}

fn assert_private(file: &Path) {
    assert_eq!(fs::metadata(file).expect("saved").permissions().mode() & 0o777, 0o600, "{}", file.display());
}

/// The key of the vault is elsewhere.
fn saved_in(mover: &Mover, name: &str) -> PathBuf {
    let folder = mover.folder().join("saved");
    fs::create_dir_all(&folder).expect("a folder");
    folder.join(name)
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
    let (config, saved) = (mover.home(Home::File).join(companion::FILE), saved_in(&mover, "saved.sqlite"));
    let (config, saved) = (config.to_str().expect("a path"), saved.to_str().expect("a path"));
    let places = [("/etc/vestibule/companion.toml", config), ("/srv/sauvegardes/compagnon.sqlite", saved)];
    run(TITLES[0], &places, &[]).await;
    assert_private(Path::new(saved));
    // Another one under this name would be the only one.
    let again = outcome(TITLES[0], &places, &[]).await;
    assert!(!again.status.success() && String::from_utf8_lossy(&again.stderr).contains("existe déjà"), "{again:?}");
    // What is served is not exchanged.
    let served = outcome(TITLES[1], &places, &[]).await;
    assert!(
        !served.status.success() && String::from_utf8_lossy(&served.stderr).contains("un serveur de connexion utilise la base"),
        "{served:?}"
    );
    let (late_app, late) = signed_in(&mover).await;
    mover.kill().await.expect("killed");
    // What a crash leaves beside the file is not the saved one's.
    let file = mover.file();
    let journal = file.with_file_name("companion.sqlite-wal");
    assert!(fs::metadata(&journal).expect("left").len() > 0);
    fs::write(&file, "lost").expect("written");
    run(TITLES[1], &places, &[]).await;
    assert_private(&file);
    let kept = |entry: &fs::DirEntry| entry.file_name().to_string_lossy().contains(".avant-");
    let aside = fs::read_dir(file.parent().expect("a folder")).expect("a folder").flatten().filter(kept).count();
    assert!(aside > 0 && !journal.exists(), "what was there is kept");
    mover.serve(Home::File).await.expect("served");
    goes_on((&app, tokens), (&late_app, late)).await;
}

/// What was confirmed before the command began, whoever signs in meanwhile.
#[tokio::test]
async fn each_of_several_files_saved_while_people_sign_in_has_every_session_confirmed_by_then() {
    let _held = server::shared().await;
    let mut mover = Mover::new().await.expect("what it needs starts");
    mover.serve(Home::File).await.expect("served");
    let (is_over, confirmed) = (Arc::new(AtomicBool::new(false)), Arc::new(Mutex::new(Vec::<(RawClient, Tokens)>::new())));
    let people = tokio::task::LocalSet::new();
    for _ in 0..4 {
        let (is_over, confirmed, apps) = (Arc::clone(&is_over), Arc::clone(&confirmed), [(); 40].map(|()| mover.app().expect("an app")));
        people.spawn_local(async move {
            for app in apps {
                if is_over.load(Ordering::Relaxed) {
                    break;
                }
                let mut trip = Trip::until(app, "camille", "").await;
                let tokens = trip.ends_well().await;
                confirmed.lock().expect("not poisoned").push((trip.app, tokens));
            }
        });
    }
    let known = || confirmed.lock().expect("not poisoned").len();
    let mut by_then = 0;
    people
        .run_until(async {
            for number in 0..3 {
                until(|| known() >= by_then + 4).await;
                by_then = known();
                let file = saved_in(&mover, &format!("{number}.sqlite"));
                let saved =
                    mover.command(&["backup", "--json", "--to", file.to_str().expect("a path")], Home::File).await.expect("it ends");
                assert_eq!(saved.code, Some(0), "{saved:?}");
                let sessions = saved.json().expect("one document")["sessions"].as_u64().expect("a number");
                assert!(sessions >= by_then as u64, "{sessions} of {by_then}");
            }
            is_over.store(true, Ordering::Relaxed);
        })
        .await;
    tokio::time::timeout(Duration::from_secs(60), people).await.expect("they end");
    mover.end().await.expect("ends");
    let file = saved_in(&mover, "2.sqlite");
    let restored = mover.command(&["restore", "--json", "--from", file.to_str().expect("a path")], Home::File).await.expect("it ends");
    assert_eq!(restored.code, Some(0), "{restored:?}");
    mover.serve(Home::File).await.expect("served");
    let confirmed = std::mem::take(&mut *confirmed.lock().expect("not poisoned"));
    for (app, tokens) in confirmed.iter().take(by_then) {
        assert_eq!(session(app, &tokens.access).await.status, StatusCode::OK);
    }
    signed_in(&mover).await;
}

async fn until(is_so: impl Fn() -> bool) {
    for _ in 0..600 {
        if is_so() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("not within a minute");
}

#[tokio::test]
async fn a_servers_database_is_left_to_its_own_tools_which_are_named() {
    let _held = server::shared().await;
    let mover = Mover::new().await.expect("what it needs starts");
    let file = saved_in(&mover, "saved.sqlite");
    for command in [["backup", "--to"], ["restore", "--from"]] {
        let told = mover.command(&[command[0], command[1], file.to_str().expect("a path")], Home::Server).await.expect("it ends");
        assert!(told.code == Some(2) && told.stderr.starts_with("VST-3036") && told.stderr.contains("pg_dump"), "{told:?}");
    }
    assert!(!file.exists());
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
