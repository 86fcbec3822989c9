//! What leaves with a report of the companion, whatever lies in its logs, its configuration and its files of secrets.

use std::fs;
use std::path::Path;

use vestibule_installation::Installation;
use vestibule_installation::place::write_private;
use vestibule_model::redaction::KnownWords;

use super::*;
use crate::clock::SystemClock;
use crate::random::SystemRandom;

/// Of each kind that may not leave, as a careless line would have it.
const TELLING: [&str; 8] = [
    "899700999016",
    "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJ4In0.c2lnbmF0dXJl",
    "camille.fictif@hopital.example",
    "10.20.30.40",
    "2001:db8::42",
    "aB3dE7fG9hJ2kL4mN6pQ8rS1tU5vW7xY",
    "06 12 34 56 78",
    "vst-poste-AbCdEfGhIjKlMnOpQrStUvWxYz0123456789-_AbCd",
];

fn installed(folder: &Path) -> PathBuf {
    let installation = Installation::least().with("listener.address = \"127.0.0.1:0\"\nadministration.address = \"127.0.0.1:1\"");
    installation.write(folder).expect("written")
}

async fn gathered(config: &Path, logs: &[PathBuf]) -> Report {
    gather(&Asked { config, logs, days: 7 }, Arc::new(SystemClock), Arc::new(SystemRandom)).await
}

fn all(report: &Report) -> String {
    report.parts.iter().map(|part| format!("{} {} {:?}\n", part.name, part.text, part.missing)).collect()
}

/// As texts carry them: bare, quoted, as a value, in a query, in JSON.
fn forms(secret: &str) -> Vec<String> {
    let encoded: String = secret.bytes().map(|byte| format!("%{byte:02X}")).collect();
    vec![
        secret.to_owned(),
        format!("\"{secret}\""),
        format!("x={secret}"),
        format!("({secret})"),
        format!("https://a.example/?q={encoded}"),
        serde_json::json!({ "value": secret }).to_string(),
    ]
}

#[tokio::test]
async fn exi_05_no_secret_and_nobody_leaves_with_a_report_wherever_they_stand_in_a_log() {
    let folder = tempfile::tempdir().expect("a folder");
    let config = installed(folder.path());
    // A word that nothing but the file says to be secret.
    write_private(&folder.path().join("client-secret"), "tournesol\n").expect("written");
    let key = fs::read_to_string(folder.path().join("vault-key")).unwrap_or_default();
    let secrets: Vec<&str> =
        TELLING.into_iter().chain(["tournesol"]).chain(key.lines().map(str::trim)).filter(|one| !one.is_empty()).collect();
    let mut lines = Vec::new();
    for secret in &secrets {
        for form in forms(secret) {
            for (before, after) in [("", " fin"), ("début ", ""), ("début ", " fin"), ("été: ", ", fin")] {
                lines.push(format!("{before}{form}{after}"));
            }
        }
    }
    let (log, lines_given) = (folder.path().join("companion.log"), lines.len());
    fs::write(&log, lines.join("\n") + "\nsign_in.id=7F3K-9QXM error.code=VST-4001 temoin\n").expect("written");
    let report = gathered(&config, &[log]).await;
    let left = all(&report);
    for secret in secrets {
        let encoded: String = secret.bytes().map(|byte| format!("%{byte:02X}")).collect();
        assert!(!left.contains(secret) && !left.contains(&encoded), "{secret} in {left}");
    }
    let lines = report.parts.iter().find(|part| part.name == "logs/1-companion.log").expect("the log").text.lines().count();
    assert_eq!(lines, lines_given + 1, "each line is there, without its secret");
    for told in ["7F3K-9QXM", "VST-4001", "temoin", "client_secret_file", "vault", "VST-3017"] {
        assert!(left.contains(told), "{told} in {left}");
    }
}

#[tokio::test]
async fn a_configuration_that_cannot_serve_is_told_with_its_code_and_the_rest_is_there() {
    let folder = tempfile::tempdir().expect("a folder");
    let config = installed(folder.path());
    fs::remove_file(folder.path().join("client-secret")).expect("removed");
    let report = gathered(&config, &[]).await;
    let part = |name: &str| report.parts.iter().find(|part| part.name == name).unwrap_or_else(|| panic!("{name}")).clone();
    let settings: serde_json::Value = serde_json::from_str(&part("settings.json").text).expect("JSON");
    assert!(settings["error"]["code"].as_str().is_some_and(|code| code.starts_with("VST-30")), "{settings}");
    let said = |key: &str| {
        settings["settings"].as_array().and_then(|all| all.iter().find(|one| one["key"] == key)).map(|one| one["value"].clone())
    };
    assert_eq!(said("psc.environment"), Some("simulator".into()), "read all the same: {settings}");
    assert!(
        said("psc.client_secret_file").is_some_and(|file| file.as_str().is_some_and(|file| file.ends_with("client-secret"))),
        "{settings}"
    );
    fs::write(&config, "psc = { jeton = \"tournesol\"\n").expect("written");
    let report = gathered(&config, &[]).await;
    let left = all(&report);
    assert!(left.contains("VST-3001") && !left.contains("tournesol") && left.contains("health.json"), "{left}");
}

#[tokio::test]
async fn the_manifest_lists_every_part_with_its_hash_and_the_file_is_written_once() {
    let folder = tempfile::tempdir().expect("a folder");
    let report = gathered(&installed(folder.path()), &[]).await;
    let manifest: serde_json::Value = serde_json::from_str(&report.parts[0].text).expect("JSON");
    let files = manifest["files"].as_array().expect("files");
    assert_eq!(files.len(), report.parts.len() - 1);
    for (listed, part) in files.iter().zip(&report.parts[1..]) {
        let hash = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, part.text.as_bytes());
        let hash: String = hash.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!((listed["name"].as_str(), listed["sha256"].as_str()), (Some(part.name.as_str()), Some(hash.as_str())));
        assert_eq!((listed["bytes"].as_u64(), listed["missing"].as_str()), (Some(part.text.len() as u64), part.missing.as_deref()));
        assert_eq!(listed["left_out_bytes"].as_u64().unwrap_or(0), part.left_out);
    }
    let missing = report.parts.iter().filter(|part| part.missing.is_some()).map(|part| part.name.as_str());
    assert_eq!(missing.collect::<Vec<_>>(), ["health.json", "metrics.txt", "logs/absent.txt"], "nothing runs, and no log was given");
    for part in report.parts.iter().filter(|part| ["health.json", "metrics.txt"].contains(&part.name.as_str())) {
        assert!(part.missing.as_deref().is_some_and(|why| why.contains("VST-3017")) && part.text.contains("VST-3017"), "{part:?}");
    }
    let part = |name: &str| report.parts.iter().find(|part| part.name == name).unwrap_or_else(|| panic!("{name}")).text.clone();
    let examined: serde_json::Value = serde_json::from_str(&part("doctor.json")).expect("JSON");
    assert!(examined["checks"].as_array().is_some_and(|checks| checks.len() > 5) && part("doctor.txt").contains("VST-3017"), "{examined}");
    let path = write(&report, folder.path()).expect("written");
    #[cfg(unix)]
    assert_eq!(std::os::unix::fs::PermissionsExt::mode(&fs::metadata(&path).expect("there").permissions()) & 0o777, 0o600);
    let mut archive = zip::ZipArchive::new(fs::File::open(&path).expect("there")).expect("a zip");
    assert_eq!(archive.len(), report.parts.len());
    for part in &report.parts {
        let text = std::io::read_to_string(archive.by_name(&part.name).expect("listed")).expect("text");
        assert_eq!(text, part.text, "{}", part.name);
    }
    let again = write(&report, &path).expect_err("never replaced");
    assert!(again.to_string().starts_with("VST-1033") && again.to_string().contains("existe déjà"), "{again}");
    let nowhere = write(&report, &folder.path().join("absent/rapport.zip")).expect_err("no folder");
    assert!(nowhere.to_string().contains("absent\u{a0}» n’existe pas"), "{nowhere}");
    let left: Vec<_> =
        fs::read_dir(folder.path()).expect("read").flatten().filter(|entry| entry.path().to_string_lossy().contains("partial")).collect();
    assert!(left.is_empty(), "{left:?}");
}

/// Whatever part it got into, and the reason of one that is missing.
#[tokio::test]
async fn exi_05_a_secret_leaves_with_no_part_nor_with_the_manifest() {
    let folder = tempfile::tempdir().expect("a folder");
    write_private(&folder.path().join("client-secret"), "tournesol\n").expect("written");
    let name = "service.name = \"Service tournesol\"";
    let installation =
        Installation::least().with("listener.address = \"127.0.0.1:0\"\nadministration.address = \"127.0.0.1:1\"").with(name);
    let config = installation.write(folder.path()).expect("written");
    write_private(&folder.path().join("client-secret"), "tournesol\n").expect("written");
    let report = gathered(&config, &[folder.path().join("tournesol.log")]).await;
    let left = all(&report);
    assert!(left.contains("Service [nom]") && left.contains("logs/1-[nom].log") && !left.contains("tournesol"), "{left}");
    let known = KnownWords::default().and_things(["tournesol"]);
    let part = missing("x", "pour tournesol".to_owned()).redacted(&known);
    assert_eq!((part.missing.as_deref(), part.text.as_str()), (Some("pour [nom]"), "[absent\u{a0}: pour [nom]]\n"));
}

#[tokio::test]
async fn the_days_that_are_asked_for_are_those_before_it_is_made() {
    let folder = tempfile::tempdir().expect("a folder");
    let (config, log) = (installed(folder.path()), folder.path().join("companion.log"));
    let line = |day: u32| format!("2026-11-{day:02}T08:00:00Z  INFO x: Of day={day:02}\n");
    fs::write(&log, (1..=28).map(line).collect::<String>()).expect("written");
    // 28 November 2026, 12:00 UTC.
    let now: Arc<dyn Clock> = Arc::new(crate::clock::ManualClock::at(Timestamp(1_795_867_200_000)));
    for (days, first) in [(7, 22), (1, 28), (30, 1)] {
        let asked = Asked { config: &config, logs: std::slice::from_ref(&log), days };
        let report = gather(&asked, Arc::clone(&now), Arc::new(SystemRandom)).await;
        let part = report.parts.last().expect("the log");
        let kept = part.text.split_inclusive('\n').filter(|line| !line.starts_with('[')).collect::<String>();
        assert_eq!(kept, (first..=28).map(line).collect::<String>(), "{days}");
        assert_eq!(part.older_lines, u64::from(first - 1), "{days}");
        let manifest: serde_json::Value = serde_json::from_str(&report.parts[0].text).expect("JSON");
        let listed = manifest["files"].as_array().and_then(|files| files.last()).expect("the log");
        assert_eq!(listed["older_lines"].as_u64().unwrap_or(0), part.older_lines, "{manifest}");
    }
}
