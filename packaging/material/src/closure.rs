//! What ends up in a program: the crates that it is built from, code in C that some of them bring, packages of the window.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, ensure};
use serde::Deserialize;
use sha2::{Digest as _, Sha256};

/// One part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    pub name: String,
    pub version: String,
    /// An expression of SPDX, where its authors gave one.
    pub licence: Option<String>,
    /// `pkg:cargo/serde@1.0.0`.
    pub purl: String,
    /// Of the archive that it was taken from, where its lock file knows it.
    pub sha256: Option<String>,
    /// Names of the parts that it needs, by their purl.
    pub needs: BTreeSet<String>,
    /// Where its licence's text lies.
    pub folder: Option<PathBuf>,
}

/// All parts, by their purl.
#[derive(Debug, Default)]
pub struct Closure {
    pub parts: BTreeMap<String, Part>,
    /// The crates that were asked for.
    pub roots: BTreeSet<String>,
}

#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
    resolve: Resolve,
    workspace_root: PathBuf,
}

#[derive(Deserialize)]
struct Package {
    id: String,
    name: String,
    version: String,
    license: Option<String>,
    manifest_path: PathBuf,
    source: Option<String>,
    targets: Vec<Target>,
}

#[derive(Deserialize)]
struct Target {
    kind: Vec<String>,
}

impl Package {
    /// Code that runs while others are compiled, and is in no program.
    fn is_of_the_compiler(&self) -> bool {
        self.targets.iter().any(|target| target.kind.iter().any(|kind| kind == "proc-macro"))
    }
}

#[derive(Deserialize)]
struct Resolve {
    nodes: Vec<Node>,
}

#[derive(Deserialize)]
struct Node {
    id: String,
    deps: Vec<Dependency>,
}

#[derive(Deserialize)]
struct Dependency {
    pkg: String,
    dep_kinds: Vec<Kind>,
}

#[derive(Deserialize)]
struct Kind {
    kind: Option<String>,
}

/// C code that a crate compiles into the program: crate, name, licence, header that tells its version, and after which words.
const BROUGHT: [(&str, &str, &str, &str, &str); 2] = [
    ("libsqlite3-sys", "sqlite", "blessing", "sqlite3/sqlite3.h", "#define SQLITE_VERSION "),
    ("aws-lc-sys", "aws-lc", "ISC AND (Apache-2.0 OR ISC)", "aws-lc/include/openssl/base.h", "#define AWSLC_VERSION_NUMBER_STRING "),
];

/// Packages of npm whose code, letters or style the window's bundle carries; the rest of the lock file makes the bundle.
const IN_THE_WINDOW: [&str; 5] = ["@fontsource/atkinson-hyperlegible", "@tauri-apps/api", "clsx", "esm-env", "svelte"];

impl Closure {
    /// Of these crates' programs, as `cargo build --workspace` makes them for this target. Performs I/O.
    ///
    /// # Errors
    /// When cargo does not answer, or knows no such crate.
    pub fn of(crates: &[String], target: &str) -> anyhow::Result<Self> {
        let metadata = metadata(target)?;
        let packages: BTreeMap<&str, &Package> = metadata.packages.iter().map(|package| (package.id.as_str(), package)).collect();
        let nodes: BTreeMap<&str, &Node> = metadata.resolve.nodes.iter().map(|node| (node.id.as_str(), node)).collect();
        let checksums = checksums(&metadata.workspace_root.join("Cargo.lock"))?;
        let mut closure = Self::default();
        let mut waiting = VecDeque::new();
        for name in crates {
            let root = packages.values().find(|package| package.name == *name && package.source.is_none());
            let root = root.with_context(|| format!("no crate here is called {name}"))?;
            closure.roots.insert(purl(root));
            waiting.push_back(root.id.as_str());
        }
        while let Some(id) = waiting.pop_front() {
            let package = packages.get(id).context("cargo names a crate that it does not describe")?;
            if closure.parts.contains_key(&purl(package)) {
                continue;
            }
            let node = nodes.get(id).context("cargo does not say what a crate needs")?;
            let shipped = node.deps.iter().filter(|dependency| dependency.dep_kinds.iter().any(|kind| kind.kind.is_none()));
            let needed: Vec<&&Package> = shipped
                .filter_map(|dependency| packages.get(dependency.pkg.as_str()))
                .filter(|package| !package.is_of_the_compiler())
                .collect();
            waiting.extend(needed.iter().map(|package| package.id.as_str()));
            let needs = needed.iter().map(|package| purl(package)).collect();
            closure.add(Part {
                name: package.name.clone(),
                version: package.version.clone(),
                licence: package.license.as_deref().map(expression),
                purl: purl(package),
                sha256: checksums.get(&(package.name.clone(), package.version.clone())).cloned(),
                needs,
                folder: package.manifest_path.parent().map(Path::to_owned),
            });
        }
        closure.add_brought()?;
        closure.add_loader(target, &metadata.workspace_root)?;
        Ok(closure)
    }

    /// What the window's bundle carries, by the versions of this lock file. Performs I/O.
    ///
    /// # Errors
    /// When the file cannot be read, or lacks one.
    pub fn add_window(&mut self, lock: &Path) -> anyhow::Result<()> {
        let text = fs::read_to_string(lock).with_context(|| lock.display().to_string())?;
        let lock_file: serde_json::Value = serde_json::from_str(&text)?;
        let folder = lock.parent().context("the lock file lies in a folder")?;
        for name in IN_THE_WINDOW {
            let place = format!("node_modules/{name}");
            let package = &lock_file["packages"][&place];
            let version = package["version"].as_str().with_context(|| format!("{} has no {name}", lock.display()))?;
            self.add(Part {
                name: name.to_owned(),
                version: version.to_owned(),
                licence: package["license"].as_str().map(str::to_owned),
                purl: format!("pkg:npm/{}@{version}", name.replace('@', "%40")),
                sha256: None,
                needs: BTreeSet::new(),
                folder: Some(folder.join(place)),
            });
        }
        Ok(())
    }

    fn add(&mut self, part: Part) {
        self.parts.insert(part.purl.clone(), part);
    }

    fn add_brought(&mut self) -> anyhow::Result<()> {
        for (crate_, name, licence, header, words) in BROUGHT {
            let Some(by) = self.parts.values_mut().find(|part| part.name == crate_) else { continue };
            let header = by.folder.as_ref().context("a crate lies in a folder")?.join(header);
            let text = fs::read_to_string(&header).with_context(|| header.display().to_string())?;
            let line =
                text.lines().find_map(|line| line.strip_prefix(words)).with_context(|| format!("{} has no version", header.display()))?;
            let version = line.trim().trim_matches('"').to_owned();
            let purl = format!("pkg:generic/{name}@{version}");
            by.needs.insert(purl.clone());
            // The crate carries its licence.
            self.add(Part {
                name: name.to_owned(),
                version,
                licence: Some(licence.to_owned()),
                purl,
                sha256: None,
                needs: BTreeSet::new(),
                folder: None,
            });
        }
        Ok(())
    }
}

/// The library that finds the web view of Windows: a crate brings it as Microsoft built it, and the installer puts it beside the program.
const LOADER: (&str, &str) = ("webview2-com-sys", "x64/WebView2Loader.dll");

impl Closure {
    /// Performs I/O.
    fn add_loader(&mut self, target: &str, workspace: &Path) -> anyhow::Result<()> {
        let (crate_, file) = LOADER;
        let Some(by) = self.parts.values_mut().find(|part| part.name == crate_ && target.ends_with("-windows-gnu")) else { return Ok(()) };
        let file = by.folder.as_ref().context("a crate lies in a folder")?.join(file);
        let bytes = fs::read(&file).with_context(|| file.display().to_string())?;
        let version = file_version(&bytes).with_context(|| format!("{} has no version", file.display()))?;
        let purl = format!("pkg:nuget/Microsoft.Web.WebView2@{version}");
        by.needs.insert(purl.clone());
        self.add(Part {
            name: "WebView2Loader.dll".to_owned(),
            version,
            licence: Some("BSD-3-Clause".to_owned()),
            purl,
            sha256: Some(hex(&Sha256::digest(&bytes))),
            needs: BTreeSet::new(),
            // The crate does not carry it.
            folder: Some(workspace.join("packaging/windows/webview2-loader")),
        });
        Ok(())
    }
}

/// What the version resource of a program for Windows calls `FileVersion`.
fn file_version(program: &[u8]) -> Option<String> {
    let name: Vec<u8> = "FileVersion\0".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let at = program.windows(name.len()).position(|window| window == name)? + name.len();
    let letters = program.get(at..)?.chunks_exact(2).map(|pair| u16::from_le_bytes([pair[0], pair[1]]));
    let text: Vec<u16> = letters.skip_while(|letter| *letter == 0).take_while(|letter| *letter != 0).collect();
    String::from_utf16(&text).ok().filter(|text| !text.is_empty())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn metadata(target: &str) -> anyhow::Result<Metadata> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo)
        .args(["metadata", "--format-version", "1", "--locked", "--offline", "--filter-platform", target])
        .output()
        .context("cargo cannot be run")?;
    ensure!(output.status.success(), "cargo metadata: {}", String::from_utf8_lossy(&output.stderr));
    Ok(serde_json::from_slice(&output.stdout)?)
}

/// SHA-256 of the archive of each crate, from the lock file.
fn checksums(lock: &Path) -> anyhow::Result<BTreeMap<(String, String), String>> {
    let text = fs::read_to_string(lock).with_context(|| lock.display().to_string())?;
    let value = |entry: &str, key: &str| {
        let line = entry.lines().find_map(|line| line.strip_prefix(&format!("{key} = ")))?;
        Some(line.trim_matches('"').to_owned())
    };
    let entries = text.split("\n[[package]]\n").skip(1);
    Ok(entries.filter_map(|entry| Some(((value(entry, "name")?, value(entry, "version")?), value(entry, "checksum")?))).collect())
}

fn purl(package: &Package) -> String {
    format!("pkg:cargo/{}@{}", package.name, package.version)
}

/// Authors of older crates wrote a bar where SPDX says OR.
fn expression(licence: &str) -> String {
    licence.split('/').map(str::trim).collect::<Vec<_>>().join(" OR ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn closure(name: &str) -> Closure {
        Closure::of(&[name.to_owned()], "x86_64-unknown-linux-gnu").expect("cargo answers")
    }

    fn names(closure: &Closure) -> BTreeSet<&str> {
        closure.parts.values().map(|part| part.name.as_str()).collect()
    }

    #[test]
    fn a_program_is_made_of_what_it_needs_and_of_nothing_that_only_makes_or_tries_it() {
        let desktop = closure("vestibule-desktop");
        let (desktop, companion) = (names(&desktop), closure("companion-server"));
        let companion = names(&companion);
        assert!(["keyring", "reqwest", "zbus", "vestibule-model"].iter().all(|name| desktop.contains(name)), "{desktop:?}");
        assert!(["axum", "rusqlite", "sqlite", "aws-lc", "openidconnect"].iter().all(|name| companion.contains(name)), "{companion:?}");
        for (of, absent) in
            [(&desktop, ["openidconnect", "axum", "tempfile"]), (&companion, ["keyring", "vestibule-lying-provider", "rcgen"])]
        {
            assert!(absent.iter().all(|name| !of.contains(name)), "{absent:?} {of:?}");
        }
        // It writes code for the compiler, and is in no program.
        assert!(!companion.contains("serde_derive") && companion.contains("serde"));
    }

    #[test]
    fn a_program_for_windows_is_made_of_what_windows_needs() {
        let crates = ["vestibule-desktop", "vestibule-app"].map(str::to_owned);
        let closure = Closure::of(&crates, "x86_64-pc-windows-gnu").expect("cargo answers");
        let names = names(&closure);
        assert!(["windows-registry", "known-folders", "webview2-com-sys", "WebView2Loader.dll"].iter().all(|name| names.contains(name)));
        assert!(["zbus", "gtk", "webkit2gtk"].iter().all(|name| !names.contains(name)), "{names:?}");
        let loader = closure.parts.values().find(|part| part.name == "WebView2Loader.dll").expect("a part");
        assert_eq!(loader.version.split('.').filter(|number| number.parse::<u32>().is_ok()).count(), 4, "{loader:?}");
        assert!(loader.folder.as_ref().is_some_and(|folder| folder.join("LICENSE.txt").exists()), "{loader:?}");
    }

    #[test]
    fn every_part_says_its_licence_and_every_crate_of_others_its_checksum() {
        for part in closure("companion-server").parts.values() {
            assert!(part.licence.is_some(), "{part:?}");
            let is_ours =
                ["companion-server", "vestibule-branding", "vestibule-model", "vestibule-support-report"].contains(&part.name.as_str());
            let is_of_others = part.purl.starts_with("pkg:cargo/") && !is_ours;
            assert_eq!(part.sha256.is_some(), is_of_others, "{part:?}");
        }
    }

    #[test]
    fn a_bar_between_licences_means_or() {
        assert_eq!(expression("MIT/Apache-2.0"), "MIT OR Apache-2.0");
        assert_eq!(expression("MIT OR Apache-2.0"), "MIT OR Apache-2.0");
    }
}
