//! The command line: what an administrator meets before anything runs.

use std::net::SocketAddr;
use std::path::Path;
use std::process::Output;

use companion_server::random::SystemRandom;
use companion_server::store::Tenancy;
use companion_server::vault::{self, SealedPlace, Vault};
use sqlx::{Connection as _, SqliteConnection};
use vestibule_installation::Installation;
use vestibule_installation::place::write_private;
use vestibule_tests::servers::ending_with_us;

pub async fn run(arguments: &[&str]) -> Output {
    ending_with_us("companion-server").unwrap().args(arguments).env_clear().output().await.unwrap()
}

pub fn text_of(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

async fn refused(config: &Path) -> String {
    let config = config.to_str().unwrap();
    let checked = run(&["check-config", "--config", config]).await;
    let checked_told = text_of(&checked.stderr);
    // First: a start that is not refused never ends.
    assert_eq!(checked.status.code(), Some(2), "{checked_told}");
    let output = run(&["serve", "--config", config]).await;
    assert_eq!(output.status.code(), Some(2));
    let told = text_of(&output.stderr).to_owned();
    assert!(!told.contains("panicked") && !told.contains("backtrace"), "{told}");
    // Some of a start's reasons come after its first log lines.
    assert!(told.ends_with(checked_told) && !checked_told.is_empty(), "check-config says the same: {told}\n---\n{checked_told}");
    checked_told.to_owned()
}

#[tokio::test]
async fn a_wrong_configuration_is_explained_in_french() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("companion.toml");
    let told = refused(&file).await;
    assert!(told.contains("VST-3001") && told.contains("n’a pas pu être lu"), "{told}");

    std::fs::write(&file, "[service]\nname = \"X\"\npublic_url = \"http://127.0.0.1:1\"\ncolour = \"red\"\n").unwrap();
    let told = refused(&file).await;
    assert!(told.contains("VST-3001") && told.contains("service.colour"), "{told}");
}

/// Everything `serve` needs, in `folder`.
pub fn installed(folder: &Path, address: &str, administration: &str) {
    let address: SocketAddr = address.parse().unwrap();
    // Any port will do to listen on; in the address that is shown it would be a mistake.
    let shown = if address.port() == 0 { 8080 } else { address.port() };
    let installation = Installation::at(address).with(&format!("service.public_url = \"http://127.0.0.1:{shown}\""));
    // Without a name for the token: the place that is its own when nothing is said.
    installation.with(&format!("administration.address = \"{administration}\"")).write(folder).unwrap();
}

#[tokio::test]
async fn another_provider_is_refused_by_its_section_until_there_is_one() {
    let folder = tempfile::tempdir().unwrap();
    installed(folder.path(), "127.0.0.1:0", "127.0.0.1:0");
    let file = folder.path().join("companion.toml");
    let sound = std::fs::read_to_string(&file).unwrap();
    assert!(run(&["check-config", "--config", file.to_str().unwrap()]).await.status.success());
    for (above, below) in [("", "[[provider]]\nname = \"autre\"\n"), ("", "[provider.autre]\n"), ("provider = \"autre\"\n", "")] {
        std::fs::write(&file, format!("{above}{sound}\n{below}")).unwrap();
        let told = refused(&file).await;
        let told = told.replace('\u{a0}', " ");
        assert!(told.contains("VST-3001") && told.contains("« provider »"), "{told}");
        let reason = "qu’un fournisseur d’identité, Pro Santé Connect, décrit dans [psc]";
        assert!(told.contains(reason) && told.contains("retirez [[provider]]"), "{told}");
    }
}

#[tokio::test]
async fn a_second_companion_on_the_same_database_is_explained_in_french() {
    let folder = tempfile::tempdir().unwrap();
    installed(folder.path(), "127.0.0.1:0", "127.0.0.1:0");
    let config = folder.path().join("companion.toml");
    let first = Tenancy::take(&folder.path().join("memory/companion.sqlite")).unwrap().expect("nobody has it yet");
    let output = run(&["serve", "--config", config.to_str().unwrap()]).await;
    let told = text_of(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{told}");
    assert!(told.starts_with("VST-3002\u{a0}: un autre serveur de connexion utilise déjà la base de données"), "{told}");
    assert!(!folder.path().join("memory/companion.sqlite").exists(), "the database was left alone");
    drop(first);
    // A program that another test starts at this moment has our files open, and the right with them, until it is itself.
    let mut tries = 0;
    while Tenancy::take(&folder.path().join("memory/companion.sqlite")).unwrap().is_none() {
        tries += 1;
        assert!(tries < 1_000, "the right ends with its holder");
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
}

#[tokio::test]
async fn an_address_already_taken_is_explained_in_french() {
    let folder = tempfile::tempdir().unwrap();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap();
    let file = |name: &str| folder.path().join(name);
    installed(folder.path(), &address.to_string(), "127.0.0.1:8081");
    let config = file("companion.toml");
    assert!(run(&["check-config", "--config", config.to_str().unwrap()]).await.status.success());
    let output = run(&["serve", "--config", config.to_str().unwrap()]).await;
    assert_eq!(output.status.code(), Some(2));
    let told = text_of(&output.stderr);
    assert!(told.starts_with(&format!("VST-3006\u{a0}: impossible d’écouter sur l’adresse {address}")), "{told}");
    assert_eq!(told.matches("un autre programme").count(), 1, "said once: {told}");
    assert!(!told.contains("os error"), "{told}");
}

#[tokio::test]
async fn schema_and_sample_are_printed() {
    let schema = run(&["schema"]).await;
    assert!(schema.status.success());
    let schema: serde_json::Value = serde_json::from_slice(&schema.stdout).unwrap();
    assert!(schema["properties"]["psc"].is_object(), "{schema}");
    let sample = run(&["sample-config"]).await;
    assert!(sample.status.success() && text_of(&sample.stdout).contains("[service]"));
}

#[tokio::test]
async fn the_doctor_names_what_is_missing() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("companion.toml");
    let output = run(&["doctor", "--json", "--config", file.to_str().unwrap()]).await;
    assert_eq!(output.status.code(), Some(2));
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((report["checks"][0]["name"].as_str(), report["checks"][0]["code"].as_str()), (Some("configuration"), Some("VST-3001")));
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn an_answer_that_cannot_be_written_is_told_in_french_with_its_code() {
    let full = std::fs::File::options().write(true).open("/dev/full").unwrap();
    let mut command = ending_with_us("companion-server").unwrap();
    let output = command.args(["schema"]).env_clear().stdout(full).stderr(std::process::Stdio::piped());
    let output = output.spawn().unwrap().wait_with_output().await.unwrap();
    let told = text_of(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{told}");
    assert!(told.starts_with("VST-3024\u{a0}: ") && told.contains("il n’y a plus de place sur le disque"), "{told}");
    assert!(!told.contains("os error") && !told.contains("No space"), "{told}");
}

#[tokio::test]
async fn a_folder_that_is_not_there_is_named_where_a_key_is_to_be_made() {
    let folder = tempfile::tempdir().unwrap();
    let refused = run(&["init-key", folder.path().join("nowhere").join("key").to_str().unwrap()]).await;
    let told = text_of(&refused.stderr);
    assert!(refused.status.code() == Some(2) && told.contains("/nowhere\u{a0}» n’existe pas"), "{told}");
}

#[tokio::test]
async fn a_key_is_made_once() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("vault-key");
    let file = file.to_str().unwrap();
    assert!(run(&["init-key", file]).await.status.success());
    let key = std::fs::read(file).unwrap();
    let again = run(&["init-key", file]).await;
    assert_eq!(again.status.code(), Some(2));
    let told = text_of(&again.stderr);
    assert!(told.starts_with("VST-3003") && told.contains("existe déjà") && !told.contains("os error"), "{told}");
    assert_eq!(std::fs::read(file).unwrap(), key, "never replaced");
}

#[tokio::test]
async fn the_command_line_speaks_french() {
    for command in
        ["setup", "serve", "check-config", "doctor", "schema", "sample-config", "init-key", "vault", "trace", "incidents", "report"]
    {
        for arguments in [vec!["--help"], vec![command, "--help"]] {
            let help = run(&arguments).await;
            let text = text_of(&help.stdout);
            assert!(help.status.success() && text.contains("Usage\u{a0}:") && text.contains("Affiche cette aide"), "{text}");
            assert!(
                !["Usage:", "Commands", "Arguments:\n  <FILE>", "Print", "The only"].iter().any(|english| text.contains(english)),
                "{text}"
            );
        }
    }
    for (arguments, told, helped) in [
        (vec![], "Il manque une commande.", ""),
        (vec!["zut"], "Commande inconnue\u{a0}: zut.", ""),
        (vec!["serve"], "Il manque --config <FICHIER>.", " serve"),
        (vec!["schema", "--zut"], "Option inconnue\u{a0}: --zut.", " schema"),
    ] {
        let refused = run(&arguments).await;
        assert_eq!(refused.status.code(), Some(2));
        assert_eq!(text_of(&refused.stderr), format!("VST-1029\u{a0}: {told} Essayez «\u{a0}companion-server{helped} --help\u{a0}».\n"));
    }
}

/// Runs with the credentials that a service manager gave.
async fn run_as_service(credentials: &Path, arguments: &[&str]) -> Output {
    let mut command = ending_with_us("companion-server").unwrap();
    command.args(arguments).env_clear().env("CREDENTIALS_DIRECTORY", credentials).output().await.unwrap()
}

#[tokio::test]
async fn a_key_is_rotated_and_looked_at_from_the_command_line() {
    let folder = tempfile::tempdir().unwrap();
    installed(folder.path(), "127.0.0.1:0", "127.0.0.1:0");
    let config = folder.path().join("companion.toml");
    let vault = |verb: &'static str| {
        let config = config.to_str().unwrap().to_owned();
        async move { run(&["vault", verb, "--config", &config]).await }
    };
    let early = vault("rotate").await;
    assert_eq!(early.status.code(), Some(2));
    assert!(text_of(&early.stderr).starts_with("VST-3002\u{a0}: ") && text_of(&early.stderr).contains("n’existe pas encore"), "{early:?}");
    assert!(!folder.path().join("memory/companion.sqlite").exists(), "asking makes no database");

    std::fs::File::create(folder.path().join("memory/companion.sqlite")).unwrap();
    let before = std::fs::read(folder.path().join("vault-key")).unwrap();
    let rotated = vault("rotate").await;
    assert_eq!((rotated.status.code(), text_of(&rotated.stderr)), (Some(0), ""));
    assert!(text_of(&rotated.stdout).contains("chiffre tout"), "{rotated:?}");
    let after = std::fs::read(folder.path().join("vault-key")).unwrap();
    assert_ne!(before, after);
    let status = vault("status").await;
    assert!(status.status.success() && text_of(&status.stdout).contains("active"), "{status:?}");
    for secret in [&before, &after] {
        let secret = text_of(secret).trim();
        assert!(![&rotated, &status].iter().any(|told| text_of(&told.stdout).contains(secret)), "a key is never told");
    }

    std::fs::write(folder.path().join("vault-key"), &before).unwrap();
    for command in ["vault rotate", "vault status", "serve"] {
        let config = config.to_str().unwrap();
        let arguments: Vec<&str> = command.split(' ').chain(["--config", config]).collect();
        let refused = run(&arguments).await;
        assert_eq!(refused.status.code(), Some(2), "{command}: {refused:?}");
        let told = format!("{}{}", text_of(&refused.stdout), text_of(&refused.stderr));
        assert!(told.contains("VST-3010") || told.contains("retirée"), "{command}: {told}");
    }
}

#[tokio::test]
async fn a_key_of_the_service_manager_is_rotated_beside_it() {
    let folder = tempfile::tempdir().unwrap();
    installed(folder.path(), "127.0.0.1:0", "127.0.0.1:0");
    let config = folder.path().join("companion.toml");
    edit(folder.path(), "vault.key_file = \"credential:vault-key\"\npsc.client_secret_file = \"credential:psc-secret\"");
    std::fs::File::create(folder.path().join("memory/companion.sqlite")).unwrap();
    let credentials = folder.path().join("credentials");
    std::fs::create_dir(&credentials).unwrap();
    std::fs::copy(folder.path().join("vault-key"), credentials.join("vault-key")).unwrap();
    std::fs::copy(folder.path().join("client-secret"), credentials.join("psc-secret")).unwrap();
    let (config, next) = (config.to_str().unwrap(), folder.path().join("next-key"));

    let told = refused(Path::new(config)).await;
    assert!(told.contains("psc.client_secret_file") && told.contains("LoadCredential=psc-secret"), "{told}");
    assert!(run_as_service(&credentials, &["check-config", "--config", config]).await.status.success());

    let rotate = ["vault", "rotate", "--config", config, "--new-key-file", next.to_str().unwrap()];
    let without = run_as_service(&credentials, &rotate[..4]).await;
    assert_eq!(without.status.code(), Some(2));
    assert!(text_of(&without.stderr).starts_with("VST-3028\u{a0}: ") && text_of(&without.stderr).contains("--new-key-file"), "{without:?}");
    let first = run_as_service(&credentials, &rotate).await;
    assert!(first.status.success() && text_of(&first.stdout).contains("Relancez cette même commande"), "{first:?}");
    std::fs::copy(&next, credentials.join("vault-key")).unwrap();
    let second = run_as_service(&credentials, &rotate).await;
    assert!(second.status.success() && text_of(&second.stdout).contains("chiffre tout"), "{second:?}");
    std::fs::copy(&next, credentials.join("vault-key")).unwrap();
    let status = run_as_service(&credentials, &["vault", "status", "--json", "--config", config]).await;
    let status: serde_json::Value = serde_json::from_slice(&status.stdout).unwrap();
    assert_eq!((status["keys"].as_array().unwrap().len(), status["keys"][0]["role"].as_str()), (1, Some("current")), "{status}");
}

#[tokio::test]
async fn attack_28_a_key_beside_the_database_is_explained_in_french() {
    let folder = tempfile::tempdir().unwrap();
    installed(folder.path(), "127.0.0.1:0", "127.0.0.1:0");
    let config = folder.path().join("companion.toml");
    edit(folder.path(), "storage.sqlite_file = \"companion.sqlite\"");
    let told = refused(&config).await;
    assert!(told.starts_with("VST-3009\u{a0}: ") && told.contains("vault.key_file") && told.contains("rangez la clé ailleurs"), "{told}");
}

/// Changes an installed configuration.
fn edit(folder: &Path, fragment: &str) {
    Installation::edit(folder, |kept| kept.with(fragment)).unwrap();
}

fn tls(folder: &Path, chain: &str, key: &str) {
    std::fs::write(folder.join("chain.pem"), chain).unwrap();
    write_private(&folder.join("key.pem"), key).unwrap();
    edit(folder, "listener.tls = { certificate_file = \"chain.pem\", key_file = \"key.pem\" }");
}

async fn database(folder: &Path, statement: &'static str) {
    let mut connection = made(folder).await;
    sqlx::query(statement).execute(&mut connection).await.unwrap();
}

/// The database as a start makes it, and a connection to it.
async fn made(folder: &Path) -> SqliteConnection {
    let file = folder.join("memory/companion.sqlite");
    drop(companion_server::store::Store::open_file(&file).unwrap());
    SqliteConnection::connect(&format!("sqlite:{}", file.display())).await.unwrap()
}

/// What breaks the installation, the code, and words of the message.
type Broken = (&'static str, &'static str, &'static str);

async fn break_as(folder: &Path, what: &str) {
    let key = || rcgen::KeyPair::generate().unwrap();
    let certificate =
        |key: &rcgen::KeyPair| rcgen::CertificateParams::new(vec!["a.example".into()]).unwrap().self_signed(key).unwrap().pem();
    match what {
        "listener without TLS" => edit(folder, "listener.address = \"0.0.0.0:0\""),
        "mixed environments" => edit(folder, "psc.environment = \"production\""),
        "no vault" => Installation::edit(folder, |kept| kept.without("vault")).unwrap(),
        "vault without a key" => Installation::edit(folder, |kept| kept.without("vault.key_file")).unwrap(),
        "short vault key" => write_private(&folder.join("vault-key"), "courte").unwrap(),
        "garbage as certificate" => tls(folder, "rien", &key().serialize_pem()),
        "certificate of another key" => tls(folder, &certificate(&key()), &key().serialize_pem()),
        "garbage as key" => tls(folder, &certificate(&key()), "rien"),
        "garbage as client certificate" => {
            write_private(&folder.join("c.p12"), "rien").unwrap();
            write_private(&folder.join("mdp"), "rien").unwrap();
            edit(folder, "psc.client_certificate = { pkcs12_file = \"c.p12\", pkcs12_password_file = \"mdp\" }");
        }
        "garbage as authorities" => {
            std::fs::write(folder.join("ca.pem"), "rien").unwrap();
            edit(folder, "psc.extra_ca_file = \"ca.pem\"");
        }
        "empty client secret" => write_private(&folder.join("client-secret"), "\n").unwrap(),
        "token that all can read" => {
            std::fs::write(folder.join("token"), "jeton").unwrap();
            edit(folder, "administration.token_file = \"token\"");
        }
        "token that could be guessed" => {
            write_private(&folder.join("token"), "jeton").unwrap();
            edit(folder, "administration.token_file = \"token\"");
        }
        "token in an open folder" => {
            std::fs::create_dir(folder.join("open")).unwrap();
            std::fs::set_permissions(folder.join("open"), std::os::unix::fs::PermissionsExt::from_mode(0o777)).unwrap();
            edit(folder, "administration.token_file = \"open/token\"");
        }
        "token nowhere" => edit(folder, "administration.token_file = \"nulle/part\""),
        "no folder for the database" => std::fs::remove_dir(folder.join("memory")).unwrap(),
        "garbage as database" => {
            std::fs::write(folder.join("memory/companion.sqlite"), "ceci n’est pas une base de données SQLite".repeat(9)).unwrap()
        }
        "folder as database" => std::fs::create_dir(folder.join("memory/companion.sqlite")).unwrap(),
        "database of a later version" => {
            database(
                folder,
                "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) VALUES (9999, 'x', 1, x'00', 0)",
            )
            .await;
        }
        "database of another environment" => database(folder, "INSERT INTO environment (name) VALUES ('production')").await,
        "altered schema" => database(folder, "UPDATE _sqlx_migrations SET checksum = x'00' WHERE version = 1").await,
        other => panic!("{other} is not known"),
    }
}

#[tokio::test]
async fn whatever_a_start_refuses_the_check_and_the_doctor_refuse_with_the_same_code_and_section() {
    let all: &[Broken] = &[
        ("listener without TLS", "VST-3004", "listener.address"),
        ("mixed environments", "VST-3005", "service.public_url"),
        ("no vault", "VST-3001", "section manquante «\u{a0}[vault]\u{a0}»"),
        ("vault without a key", "VST-3001", "paramètre manquant «\u{a0}vault.key_file\u{a0}»"),
        ("short vault key", "VST-3003", "vault.key_file"),
        ("garbage as certificate", "VST-3013", "listener.tls.certificate_file"),
        ("certificate of another key", "VST-3013", "ne correspond pas au certificat"),
        ("garbage as key", "VST-3013", "listener.tls.key_file"),
        ("garbage as client certificate", "VST-3007", "psc.client_certificate.pkcs12_file"),
        ("garbage as authorities", "VST-3001", "psc.extra_ca_file"),
        ("empty client secret", "VST-3001", "psc.client_secret_file"),
        ("token that all can read", "VST-3022", "administration.token_file"),
        ("token that could be guessed", "VST-3022", "administration.token_file"),
        ("token in an open folder", "VST-3022", "administration.token_file"),
        ("token nowhere", "VST-3022", "créez-le"),
        ("no folder for the database", "VST-3002", "il n’existe pas\u{202f}; créez-le"),
        ("garbage as database", "VST-3002", "storage.sqlite_file"),
        ("folder as database", "VST-3002", "storage.sqlite_file"),
        ("database of a later version", "VST-3002", "storage.sqlite_file"),
        ("altered schema", "VST-3002", "storage.sqlite_file"),
        ("database of another environment", "VST-3005", "l’environnement «\u{a0}production\u{a0}»"),
    ];
    for (what, code, words) in all {
        let folder = tempfile::tempdir().unwrap();
        installed(folder.path(), "127.0.0.1:0", "127.0.0.1:0");
        break_as(folder.path(), what).await;
        let told = refused(&folder.path().join("companion.toml")).await;
        assert!(told.starts_with(code) && told.contains(words), "{what}: {told}");
        let doctor = run(&["doctor", "--config", folder.path().join("companion.toml").to_str().unwrap()]).await;
        assert!(doctor.status.code() == Some(2) && text_of(&doctor.stdout).contains(code), "{what}: {}", text_of(&doctor.stdout));
    }
}

#[tokio::test]
async fn the_check_and_the_doctor_leave_a_database_as_it_is_and_tell_a_foreign_key() {
    let folder = tempfile::tempdir().unwrap();
    installed(folder.path(), "127.0.0.1:0", "127.0.0.1:0");
    let config = folder.path().join("companion.toml");
    let config = config.to_str().unwrap();
    let base = folder.path().join("memory/companion.sqlite");
    assert!(run(&["check-config", "--config", config]).await.status.success());
    assert!(!base.exists() && std::fs::read_dir(folder.path().join("memory")).unwrap().next().is_none(), "looking makes nothing");

    database(
        folder.path(),
        "INSERT INTO grants (sign_in_id, practitioner_sealed, tokens_sealed, last_exchange_at) VALUES ('A', x'02aaaaaaaaaaaaaaaa00', x'02aaaaaaaaaaaaaaaa00', 0)",
    )
    .await;
    let key = std::fs::read(folder.path().join("vault-key")).unwrap();
    assert!(run(&["check-config", "--config", config]).await.status.success(), "a start would only say it");
    let doctor = run(&["doctor", "--config", config]).await;
    assert!(text_of(&doctor.stdout).contains("VST-3012"), "{}", text_of(&doctor.stdout));
    let rotated = run(&["vault", "rotate", "--config", config]).await;
    assert_eq!(rotated.status.code(), Some(2));
    assert!(text_of(&rotated.stderr).starts_with("VST-3012") && text_of(&rotated.stderr).contains("n’est pas le bon"), "{rotated:?}");
    assert!(std::fs::read(folder.path().join("vault-key")).unwrap() == key, "the key file is as it was");
    let status = run(&["vault", "status", "--json", "--config", config]).await;
    let status: serde_json::Value = serde_json::from_slice(&status.stdout).unwrap();
    assert_eq!((status["missing"].as_u64(), status["keys"].as_array().unwrap().len()), (Some(2), 2), "nothing was forgotten: {status}");
}

/// What the doctor says under this name.
async fn checked(config: &str, name: &str) -> (Option<i32>, serde_json::Value) {
    let doctor = run(&["doctor", "--json", "--config", config]).await;
    let report: serde_json::Value = serde_json::from_slice(&doctor.stdout).unwrap();
    let check = report["checks"].as_array().unwrap().iter().find(|check| check["name"] == name);
    (doctor.status.code(), check.cloned().unwrap_or_else(|| panic!("{name}: {report}")))
}

#[tokio::test]
async fn the_doctor_writes_into_the_database_and_leaves_it_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    installed(folder.path(), "127.0.0.1:0", "127.0.0.1:0");
    let config = folder.path().join("companion.toml");
    let config = config.to_str().unwrap();
    made(folder.path()).await.close().await.unwrap();
    let memory = folder.path().join("memory");
    let base = memory.join("companion.sqlite");
    // Whoever made it is gone once its files beside it are.
    let only = || std::fs::read_dir(&memory).unwrap().count() == 1;
    let gone = async {
        while !only() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(20), gone).await.unwrap();
    let before = std::fs::read(&base).unwrap();
    let (_, check) = checked(config, "database_writing").await;
    assert_eq!(check["status"], "ok", "{check}");
    let (_, disk) = checked(config, "disk").await;
    assert!(disk["detail"].as_str().is_some_and(|told| told.contains("Mo libres") && told.contains("memory")), "{disk}");
    assert!(std::fs::read(&base).unwrap() == before && only(), "nothing stays");

    // A program that keeps it for itself: what it holds is seen, and nothing can be added.
    let mut other = made(folder.path()).await;
    sqlx::query("BEGIN IMMEDIATE").execute(&mut other).await.unwrap();
    let (code, check) = checked(config, "database_writing").await;
    assert_eq!((code, check["code"].as_str()), (Some(2), Some("VST-3002")), "{check}");
    assert!(check["detail"].as_str().unwrap().contains("la tient verrouillée"), "{check}");
}

#[tokio::test]
async fn the_doctor_opens_what_is_sealed_and_tells_what_does_not_open() {
    let folder = tempfile::tempdir().unwrap();
    installed(folder.path(), "127.0.0.1:0", "127.0.0.1:0");
    let config = folder.path().join("companion.toml");
    let config = config.to_str().unwrap();
    let file = folder.path().join("vault-key");
    let ring = vault::read_key_file(&file).unwrap();
    let sealed = |column| {
        let vault = Vault::with_ring(ring.clone(), std::sync::Arc::new(SystemRandom));
        vault.seal(&SealedPlace { table: "grants", row: b"A", column }, b"value").0
    };
    let mut memory = made(folder.path()).await;
    let insert = "INSERT INTO grants (sign_in_id, practitioner_sealed, tokens_sealed, last_exchange_at) VALUES ('A', ?1, ?2, 0)";
    let insert = sqlx::query(insert).bind(sealed("practitioner")).bind(sealed("tokens"));
    insert.execute(&mut memory).await.unwrap();
    memory.close().await.unwrap();
    let (_, check) = checked(config, "vault").await;
    assert!(check["status"] == "ok" && check["detail"].as_str().unwrap().contains("vérifié sur 2"), "{check}");
    // Moved from the place where it was sealed.
    database(folder.path(), "UPDATE grants SET tokens_sealed = practitioner_sealed").await;
    let (code, check) = checked(config, "vault").await;
    assert_eq!((code, check["code"].as_str()), (Some(2), Some("VST-3012")), "{check}");
    assert!(check["detail"].as_str().unwrap().contains("1 sur 2"), "{check}");
}

#[tokio::test]
async fn the_doctor_says_that_the_environment_s_proxy_is_not_read_where_no_other_is_written() {
    let folder = tempfile::tempdir().unwrap();
    installed(folder.path(), "127.0.0.1:0", "127.0.0.1:0");
    let config = folder.path().join("companion.toml");
    let told = async || {
        let mut doctor = ending_with_us("companion-server").unwrap();
        doctor.args(["doctor", "--config", config.to_str().unwrap()]).env_clear().env("https_proxy", "http://127.0.0.1:1");
        text_of(&doctor.output().await.unwrap().stdout).to_owned()
    };
    let without = told().await;
    assert!(without.contains("ATTENTION  Proxy de sortie\n           La variable https_proxy est définie"), "{without}");
    edit(folder.path(), "psc.proxy = { url = \"http://127.0.0.1:1\" }");
    let with = told().await;
    assert!(!with.contains("est définie"), "{with}");
}

#[tokio::test]
async fn the_doctor_looks_at_the_backup_that_is_named() {
    let folder = tempfile::tempdir().unwrap();
    installed(folder.path(), "127.0.0.1:0", "127.0.0.1:0");
    edit(folder.path(), "storage.backup_file = \"copie.sqlite\"");
    let config = folder.path().join("companion.toml");
    let (_, check) = checked(config.to_str().unwrap(), "backup").await;
    assert!(check["status"] == "warning" && check["detail"].as_str().unwrap().contains("copie.sqlite"), "{check}");
    std::fs::write(folder.path().join("copie.sqlite"), "x").unwrap();
    let (_, check) = checked(config.to_str().unwrap(), "backup").await;
    assert!(check["status"] == "warning" && check["detail"].as_str().unwrap().contains("n’est pas une base SQLite"), "{check}");
    std::fs::write(folder.path().join("copie.sqlite"), "SQLite format 3\0").unwrap();
    let (_, check) = checked(config.to_str().unwrap(), "backup").await;
    assert_eq!(check["status"], "ok", "{check}");
}

#[tokio::test]
async fn the_check_sees_the_certificate_as_a_workstation_does() {
    let folder = tempfile::tempdir().unwrap();
    installed(folder.path(), "127.0.0.1:0", "127.0.0.1:0");
    let key = rcgen::KeyPair::generate().unwrap();
    let mut params = rcgen::CertificateParams::new(vec!["127.0.0.1".into()]).unwrap();
    params.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    tls(folder.path(), &params.self_signed(&key).unwrap().pem(), &key.serialize_pem());
    edit(folder.path(), "service.public_url = \"https://127.0.0.1:8443\"");
    let config = folder.path().join("companion.toml");
    for command in ["check-config", "doctor"] {
        let told = run(&[command, "--config", config.to_str().unwrap()]).await;
        let text = format!("{}{}", text_of(&told.stdout), text_of(&told.stderr));
        assert!(told.status.code() == Some(2) && text.contains("VST-3014") && text.contains("CA:TRUE"), "{command}: {text}");
    }
}

#[tokio::test]
async fn a_report_goes_to_the_standard_output_for_a_program() {
    let ask = ["report", "--config", "/nonexistent/companion.toml", "--yes", "--out", "-"];
    let told = run(&ask).await;
    let shown = text_of(&told.stderr);
    assert!(told.status.success() && shown.contains("Ce rapport contiendra ceci") && !shown.contains("Rapport écrit"), "{shown}");
    assert!(told.stdout.starts_with(b"PK\x03\x04"), "a zip and nothing before it");
    let both: Vec<&str> = ask.into_iter().chain(["--json"]).collect();
    let refused = run(&both).await;
    assert!(refused.status.code() == Some(2) && text_of(&refused.stderr).contains("VST-1029") && refused.stdout.is_empty(), "{refused:?}");
    assert!(!Path::new("-").exists(), "no file of that name");
}
