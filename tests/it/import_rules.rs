//! Who may import whom, as the build sees it. EXI 22 and EXI 23 are properties of the build before they are tests.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

mod rooms;
mod source;

use rooms::Rooms;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the workspace").to_owned()
}

/// What cargo knows of every member.
fn packages() -> Vec<Value> {
    let output = std::process::Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--no-deps", "--offline"])
        .current_dir(root())
        .output()
        .expect("cargo metadata runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    metadata["packages"].as_array().expect("packages").clone()
}

/// Direct dependencies of each member, by kind: `None` is what ends up in the program.
fn members() -> BTreeMap<String, BTreeSet<String>> {
    packages()
        .iter()
        .map(|package| {
            let dependencies = package["dependencies"].as_array().expect("dependencies");
            let shipped = dependencies.iter().filter(|dependency| dependency["kind"].is_null());
            let names = shipped.map(|dependency| dependency["name"].as_str().expect("a name").to_owned()).collect();
            (package["name"].as_str().expect("a name").to_owned(), names)
        })
        .collect()
}

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    files(folder, &["rs"])
}

/// Every file below `folder` whose name ends so.
fn files(folder: &Path, endings: &[&str]) -> Vec<PathBuf> {
    fs::read_dir(folder)
        .expect("a folder")
        .flat_map(|entry| {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                files(&path, endings)
            } else if path.extension().is_some_and(|extension| endings.iter().any(|ending| extension == *ending)) {
                vec![path]
            } else {
                Vec::new()
            }
        })
        .collect()
}

/// Files below `folder` that use the crate `name` by path.
fn files_naming(folder: &str, name: &str) -> Vec<String> {
    let base = root().join(folder);
    let mut files: Vec<String> = rust_files(&base)
        .into_iter()
        .filter(|path| !path.ends_with("tests.rs"))
        .filter(|path| {
            let text = fs::read_to_string(path).expect("text");
            text.lines().map(str::trim_start).filter(|line| !line.starts_with("//")).any(|line| {
                line.match_indices(&format!("{name}::"))
                    .any(|(at, _)| !line[..at].ends_with(|before: char| before.is_alphanumeric() || before == '_' || before == ':'))
            })
        })
        .map(|path| path.strip_prefix(&base).expect("below").display().to_string())
        .collect();
    files.sort();
    files
}

#[test]
fn members_import_only_downwards() {
    let ours = [
        "vestibule-branding",
        "vestibule-model",
        "vestibule-support-report",
        "vestibule-desktop",
        "vestibule-app",
        "companion-server",
        "psc-simulator",
        "vestibule-installation",
        "vestibule-lying-provider",
        "vestibule-packaging",
        "vestibule-tests",
        "vestibule-fuzz",
        "vestibule-bench",
    ];
    let allowed: BTreeMap<&str, &[&str]> = BTreeMap::from([
        ("vestibule-branding", [].as_slice()),
        ("vestibule-model", [].as_slice()),
        ("vestibule-support-report", ["vestibule-model"].as_slice()),
        ("vestibule-desktop", ["vestibule-branding", "vestibule-model", "vestibule-support-report"].as_slice()),
        ("vestibule-app", ["vestibule-branding", "vestibule-model", "vestibule-desktop"].as_slice()),
        ("companion-server", ["vestibule-branding", "vestibule-model", "vestibule-support-report"].as_slice()),
        ("psc-simulator", ["vestibule-model"].as_slice()),
        ("vestibule-installation", [].as_slice()),
        ("vestibule-lying-provider", [].as_slice()),
        ("vestibule-packaging", ["vestibule-model", "vestibule-desktop", "companion-server", "psc-simulator"].as_slice()),
        (
            "vestibule-tests",
            [
                "vestibule-branding",
                "vestibule-model",
                "vestibule-desktop",
                "companion-server",
                "psc-simulator",
                "vestibule-installation",
                "vestibule-lying-provider",
            ]
            .as_slice(),
        ),
        ("vestibule-fuzz", ["vestibule-model", "vestibule-desktop", "companion-server", "vestibule-installation"].as_slice()),
        // From outside: what it measures is what others would. The ID token alone needs a door of the companion's, since no request shows its check.
        ("vestibule-bench", ["companion-server", "vestibule-installation"].as_slice()),
    ]);
    let members = members();
    assert_eq!(members.keys().map(String::as_str).collect::<BTreeSet<_>>(), BTreeSet::from(ours), "a new member needs its rule here");
    for (member, dependencies) in &members {
        for dependency in dependencies.iter().filter(|name| ours.contains(&name.as_str())) {
            assert!(allowed[member.as_str()].contains(&dependency.as_str()), "{member} may not import {dependency}");
        }
    }
}

#[test]
fn exi_22_and_exi_23_the_desktop_cannot_speak_to_the_provider() {
    let members = members();
    for member in ["vestibule-desktop", "vestibule-app"] {
        for forbidden in ["openidconnect", "oauth2", "axum", "sqlx", "companion-server", "psc-simulator"] {
            assert!(!members[member].contains(forbidden), "{member} may not import {forbidden}");
        }
    }
    for (folder, endings, least) in
        [("desktop/src", ["rs"].as_slice(), 40), ("src-tauri/src", &["rs"], 2), ("ui/src", &["svelte", "ts", "json", "css", "html"], 40)]
    {
        let paths = files(&root().join(folder), endings);
        assert!(paths.len() >= least, "{folder}: the search reads {} files", paths.len());
        for path in paths.into_iter().filter(|path| !path.ends_with("tests.rs")) {
            let text = fs::read_to_string(&path).expect("text");
            // The navigation guard's own test names what must be refused.
            let shipped = shipped(&text);
            assert!(!shipped.contains("esante.gouv.fr"), "{} names a host of Pro Santé Connect", path.display());
        }
    }
}

#[test]
fn tauri_stays_in_the_shell() {
    for (member, dependencies) in members() {
        let shell = dependencies.iter().any(|name| name.starts_with("tauri"));
        assert_eq!(shell, member == "vestibule-app", "{member}");
    }
}

#[test]
fn the_model_does_no_input_or_output() {
    let allowed = BTreeSet::from(["secrecy", "serde", "serde_json", "subtle", "thiserror", "url", "ts-rs"].map(str::to_owned));
    let members = members();
    let extra: Vec<_> = members["vestibule-model"].difference(&allowed).collect();
    assert!(extra.is_empty(), "the model may not import {extra:?}");
}

#[test]
fn each_operating_system_crate_has_one_room() {
    assert_eq!(files_naming("desktop/src", "keyring"), ["keyring/system.rs"]);
    assert_eq!(files_naming("desktop/src", "open"), ["browser/system.rs"]);
    assert_eq!(files_naming("desktop/src", "notify_rust"), ["notifications.rs"]);
    assert_eq!(files_naming("desktop/src", "pcsc"), ["card/presence.rs"]);
    let http: Vec<String> = files_naming("desktop/src", "reqwest").into_iter().filter(|file| !file.starts_with("companion")).collect();
    assert_eq!(http, Vec::<String>::new(), "only the companion's client speaks HTTP");
}

#[test]
fn every_file_says_at_its_head_what_it_is_for() {
    let mut silent = Vec::new();
    for folder in ["desktop", "model", "src-tauri", "support-report"] {
        for path in rust_files(&root().join(folder)) {
            if !fs::read_to_string(&path).expect("text").starts_with("//! ") {
                silent.push(path.strip_prefix(root()).expect("below").display().to_string());
            }
            assert!(!path.ends_with("mod.rs"), "{}: a module of these crates is `name.rs` beside its folder", path.display());
        }
    }
    assert!(silent.is_empty(), "{silent:#?}");
}

/// Each is in both languages there, and the compiler asks for the one that is missing. What the settings are is told by their own table.
#[test]
fn what_people_read_outside_the_window_stands_in_one_room() {
    let rooms = ["desktop/src/settings/schema.rs", "desktop/src/settings/reference.rs", "desktop/src/settings/group_policy.rs"];
    let mut elsewhere = Vec::new();
    for folder in ["desktop/src", "src-tauri/src"] {
        for path in rust_files(&root().join(folder)) {
            let name = path.strip_prefix(root()).expect("below").display().to_string();
            let in_words = name.strip_prefix("desktop/src/words/").is_some_and(|room| room.ends_with("/fr.rs") || room.ends_with("/en.rs"));
            if in_words || rooms.contains(&name.as_str()) || name.contains("tests") {
                continue;
            }
            let text = fs::read_to_string(&path).expect("text");
            let shipped = shipped(&text);
            let code = shipped.lines().filter(|line| !line.trim_start().starts_with("//"));
            elsewhere.extend(code.filter(|line| is_french(line)).map(|line| format!("{name}: {}", line.trim())));
        }
    }
    assert!(elsewhere.is_empty(), "{elsewhere:#?}");
}

/// A source without its tests, also those that one system alone runs.
fn shipped(text: &str) -> &str {
    ["#[cfg(test)]", "#[cfg(all(test"].iter().filter_map(|tests| text.find(tests)).min().map_or(text, |tests| &text[..tests])
}

fn is_french(line: &str) -> bool {
    line.contains(['é', 'è', 'ê', 'à', 'ç', 'ù', '’', '«', '»']) || line.contains("\\u{a0}") || line.contains("\\u{202f}")
}

/// Only what the system itself has, or what a program of ours made, is opened otherwise.
#[test]
fn a_file_at_a_path_that_somebody_gave_is_opened_in_one_way() {
    let mut otherwise = Vec::new();
    for folder in ["companion-server/src", "desktop/src", "support-report/src"] {
        for path in rust_files(&root().join(folder)) {
            let text = fs::read_to_string(&path).expect("text");
            let shipped = shipped(&text);
            let opens = ["fs::read(", "fs::read_to_string(", "File::open("].iter().any(|way| shipped.contains(way));
            if opens && !path.to_string_lossy().contains("tests") {
                otherwise.push(path.strip_prefix(root()).expect("below").display().to_string());
            }
        }
    }
    otherwise.sort();
    let of_the_system = [
        "companion-server/src/administer.rs",
        "desktop/src/peer_owner/linux.rs",
        "desktop/src/route/system_proxy.rs",
        "desktop/src/settings.rs",
    ];
    assert_eq!(otherwise, of_the_system, "`ordinary_file` opens the others");
}

#[test]
fn in_the_companion_the_two_faces_never_meet() {
    let never = [("provider", "oauth"), ("oauth", "provider"), ("api", "provider"), ("store", "provider"), ("provider", "store")];
    for arrow in Rooms::of_crate(&root().join("companion-server/src/lib.rs")).arrows() {
        assert!(!arrow.room.is_empty() || !never.contains(&(&arrow.from, &arrow.to)), "{arrow}");
    }
}

#[test]
fn what_any_relying_party_does_knows_no_provider_and_no_other_room_sees_inside() {
    let source = root().join("companion-server/src");
    let room = fs::read_to_string(source.join("provider.rs")).expect("the room");
    for part in ["oidc", "psc"] {
        // The compiler keeps a closed door.
        assert!(room.contains(&format!("\nmod {part};\n")), "{part} is closed");
        assert!(!room.contains("pub use psc"), "nothing of Pro Santé Connect's own leaves its room");
    }
    let oidc = files_of_module(&source.join("provider"), "oidc");
    assert!(oidc.len() >= 10, "the search reads {} files", oidc.len());
    for path in oidc {
        let text = fs::read_to_string(&path).expect("text").to_lowercase();
        let shipped = shipped(&text);
        assert!(!["psc", "santé connect"].iter().any(|name| shipped.contains(name)), "{} knows which provider it is", path.display());
    }
}

#[test]
fn every_file_says_what_it_is_about_and_a_room_has_the_name_of_its_file() {
    let mut read = 0;
    for path in ["companion-server", "psc-simulator"].iter().flat_map(|part| rust_files(&root().join(part))) {
        read += 1;
        let text = fs::read_to_string(&path).expect("text");
        let head = text.lines().next().and_then(|line| line.strip_prefix("//! ")).unwrap_or_default();
        assert!(head.split(' ').count() >= 2, "{} does not say what it is about", path.display());
        assert!(!path.ends_with("mod.rs"), "{}: the other rooms are named by a file beside their folder", path.display());
    }
    assert!(read >= 250, "the search reads {read} files");
}

/// Top to bottom, as docs/architecture.md draws them: a module takes only from floors below its own.
fn floors(crate_: &str) -> Vec<Vec<String>> {
    let page = fs::read_to_string(root().join("docs/architecture.md")).expect("the page");
    let (_, section) = page.split_once(&format!("\n### `{crate_}`\n")).unwrap_or_else(|| panic!("the page draws {crate_}"));
    let rows = section.split("\n#").next().unwrap_or_default().lines().filter_map(|line| line.strip_prefix("| `"));
    rows.map(|row| row.split(" |").next().unwrap_or_default().replace('`', "").split_whitespace().map(str::to_owned).collect()).collect()
}

#[test]
fn in_no_crate_does_anything_call_up_or_sideways() {
    let mut wrong = Vec::new();
    for crate_ in ["companion-server", "desktop", "model", "psc-simulator"] {
        let source = root().join(crate_).join("src");
        let floors = floors(crate_);
        let floor_of: BTreeMap<&str, usize> =
            floors.iter().enumerate().flat_map(|(level, floor)| floor.iter().map(move |module| (module.as_str(), level))).collect();
        assert_eq!(floor_of.len(), floors.iter().map(Vec::len).sum::<usize>(), "{crate_}: a module stands on one floor");
        let standing: BTreeSet<String> = floor_of.keys().map(|module| (*module).to_owned()).collect();
        assert_eq!(modules(&source.join("lib.rs")), standing, "{crate_}: every module stands on a floor, and nothing else does");
        for arrow in Rooms::of_crate(&source.join("lib.rs")).arrows().iter().filter(|arrow| arrow.room.is_empty()) {
            if floor_of[arrow.to.as_str()] <= floor_of[arrow.from.as_str()] {
                wrong.push(from_root(&arrow.to_string()));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// What is said of files, by their paths from the root of the repository.
fn from_root(text: &str) -> String {
    text.replace(&format!("{}/", root().display()), "")
}

/// The modules that a crate's root declares.
fn modules(root: &Path) -> BTreeSet<String> {
    let text = fs::read_to_string(root).expect("text");
    let declared = text.lines().filter_map(|line| line.trim_start_matches("pub ").strip_prefix("mod ")?.strip_suffix(';'));
    declared.map(str::to_owned).collect()
}

/// Its files, tests apart: those look up to build what they test.
fn files_of_module(source: &Path, module: &str) -> Vec<PathBuf> {
    let folder = source.join(module);
    let mut files = if folder.is_dir() { rust_files(&folder) } else { Vec::new() };
    files.extend(Some(source.join(format!("{module}.rs"))).filter(|file| file.exists()));
    assert!(!files.is_empty(), "{module} has no file");
    files.retain(|file| !file.strip_prefix(source).expect("below").to_string_lossy().contains("tests"));
    files
}

/// Wherever files are neighbours, in a room, in a room of it, or in a crate, of libraries, programs and tests.
#[test]
fn in_no_room_do_files_take_from_one_another_in_a_circle() {
    let (mut circles, mut files) = (Vec::new(), 0);
    for target in packages().iter().flat_map(|package| package["targets"].as_array().expect("targets")) {
        let rooms = Rooms::of_crate(Path::new(target["src_path"].as_str().expect("a path")));
        files += rooms.files();
        circles.extend(rooms.circles().iter().map(|circle| from_root(circle)));
    }
    assert!(files >= 500, "the search reads {files} files");
    assert!(circles.is_empty(), "what ties them belongs to the lower of them, or to a file of its own: {circles:#?}");
}

#[test]
fn the_search_for_circles_sees_every_form_of_import() {
    let shown = |files: &[(&str, &str)]| {
        let folder = tempfile::tempdir().expect("a folder");
        for (path, text) in files {
            let path = folder.path().join(path);
            fs::create_dir_all(path.parent().expect("a folder")).expect("made");
            fs::write(path, text).expect("written");
        }
        let circles = Rooms::of_crate(&folder.path().join("lib.rs")).circles();
        circles.into_iter().map(|circle| circle.replace(&format!("{}/", folder.path().display()), "")).collect::<Vec<_>>()
    };
    let room = ("lib.rs", "mod room;");
    let told = "room/a.rs takes B from room/b.rs; and room/b.rs takes A from room/a.rs";
    for by_b in [
        "use super::a::A;",
        "use crate::room::a::A;",
        "use super::{c::C, a::{self, A}};",
        "use crate::{other::{X, Y}, room::{c::C, a::A as Known}};",
        "fn f() { super::a::A::new(); }",
        "use super::a; struct B(Vec<a::A>);",
        "use super::A;",
        "use crate::A;",
        "#[derive(Error)] #[error(\"{}\", super::a::A)] struct B;",
        "use super::a; #[serde(with = \"a::A\")] struct B;",
        "mod inner { use super::super::a::A; }",
        "/* \" */ const TEXT: &str = r#\"\"//\"#; const SIGN: char = '\"'; fn f<'a>(a: &'a crate::room::a::A) {}",
    ] {
        let files = [room, ("room.rs", "mod a; mod b; pub use a::A;"), ("room/a.rs", "use super::b::B;"), ("room/b.rs", by_b)];
        let lib = (files[0].0, "mod room; pub use room::A;");
        assert_eq!(shown(&[lib, files[1], files[2], files[3]]), [told], "{by_b}");
    }
    for by_b in [
        "// use super::a::A;",
        "const TEXT: &str = \"use super::a::A;\";",
        "pub(in crate::room::a) fn f() {}",
        "#[cfg(test)]\nmod tests { use crate::room::a::A; }",
        "#[cfg(test)] mod tests;",
    ] {
        let files = [room, ("room.rs", "mod a; mod b;"), ("room/a.rs", "use super::b::B;"), ("room/b.rs", by_b)];
        assert_eq!(shown(&files), Vec::<String>::new(), "{by_b}");
    }
    // A file and its folder are one room: what is in there may take the words of the file, which hands out, or uses, what is in there.
    let own = [room, ("room.rs", "mod a; pub use a::A; use a::{Inner, work}; pub struct Word;"), ("room/a.rs", "use super::Word;")];
    assert_eq!(shown(&own), Vec::<String>::new());
    // But no neighbour stands between them, and no two rooms hold one another by different files.
    let through = [
        room,
        ("room.rs", "mod a; mod b;"),
        ("room/a.rs", "mod inner; use super::b::B;"),
        ("room/a/inner.rs", "pub struct Inner;"),
        ("room/b.rs", "use crate::room::a::inner::Inner;"),
    ];
    assert_eq!(shown(&through), ["room/a.rs takes B from room/b.rs; and room/b.rs takes Inner from room/a/inner.rs"]);
    let three = [
        room,
        ("room.rs", "mod a; mod b; mod c;"),
        ("room/a.rs", "use super::b::B;"),
        ("room/b.rs", "use super::c::C;"),
        ("room/c.rs", "use super::a::A;"),
    ];
    let told = "room/a.rs takes B from room/b.rs; and room/b.rs takes C from room/c.rs; and room/c.rs takes A from room/a.rs";
    assert_eq!(shown(&three), [told]);
}
