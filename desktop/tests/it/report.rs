//! `vestibule report`: what leaves is what was shown, with nothing secret in it, whatever is broken on the workstation.

use std::collections::BTreeMap;
use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;

use secrecy::SecretString;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use tokio::sync::mpsc;
use vestibule_desktop::cli::{self, Output, Typing};
use vestibule_desktop::keyring::KeyringError;
use vestibule_desktop::report::{self, Asked, MANIFEST, Report};
use vestibule_desktop::settings::SettingsError;
use vestibule_desktop::standing::Standing;

use crate::app::Workstation;
use crate::cli::{Done, run, run_typing, run_with};
use crate::companion::Companion;

/// What the clock of these tests calls the first day.
const TODAY: &str = "2027-01-15";

const LINE: &str =
    "2027-01-15T08:00:00.000001Z  WARN vestibule_desktop::exchange: The sign-in failed sign_in.id=7F3K-9QXM error.code=VST-2041\n";
const TELLING: &str = "2027-01-15T08:00:01.000001Z DEBUG another::library: of 899700000001 at /home/jdupont/x by 10.1.2.3 code=aB3dE7\n";

fn answers(lines: &[&str]) -> Typing {
    let (lines_in, typed) = mpsc::unbounded_channel();
    for line in lines {
        lines_in.send(SecretString::from(*line)).expect("there");
    }
    Box::new(|| typed)
}

/// Every file of a report.
pub fn unpacked(path: &Path) -> BTreeMap<String, String> {
    let mut archive = zip::ZipArchive::new(fs::File::open(path).expect("a report")).expect("a zip");
    let count = archive.len();
    let read = |at: usize| {
        let mut text = String::new();
        let mut file = archive.by_index(at).expect("a file");
        file.read_to_string(&mut text).expect("text");
        (file.name().expect("a name").into_owned(), text)
    };
    (0..count).map(read).collect()
}

/// A workstation with something in its log, and a folder for the report.
fn ready(companion: &Companion) -> (Workstation, tempfile::TempDir) {
    let workstation = Workstation::with_policy(
        "enrolment_token = \"vst-poste-marque\"\nproxy = \"http://jean:motdepasse@10.9.8.7:3128\"\nproxy_exceptions = [\"127.0.0.1\"]\n",
    );
    let logs = workstation.settings(companion).paths.logs;
    fs::create_dir_all(&logs).expect("made");
    fs::write(logs.join(format!("vestibule.{TODAY}.log")), LINE.to_owned() + TELLING).expect("written");
    (workstation, tempfile::tempdir().expect("a folder"))
}

async fn reports(workstation: &Workstation, companion: &Companion, arguments: &[&str]) -> Done {
    let all: Vec<&str> = std::iter::once("report").chain(arguments.iter().copied()).collect();
    run(workstation, companion, &all).await
}

fn text(path: &Path) -> &str {
    path.to_str().expect("text")
}

#[tokio::test]
async fn what_leaves_is_what_was_shown_and_holds_no_secret() {
    let companion = Companion::start().await;
    let (workstation, folder) = ready(&companion);
    let path = folder.path().join("report.zip");
    let arguments = ["report", "--out", text(&path)];
    let done = run_typing(&arguments, Ok(workstation.settings(&companion)), workstation.ports(), answers(&["v", "o"])).await;
    assert_eq!(done.exit, 0, "{}{}", done.out, done.err);
    let files = unpacked(&path);
    let names: Vec<&str> = files.keys().map(String::as_str).collect();
    let log = format!("logs/vestibule.{TODAY}.log");
    assert_eq!(names, ["doctor.json", "doctor.txt", &log, MANIFEST, "settings.json", "state.json"]);
    for (name, text) in &files {
        assert!(done.out.contains(&format!("── {name}\n{text}")), "{name} was shown as it left");
        assert!(done.out.contains(&format!("  {name}\u{a0}: {}\u{a0}octets\n", text.len())), "{name} was listed: {}", done.out);
        for secret in ["marque", "motdepasse", "jean", "10.9.8.7", "899700000001", "jdupont", "10.1.2.3", "aB3dE7"] {
            assert!(!text.contains(secret), "{secret} in {name}: {text}");
        }
    }
    assert!(files[&log].starts_with(LINE), "what support works with stays: {}", files[&log]);
    let of = |name: &str| serde_json::from_str::<Value>(&files[name]).unwrap_or_else(|_| panic!("JSON: {}", files[name]));
    let settings = of("settings.json");
    let of_key = |key: &str| settings["settings"].as_array().expect("all").iter().find(|one| one["key"] == key).expect("there").clone();
    assert_eq!(of_key("enrolment_token"), json!({"key": "enrolment_token", "set": true, "source": "development_policy"}));
    assert_eq!(of_key("language"), json!({"key": "language", "set": true, "value": "\"fr\"", "source": "default"}));
    assert_eq!(of("state.json")["window"], "unknown");
    assert!(of("state.json")["card"].is_string() && of("doctor.json")["checks"].as_array().is_some_and(|checks| checks.len() > 8));
    let manifest = of(MANIFEST);
    for file in manifest["files"].as_array().expect("a list") {
        let text = &files[file["name"].as_str().expect("a name")];
        let sha256: String = Sha256::digest(text).iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!((file["bytes"].as_u64(), file["sha256"].as_str()), (Some(text.len() as u64), Some(sha256.as_str())), "{file}");
    }
    assert_eq!((manifest["files"].as_array().map(Vec::len), &manifest["made_at"]), (Some(5), &json!("2027-01-15T08:00:00Z")));
}

#[tokio::test]
async fn nothing_is_written_before_somebody_says_so() {
    let companion = Companion::start().await;
    let (workstation, folder) = ready(&companion);
    let path = folder.path().join("report.zip");
    let left = || fs::read_dir(folder.path()).expect("a folder").count();
    for lines in [&[][..], &["n"], &["v", "plus tard"], &[""]] {
        let arguments = ["report", "--out", text(&path)];
        let done = run_typing(&arguments, Ok(workstation.settings(&companion)), workstation.ports(), answers(lines)).await;
        assert!(done.exit == 1 && done.err.contains("Aucun rapport n’a été écrit") && left() == 0, "{lines:?}: {}", done.err);
    }
    let done = reports(&workstation, &companion, &["--out", text(&path), "--json"]).await;
    assert_eq!((done.exit, &done.json()["written"], left()), (1, &Value::Null, 0));
    let done = reports(&workstation, &companion, &["--out", text(folder.path()), "--json", "--yes"]).await;
    let expected = folder.path().join("vestibule-rapport-2027-01-15-080000.zip");
    assert_eq!((done.exit, &done.json()["written"], left()), (0, &json!(expected), 1), "{}", done.err);
    assert_eq!(done.json()["parts"].as_array().map(Vec::len), Some(6));
}

#[tokio::test]
async fn a_report_goes_to_the_standard_output_for_a_program_and_to_no_terminal() {
    let companion = Companion::start().await;
    let (workstation, folder) = ready(&companion);
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let arguments = ["vestibule", "report", "--yes", "--out", "-"].map(str::to_owned).to_vec();
    let output = Output { out: &mut out, err: &mut err };
    let exit = cli::run(arguments, Ok(workstation.settings(&companion)), workstation.ports(), answers(&[]), output).await;
    let shown = String::from_utf8(err).expect("text");
    assert!(exit == 0 && shown.contains("Ce rapport contiendra ceci") && !shown.contains("Rapport écrit"), "{shown}");
    let path = folder.path().join("streamed.zip");
    fs::write(&path, &out).expect("written");
    assert!(unpacked(&path).contains_key(MANIFEST), "a whole one");
    let done = run_typing(&["report", "--out", "-"], Ok(workstation.settings(&companion)), workstation.ports(), answers(&["n"])).await;
    assert!(done.exit == 1 && done.out.is_empty() && done.err.contains("Écrire ce rapport sur la sortie standard"), "{}", done.err);
    let done = reports(&workstation, &companion, &["--yes", "--json", "--out", "-"]).await;
    assert!(done.exit == 2 && done.json()["error"]["code"] == "VST-1029", "{}", done.out);
    workstation.outlet.is_terminal.store(true, Ordering::SeqCst);
    let done = reports(&workstation, &companion, &["--yes", "--out", "-"]).await;
    assert!(done.exit == 2 && done.out.is_empty() && done.err.contains("un terminal ne peut pas l’afficher"), "{}", done.err);
    assert!(!Path::new("-").exists(), "no file of that name");
}

#[tokio::test]
async fn a_report_that_cannot_be_written_leaves_nothing_and_says_why() {
    let companion = Companion::start().await;
    let (workstation, folder) = ready(&companion);
    let there = folder.path().join("there.zip");
    fs::write(&there, "another's").expect("written");
    // Windows does not tell a file in the place of a folder from nothing there.
    let through_a_file = if cfg!(windows) { "fichier ou dossier absent" } else { "un dossier du chemin est en fait un fichier" };
    for (path, why) in [
        (there.clone(), "un fichier de ce nom existe déjà"),
        (folder.path().join("none/report.zip"), "fichier ou dossier absent"),
        (there.join("report.zip"), through_a_file),
    ] {
        let done = reports(&workstation, &companion, &["--yes", "--out", text(&path)]).await;
        assert!(done.exit == 1 && done.err.starts_with("VST-1033") && done.err.contains(why), "{why}: {}", done.err);
        assert_eq!(fs::read_dir(folder.path()).expect("a folder").count(), 1, "{why}");
    }
    assert_eq!(fs::read_to_string(&there).expect("still there"), "another's");
}

#[tokio::test]
async fn a_report_is_made_whatever_is_broken_and_what_is_missing_is_said_in_its_place() {
    let companion = Companion::start().await;
    let (workstation, folder) = ready(&companion);
    let unusable = || Err(SettingsError::NoPolicy(PathBuf::from("/etc/vestibule/policy.toml")));
    let path = folder.path().join("no-settings.zip");
    let done = run_with(&["report", "--yes", "--out", text(&path)], unusable(), workstation.ports()).await;
    assert_eq!(done.exit, 0, "{}", done.err);
    let settings: Value = serde_json::from_str(&unpacked(&path)["settings.json"]).expect("JSON");
    assert_eq!(settings["error"]["code"], "VST-1005");
    assert!(settings["error"]["message"].as_str().is_some_and(|message| message.contains("/etc/vestibule/policy.toml")), "{settings}");

    fs::remove_dir_all(workstation.settings(&companion).paths.logs).expect("removed");
    workstation.keyring.answers_with(Some(KeyringError::Locked));
    workstation.browser.missing.store(true, Ordering::SeqCst);
    companion.is_down(true);
    let path = folder.path().join("all-broken.zip");
    let done = reports(&workstation, &companion, &["--yes", "--out", text(&path)]).await;
    assert_eq!(done.exit, 0, "{}", done.err);
    let files = unpacked(&path);
    assert!(
        files["logs/absent.txt"].contains("[absent\u{a0}: ") && files["logs/absent.txt"].contains("fichier ou dossier absent"),
        "{files:?}"
    );
    assert!(files["doctor.txt"].contains("VST-1004") && files["doctor.txt"].contains("VST-2041"), "{}", files["doctor.txt"]);
    let manifest: Value = serde_json::from_str(&files[MANIFEST]).expect("JSON");
    let missing = |file: &Value| file["name"] == "logs/absent.txt" && file["missing"].is_string();
    assert!(manifest["files"].as_array().expect("a list").iter().any(missing), "{manifest}");
}

/// As the window will: it knows where the person stands, and her name.
async fn gathered(workstation: &Workstation, companion: &Companion, personal: &[String]) -> Report {
    let (settings, ports) = (workstation.settings(companion), workstation.ports());
    report::gather(&Asked { settings: Ok(&settings), ports: &ports, days: 7, window: Some(Standing::SignedIn), personal }).await
}

#[tokio::test]
async fn the_parts_can_be_shown_before_they_are_written_and_names_that_are_known_go() {
    let companion = Companion::start().await;
    let (workstation, folder) = ready(&companion);
    let logs = workstation.settings(&companion).paths.logs;
    fs::write(logs.join("vestibule.2027-01-14.log"), "a library greets Dr Camille FICTIF-EXEMPLE\n").expect("written");
    fs::write(logs.join("vestibule.2027-01-01.log"), "too old\n").expect("written");
    let report = gathered(&workstation, &companion, &["Dr\u{a0}Camille FICTIF-EXEMPLE".to_owned()]).await;
    let shown: BTreeMap<String, String> = report.parts.iter().map(|part| (part.name.clone(), part.text.clone())).collect();
    assert_eq!(report.parts.first().map(|part| part.name.as_str()), Some(MANIFEST));
    assert!(shown["logs/vestibule.2027-01-14.log"].starts_with("a library greets [nom]"), "{shown:?}");
    assert!(shown["state.json"].contains("\"window\": \"signed_in\""), "{shown:?}");
    assert!(!shown.values().any(|text| text.contains("too old") || text.contains("FICTIF") || text.contains("Camille")));
    assert_eq!(unpacked(&report::write(&report, folder.path()).expect("written")), shown);
}

#[cfg(unix)]
#[tokio::test]
async fn a_report_is_closed_to_others_and_the_folder_it_is_in_stays_as_it_is() {
    use std::os::unix::fs::PermissionsExt as _;
    let companion = Companion::start().await;
    let (workstation, folder) = ready(&companion);
    let mode = |path: &Path| fs::metadata(path).expect("there").permissions().mode() & 0o777;
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).expect("set");
    let path = report::write(&gathered(&workstation, &companion, &[]).await, folder.path()).expect("written");
    assert_eq!((mode(&path), mode(folder.path())), (0o600, 0o755));
}
