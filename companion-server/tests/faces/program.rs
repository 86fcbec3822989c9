//! The command line: what an administrator meets before anything runs.

use std::path::Path;
use std::process::Output;

use companion_server::store::Tenancy;
use tokio::process::Command;

async fn run(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_companion-server")).args(arguments).env_clear().kill_on_drop(true).output().await.unwrap()
}

fn text_of(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

async fn refused(config: &Path) -> String {
    let config = config.to_str().unwrap();
    let output = run(&["serve", "--config", config]).await;
    assert_eq!(output.status.code(), Some(2));
    let told = text_of(&output.stderr).to_owned();
    assert!(!told.contains("panicked") && !told.contains("backtrace"), "{told}");
    let checked = run(&["check-config", "--config", config]).await;
    assert_eq!((checked.status.code(), text_of(&checked.stderr)), (Some(2), told.as_str()), "check-config says the same");
    told
}

#[tokio::test]
async fn a_wrong_configuration_is_explained_in_french() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("companion.toml");
    let told = refused(&file).await;
    assert!(told.contains("VST-3001") && told.contains("illisible"), "{told}");

    std::fs::write(&file, "[service]\nname = \"X\"\npublic_url = \"http://127.0.0.1:1\"\ncolour = \"red\"\n").unwrap();
    let told = refused(&file).await;
    assert!(told.contains("VST-3001") && told.contains("service.colour"), "{told}");
}

/// Everything `serve` needs, in `folder`.
async fn installed(folder: &Path, address: &str, administration: &str) {
    assert!(run(&["init-key", folder.join("vault-key").to_str().unwrap()]).await.status.success());
    std::fs::copy(folder.join("vault-key"), folder.join("client-secret")).unwrap();
    std::fs::create_dir(folder.join("memory")).unwrap();
    let text = format!(
        r#"
        service = {{ name = "Dossier Exemple", public_url = "http://{address}" }}
        listener = {{ address = "{address}" }}
        administration = {{ address = "{administration}" }}
        psc = {{ environment = "simulator", client_id = "psc-client", client_secret_file = "client-secret" }}
        storage = {{ sqlite_file = "memory/companion.sqlite" }}
        vault = {{ key_file = "vault-key" }}
        "#
    );
    std::fs::write(folder.join("companion.toml"), text).unwrap();
}

#[tokio::test]
async fn a_second_companion_on_the_same_database_is_explained_in_french() {
    let folder = tempfile::tempdir().unwrap();
    installed(folder.path(), "127.0.0.1:0", "127.0.0.1:0").await;
    let config = folder.path().join("companion.toml");
    let first = Tenancy::take(&folder.path().join("memory/companion.sqlite")).unwrap().expect("nobody has it yet");
    let output = run(&["serve", "--config", config.to_str().unwrap()]).await;
    let told = text_of(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{told}");
    assert!(told.starts_with("VST-3002 : un autre compagnon se sert déjà de la base de données"), "{told}");
    assert!(!folder.path().join("memory/companion.sqlite").exists(), "the database was left alone");
    drop(first);
    assert!(Tenancy::take(&folder.path().join("memory/companion.sqlite")).unwrap().is_some(), "the right ends with its holder");
}

#[tokio::test]
async fn an_address_already_taken_is_explained_in_french() {
    let folder = tempfile::tempdir().unwrap();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap();
    let file = |name: &str| folder.path().join(name);
    installed(folder.path(), &address.to_string(), "127.0.0.1:8081").await;
    let config = file("companion.toml");
    assert!(run(&["check-config", "--config", config.to_str().unwrap()]).await.status.success());
    let output = run(&["serve", "--config", config.to_str().unwrap()]).await;
    assert_eq!(output.status.code(), Some(2));
    let told = text_of(&output.stderr);
    assert!(told.starts_with(&format!("VST-3006 : l’adresse {address} ne peut pas être écoutée")), "{told}");
    assert_eq!(told.matches("os error").count(), 1, "said once: {told}");
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
    for command in ["serve", "check-config", "doctor", "schema", "sample-config", "init-key"] {
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
    for (arguments, told) in [
        (vec![], "Il manque une commande."),
        (vec!["zut"], "Commande inconnue\u{a0}: zut."),
        (vec!["serve"], "Il manque --config <FICHIER>."),
        (vec!["schema", "--zut"], "Option inconnue\u{a0}: --zut."),
    ] {
        let refused = run(&arguments).await;
        assert_eq!(refused.status.code(), Some(2));
        assert_eq!(text_of(&refused.stderr), format!("{told} Essayez «\u{a0}companion-server --help\u{a0}».\n"));
    }
}
