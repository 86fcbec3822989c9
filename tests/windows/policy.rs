//! What the app reads on Windows, and what it does not.

use serde_json::Value;
use vestibule_tests::programs::Outcome;

use super::wine::{POLICY, Registry, command, on_c, on_z, program, run};

const RIGHT: &str = "https://connexion.hopital.example";

async fn shown() -> Outcome {
    run(command(program("vestibule.exe").expect("built"), &["settings", "show", "--sources", "--json"])).await.expect("it ends")
}

fn value<'a>(document: &'a Value, key: &str) -> &'a Value {
    document["settings"].as_array().expect("settings").iter().find(|setting| setting["key"] == key).expect("this one")
}

#[tokio::test]
async fn only_what_administrators_write_decides_about_the_companion() {
    let policy = Registry(POLICY);
    policy.remove().await.expect("none is left");
    let none = shown().await;
    assert!(none.code == Some(2) && format!("{none:?}").contains("VST-1005"), "{none:?}");

    // All that a person may do.
    let user = Registry(r"HKCU\Software\Policies\Vestibule");
    user.set("CompanionUrl", "REG_SZ", "https://rogue.example").await.expect("set");
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("policy.toml");
    std::fs::write(&file, "companion_url = \"https://rogue.example\"\n").expect("written");
    let data = on_c("ProgramData/Vestibule").expect("a path");
    std::fs::create_dir_all(&data).expect("made");
    std::fs::copy(&file, data.join("policy.toml")).expect("copied");
    let mut rogue = command(program("vestibule.exe").expect("built"), &["settings", "show", "--json"]);
    rogue.env("VESTIBULE_POLICY_FILE", on_z(&file)).env("ProgramData", on_z(folder.path()));
    let told = run(rogue).await.expect("it ends");
    assert!(told.code == Some(2) && told.stdout.contains("VST-1028"), "a variable names a companion on this machine only: {told:?}");
    let told = shown().await;
    assert!(told.code == Some(2) && told.stdout.contains("VST-1005"), "nothing of it is a policy: {told:?}");

    policy.set("CompanionUrl", "REG_SZ", RIGHT).await.expect("set");
    policy.set("RaiseBeforeEnd", "REG_DWORD", "1").await.expect("set");
    let mut rogue = command(program("vestibule.exe").expect("built"), &["settings", "show", "--sources", "--json"]);
    rogue.env("VESTIBULE_POLICY_FILE", on_z(&file));
    for told in [shown().await, run(rogue).await.expect("it ends")] {
        assert_eq!(told.code, Some(0), "{told:?}");
        let document = told.json().expect("JSON");
        assert_eq!(value(&document, "companion_url")["value"], format!("\"{RIGHT}\""), "{document}");
        assert_eq!(value(&document, "companion_url")["source"], "machine_policy");
        assert_eq!(value(&document, "raise_before_end")["value"], "true");
        assert!(document.to_string().contains(r"HKLM\\Software\\Policies\\Vestibule"), "{document}");
    }
    user.remove().await.expect("removed");
    std::fs::remove_dir_all(data).expect("removed");
    policy.remove().await.expect("removed");
}

#[tokio::test]
async fn a_slip_in_the_policy_is_named_as_in_a_file() {
    let policy = Registry(POLICY);
    for (name, kind, written, told) in [
        ("CompanionUri", "REG_SZ", RIGHT, "CompanionUri"),
        ("CompanionUrl", "REG_DWORD", "1", "companion_url"),
        ("Exchange", "REG_SZ", "pigeon", "exchange"),
        ("CompanionCaFile", "REG_SZ", r"ca.pem", "companion_ca_file"),
    ] {
        policy.remove().await.expect("none is left");
        policy.set("CompanionUrl", "REG_SZ", RIGHT).await.expect("set");
        policy.set(name, kind, written).await.expect("set");
        let outcome = shown().await;
        let text = format!("{}{}", outcome.stdout, outcome.stderr);
        assert!(outcome.code == Some(2) && text.contains("VST-1005") && text.contains(told), "{name}: {outcome:?}");
    }
    policy.remove().await.expect("removed");
}

#[tokio::test]
async fn an_authority_that_anybody_may_have_written_is_refused() {
    let policy = Registry(POLICY);
    policy.remove().await.expect("none is left");
    policy.set("CompanionUrl", "REG_SZ", RIGHT).await.expect("set");
    let (public, kept) = (on_c("users/Public").expect("a path"), on_c("Program Files/Authority").expect("a path"));
    for folder in [&public, &kept] {
        std::fs::create_dir_all(folder).expect("made");
        std::fs::write(folder.join("ca.pem"), "-----BEGIN CERTIFICATE-----\n").expect("written");
    }
    policy.set("CompanionCaFile", "REG_SZ", r"C:\users\Public\ca.pem").await.expect("set");
    let refused = shown().await;
    let text = format!("{}{}", refused.stdout, refused.stderr);
    assert!(refused.code == Some(2) && text.contains("VST-1016") && text.contains("Program Files"), "{refused:?}");
    policy.set("CompanionCaFile", "REG_SZ", r"C:\Program Files\Authority\ca.pem").await.expect("set");
    assert_eq!(shown().await.code, Some(0));
    policy.remove().await.expect("removed");
    std::fs::remove_dir_all(kept).expect("removed");
}
