//! What the installer of the real programs holds, and what these programs tell Windows of themselves.

use std::fs;

use serde_json::Value;
use vestibule_tests::shipped::portable::{ICON, MANIFEST, Program};
use vestibule_tests::shipped::{
    OF_THE_SERVER_ALONE, OF_THE_WINDOW, files_below, holding, lay_window_open, official_kit, pictures, secrets,
};

use super::msi::Msi;
use super::{installer, wine};

const WINDOW: &str = "window";

/// The installer's files, and beside them those of the window.
fn laid_open() -> tempfile::TempDir {
    let unpacked = Msi::read(installer::package("1.0.0")).unpacked();
    let program = files_below(unpacked.path()).into_iter().find(|file| file.ends_with("vestibule-app.exe")).expect("the window's program");
    lay_window_open(&program, &unpacked.path().join(WINDOW));
    unpacked
}

/// EXI PSC 22, as for every package.
#[test]
fn the_installer_knows_neither_the_provider_nor_what_opens_it() {
    let unpacked = laid_open();
    assert!(!holding(&unpacked.path().join(WINDOW), OF_THE_WINDOW).is_empty(), "the words of the window are among what is searched");
    for words in OF_THE_SERVER_ALONE {
        assert_eq!(holding(unpacked.path(), words), Vec::<String>::new(), "{words}");
    }
    assert_eq!(secrets(unpacked.path()), Vec::<String>::new());
}

/// EXI PSC 29, as for every package.
#[test]
fn the_only_art_of_the_installer_s_window_is_that_of_the_official_kit() {
    let (unpacked, kit) = (laid_open(), official_kit());
    let pictures = pictures(&unpacked.path().join(WINDOW));
    for picture in &pictures {
        assert!(kit.contains(picture), "a picture of {} bytes is not of the kit", picture.len());
    }
    assert_eq!(pictures.is_empty(), kit.is_empty(), "what the kit holds is shown");
}

#[test]
fn the_installer_says_what_it_is_made_of_and_under_which_licences() {
    let unpacked = Msi::read(installer::package("1.0.0")).unpacked();
    let files = files_below(unpacked.path());
    let read = |name: &str| fs::read_to_string(files.iter().find(|file| file.ends_with(name)).expect(name)).expect("text");
    let bill: Value = serde_json::from_str(&read("sbom.cdx.json")).expect("JSON");
    assert_eq!((&bill["bomFormat"], &bill["specVersion"]), (&"CycloneDX".into(), &"1.5".into()));
    let components = bill["components"].as_array().expect("a list");
    let names: Vec<&str> = components.iter().filter_map(|component| component["name"].as_str()).collect();
    for (name, is_in) in [("windows-registry", true), ("WebView2Loader.dll", true), ("tauri", true), ("zbus", false), ("webkit2gtk", false)]
    {
        assert_eq!(names.contains(&name), is_in, "{name}");
    }
    let page = read("licences.txt");
    for component in components {
        let (name, version) = (component["name"].as_str().expect("a name"), component["version"].as_str().expect("a version"));
        assert!(page.contains(&format!("| {name} | {version} | ")), "{name}");
    }
    assert!(page.contains("The name of Microsoft Corporation") && page.lines().all(|line| !line.ends_with("\r\r")));
}

/// By the version Windows Installer judges whether to replace a program; by the manifest Windows treats it as one of today.
#[test]
fn both_programs_tell_windows_who_they_are_and_how_to_treat_them() {
    let bytes = ["vestibule.exe", "vestibule-app.exe"].map(|name| fs::read(wine::program(name).expect("built")).expect("readable"));
    let programs: Vec<Program<'_>> = bytes.iter().map(|bytes| Program::of(bytes).expect("a program")).collect();
    for program in &programs {
        assert_eq!(program.version(), Some(format!("{}.0", env!("CARGO_PKG_VERSION"))));
        for name in ["ProductName", "CompanyName", "LegalCopyright", "ProductVersion"] {
            let shown = program.shown(name);
            assert!(shown.as_ref().is_some_and(|text| !text.is_empty()) && shown == programs[0].shown(name), "{name}: {shown:?}");
        }
        assert!(program.shown("FileDescription").is_some_and(|text| text.starts_with("Vestibule")), "what the task manager shows");
        assert!(!program.resources(ICON).is_empty(), "an icon");
        let manifests = program.resources(MANIFEST);
        assert_eq!(manifests.len(), 1, "one manifest, or Windows starts nothing");
        let manifest = String::from_utf8_lossy(manifests[0]);
        for words in [
            r#"level="asInvoker""#,
            ">PerMonitorV2<",
            ">true</longPathAware>",
            ">UTF-8</activeCodePage>",
            "{8e0f7a12-bfb3-4fe8-b9a5-48fd50a15a9a}",
            r#"name="Microsoft.Windows.Common-Controls" version="6.0.0.0""#,
        ] {
            assert!(manifest.contains(words), "{words}: {manifest}");
        }
    }
}
