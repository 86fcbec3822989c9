//! The app link declared by hand, as the page says it, on a desktop of this test's own.

use std::fs;

use vestibule_tests::machine::Machine;
use vestibule_tests::programs::program;
use vestibule_tests::servers::any_ending_with_us;

use super::examples::{Proof, proved_as, root};

#[tokio::test]
async fn the_app_link_is_declared_chosen_and_verified_by_the_lines_of_its_page() {
    let (machine, place) = (Machine::new().expect("a machine"), tempfile::tempdir().expect("a folder"));
    machine.write("vestibule/policy.toml", "companion_url = \"https://connexion.hopital.example\"\n", 0o644).expect("written");
    let here = |name: &str| place.path().join(name).display().to_string();
    ["share/applications", "etc", "bin"].iter().for_each(|folder| fs::create_dir_all(place.path().join(folder)).expect("a folder"));
    // What the entry starts, where a session finds it.
    let window = place.path().join("bin/vestibule-app");
    fs::copy("/bin/true", &window).expect("a program");
    let bin = program("vestibule").expect("built");
    let path = format!("{}:{}:{}", here("bin"), bin.parent().expect("a folder").display(), std::env::var("PATH").unwrap_or_default());
    let mut told = Vec::new();
    for example in proved_as(Proof::DesktopEntry) {
        if example.language == "ini" {
            fs::write(place.path().join("etc/mimeapps.list"), &example.text).expect("written");
            continue;
        }
        let lines = example.text.replace("/usr/share/", &format!("{}/", here("share")));
        let mut shell = any_ending_with_us("sh");
        shell.args(["-ec", &format!("cd {}\n{lines}", root().display())]).env("PATH", &path).env("HOME", here("home"));
        shell.env("XDG_DATA_DIRS", here("share")).env("XDG_DATA_HOME", here("home/share")).env("XDG_CONFIG_DIRS", here("etc"));
        shell.env_remove("XDG_CURRENT_DESKTOP").env_remove("XDG_CONFIG_HOME").env_remove("DESKTOP_SESSION");
        let output = machine.command(&shell).output().await.expect("it ends");
        told.push(format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr)));
        // The doctor of this machine may find other things to say.
        assert!(output.status.success() || lines.contains("vestibule doctor"), "{lines}\n{told:?}");
    }
    let last = told.last().expect("the lines that verify");
    assert!(last.starts_with("fr.vestibule.app.desktop\n") && last.contains("Lien d’application"), "{told:#?}");
    let chosen = fs::read_to_string(place.path().join("etc/mimeapps.list")).expect("the choice");
    assert!(chosen.contains("x-scheme-handler/fr.vestibule.app="), "{chosen}");
}
