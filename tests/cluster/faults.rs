//! What is wrong with a memory, made in earnest, and what the program says of it: the same sentence whoever asks, before a start and at it.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use sqlx::Connection as _;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use vestibule_installation::place::write_private;
use vestibule_tests::cluster::mover::{Home, Mover};
use vestibule_tests::cluster::server;

/// Who asks: before a start, whatever runs meanwhile; and a start.
const ALL: [&str; 3] = ["check-config", "doctor", "serve"];
/// What does not hinder reading is told by a start alone.
const START: [&str; 1] = ["serve"];

/// Each of these commands ends with its code for what is to be mended, and says which memory, by the name of its key, and what is wrong with it.
async fn says(mover: &Mover, home: Home, (commands, first): (&[&str], &str), words: &str) {
    let key = match home {
        Home::File => "storage.sqlite_file",
        Home::Server => "storage.postgres_url_file",
    };
    for command in commands {
        let outcome = mover.command_where(first, &[command], home).await.expect("ends");
        let said = format!("{}{}", outcome.stdout, outcome.stderr).replace(['\u{a0}', '\u{202f}'], " ");
        assert_eq!(outcome.code, Some(2), "{command}, {words}: {said}");
        for words in ["VST-3002 : ", words, key] {
            assert!(said.contains(words), "{command}: {words}: {said}");
        }
        let place = match home {
            Home::File => mover.folder().display().to_string(),
            Home::Server => "compte ".to_owned(),
        };
        assert!(said.contains(&place), "which one: {command}: {said}");
        assert!(!said.contains("-password"), "{command}: {said}");
    }
}

#[tokio::test]
async fn what_is_wrong_with_a_server_is_told_by_whoever_asks() {
    let _held = server::shared().await;
    let mut mover = Mover::new().await.expect("what it needs starts");
    let (file, role) = (mover.folder().join("database"), mover.database.role("right-password").await.expect("a role"));
    let at = |address: &str| write_private(&file, address).expect("written");
    let (right, name) = (mover.database.address(), mover.database.name().to_owned());
    let always = (ALL.as_slice(), "");

    at(&right.replace(&name, "no_such_database"));
    says(&mover, Home::Server, always, "le serveur n’a pas de base de ce nom").await;
    at("postgres://vestibule@%2Fnowhere/there");
    says(&mover, Home::Server, always, "elle ne répond pas, ou l’adresse du serveur n’est pas la bonne").await;
    at(&mover.database.address_of(&role, "wrong-password"));
    says(&mover, Home::Server, always, "le serveur refuse ce compte ou son mot de passe").await;
    at(&mover.database.address_of(&role, "right-password"));
    says(&mover, Home::Server, always, "ce compte n’a pas les droits qu’il faut dans la base").await;

    at(&right);
    mover.serve(Home::Server).await.expect("the tables are made");
    mover.end().await.expect("ends");
    at(&mover.database.address_of(&role, "right-password"));
    says(&mover, Home::Server, always, "ce compte n’a pas les droits qu’il faut dans la base").await;
    at(&right);
    let hold = mover.database.hold_alone("_sqlx_migrations").await.expect("held");
    says(&mover, Home::Server, always, "un autre programme la tient verrouillée").await;
    hold.release().await.expect("released");
    mover.database.ask(&format!("ALTER DATABASE {name} SET default_transaction_read_only = on")).await.expect("told");
    says(&mover, Home::Server, always, "le serveur est en lecture seule").await;
    mover
        .database
        .ask(&format!("BEGIN READ WRITE; ALTER DATABASE {name} RESET default_transaction_read_only; COMMIT"))
        .await
        .expect("told");
    mover.database.ask(&format!("ALTER DATABASE {name} CONNECTION LIMIT 0; ALTER ROLE {role} CONNECTION LIMIT 0")).await.expect("told");
    at(&mover.database.address_of(&role, "right-password"));
    says(&mover, Home::Server, always, "le serveur n’accepte pas d’autre connexion").await;
    at(&right);

    let known = mover.database.ask("SELECT checksum FROM _sqlx_migrations WHERE version = 1").await.expect("told");
    mover.database.ask("UPDATE _sqlx_migrations SET checksum = '' WHERE version = 1").await.expect("told");
    says(&mover, Home::Server, always, "son schéma n’est pas celui d’un serveur de connexion de cette version").await;
    mover
        .database
        .ask(&format!("UPDATE _sqlx_migrations SET checksum = '{known}', success = FALSE WHERE version = 1"))
        .await
        .expect("told");
    says(&mover, Home::Server, always, "une mise à jour n’y est pas allée à son terme").await;
    mover.database.ask("UPDATE _sqlx_migrations SET success = TRUE").await.expect("told");
    let later = "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) VALUES (999, 'later', TRUE, '', 0)";
    mover.database.ask(later).await.expect("told");
    says(&mover, Home::Server, always, "elle vient d’une version plus récente du serveur de connexion").await;
    mover.database.ask("DELETE FROM _sqlx_migrations WHERE version = 999").await.expect("told");
    mover.serve(Home::Server).await.expect("nothing is wrong any more");
}

#[tokio::test]
async fn what_is_wrong_with_a_file_is_told_by_whoever_asks() {
    let _held = server::shared().await;
    let mut mover = Mover::new().await.expect("what it needs starts");
    let (file, always) = (mover.file(), (ALL.as_slice(), ""));
    let memory = file.parent().expect("a folder").to_owned();
    says(&mover, Home::File, (&START, "mount -t tmpfs -o size=64k,mode=700 none \"$0\""), "il n’y a plus de place sur le disque").await;
    fs::remove_dir(&memory).expect("removed");
    says(&mover, Home::File, always, "n’existe pas").await;
    fs::create_dir(&memory).expect("made");
    write_private(&file, "This is no database, only a text that is long enough to be one; ".repeat(100)).expect("written");
    says(&mover, Home::File, always, "ce fichier n’est pas une base de données").await;
    fs::remove_file(&file).expect("removed");
    fs::create_dir(&file).expect("made");
    says(&mover, Home::File, always, "dossier").await;
    fs::remove_dir(&file).expect("removed");

    mover.serve(Home::File).await.expect("the file is made");
    mover.end().await.expect("ends");
    says(&mover, Home::File, (&ALL, "mount --bind -o ro \"$0\" \"$0\""), "lecture seule").await;
    let mut other = SqliteConnection::connect_with(&SqliteConnectOptions::new().filename(&file)).await.expect("opened");
    sqlx::raw_sql("BEGIN IMMEDIATE").execute(&mut other).await.expect("held");
    says(&mover, Home::File, (&START, ""), "un autre programme la tient verrouillée").await;
    other.close().await.expect("closed");

    let kept = mover.everything(Home::File).await.expect("readable");
    mover.tell_file("UPDATE _sqlx_migrations SET success = 0 WHERE version = 14").await.expect("told");
    says(&mover, Home::File, always, "une mise à jour n’y est pas allée à son terme").await;
    mover
        .tell_file("UPDATE _sqlx_migrations SET success = 1, description = hex(checksum), checksum = x'00' WHERE version = 14")
        .await
        .expect("told");
    says(&mover, Home::File, always, "son schéma n’est pas celui d’un serveur de connexion de cette version").await;
    mover.tell_file("UPDATE _sqlx_migrations SET version = 999 WHERE version = 14").await.expect("told");
    says(&mover, Home::File, always, "elle vient d’une version plus récente du serveur de connexion").await;
    drop(kept);

    // Its first page says how large it is, and the rest is gone.
    let whole = fs::read(&file).expect("read");
    fs::write(&file, &whole[..4096 * 3]).expect("written");
    says(&mover, Home::File, (&START, ""), "elle est endommagée").await;
    fs::write(&file, &whole).expect("written");
    fs::set_permissions(&file, fs::Permissions::from_mode(0o000)).expect("shut");
    if fs::read(&file).is_err() {
        says(&mover, Home::File, always, "accès").await;
    }
}

/// As a standby does, or a server that its disk made so: what is there is shown, and nothing more is taken.
#[tokio::test]
async fn health_tells_a_server_that_is_only_read_from_one_that_is_gone() {
    let _held = server::shared().await;
    let mut mover = Mover::new().await.expect("what it needs starts");
    mover.serve(Home::Server).await.expect("served");
    let only_read = format!("ALTER DATABASE {} SET default_transaction_read_only = on", mover.database.name());
    mover.database.ask(&only_read).await.expect("told");
    let http = reqwest::Client::builder().no_proxy().build().expect("a client");
    let mut said = serde_json::Value::Null;
    // What the last trial said holds for five seconds.
    for _ in 0..40 {
        let answer = http.get(format!("http://{}/health", mover.administration())).send().await.expect("answers");
        let status = answer.status();
        said = answer.json().await.expect("JSON");
        if status == reqwest::StatusCode::SERVICE_UNAVAILABLE {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(250)).await;
    }
    assert_eq!((&said["status"], &said["parts"]["database_writing"]["code"]), (&"failed".into(), &"VST-3002".into()), "{said}");
    assert_eq!(said["parts"]["database_reading"]["status"], serde_json::Value::from("ok"), "{said}");
    mover.end().await.expect("ends");
}
