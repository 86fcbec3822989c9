//! What watches over a companion: its measures, and the dashboard and alerts that are given with it.

use std::collections::BTreeSet;
use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use serde_json::{Value, json};
use sqlx::Connection as _;
use sqlx::sqlite::SqliteConnection;
use vestibule_installation::Installation;
use vestibule_installation::place::free_address;
use vestibule_tests::programs::{Programs, program};
use vestibule_tests::servers::any_ending_with_us;

const PARTS: [&str; 7] = ["database_reading", "database_writing", "disk", "discovery", "clock", "certificates", "client_authentication"];

async fn get(address: &str) -> reqwest::Response {
    let http = reqwest::Client::builder().no_proxy().build().expect("a client");
    http.get(address).send().await.expect("answers")
}

async fn metrics(programs: &Programs) -> String {
    get(&format!("{}/metrics", programs.companion_administration)).await.text().await.expect("text")
}

async fn health(programs: &Programs) -> (u16, Value) {
    let answer = get(&format!("{}/health", programs.companion_administration)).await;
    (answer.status().as_u16(), answer.json().await.expect("JSON"))
}

/// Each series by name and labels.
fn series(text: &str) -> BTreeSet<&str> {
    text.lines().filter(|line| !line.starts_with('#')).filter_map(|line| Some(line.rsplit_once(' ')?.0)).collect()
}

/// The words of an expression that are names of measures, with the labels that it asks of each.
fn asked(expression: &str) -> Vec<(&str, Vec<(&str, &str)>)> {
    let is_of_name = |sign: char| sign.is_ascii_alphanumeric() || sign == '_';
    let mut found = Vec::new();
    for (at, _) in expression.match_indices("vestibule_") {
        if expression[..at].ends_with(is_of_name) {
            continue;
        }
        let rest = &expression[at..];
        let end = rest.find(|sign| !is_of_name(sign)).unwrap_or(rest.len());
        let labels = rest[end..].strip_prefix('{').and_then(|labels| labels.split_once('}')).map(|(labels, _)| labels).unwrap_or_default();
        // A variable of the dashboard, or a name that the one who asks gives, is on no line of the companion; what is left out may be on none.
        let equal = labels.split(',').filter_map(|label| label.trim().split_once("=\""));
        let equal = equal.filter(|(name, _)| *name != "instance" && !name.ends_with('!'));
        found.push((&rest[..end], equal.map(|(name, value)| (name, value.trim_end_matches('"'))).collect()));
    }
    found
}

fn read(file: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(file)).expect(file)
}

/// Every expression of the dashboard, and of the alerts, whose lines are as simple as this test.
fn expressions() -> Vec<String> {
    let dashboard: Value = serde_json::from_str(&read("packaging/grafana/vestibule-compagnon.json")).expect("JSON");
    let panels = dashboard["panels"].as_array().expect("panels").clone();
    let mut all: Vec<String> = panels
        .iter()
        .flat_map(|panel| panel["targets"].as_array().expect("targets").clone())
        .map(|target| target["expr"].as_str().expect("a text").to_owned())
        .collect();
    all.push(dashboard["templating"]["list"][1]["query"].as_str().expect("a text").to_owned());
    let alerts = read("packaging/prometheus/vestibule-compagnon.yml");
    let of_alerts: Vec<String> = alerts
        .lines()
        .filter_map(|line| line.trim().strip_prefix("expr: "))
        .map(|text| serde_json::from_str(text).expect("a quoted text"))
        .collect();
    assert_eq!(of_alerts.len(), alerts.matches("- alert: ").count());
    assert!(alerts.matches("severity: ").count() == of_alerts.len() && alerts.matches("summary: ").count() == of_alerts.len());
    all.extend(of_alerts);
    all
}

#[tokio::test]
async fn every_measure_that_the_dashboard_and_the_alerts_name_is_one_of_a_running_companion() {
    let programs = Programs::start_with_tls().await.expect("the stack starts");
    let login = programs.run("camille", &["login", "--json", "--situation", "first"]).await.expect("login ends");
    assert_eq!(login.code, Some(0), "{login:?}");
    let text = metrics(&programs).await;
    assert!(text.ends_with("# EOF\n"), "{text}");
    let there = series(&text);
    let mut seen = BTreeSet::new();
    for expression in expressions() {
        for (open, close) in [('(', ')'), ('{', '}'), ('[', ']')] {
            assert_eq!(expression.matches(open).count(), expression.matches(close).count(), "{expression}");
        }
        let names = asked(&expression);
        assert!(!names.is_empty(), "{expression}");
        let by = expression.split("by (").skip(1).filter_map(|rest| rest.split_once(')')).flat_map(|(labels, _)| labels.split(", "));
        for label in by {
            let bears = |line: &&str| {
                names.iter().any(|(name, _)| line.strip_prefix(name).is_some_and(|rest| rest.contains(&format!("{label}=\""))))
            };
            assert!(there.iter().any(bears), "{label} of {expression}: {text}");
        }
        for (name, labels) in names {
            let has = |line: &&&str| {
                let of_name = line.strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.starts_with('{'));
                of_name && labels.iter().all(|(label, value)| line.contains(&format!("{label}=\"{value}\"")))
            };
            assert!(there.iter().any(|line| has(&line)), "{name} {labels:?} of {expression}: {text}");
            seen.insert(name.to_owned());
        }
    }
    assert!(seen.len() >= 12, "{seen:?}");
    for measured in [
        "vestibule_sign_in_duration_seconds_count{step=\"signed_in\"} 1",
        "vestibule_sign_in_duration_seconds_count{step=\"identified\"} 1",
        "vestibule_provider_call_duration_seconds_count{call=\"token\",outcome=\"answered\"} 1",
    ] {
        assert!(text.contains(measured), "{measured}: {text}");
    }
}

#[tokio::test]
async fn whoever_asks_for_anything_makes_no_series_and_is_counted_by_code() {
    let programs = Programs::start().await.expect("the stack starts");
    let before = metrics(&programs).await;
    let http = reqwest::Client::builder().no_proxy().build().expect("a client");
    for path in [
        "/oauth/token",
        "/oauth/token%22%7D%201",
        "/api/v1/sign-ins/7F3K-9QXM",
        "/api/v1/sign-ins/%0Aforged",
        "/nowhere/at/all",
        "/psc/callback?state=x",
    ] {
        for method in [reqwest::Method::GET, reqwest::Method::POST, reqwest::Method::DELETE] {
            http.request(method, format!("{}{path}", programs.companion_url)).send().await.expect("answers");
        }
    }
    let after = metrics(&programs).await;
    assert_eq!(series(&before), series(&after));
    let total = |text: &str| -> u64 {
        let counted =
            text.lines().filter_map(|line| line.strip_prefix("vestibule_failures_total{")?.rsplit_once(' ')?.1.parse::<u64>().ok());
        counted.sum()
    };
    assert!(total(&after) >= total(&before) + 10, "{after}");
}

#[tokio::test]
async fn a_collector_of_the_older_form_alone_gets_it_and_the_first_proof_of_a_client_is_no_failure() {
    let programs = Programs::start().await.expect("the stack starts");
    let login = programs.run("camille", &["login", "--json", "--situation", "first"]).await.expect("login ends");
    assert_eq!(login.code, Some(0), "{login:?}");
    let http = reqwest::Client::builder().no_proxy().build().expect("a client");
    let address = format!("{}/metrics", programs.companion_administration);
    let answer = http.get(address).header("accept", "text/plain;version=0.0.4").send().await.expect("answers");
    assert_eq!(answer.headers()["content-type"], "text/plain; version=0.0.4; charset=utf-8");
    let text = answer.text().await.expect("text");
    assert!(text.contains("# TYPE vestibule_failures_total counter\n") && !text.contains("# UNIT") && !text.contains("# EOF"), "{text}");
    let counted: Vec<&str> = text.lines().filter(|line| line.starts_with("vestibule_failures_total{") && !line.ends_with(" 0")).collect();
    assert_eq!(counted, Vec::<&str>::new(), "nothing failed");
    let codes: BTreeSet<&str> =
        text.lines().filter_map(|line| line.strip_prefix("vestibule_failures_total{code=\"VST-")?.get(..1)).collect();
    assert_eq!(codes, BTreeSet::from(["2", "3", "4"]), "a companion answers with no others");
}

#[tokio::test]
async fn health_tells_discovery_and_the_database_apart_and_ready_stays() {
    let mut programs = Programs::start().await.expect("the stack starts");
    let (status, said) = health(&programs).await;
    assert_eq!((status, &said["status"]), (200, &json!("ok")), "{said}");
    for part in PARTS {
        assert_eq!(said["parts"][part]["status"], json!("ok"), "{said}");
    }
    let state = async |part: &str, programs: &Programs| -> Option<u8> {
        let text = metrics(programs).await;
        let line = text.lines().find_map(|line| line.strip_prefix(&format!("vestibule_part_state{{part=\"{part}\"}} ")).map(str::to_owned));
        line.and_then(|value| value.parse().ok())
    };
    for part in PARTS {
        assert_eq!(state(part, &programs).await, Some(0), "{part}");
    }
    programs.kill_simulator().await.expect("killed");
    programs.kill_companion().await.expect("killed");
    programs.restart_companion().await.expect("starts again");
    let (status, said) = health(&programs).await;
    assert_eq!((status, &said["status"], &said["parts"]["discovery"]["code"]), (200, &json!("degraded"), &json!("VST-4001")), "{said}");
    assert_eq!(said["parts"]["database_writing"]["status"], json!("ok"), "{said}");
    // Though nobody signs in.
    assert_eq!((state("discovery", &programs).await, state("database_writing", &programs).await), (Some(2), Some(0)));
    // Somebody else holds the file: what it holds can still be read.
    let file = format!("sqlite:{}", programs.folder().join("companion.sqlite").display());
    let mut held = SqliteConnection::connect(&file).await.expect("the file");
    sqlx::query("BEGIN IMMEDIATE").execute(&mut held).await.expect("held");
    // What the last trial said holds for five seconds.
    let mut last = (0, Value::Null);
    for _ in 0..30 {
        last = health(&programs).await;
        if last.0 == 503 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
    let (status, said) = last;
    assert_eq!((status, &said["status"]), (503, &json!("failed")), "{said}");
    assert_eq!(
        (&said["parts"]["database_reading"]["status"], &said["parts"]["database_writing"]["code"]),
        (&json!("ok"), &json!("VST-3002")),
        "{said}"
    );
    // Whoever reads measures is answered all the same, by now or with the next look.
    let mut seen = None;
    for _ in 0..10 {
        seen = state("database_writing", &programs).await;
        if seen == Some(2) {
            break;
        }
    }
    assert_eq!(seen, Some(2));
    let ready = get(&format!("{}/ready", programs.companion_url)).await;
    assert_eq!(ready.status(), 200, "a balancer keeps every companion in");
    held.close().await.expect("let go");
}

/// Room enough to begin with, too little to count on.
#[tokio::test]
async fn a_disk_without_room_is_told_before_anything_is_lost() {
    let folder = tempfile::tempdir().expect("a folder");
    let administration = free_address().expect("an address");
    let installation =
        Installation::at(free_address().expect("an address")).with(&format!("administration.address = \"{administration}\""));
    let config = installation.write(folder.path()).expect("written");
    fs::create_dir_all(folder.path().join("memory")).expect("a folder");
    let mut command = any_ending_with_us("unshare");
    command.args(["--map-root-user", "--mount", "sh", "-ec", "mount -t tmpfs -o size=4m tmpfs \"$0\"; exec \"$@\""]);
    command.arg(folder.path().join("memory")).arg(program("companion-server").expect("built")).args(["serve", "--config"]).arg(config);
    let mut serving = command.stderr(Stdio::null()).spawn().expect("started");
    let http = reqwest::Client::builder().no_proxy().build().expect("a client");
    let mut said = None;
    for _ in 0..300 {
        if let Ok(answer) = http.get(format!("http://{administration}/health")).send().await {
            said = Some((answer.status().as_u16(), answer.json::<Value>().await.expect("JSON")));
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let (status, said) = said.expect("it serves within half a minute");
    assert_eq!((status, &said["parts"]["disk"]["code"]), (200, &json!("VST-3002")), "{said}");
    assert_eq!((&said["parts"]["database_writing"]["status"], &said["status"]), (&json!("ok"), &json!("degraded")), "{said}");
    // Full to its last byte, it takes nothing more, and that is another thing.
    let root = format!("/proc/{}/root", serving.id().expect("it serves"));
    let full = Path::new(&root).join(folder.path().strip_prefix("/").expect("absolute")).join("memory/filler");
    let mut filler = fs::File::create(full).expect("a file");
    while filler.write_all(&[0; 4096]).is_ok() {}
    let mut said = Value::Null;
    for _ in 0..60 {
        let answer = http.get(format!("http://{administration}/health")).send().await.expect("answers");
        said = json!([answer.status().as_u16(), answer.json::<Value>().await.expect("JSON")]);
        if said[0] == 503 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
    assert_eq!((&said[0], &said[1]["parts"]["database_writing"]["code"]), (&json!(503), &json!("VST-3002")), "{said}");
    serving.kill().await.expect("ended");
}
