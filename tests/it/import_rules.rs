//! Who may import whom, as the build sees it. EXI 22 and EXI 23 are properties of the build before they are tests.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the workspace").to_owned()
}

/// Direct dependencies of each member, by kind: `None` is what ends up in the program.
fn members() -> BTreeMap<String, BTreeSet<String>> {
    let output = std::process::Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--no-deps", "--offline"])
        .current_dir(root())
        .output()
        .expect("cargo metadata runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    metadata["packages"]
        .as_array()
        .expect("packages")
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
        "vestibule-model",
        "vestibule-desktop",
        "vestibule-app",
        "companion-server",
        "psc-simulator",
        "vestibule-installation",
        "vestibule-lying-provider",
        "vestibule-tests",
        "vestibule-fuzz",
    ];
    let allowed: BTreeMap<&str, &[&str]> = BTreeMap::from([
        ("vestibule-model", [].as_slice()),
        ("vestibule-desktop", ["vestibule-model"].as_slice()),
        ("vestibule-app", ["vestibule-model", "vestibule-desktop"].as_slice()),
        ("companion-server", ["vestibule-model"].as_slice()),
        ("psc-simulator", ["vestibule-model"].as_slice()),
        ("vestibule-installation", [].as_slice()),
        ("vestibule-lying-provider", [].as_slice()),
        (
            "vestibule-tests",
            [
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
            let shipped = text.split("#[cfg(test)]").next().expect("a first part");
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
    let allowed = BTreeSet::from(["secrecy", "serde", "subtle", "thiserror", "url", "ts-rs"].map(str::to_owned));
    let members = members();
    let extra: Vec<_> = members["vestibule-model"].difference(&allowed).collect();
    assert!(extra.is_empty(), "the model may not import {extra:?}");
}

#[test]
fn each_operating_system_crate_has_one_room() {
    assert_eq!(files_naming("desktop/src", "keyring"), ["keyring/system.rs"]);
    assert_eq!(files_naming("desktop/src", "open"), ["browser/system.rs"]);
    assert_eq!(files_naming("desktop/src", "notify_rust"), ["notifications.rs"]);
    let http: Vec<String> = files_naming("desktop/src", "reqwest").into_iter().filter(|file| !file.starts_with("companion")).collect();
    assert_eq!(http, Vec::<String>::new(), "only the companion's client speaks HTTP");
}

#[test]
fn every_file_says_at_its_head_what_it_is_for() {
    let mut silent = Vec::new();
    for folder in ["desktop", "model", "src-tauri"] {
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
    let rooms =
        ["desktop/src/words/fr.rs", "desktop/src/words/en.rs", "desktop/src/settings/schema.rs", "desktop/src/settings/reference.rs"];
    let mut elsewhere = Vec::new();
    for folder in ["desktop/src", "src-tauri/src"] {
        for path in rust_files(&root().join(folder)) {
            let name = path.strip_prefix(root()).expect("below").display().to_string();
            if rooms.contains(&name.as_str()) || name.contains("tests") {
                continue;
            }
            let text = fs::read_to_string(&path).expect("text");
            let shipped = text.split("#[cfg(test)]").next().unwrap_or_default();
            let code = shipped.lines().filter(|line| !line.trim_start().starts_with("//"));
            elsewhere.extend(code.filter(|line| is_french(line)).map(|line| format!("{name}: {}", line.trim())));
        }
    }
    assert!(elsewhere.is_empty(), "{elsewhere:#?}");
}

fn is_french(line: &str) -> bool {
    line.contains(['é', 'è', 'ê', 'à', 'ç', 'ù', '’', '«', '»']) || line.contains("\\u{a0}") || line.contains("\\u{202f}")
}

/// Only what the system itself has, or what a program of ours made, is opened otherwise.
#[test]
fn a_file_at_a_path_that_somebody_gave_is_opened_in_one_way() {
    let mut otherwise = Vec::new();
    for folder in ["companion-server/src", "desktop/src"] {
        for path in rust_files(&root().join(folder)) {
            let text = fs::read_to_string(&path).expect("text");
            let shipped = text.split("#[cfg(test)]").next().unwrap_or_default().split("#[cfg(all(test").next().unwrap_or_default();
            let opens = ["fs::read(", "fs::read_to_string(", "File::open("].iter().any(|way| shipped.contains(way));
            if opens && !path.to_string_lossy().contains("tests") {
                otherwise.push(path.strip_prefix(root()).expect("below").display().to_string());
            }
        }
    }
    otherwise.sort();
    let of_the_system = [
        "companion-server/src/administer.rs",
        "companion-server/src/vault/key_file.rs",
        "desktop/src/peer_owner/linux.rs",
        "desktop/src/route/system_proxy.rs",
        "desktop/src/settings.rs",
    ];
    assert_eq!(otherwise, of_the_system, "`ordinary_file` opens the others");
}

#[test]
fn in_the_companion_the_two_faces_never_meet() {
    let source = root().join("companion-server/src");
    for (floor, forbidden) in
        [("provider", "oauth"), ("oauth", "provider"), ("api", "provider"), ("store", "provider"), ("provider", "store")]
    {
        for path in files_of_module(&source, floor) {
            assert!(!imports(&fs::read_to_string(&path).expect("text")).contains(forbidden), "{} names crate::{forbidden}", path.display());
        }
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
        let shipped = fs::read_to_string(&path).expect("text").to_lowercase();
        let shipped = shipped.split("#[cfg(test)]").next().unwrap_or_default();
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
        for (module, level) in &floor_of {
            for file in files_of_module(&source, module) {
                for taken in imports(&fs::read_to_string(&file).expect("text")) {
                    let below = floor_of.get(taken.as_str()).is_some_and(|other| other > level);
                    // The crate's own name for what `lib.rs` hands out again is no module.
                    if taken != *module && !below && standing.contains(&taken) {
                        wrong.push(format!("{} takes {taken}", file.strip_prefix(root()).expect("below").display()));
                    }
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
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

/// First segments of every path of this crate in a file, grouped imports too; comments and the file's own tests apart.
fn imports(text: &str) -> BTreeSet<String> {
    let shipped = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
    let code: String = shipped.lines().map(|line| line.split("//").next().unwrap_or_default()).collect::<Vec<_>>().join("\n");
    let mut found = BTreeSet::new();
    for (at, _) in code.match_indices("crate::") {
        let inside_a_name = code[..at].ends_with(|before: char| before.is_alphanumeric() || before == '_' || before == ':');
        if !inside_a_name {
            first_segments(&code[at + "crate::".len()..], &mut found);
        }
    }
    found
}

/// `a::b` gives a; `{a::{b, c}, d}` gives a and d.
fn first_segments(path: &str, found: &mut BTreeSet<String>) {
    let word = |text: &str| text.chars().take_while(|sign| sign.is_alphanumeric() || *sign == '_').collect::<String>();
    let Some(group) = path.strip_prefix('{') else {
        found.insert(word(path));
        return;
    };
    let (mut depth, mut start) = (0_usize, true);
    for (at, sign) in group.char_indices() {
        match sign {
            '{' => depth += 1,
            '}' if depth == 0 => return,
            '}' => depth -= 1,
            ',' if depth == 0 => start = true,
            sign if start && !sign.is_whitespace() => {
                found.insert(word(&group[at..]));
                start = false;
            }
            _ => {}
        }
    }
}

#[test]
fn the_search_for_imports_sees_every_form() {
    let text = "use crate::{a::{b, c}, d};\nuse crate::e;\nfn f() { crate::g::h(); other_crate::i() }\n// crate::j\n#[cfg(test)]\nmod tests {\n use crate::k;";
    assert_eq!(imports(text), BTreeSet::from(["a", "d", "e", "g"].map(str::to_owned)));
}
