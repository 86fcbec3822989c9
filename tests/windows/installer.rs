//! The installer's life: silent installation with settings, repair, upgrade, downgrade, removal.

use std::path::{Path, PathBuf};

use vestibule_tests::programs::Outcome;

use super::msi::Msi;
use super::wine::{POLICY, Registry, command, on_c, on_z, run};

/// ERROR_INSTALL_FAILURE, 1603, in the eight bits that are left of it here.
const REFUSED: i32 = 1603 % 256;

pub fn package(version: &str) -> PathBuf {
    let folder = std::env::var_os("VESTIBULE_TEST_MSI").expect("VESTIBULE_TEST_MSI names the packages: run ./dev test windows");
    Path::new(&folder).join(format!("vestibule-{version}.msi"))
}

async fn msiexec(action: &str, version: &str, properties: &[&str]) -> Outcome {
    of_package(action, &package(version), properties).await
}

async fn of_package(action: &str, package: &Path, properties: &[&str]) -> Outcome {
    let package = on_z(package);
    let arguments: Vec<&str> = [action, package.as_str(), "/qn"].into_iter().chain(properties.iter().copied()).collect();
    run(command("msiexec", &arguments)).await.expect("it ends")
}

async fn installed(arguments: &[&str]) -> Outcome {
    run(command(r"C:\Program Files\Vestibule\vestibule.exe", arguments)).await.expect("it ends")
}

/// Names of files below Program Files, and what our keys hold.
async fn traces() -> (Vec<String>, Vec<String>) {
    let folder = on_c("Program Files/Vestibule").expect("a path");
    let mut files: Vec<String> = match std::fs::read_dir(folder) {
        Ok(entries) => entries.map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned()).collect(),
        Err(_) => Vec::new(),
    };
    files.sort();
    let mut keys = Vec::new();
    for key in [
        POLICY,
        r"HKLM\Software\Classes\fr.vestibule.app",
        r"HKLM\Software\Vestibule",
        r"HKLM\Software\Classes\AppUserModelId\fr.vestibule.app",
    ] {
        let listed = Registry(key).listed().await.expect("listed");
        keys.extend(listed.lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned));
    }
    (files, keys)
}

/// How often the list of programs names it.
async fn entries() -> usize {
    let listed = Registry(r"HKLM\Software\Microsoft\Windows\CurrentVersion\Uninstall").listed().await.expect("listed");
    listed.matches("DisplayName    REG_SZ    Vestibule").count()
}

#[tokio::test]
async fn the_installer_lives_and_leaves_nothing() {
    Registry(POLICY).remove().await.expect("none is left");
    assert_eq!(traces().await, (Vec::new(), Vec::new()), "a machine without it");

    let done = msiexec(
        "/i",
        "1.0.0",
        &[
            "COMPANION_URL=https://connexion.hopital.example",
            "EXCHANGE=polling",
            "PROXY_EXCEPTIONS=*.hopital.example;10.0.0.0/8",
            "CLIENT_ID=poste-d-essai",
            "DEVICE_LABEL=Accueil",
        ],
    )
    .await;
    assert_eq!(done.code, Some(0), "{done:?}");
    let (files, keys) = traces().await;
    assert_eq!(files, ["LICENSE.txt", "WebView2Loader.dll", "licences.txt", "sbom.cdx.json", "vestibule-app.exe", "vestibule.exe"]);
    assert!(keys.iter().any(|line| line.contains("URL Protocol")), "{keys:?}");
    assert!(!Registry(r"HKLM\Software\Microsoft\Windows\CurrentVersion\Run").listed().await.expect("listed").contains("Vestibule"));
    let shown = installed(&["settings", "show", "--json"]).await;
    for value in ["https://connexion.hopital.example", "polling", "*.hopital.example"] {
        assert!(shown.code == Some(0) && shown.stdout.contains(value), "{value}: {shown:?}");
    }

    // A file that was lost comes back.
    std::fs::remove_file(on_c("Program Files/Vestibule/vestibule.exe").expect("a path")).expect("removed");
    let repaired = msiexec("/i", "1.0.0", &["REINSTALL=ALL"]).await;
    assert!(repaired.code == Some(0) && installed(&["--version"]).await.code == Some(0), "{repaired:?}");

    // What is not given again is kept; what is, is changed.
    let upgraded = msiexec("/i", "1.1.0", &["EXCHANGE=loopback", "AUTOSTART=1"]).await;
    assert_eq!(upgraded.code, Some(0), "{upgraded:?}");
    let shown = installed(&["settings", "show", "--json"]).await;
    for value in ["https://connexion.hopital.example", "loopback", "10.0.0.0/8", "poste-d-essai", "Accueil"] {
        assert!(shown.code == Some(0) && shown.stdout.contains(value), "{value}: {shown:?}");
    }
    assert!(Registry(r"HKLM\Software\Microsoft\Windows\CurrentVersion\Run").listed().await.expect("listed").contains("vestibule-app.exe"));
    assert_eq!(entries().await, 1, "in the list of programs");

    let before = traces().await;
    let refused = msiexec("/i", "1.0.0", &[]).await;
    assert_eq!(refused.code, Some(REFUSED), "{refused:?}");
    assert_eq!(traces().await, before, "a refusal changes nothing");

    // Another build of the same version takes its place, and is one entry as well.
    let folder = tempfile::tempdir().expect("a folder");
    let other = Msi::of_stand_ins(folder.path(), 0, "1.1.0", |_| ()).file;
    let replaced = of_package("/i", &other, &[]).await;
    assert_eq!((replaced.code, entries().await), (Some(0), 1), "{replaced:?}");
    let back = msiexec("/i", "1.1.0", &[]).await;
    assert_eq!((back.code, entries().await), (Some(0), 1), "{back:?}");
    assert_eq!(traces().await, before, "with all that was set");

    let removed = msiexec("/x", "1.1.0", &[]).await;
    assert_eq!(removed.code, Some(0), "{removed:?}");
    assert_eq!(traces().await, (Vec::new(), Vec::new()), "as before");
}
