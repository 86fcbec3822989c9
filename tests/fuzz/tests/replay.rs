//! Every seed and every regression, through its door, in every test run.

use std::collections::BTreeSet;
use std::fs;
use std::panic::catch_unwind;
use std::path::{Path, PathBuf};

use base64::prelude::{BASE64_STANDARD, Engine};
use vestibule_fuzz::DOORS;

/// Most bytes of all seeds and regressions together.
const MOST_BYTES: u64 = 1_000_000;

fn here(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// What the fuzzer found for a target: one seed a line, so that hundreds of inputs nobody reads are one file.
const FOUND: &str = "found.txt";

/// Seeds of a target, by name: those written by hand, and each line of what was found.
fn seeds(door: &str) -> Vec<(String, Vec<u8>)> {
    let (found, mut seeds): (Vec<_>, Vec<_>) = files(&here("seeds").join(door)).into_iter().partition(|(name, _)| name == FOUND);
    for (_, text) in found {
        let text = String::from_utf8(text).expect("base64 is ASCII");
        let lines = text.lines().enumerate().filter(|(_, line)| !line.starts_with('#'));
        seeds.extend(lines.map(|(at, line)| {
            let bytes = BASE64_STANDARD.decode(line).unwrap_or_else(|error| panic!("{door}/{FOUND}, line {}: {error}", at + 1));
            (format!("{FOUND}, line {}", at + 1), bytes)
        }));
    }
    seeds
}

/// Files of a folder by name; none when there is no such folder.
fn files(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let mut files: Vec<_> = entries
        .map(|entry| entry.expect("an entry"))
        .map(|entry| (entry.file_name().into_string().expect("a name"), fs::read(entry.path()).expect("a file")))
        .collect();
    files.sort();
    files
}

fn folders(path: &str) -> BTreeSet<String> {
    fs::read_dir(here(path))
        .expect("a folder")
        .map(|entry| entry.expect("an entry"))
        .filter(|entry| entry.path().is_dir())
        .map(|entry| entry.file_name().into_string().expect("a name"))
        .collect()
}

#[test]
fn every_seed_goes_through_its_door_and_the_named_ones_as_their_names_say() {
    let mut broken = Vec::new();
    for door in DOORS {
        let seeds = seeds(door.name);
        // Loose files of the fuzzer belong into the one text file.
        broken
            .extend(seeds.iter().filter(|(name, _)| name.starts_with("found-")).map(|(name, _)| format!("{}/{name}: pack it", door.name)));
        let (mut accepted, mut refused) = (0, 0);
        for (name, bytes) in &seeds {
            match catch_unwind(|| (door.accepts)(bytes)) {
                Err(_) => broken.push(format!("{}/{name}: a rule was broken", door.name)),
                Ok(false) if name.starts_with("accepted-") => broken.push(format!("{}/{name}: refused", door.name)),
                Ok(true) if name.starts_with("refused-") => broken.push(format!("{}/{name}: accepted", door.name)),
                Ok(true) => accepted += 1,
                Ok(false) => refused += 1,
            }
        }
        // A door that only refuses, or only accepts, proves nothing.
        if accepted == 0 || refused == 0 {
            broken.push(format!("{}: {accepted} seeds accepted, {refused} refused", door.name));
        }
    }
    assert!(broken.is_empty(), "{broken:#?}");
}

#[test]
fn what_once_broke_a_rule_breaks_none() {
    for door in DOORS {
        for (name, bytes) in files(&here("regressions").join(door.name)) {
            assert!(catch_unwind(|| (door.accepts)(&bytes)).is_ok(), "{}/{name}", door.name);
        }
    }
}

#[test]
fn every_door_has_its_target_and_every_folder_its_door() {
    let doors: BTreeSet<String> = DOORS.iter().map(|door| door.name.to_owned()).collect();
    assert_eq!(folders("seeds"), doors);
    assert!(folders("regressions").is_subset(&doors));
    let manifest = fs::read_to_string(here("runner/Cargo.toml")).expect("the runner");
    let manifest: toml::Table = toml::from_str(&manifest).expect("TOML");
    let targets = manifest["bin"].as_array().expect("targets").iter().map(|bin| bin["name"].as_str().expect("a name").to_owned());
    assert_eq!(targets.collect::<BTreeSet<_>>(), doors);
    for door in &doors {
        let target = fs::read_to_string(here("runner/fuzz_targets").join(format!("{door}.rs"))).expect("a target");
        assert!(target.contains(&format!("feed(\"{door}\", input)")), "{door} feeds another door");
    }
}

#[test]
fn the_seeds_stay_small() {
    let kept = |door: &str| seeds(door).into_iter().chain(files(&here("regressions").join(door)));
    let bytes: u64 = DOORS.iter().flat_map(|door| kept(door.name)).map(|(_, bytes)| bytes.len() as u64).sum();
    assert!(bytes <= MOST_BYTES, "{bytes} bytes of seeds");
}
