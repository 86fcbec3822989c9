//! What the packages hold, unpacked.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use vestibule_tests::package_guide;
use vestibule_tests::programs::program;
use vestibule_tests::shipped::{
    OF_THE_SERVER_ALONE, OF_THE_WINDOW, files_below, holding, lay_window_open, official_kit, pictures, said, secrets, workspace,
};

use crate::package::{NAMES, Package, folder, packages_in};

fn packages() -> Vec<Package> {
    packages_in(&folder())
}

fn package(name: &str) -> Package {
    packages().into_iter().find(|package| package.name == name).expect("built")
}

/// A package's files, compressed pages in the clear, and beside them the window's own.
fn laid_open(package: &Package) -> tempfile::TempDir {
    let unpacked = package.unpacked();
    for file in files_below(unpacked.path()) {
        if file.extension().is_some_and(|ending| ending == "gz") {
            said(Command::new("gunzip").arg(&file));
        }
    }
    let program = unpacked.path().join("usr/bin/vestibule-app");
    if program.exists() {
        lay_window_open(&program, &unpacked.path().join(WINDOW));
    }
    unpacked
}

const WINDOW: &str = "window";

#[test]
fn exi_22_no_package_of_a_workstation_knows_the_provider_or_what_opens_it() {
    let (workstation, server) = (laid_open(&package("vestibule")), laid_open(&package("vestibule-companion")));
    let of_the_window = holding(&workstation.path().join(WINDOW), OF_THE_WINDOW);
    assert!(!of_the_window.is_empty(), "the words of the window are among what is searched");
    for words in OF_THE_SERVER_ALONE {
        assert_eq!(holding(workstation.path(), words), Vec::<String>::new(), "{words}");
        // The same search, where they must be.
        assert!(holding(server.path(), words).contains(&"./usr/bin/companion-server".to_owned()), "the companion has no {words}");
    }
}

#[test]
fn exi_22_no_package_carries_a_secret_or_a_configuration_in_force() {
    for package in packages() {
        let unpacked = laid_open(&package);
        assert_eq!(secrets(unpacked.path()), Vec::<String>::new(), "{}", package.name);
    }
}

#[test]
fn exi_29_the_only_art_that_a_window_shows_is_that_of_the_official_kit() {
    let kit = official_kit();
    let unpacked = laid_open(&package("vestibule"));
    let folder = unpacked.path().join(WINDOW);
    assert!(!holding(&folder, "<!doctype html>").is_empty(), "the window's page is found");
    let pictures = pictures(&folder);
    for picture in &pictures {
        assert!(kit.contains(picture), "a picture of {} bytes is not of the kit", picture.len());
    }
    assert_eq!(pictures.is_empty(), kit.is_empty(), "what the kit holds is shown");
}

#[test]
fn exi_29_a_development_package_says_so_in_its_name_and_no_other_is_made_without_the_kit() {
    if files_below(&workspace().join("packaging/psc-charte")).len() > 1 {
        return;
    }
    for package in packages() {
        assert!(package.file_name().contains("~dev"), "{}", package.file_name());
    }
    let empty = tempfile::tempdir().expect("a folder");
    for what in [&["deb"][..], &["msi"], &["all"], &[]] {
        let refused = Command::new(workspace().join("dev"))
            .args([&["package", "--release"][..], what].concat())
            .env("VESTIBULE_PACKAGES", empty.path())
            .output()
            .expect("./dev");
        let told = String::from_utf8_lossy(&refused.stderr).into_owned();
        assert_eq!(refused.status.code(), Some(1), "{told}");
        assert!(told.contains("EXI PSC 29") && told.contains("packaging/psc-charte/README.md"), "{told}");
    }
    let example = package_guide::example(package_guide::RELEASE);
    let mut refused = Command::new("bash");
    refused.args(["-c", &example]).current_dir(workspace()).env("VESTIBULE_PACKAGES", empty.path());
    assert_eq!(refused.output().expect("bash").status.code(), Some(1), "{example}");
    assert_eq!(files_below(empty.path()), Vec::<std::path::PathBuf>::new(), "and nothing is made");
}

/// Whatever the packages are for: none may show the art of an earlier build.
#[test]
fn exi_29_a_release_of_any_kind_has_its_window_built_anew() {
    for kind in ["deb", "msi"] {
        let folder = tempfile::tempdir().expect("a folder");
        let page = folder.path().join("ui/dist/index.html");
        fs::create_dir_all(page.parent().expect("a folder")).expect("made");
        fs::write(&page, "of an earlier build").expect("written");
        let script = format!(
            "TARGET=$1 ROOT=$2; for step in machine build package; do source \"$2/packaging/dev/$step.sh\"; done
            refuse_unofficial() {{ :; }}; package_{kind}() {{ echo \"$1 $VESTIBULE_RELEASE\"; }}; package {kind} --release"
        );
        let made = Command::new("bash")
            .args(["-euc", &script, "release"])
            .args([folder.path().join("target"), workspace()])
            .current_dir(folder.path())
            .output()
            .expect("bash");
        let told = String::from_utf8_lossy(&made.stdout).into_owned();
        assert_eq!(told.trim(), "release 1", "{kind}: {}", String::from_utf8_lossy(&made.stderr));
        assert!(!page.exists(), "{kind}");
    }
}

/// What a package says to a desktop and to apt, under the invented brand of the tests.
#[test]
fn a_package_under_another_brand_names_it_to_the_desktop_and_to_apt() {
    let folder = tempfile::tempdir().expect("a folder");
    let script = "set -euo pipefail; ROOT=$PWD; TARGET=$1; BRAND=$ROOT/tests/brand; BRANDING=$2; for step in machine build package; do source packaging/dev/$step.sh; done
        mkdir -p \"$3/tree\"; stage_desktop development 1.0 2026-01-01 \"$3/tree\"; maintainer >\"$3/maintainer\"";
    let made = Command::new("bash")
        .args(["-c", script, "brand"])
        .args([folder.path().join("target"), program("branding").expect("built"), folder.path().to_owned()])
        .current_dir(workspace())
        .env_remove("VESTIBULE_MAINTAINER")
        .output()
        .expect("bash");
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let read = |name: &str| fs::read_to_string(folder.path().join(name)).expect("written");
    let entry = read("tree/fr.vestibule.app.desktop");
    assert!(entry.contains("\nName=Passerelle & Soins\n") && entry.contains("\nExec=vestibule-app %u\n"), "{entry}");
    let sheet = read("tree/fr.vestibule.app.metainfo.xml");
    for part in ["<name>Passerelle &amp; Soins</name>", "<developer_name>Éditions Mirabelle</developer_name>", "<id>fr.vestibule.app</id>"]
    {
        assert!(sheet.contains(part), "{part}: {sheet}");
    }
    assert!(!entry.contains("Vestibule") && !sheet.contains("Vestibule"), "{entry}{sheet}");
    assert_eq!(read("maintainer").trim_end(), "Éditions Mirabelle <paquets@mirabelle.example>");
}

#[test]
fn programs_of_one_brand_are_not_packed_under_another() {
    let empty = tempfile::tempdir().expect("a folder");
    let refused = Command::new(workspace().join("dev"))
        .args(["package", "deb"])
        .env("VESTIBULE_PACKAGES", empty.path())
        .env("VESTIBULE_BIN", program("branding").expect("built").parent().expect("a folder"))
        .env("VESTIBULE_BRANDING", workspace().join("tests/brand"))
        .output()
        .expect("./dev");
    let told = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(!refused.status.success() && told.contains("portent une autre marque"), "{told}");
}

#[test]
fn every_package_says_what_it_is_made_of_and_under_which_licences() {
    for package in packages() {
        let unpacked = package.unpacked();
        let documents = unpacked.path().join("usr/share/doc").join(package.name);
        let shipped = fs::read_to_string(documents.join("sbom.cdx.json")).expect("the bill");
        let beside = folder().join(format!("{}_{}.cdx.json", package.name, package.version()));
        assert_eq!(fs::read_to_string(beside).expect("beside the package"), shipped);
        let bill: Value = serde_json::from_str(&shipped).expect("JSON");
        assert_eq!((&bill["bomFormat"], &bill["specVersion"]), (&"CycloneDX".into(), &"1.5".into()));
        assert_eq!(bill["metadata"]["component"]["version"], package.version().as_str());
        let page = said(Command::new("zcat").arg(documents.join("licences.md.gz")));
        let components = bill["components"].as_array().expect("a list");
        assert!(components.len() > 50, "{}", components.len());
        for component in components {
            for key in ["name", "version", "purl"] {
                assert!(component[key].is_string(), "{component}");
            }
            let licence = component["licenses"][0]["expression"].as_str().expect("a licence");
            let name = component["name"].as_str().expect("a name");
            assert!(page.contains(&format!("| {name} | {} | {licence} |", component["version"].as_str().expect("a version"))), "{name}");
        }
        let names: Vec<&str> = components.iter().filter_map(|component| component["name"].as_str()).collect();
        let (own, other) = if package.name == "vestibule" { ("tauri", "openidconnect") } else { ("axum", "tauri") };
        assert!(names.contains(&own) && !names.contains(&other), "{}", package.name);
    }
}

#[test]
fn every_program_has_a_manual_page_in_french_and_what_a_shell_completes() {
    for (package, programs) in [
        ("vestibule", &["vestibule", "vestibule-app"][..]),
        ("vestibule-companion", &["companion-server"]),
        ("vestibule-psc-simulator", &["psc-simulator"]),
    ] {
        let unpacked = crate::contents::package(package).unpacked();
        let share = unpacked.path().join("usr/share");
        for program in programs {
            assert!(unpacked.path().join("usr/bin").join(program).exists(), "{program}");
            for folder in ["man/man1", "man/fr/man1"] {
                let page = said(Command::new("zcat").arg(share.join(folder).join(format!("{program}.1.gz"))));
                let heading = if folder.contains("/fr/") || package != "vestibule" { ".SH NOM" } else { ".SH NAME" };
                assert!(page.contains(heading), "{program} {folder}");
            }
            if *program != "vestibule-app" {
                for file in [
                    format!("bash-completion/completions/{program}"),
                    format!("zsh/vendor-completions/_{program}"),
                    format!("fish/vendor_completions.d/{program}.fish"),
                ] {
                    assert!(fs::read_to_string(share.join(&file)).expect("there").contains(program), "{file}");
                }
            }
        }
    }
}

#[test]
fn the_samples_belong_to_the_packages_and_the_files_in_force_to_the_administrator() {
    for (name, sample) in
        [("vestibule", "/etc/vestibule/policy.sample.toml"), ("vestibule-companion", "/etc/vestibule/companion.sample.toml")]
    {
        let listed = said(Command::new("dpkg-deb").arg("--info").arg(&package(name).file).arg("conffiles"));
        assert_eq!(listed.trim(), sample);
        let unpacked = package(name).unpacked();
        let mode = |path: &Path| fs::metadata(path).expect("there").permissions().mode() & 0o7777;
        // The policy of a workstation is refused where anybody but root may change it or the folder above.
        assert_eq!((mode(&unpacked.path().join("etc/vestibule")), mode(&unpacked.path().join(&sample[1..]))), (0o755, 0o644));
    }
}

#[test]
fn the_companion_s_service_is_closed_to_what_it_does_not_need() {
    let unpacked = package("vestibule-companion").unpacked();
    let unit = unpacked.path().join("lib/systemd/system/compagnon.service");
    let told = said(Command::new("systemd-analyze").args(["security", "--offline=yes", "--no-pager"]).arg(&unit));
    let score = told.lines().find_map(|line| line.split_once("exposure level for compagnon.service: ")).expect("a score").1;
    let score: f32 = score.split(' ').next().and_then(|number| number.parse().ok()).expect("a number");
    assert!(score <= 2.0, "{score}\n{told}");
}

/// Another folder, another hour, a signature: the archive that leaves is the same to the bit.
#[test]
fn the_same_sources_give_the_same_package_and_its_signature_is_checked_as_the_guide_says() {
    let again = tempfile::tempdir().expect("a folder");
    let keys = tempfile::tempdir().expect("a folder");
    let gpg = |arguments: &[&str]| {
        let mut gpg = Command::new("gpg");
        gpg.args(["--batch", "--quiet", "--pinentry-mode", "loopback", "--passphrase", ""]).args(arguments).env("GNUPGHOME", keys.path());
        gpg
    };
    said(&mut gpg(&["--quick-generate-key", "Essai <essai@exemple.invalid>", "ed25519", "sign", "never"]));
    let signing = "gpg --batch --yes --armor --detach-sign";
    let status = Command::new(workspace().join("dev"))
        .args(["package", "deb"])
        .env("VESTIBULE_PACKAGES", again.path())
        .env("VESTIBULE_VERSION", package("vestibule").version())
        .env("VESTIBULE_SIGN", signing)
        .env("VESTIBULE_LINTIAN", "no")
        .env("GNUPGHOME", keys.path())
        .output()
        .expect("./dev");
    assert!(status.status.success(), "{}", String::from_utf8_lossy(&status.stderr));

    for (first, second) in packages().iter().zip(packages_in(again.path())) {
        assert_eq!(first.file_name(), second.file_name());
        assert!(fs::read(&first.file).expect("readable") == fs::read(&second.file).expect("readable"), "{} differs", first.name);
    }
    let sums = format!("vestibule_{}.sha256", package("vestibule").version());
    let verify = format!("set -e\n{}", package_guide::example(package_guide::VERIFY));
    let told = said(Command::new("bash").args(["-c", &verify]).current_dir(again.path()).env("GNUPGHOME", keys.path()));
    assert_eq!(told.matches(": OK").count() + told.matches(": Réussi").count(), 2 * NAMES.len(), "{told}");
    let signed: Vec<String> = packages().iter().map(Package::file_name).chain([sums]).collect();
    assert_eq!(signed.len(), NAMES.len() + 1);
    for name in signed {
        let file = again.path().join(&name).display().to_string();
        said(&mut gpg(&["--verify", &format!("{file}.asc"), &file]));
        let mut bytes = fs::read(&file).expect("readable");
        bytes[100] ^= 1;
        fs::write(&file, bytes).expect("written");
        let refused = gpg(&["--verify", &format!("{file}.asc"), &file]).output().expect("gpg");
        assert!(!refused.status.success(), "a changed {name} is still taken for the signed one");
    }
    said(Command::new("gpgconf").args(["--kill", "all"]).env("GNUPGHOME", keys.path()));
}
