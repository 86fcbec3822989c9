//! What `store copy` refuses, and a copy that is cut: said with its code, its cause and its remedy; nothing is left where it went, nothing changed
//! where it came from.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use tokio::sync::RwLockReadGuard;
use vestibule_installation::place::{random_secret, write_private};
use vestibule_tests::cluster::mover::{Home, Mover};
use vestibule_tests::programs::Outcome;
use vestibule_tests::servers::any_ending_with_us;

use super::copy::mover;
use super::scene::{Trip, until};

/// A stopped companion whose file holds somebody's session.
async fn stopped() -> (Mover, RwLockReadGuard<'static, ()>) {
    let (mut mover, held) = mover().await;
    Trip::until(mover.app().expect("an app"), "camille", "").await.ends_well().await;
    mover.end().await.expect("ends");
    (mover, held)
}

/// Lines of a memory, but for what a start alone makes.
async fn lines(mover: &Mover, home: Home) -> Vec<(String, String)> {
    let all = mover.everything(home).await.expect("readable");
    let made_by_a_start = ["_sqlx_migrations", "environment", "nonce_seeds", "seen_proofs", "sqlite_sequence"];
    all.into_iter().filter(|(table, lines)| !lines.is_empty() && !made_by_a_start.contains(&table.as_str())).collect()
}

/// The program ended with its code for what is to be mended, and said these words.
fn assert_says(outcome: &Outcome, code: &str, words: &[&str]) {
    assert_eq!((outcome.code, outcome.stdout.as_str()), (Some(2), ""), "{outcome:?}");
    let plain = |text: &str| text.replace(['\u{a0}', '\u{202f}'], " ");
    let said = plain(&outcome.stderr);
    assert!(said.starts_with(&format!("{code} : ")), "{code}: {said}");
    for words in words {
        assert!(said.contains(&plain(words)), "{words}: {said}");
    }
    // Title, cause and remedy of the catalogue come after.
    assert_eq!(said.trim_end().lines().count(), 4, "{said}");
    assert!(!said.contains("right-password") && !said.contains("wrong-password"), "{said}");
}

/// Refused, and neither memory is other than it was.
async fn refuses(mover: &Mover, from: Home, code: &str, words: &[&str]) {
    let before = (mover.everything(from).await.expect("readable"), lines(mover, from.other()).await);
    assert_says(&mover.copy(from).await.expect("ends"), code, words);
    let after = (mover.everything(from).await.expect("readable"), lines(mover, from.other()).await);
    assert_eq!(before, after);
}

/// And then nothing stands in the way any more.
async fn goes(mover: &Mover, from: Home) {
    let copied = mover.copy(from).await.expect("ends");
    assert_eq!((copied.code, copied.stderr.as_str()), (Some(0), ""), "{copied:?}");
}

#[tokio::test]
async fn a_server_that_does_not_take_the_copy_is_told_apart() {
    let (mover, _held) = stopped().await;
    let role = mover.database.role("right-password").await.expect("a role");
    let address = mover.folder().join("database");
    let at = async |there: String| write_private(&address, &there).expect("written");
    let (right, name) = (mover.database.address(), mover.database.address().rsplit('/').next().expect("a name").to_owned());

    at(mover.database.address_of(&role, "wrong-password")).await;
    refuses(&mover, Home::File, "VST-3002", &["le serveur refuse ce compte ou son mot de passe", "storage.postgres_url_file"]).await;
    at(mover.database.address_of(&role, "right-password")).await;
    refuses(&mover, Home::File, "VST-3002", &["ce compte n’a pas les droits qu’il faut dans la base", "server/companion.toml"]).await;
    at(right.replace(&name, "no_such_database")).await;
    refuses(&mover, Home::File, "VST-3002", &["le serveur n’a pas de base de ce nom"]).await;
    at("postgres://vestibule@%2Fnowhere/there".to_owned()).await;
    refuses(&mover, Home::File, "VST-3002", &["elle ne répond pas, ou l’adresse du serveur n’est pas la bonne"]).await;
    at(right.clone()).await;
    mover.database.ask(&format!("ALTER DATABASE {name} SET default_transaction_read_only = on")).await.expect("told");
    refuses(&mover, Home::File, "VST-3002", &["le serveur est en lecture seule"]).await;
    // The server's name ends a line of the database itself, and a new connection has its own word.
    let admin = right.replace(&name, "postgres");
    let reset = format!("ALTER DATABASE {name} RESET default_transaction_read_only");
    assert!(std::process::Command::new("psql").args(["-qX", &admin, "-c", &reset]).status().expect("psql").success());
    goes(&mover, Home::File).await;
    mover
        .database
        .ask("INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) VALUES (999, 'later', TRUE, '', 0)")
        .await
        .expect("told");
    refuses(&mover, Home::File, "VST-3002", &["elle vient d’une version plus récente du serveur de connexion"]).await;
    refuses(&mover, Home::Server, "VST-3002", &["elle vient d’une version plus récente du serveur de connexion"]).await;
}

#[tokio::test]
async fn what_is_there_already_is_never_mixed_and_another_key_opens_nothing() {
    let (mover, _held) = stopped().await;
    let key = mover.folder().join("vault-key");
    let other = mover.folder().join("other-key");
    write_private(&other, random_secret().expect("random")).expect("written");
    mover.edit(Home::Server, |kept| kept.with(&format!("vault.key_file = \"{}\"", other.display()))).expect("edited");
    refuses(&mover, Home::File, "VST-3012", &["ne déchiffre pas", "donnez-lui le même fichier de clé"]).await;
    mover.edit(Home::Server, |kept| kept.with(&format!("vault.key_file = \"{}\"", key.display()))).expect("edited");

    mover.database.ask("INSERT INTO asked_anew VALUES ('k', 1)").await.expect("told");
    refuses(&mover, Home::File, "VST-3027", &["la base d’arrivée n’est pas vide (questions à reposer : 1)", "prenez une base neuve"]).await;
    mover.database.ask("DELETE FROM asked_anew").await.expect("told");
    refuses(&mover, Home::Server, "VST-3027", &["la base de départ ne contient rien", "ne sont pas échangés"]).await;
    goes(&mover, Home::File).await;
    refuses(&mover, Home::File, "VST-3027", &["la base d’arrivée n’est pas vide"]).await;
    refuses(&mover, Home::Server, "VST-3027", &["la base d’arrivée n’est pas vide"]).await;
}

#[tokio::test]
async fn a_memory_that_a_companion_serves_is_left_alone_at_either_end() {
    let (mut mover, _held) = stopped().await;
    mover.serve(Home::File).await.expect("served");
    assert_says(&mover.copy(Home::File).await.expect("ends"), "VST-3027", &["un serveur de connexion utilise la base", "arrêtez-le"]);
    assert_eq!(lines(&mover, Home::Server).await, []);
    assert_says(&mover.copy(Home::Server).await.expect("ends"), "VST-3027", &["un serveur de connexion utilise la base", "arrêtez-le"]);
    mover.end().await.expect("ends");
    mover.serve(Home::Server).await.expect("served");
    assert_says(&mover.copy(Home::File).await.expect("ends"), "VST-3027", &["est relié à la base PostgreSQL", "arrêtez-le"]);
    assert_says(&mover.copy(Home::Server).await.expect("ends"), "VST-3027", &["est relié à la base PostgreSQL", "arrêtez-le"]);
    assert_eq!(lines(&mover, Home::Server).await, []);
    mover.end().await.expect("ends");
    goes(&mover, Home::File).await;
}

#[tokio::test]
async fn a_file_that_is_missing_is_no_database_or_cannot_be_written_is_named() {
    let (mover, _held) = stopped().await;
    let (file, aside) = (mover.file(), mover.folder().join("aside"));
    fs::rename(&file, &aside).expect("moved");
    assert_says(
        &mover.copy(Home::File).await.expect("ends"),
        "VST-3027",
        &["n’existe pas, ou le fichier est vide", "memory/companion.sqlite"],
    );
    assert!(!file.exists());
    write_private(&file, "This is no database, only a text that is long enough to be one; ".repeat(100)).expect("written");
    assert_says(
        &mover.copy(Home::File).await.expect("ends"),
        "VST-3002",
        &["ce fichier n’est pas une base de données", "file/companion.toml"],
    );
    assert!(fs::read_to_string(&file).expect("still there").starts_with("This is no database"));
    fs::rename(&aside, &file).expect("moved back");
    assert_eq!(lines(&mover, Home::Server).await, []);
    goes(&mover, Home::File).await;

    // The way back, into a folder of no use.
    let memory = file.parent().expect("a folder").to_owned();
    fs::remove_dir_all(&memory).expect("removed");
    refuses(&mover, Home::Server, "VST-3002", &["le dossier de la base de données", "storage.sqlite_file"]).await;
    fs::create_dir(&memory).expect("made");
    let is_held_back =
        fs::set_permissions(&memory, fs::Permissions::from_mode(0o500)).is_ok() && fs::write(memory.join("probe"), "").is_err();
    if is_held_back {
        refuses(&mover, Home::Server, "VST-3002", &["le dossier de la base de données"]).await;
    }
    fs::set_permissions(&memory, fs::Permissions::from_mode(0o700)).expect("open again");
    drop(fs::remove_file(memory.join("probe")));
    goes(&mover, Home::Server).await;
}

/// The way back onto a disk of this size, which goes with the program.
async fn onto_a_disk_of(mover: &Mover, size: &str) -> Outcome {
    let copy = mover.copy_command(Home::Server).expect("built");
    let memory = mover.file().parent().expect("a folder").to_owned();
    let mut command = any_ending_with_us("unshare");
    command.args([
        "--map-root-user",
        "--mount",
        "sh",
        "-c",
        "mount -t tmpfs -o size=$0,mode=700 none \"$1\" && shift && exec \"$@\"",
        size,
    ]);
    command.arg(memory).arg(copy.as_std().get_program()).args(copy.as_std().get_args());
    let output = command.output().await.expect("unshare (Debian: util-linux)");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("a text");
    Outcome { code: output.status.code(), stdout: text(output.stdout), stderr: text(output.stderr) }
}

#[tokio::test]
async fn a_disk_that_is_full_before_or_on_the_way_is_told() {
    let (mover, _held) = stopped().await;
    goes(&mover, Home::File).await;
    let many = "INSERT INTO device_groups SELECT 'workstation ' || number, 'accueil', number FROM generate_series(1, 60000) AS number";
    mover.database.ask(many).await.expect("told");
    fs::remove_file(mover.file()).expect("removed");
    let before = mover.everything(Home::Server).await.expect("readable");
    for size in ["64k", "1m"] {
        assert_says(&onto_a_disk_of(&mover, size).await, "VST-3002", &["il n’y a plus de place sur le disque"]);
        assert_eq!(mover.everything(Home::Server).await.expect("readable"), before, "{size}");
    }
    goes(&mover, Home::Server).await;
}

/// A copy that is killed once it waits here, in the middle of its lines.
async fn killed_half_way(mover: &Mover, from: Home) {
    let gate = mover.database.hold_number(7).await.expect("held");
    let mut copy = mover.copy_command(from).expect("built").spawn().expect("begun");
    until("it is half way", async || mover.database.waits().await.expect("known")).await;
    assert!(copy.try_wait().expect("known").is_none());
    copy.kill().await.expect("killed");
    gate.release().await.expect("released");
    let others = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()";
    until("the server has noticed", async || mover.database.number(others).await.expect("a number") == 0).await;
}

#[tokio::test]
async fn killed_half_way_and_begun_again() {
    let (mover, _held) = stopped().await;
    // The tables are made by a copy that is refused.
    assert_says(&mover.copy(Home::Server).await.expect("ends"), "VST-3027", &["ne contient rien"]);
    let waits = "CREATE FUNCTION waits() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_advisory_xact_lock(7); RETURN NEW; END $$;
                 CREATE TRIGGER waits BEFORE INSERT ON session_tokens FOR EACH ROW EXECUTE FUNCTION waits()";
    mover.database.ask(waits).await.expect("told");
    let before = mover.everything(Home::File).await.expect("readable");
    killed_half_way(&mover, Home::File).await;
    assert_eq!(lines(&mover, Home::Server).await, []);
    assert_eq!(mover.everything(Home::File).await.expect("readable"), before);
    mover.database.ask("DROP TRIGGER waits ON session_tokens").await.expect("told");
    goes(&mover, Home::File).await;

    // And back: the server gives these lines only when it is let.
    fs::remove_file(mover.file()).expect("removed");
    let before = mover.everything(Home::Server).await.expect("readable");
    let waits = "ALTER TABLE session_tokens RENAME TO kept;
                 CREATE FUNCTION let_go() RETURNS boolean LANGUAGE plpgsql VOLATILE AS $$ BEGIN
                     IF current_query() LIKE 'SELECT hash%' THEN PERFORM pg_advisory_xact_lock(7); END IF; RETURN TRUE; END $$;
                 CREATE VIEW session_tokens AS SELECT * FROM kept WHERE let_go()";
    mover.database.ask(waits).await.expect("told");
    killed_half_way(&mover, Home::Server).await;
    mover.database.ask("DROP VIEW session_tokens; ALTER TABLE kept RENAME TO session_tokens").await.expect("told");
    assert_eq!(lines(&mover, Home::File).await, []);
    assert_eq!(mover.everything(Home::Server).await.expect("readable"), before);
    goes(&mover, Home::Server).await;
}

#[tokio::test]
async fn a_server_that_is_gone_before_it_says_what_it_keeps_leaves_that_open() {
    let (mover, _held) = stopped().await;
    assert_says(&mover.copy(Home::Server).await.expect("ends"), "VST-3027", &["ne contient rien"]);
    let waits = "CREATE FUNCTION waits() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_advisory_xact_lock(7); RETURN NULL; END $$;
                 CREATE CONSTRAINT TRIGGER waits AFTER INSERT ON accounts DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION waits()";
    mover.database.ask(waits).await.expect("told");
    let gate = mover.database.hold_number(7).await.expect("held");
    let copy = mover.copy_command(Home::File).expect("built").spawn().expect("begun");
    until("all but its end is done", async || mover.database.waits().await.expect("known")).await;
    let cut = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
    assert_eq!(mover.database.ask(cut).await.expect("told"), "t");
    let output = copy.wait_with_output().await.expect("ends");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("a text");
    let outcome = Outcome { code: output.status.code(), stdout: text(output.stdout), stderr: text(output.stderr) };
    assert_says(&outcome, "VST-3002", &["n’a pas dit si elle garde la copie", "relancez la même commande"]);
    gate.release().await.expect("released");
    goes(&mover, Home::File).await;
}
