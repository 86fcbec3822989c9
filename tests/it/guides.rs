//! The guides' own examples, run: what an administrator copies from them works as it stands. A new example without a rule here fails.

mod commands;
mod desktop_entry;
mod examples;
mod fronts;
mod simulator;

use std::fs;
use std::path::Path;

use vestibule_installation::{Installation, Policy};
use vestibule_tests::machine::Machine;
use vestibule_tests::package_guide;
use vestibule_tests::programs::{Programs, program};
use vestibule_tests::servers::any_ending_with_us;

use examples::{Proof, proved_as, root};

pub use examples::{Example, examples};

/// Pasted whole, the lines of an example all run, whatever became of the first.
#[test]
fn a_secret_is_removed_only_once_it_was_taken() {
    for title in [package_guide::SET_UP, package_guide::PRODUCTION] {
        let commands = commands(&package_guide::example(title));
        let removes: Vec<&String> = commands.iter().filter(|command| command.contains("rm /srv/")).collect();
        assert!(!removes.is_empty() && removes.iter().all(|command| command.starts_with("companion-server setup ")), "{commands:#?}");
    }
}

#[test]
fn the_balancer_of_the_guide_is_the_one_that_companions_are_tried_behind() {
    let tried: Vec<&str> = include_str!("../src/cluster/haproxy.cfg").lines().map(str::trim).collect();
    for example in proved_as(Proof::Balancer) {
        // Names and addresses are each machine's own; the tests check ten times as often.
        let lines = example.text.lines().map(|line| line.trim().replace("inter 2s", "inter 200ms"));
        let lines: Vec<String> = lines.filter(|line| !line.starts_with("backend ") && !line.starts_with("server ")).collect();
        assert!(lines.iter().any(|line| line == "option httpchk GET /ready"), "{lines:?}");
        for line in lines {
            assert!(tried.contains(&line.as_str()), "never tried: {line}");
        }
    }
}

/// Lines of a shell, continued ones joined, comments gone.
fn commands(text: &str) -> Vec<String> {
    let joined = text.replace("\\\n", " ");
    let lines = joined.lines().map(|line| line.split(" #").next().unwrap_or_default().split_whitespace().collect::<Vec<_>>().join(" "));
    lines.filter(|line| !line.is_empty() && !line.starts_with('#')).collect()
}

#[tokio::test]
async fn the_commands_of_the_guide_run_as_they_stand_on_an_installed_companion() {
    let mut programs = Programs::start().await.expect("the stack starts");
    let login = programs.run("camille", &["login", "--json", "--situation", "first"]).await.expect("login ends");
    assert_eq!(login.code, Some(0), "{login:?}");
    let folder = programs.folder().to_owned();
    let list = programs.companion_command(&["sessions", "list", "--json"], "").await.expect("ends").json().expect("JSON");
    let (id, device) = (list[0]["id"].as_str().expect("an id").to_owned(), list[0]["device"].as_str().expect("a device").to_owned());
    fs::write(folder.join("personne"), "899700999016\n").expect("written");
    fs::create_dir(folder.join("credentials")).expect("a folder");
    let server = program("companion-server").expect("built");

    let mut run = Vec::new();
    for example in proved_as(Proof::CompanionCommands) {
        for line in commands(&example.text) {
            // What a guide names of a machine, as this machine has it.
            let here = line
                .replace("sudo env ", "env ")
                .replace("/run/credentials/compagnon.service", &folder.join("credentials").display().to_string())
                .replace("/etc/systemd/system/", &format!("{}/units/", folder.display()))
                .replace("/etc/vestibule/vault-key-2", &programs.vault_key().with_file_name("vault-key-2").display().to_string())
                .replace("/etc/vestibule/vault-key ", &format!("{}/another-key ", folder.display()))
                .replace("/etc/vestibule/", &format!("{}/", folder.display()))
                .replace("7F3K-9QXM", &id)
                .replace("4yB0hKx3Qm2e", &device);
            let here = if here.ends_with("/vault-key") { here.replace("/vault-key", "/another-key") } else { here };
            let bin = server.parent().expect("a folder").display();
            let path = format!("{bin}:{}", std::env::var("PATH").unwrap_or_default());
            if here.starts_with("systemd-analyze") {
                point_at_programs(&folder.join("units/compagnon.service"), &server);
            }
            if here.contains(" serve ") {
                programs.kill_companion().await.expect("killed");
                programs.restart_companion().await.expect("the same command, run by the stack");
                continue;
            }
            let output = any_ending_with_us("sh")
                .args(["-c", &format!("exec {here}")])
                .current_dir(root())
                .env("PATH", path)
                .output()
                .await
                .expect("it ends");
            let told = format!("{here}\n{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
            // Those that name a session, a workstation or a person after another line ended or forgot it.
            let is_second = ["sessions end --device", "sessions end --person-file"].iter().any(|command| here.contains(command));
            match output.status.code() {
                Some(0) => {}
                Some(2) if is_second && told.contains("VST-3018") => {}
                other => panic!("{}: {other:?}: {told}", example.guide),
            }
            run.push(here);
        }
    }
    assert!(run.len() >= 14, "{run:#?}");
}

/// The unit names the program where a package puts it.
fn point_at_programs(unit: &Path, server: &Path) {
    let text = fs::read_to_string(unit).expect("installed");
    fs::write(unit, text.replace("/usr/bin/companion-server", &server.display().to_string())).expect("written");
}

#[tokio::test]
async fn the_units_of_the_guide_and_of_the_package_stand_before_systemd() {
    let folder = tempfile::tempdir().expect("a folder");
    let server = program("companion-server").expect("built");
    let unit = fs::read_to_string(root().join("packaging/companion/compagnon.service")).expect("the unit");
    assert!(unit.contains("\nExecReload=/bin/kill -HUP $MAINPID\n") && unit.contains("\nType=notify\n"));
    for (number, example) in
        std::iter::once(String::new()).chain(proved_as(Proof::Unit).into_iter().map(|example| example.text)).enumerate()
    {
        let file = folder.path().join(format!("compagnon{number}.service"));
        let drop_in = example.replace("[Service]\n", "");
        fs::write(&file, unit.replace("[Service]\n", &format!("[Service]\n{drop_in}"))).expect("written");
        point_at_programs(&file, &server);
        let output = any_ending_with_us("systemd-analyze").arg("verify").arg(&file).output().await.expect("systemd-analyze");
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success() && !told.contains(&format!("compagnon{number}.service:")), "{told}");
    }
}

#[test]
fn every_configuration_of_the_guide_is_accepted_by_the_companion() {
    let base = Installation::least().with("service.public_url = \"https://connexion.hopital.example\"\npsc.environment = \"bas\"");
    for example in proved_as(Proof::CompanionConfiguration) {
        // Each placeholder is another hash.
        let mut text = example.text.clone();
        for digit in 'a'..='f' {
            text = text.replacen("\"…\"", &format!("\"{}\"", digit.to_string().repeat(64)), 1);
        }
        let mut whole = base.clone().with(&text);
        if text.contains("tls_client_auth") {
            whole = whole.without("psc.client_secret_file");
        }
        let whole = whole.text();
        companion_server::config::Config::parse(&whole, Path::new("/etc/vestibule")).unwrap_or_else(|error| panic!("{error}\n{whole}"));
    }
}

#[tokio::test]
async fn every_policy_of_the_guide_is_understood_by_the_workstation() {
    let programs = Programs::start().await.expect("the stack starts");
    let original = Policy::read(programs.folder()).expect("the policy");
    for example in proved_as(Proof::Policy) {
        let token = format!("vst-poste-{}", "A".repeat(43));
        let whole = original.clone().with(&example.text.replace("vst-poste-…", &token));
        // The one companion of this machine, and no authority that is not there.
        let whole = whole.with(&format!("companion_url = \"{}\"", programs.companion_url)).without("companion_ca_file");
        whole.write(programs.folder()).expect("written");
        let status = programs.run("camille", &["status", "--json"]).await.expect("ends");
        assert!(status.code != Some(2) && !status.stderr.contains("VST-1005"), "{status:?}\n{}", example.text);
    }
}

#[test]
fn the_installers_command_lines_of_the_guide_name_properties_that_it_has() {
    let source = fs::read_to_string(root().join("packaging/windows/vestibule.sql")).expect("the source");
    let listed = source.split("SET Value='").nth(1).and_then(|rest| rest.split('\'').next()).expect("the properties that may be given");
    // The last one is Windows Installer's own.
    let known: Vec<&str> = listed.split(';').chain(["REINSTALL"]).collect();
    let mut properties = 0;
    for example in proved_as(Proof::Installer) {
        for line in example.text.lines().filter(|line| !line.starts_with("rem ")) {
            let words: Vec<&str> = line.split(' ').collect();
            let [program, action, package, silent, restart, ..] = words[..] else { panic!("{line}") };
            assert_eq!((program, silent, restart), ("msiexec", "/qn", "/norestart"), "{line}");
            assert!(["/i", "/x"].contains(&action) && package.ends_with(".msi"), "{line}");
            for (name, value) in words[5..].iter().filter_map(|word| word.split_once('=')) {
                assert!(known.contains(&name) && !value.is_empty(), "{line}");
                properties += 1;
            }
        }
    }
    assert!(properties > 5, "{properties}");
}

#[tokio::test]
async fn ansible_makes_a_workstation_of_the_guides_playbook_and_then_changes_nothing() {
    let (machine, folder) = (Machine::new().expect("a machine"), tempfile::tempdir().expect("a folder"));
    let [example] = <[Example; 1]>::try_from(proved_as(Proof::Playbook)).expect("one example");
    fs::write(folder.path().join("postes.yml"), &example.text).expect("written");
    let bin = program("vestibule").expect("built");
    let path = format!("{}:{}", bin.parent().expect("a folder").display(), std::env::var("PATH").unwrap_or_default());
    for changed in ["changed=1", "changed=0"] {
        let mut playbook = any_ending_with_us("ansible-playbook");
        // Without the package, which is installed on a whole Debian by `tests/packages`, and as root already.
        playbook.args(["-i", "accueil-03,", "-c", "local", "--skip-tags", "paquet", "-e", "ansible_become=false"]);
        playbook.args(["-e", "ansible_python_interpreter=/usr/bin/python3", "-e", "compagnon=https://connexion.hopital.example"]);
        playbook.arg(folder.path().join("postes.yml")).env("PATH", &path).env("HOME", folder.path()).env("LC_ALL", "C.UTF-8");
        let output = machine.command(&playbook).output().await.expect("ansible-core is installed");
        let told = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert!(output.status.success() && told.contains(changed), "{changed}: {told}");
    }
    let policy = fs::read_to_string(machine.etc("vestibule/policy.toml")).expect("the policy");
    assert_eq!(policy, "companion_url = \"https://connexion.hopital.example\"\ndevice_label = \"accueil-03\"\n");
}

#[test]
fn the_measures_of_the_guide_are_those_of_the_companion() {
    let source = fs::read_to_string(root().join("companion-server/src/admin/metrics.rs")).expect("the source");
    // Those that are registered get their beginning and their end there.
    let registered = fs::read_to_string(root().join("companion-server/src/measures.rs")).expect("the source");
    let is_registered = |name: &str| {
        let middle = name.trim_start_matches("vestibule_").trim_end_matches("_seconds").trim_end_matches("_total");
        registered.contains(&format!("\"{middle}\", \"")) || registered.contains(&format!("\"{middle}\",\n"))
    };
    let pages = ["docs/fr/administrateur.md", "docs/fr/deployer-compagnon.md"];
    let guide: String = pages.iter().map(|page| fs::read_to_string(root().join(page)).expect("the guide")).collect();
    // A package's file begins like one.
    let names: Vec<&str> = guide
        .split(|letter: char| !(letter.is_ascii_lowercase() || letter == '_'))
        .filter(|word| word.len() > 10 && word.starts_with("vestibule_"))
        .collect();
    assert!(names.len() > 5, "{names:?}");
    let unknown: Vec<&&str> = names
        .iter()
        .filter(|name| {
            !is_registered(name)
                && !source.contains(&format!("\"{name}\""))
                && !source.contains(&format!("{name}{{"))
                && !source.contains(&format!(" {name} "))
        })
        .collect();
    assert!(unknown.is_empty(), "{unknown:?}");
}
