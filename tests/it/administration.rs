//! What the administrator sees and does on a companion that serves, from its command line and at its listener.

use std::time::Duration;

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use sqlx::{Connection as _, Row as _, SqliteConnection};
use vestibule_installation::{Installation, Policy};
use vestibule_tests::programs::{Outcome, Programs};
use vestibule_tests::raw_client::{Body, CLIENT_ID, RawClient};
use vestibule_tests::stack::{Doorstep, Options, Stack};

async fn stack() -> Stack {
    Stack::start(Options::default()).await.expect("the stack starts")
}

async fn asked(stack: &Stack, token: &str, path: &str, body: Option<Value>) -> (StatusCode, Value) {
    let http = reqwest::Client::builder().no_proxy().build().expect("a client");
    let address = format!("{}{path}", stack.companion_administration());
    let request = match body {
        Some(body) => http.post(address).json(&body),
        None => http.get(address),
    };
    let answer = request.bearer_auth(token).send().await.expect("answers");
    (answer.status(), answer.json().await.unwrap_or(Value::Null))
}

/// As the administrator, whose request is right.
async fn done(stack: &Stack, path: &str, body: Option<Value>) -> Value {
    let token = stack.administration_token().expect("a token");
    let (status, answer) = asked(stack, &token, path, body).await;
    assert_eq!(status, StatusCode::OK, "{path}: {answer}");
    answer
}

/// Lines of the trail: event, address, actor, and whether they name a person.
async fn trail(stack: &Stack) -> Vec<(String, Option<String>, Option<String>, bool)> {
    let mut connection = SqliteConnection::connect(&format!("sqlite:{}", stack.database().display())).await.expect("opened");
    let rows =
        sqlx::query("SELECT event, address, actor, national_id FROM audit ORDER BY id").fetch_all(&mut connection).await.expect("read");
    rows.iter()
        .map(|row| (row.get("event"), row.get("address"), row.get("actor"), row.get::<Option<String>, _>("national_id").is_some()))
        .collect()
}

async fn count(stack: &Stack, statement: &'static str) -> i64 {
    let mut connection = SqliteConnection::connect(&format!("sqlite:{}", stack.database().display())).await.expect("opened");
    sqlx::query_scalar(statement).fetch_one(&mut connection).await.expect("counted")
}

#[tokio::test]
async fn nothing_but_health_and_metrics_goes_without_the_token_and_nothing_is_on_the_public_listener() {
    let stack = stack().await;
    // It answers once it has made its token.
    assert_eq!(asked(&stack, "", "/health", None).await.0, StatusCode::OK);
    let token = stack.administration_token().expect("a token");
    let mode = std::os::unix::fs::PermissionsExt::mode(
        &std::fs::metadata(stack.database().ancestors().nth(2).expect("a folder").join("administration-token"))
            .expect("there")
            .permissions(),
    );
    assert_eq!((mode & 0o777, token.len()), (0o600, 43));
    for path in ["/administration/sessions", "/administration/devices"] {
        for wrong in ["", "x", &token[..42], &format!("{token}x")] {
            let (status, answer) = asked(&stack, wrong, path, None).await;
            assert_eq!((status, &answer["code"]), (StatusCode::UNAUTHORIZED, &json!("VST-3016")), "{path}");
        }
        assert_eq!(asked(&stack, &token, path, None).await.0, StatusCode::OK);
        let http = reqwest::Client::builder().no_proxy().build().expect("a client");
        let public = http.get(format!("{}{path}", stack.companion_url)).bearer_auth(&token).send().await.expect("answers");
        assert_eq!(public.status(), StatusCode::NOT_FOUND, "not there");
    }
    for path in ["/health", "/metrics"] {
        let http = reqwest::Client::builder().no_proxy().build().expect("a client");
        let open = http.get(format!("{}{path}", stack.companion_administration())).send().await.expect("answers");
        assert!(open.status().is_success(), "{path}");
    }
}

#[tokio::test]
async fn whoever_connects_without_a_word_keeps_neither_health_nor_the_commands_out() {
    let stack = stack().await;
    assert_eq!(asked(&stack, "", "/health", None).await.0, StatusCode::OK);
    let address = stack.companion_administration().trim_start_matches("http://").to_owned();
    let mut idle = Vec::new();
    for _ in 0..300 {
        idle.push(tokio::net::TcpStream::connect(&address).await.expect("connected"));
    }
    assert_eq!(asked(&stack, "", "/health", None).await.0, StatusCode::OK);
    assert_eq!(done(&stack, "/administration/sessions", None).await, json!([]));
}

#[tokio::test]
async fn the_administration_answers_to_a_name_of_this_machine_only_and_keeps_a_name_readable() {
    let stack = stack().await;
    assert_eq!(asked(&stack, "", "/health", None).await.0, StatusCode::OK);
    let token = stack.administration_token().expect("a token");
    let http = reqwest::Client::builder().no_proxy().build().expect("a client");
    for (host, status) in [
        ("attaquant.example", 421),
        ("attaquant.example:8081", 421),
        ("10.0.0.7", 421),
        ("localhost:8081", 200),
        ("127.0.0.1", 200),
        ("[::1]:8081", 200),
        ("LOCALHOST", 200),
    ] {
        for path in ["/health", "/metrics", "/administration/sessions"] {
            let address = format!("{}{path}", stack.companion_administration());
            let answer = http.get(address).header("host", host).header("authorization", format!("bearer {token}")).send().await;
            assert_eq!(answer.expect("answers").status().as_u16(), status, "{host} {path}");
        }
    }
    let app = stack.app().expect("an app");
    stack.sign_in(&app, "camille").await.expect("signed in");
    let by = "d\u{202e}s\u{200b}i\u{7}";
    done(&stack, "/administration/sessions/end", Some(json!({ "which": "all", "by": by }))).await;
    let trail = trail(&stack).await;
    let actors: Vec<&str> = trail.iter().filter_map(|line| line.2.as_deref()).collect();
    assert_eq!(actors, ["administrator:dsi"]);
}

#[tokio::test]
async fn sessions_are_listed_without_a_name_and_ended_with_their_own_reason_at_once() {
    let stack = stack().await;
    let mut apps: Vec<RawClient> = (0..4).map(|_| stack.app().expect("an app")).collect();
    let mut tokens = Vec::new();
    for (app, persona) in apps.iter_mut().zip(["camille", "camille", "ange", "camille"]) {
        tokens.push(stack.sign_in(app, persona).await.expect("signed in"));
    }
    let list = done(&stack, "/administration/sessions", None).await;
    let lines = list.as_array().expect("a list");
    assert_eq!(lines.len(), 4);
    let text = list.to_string();
    for secret in ["FICTIF", "Camille", "8997", "national"] {
        assert!(!text.contains(secret), "{secret} in {text}");
    }
    assert!(
        lines
            .iter()
            .all(|line| line["ends"].as_i64() > line["since"].as_i64() && line["device"].as_str().is_some_and(|key| key.len() == 12))
    );

    // The app hears it from its own stream, with the reason, before it calls for anything else.
    let listening = {
        let (app, access) = (apps.remove(0), tokens.remove(0).access);
        let version =
            app.call(Method::GET, "/api/v1/session/events?wait=0", Some(&access), Body::None).await.expect("answers").body["version"]
                .clone();
        tokio::spawn(async move {
            let path = format!("/api/v1/session/events?wait=25&after={version}");
            app.call(Method::GET, &path, Some(&access), Body::None).await.expect("answers").body
        })
    };
    let id = lines[0]["id"].clone();
    let ended = done(&stack, "/administration/sessions/end", Some(json!({ "which": "id", "id": id, "by": "dsi" }))).await;
    assert_eq!(ended["ended"], json!([id]));
    let heard = tokio::time::timeout(std::time::Duration::from_secs(20), listening).await.expect("at once").expect("no panic");
    assert!(heard["ended"] == json!("administrator") || heard["code"] == json!("VST-2012"), "{heard}");

    // By workstation, by person, all.
    let device = lines[1]["device"].clone();
    done(&stack, "/administration/sessions/end", Some(json!({ "which": "device", "device": device, "by": "dsi" }))).await;
    assert_eq!(apps[0].session(&tokens[0].access).await.expect("answers").status, StatusCode::UNAUTHORIZED);
    assert_eq!(apps[1].session(&tokens[1].access).await.expect("answers").status, StatusCode::OK, "the others go on");
    let person = json!({ "which": "national_id", "national_id": "899700999016", "by": "dsi" });
    done(&stack, "/administration/sessions/end", Some(person.clone())).await;
    assert_eq!(apps[2].session(&tokens[2].access).await.expect("answers").status, StatusCode::UNAUTHORIZED);
    assert_eq!(apps[1].session(&tokens[1].access).await.expect("answers").status, StatusCode::OK, "another person");
    assert_eq!(done(&stack, "/administration/sessions/end", Some(person)).await["ended"], json!([]), "she has none any more");
    done(&stack, "/administration/sessions/end", Some(json!({ "which": "all", "by": "dsi" }))).await;
    assert_eq!(apps[1].session(&tokens[1].access).await.expect("answers").status, StatusCode::UNAUTHORIZED);
    assert_eq!(done(&stack, "/administration/sessions", None).await, json!([]));

    let ends: Vec<_> = trail(&stack).await.into_iter().filter(|line| line.0 == "session_ended_by_administrator").collect();
    assert_eq!(ends.len(), 4);
    assert!(ends.iter().all(|(_, _, actor, names)| actor.as_deref() == Some("administrator:dsi") && *names), "{ends:?}");
}

#[tokio::test]
async fn attack_52_a_forgotten_workstation_loses_its_session_its_pairs_and_what_it_had_under_way() {
    let stack = stack().await;
    let (app, other) = (stack.app().expect("an app"), stack.app().expect("an app"));
    let tokens = stack.sign_in(&app, "camille").await.expect("signed in");
    let kept = stack.sign_in(&other, "camille").await.expect("signed in");
    let devices = done(&stack, "/administration/devices", None).await;
    assert_eq!(devices.as_array().map(Vec::len), Some(2), "{devices}");
    assert!(devices.as_array().is_some_and(|lines| lines.iter().all(|line| line["people"] == 1 && line["has_session"] == true)));
    let sessions = done(&stack, "/administration/sessions", None).await;
    let device = sessions[0]["device"].clone();
    let done_it = done(&stack, "/administration/devices/forget", Some(json!({ "device": device, "by": "dsi" }))).await;
    assert_eq!(done_it["ended"].as_array().map(Vec::len), Some(1));
    assert_eq!(app.session(&tokens.access).await.expect("answers").status, StatusCode::UNAUTHORIZED);
    assert_eq!(other.session(&kept.access).await.expect("answers").status, StatusCode::OK);
    assert_eq!(count(&stack, "SELECT COUNT(*) FROM pairs").await, 1);
    assert_eq!(done(&stack, "/administration/devices", None).await.as_array().map(Vec::len), Some(1));
    assert!(trail(&stack).await.iter().any(|line| line.0 == "device_forgotten" && line.2.as_deref() == Some("administrator:dsi")));
    // Too short a beginning, and one that nobody has.
    let token = stack.administration_token().expect("a token");
    for wrong in ["", "abc", "zzzzzzzz"] {
        let (status, _) = asked(&stack, &token, "/administration/devices/forget", Some(json!({ "device": wrong, "by": "dsi" }))).await;
        assert_eq!(status, StatusCode::NOT_FOUND, "{wrong}");
    }
}

#[tokio::test]
async fn exi_05_a_person_who_asks_for_it_is_erased_and_the_trail_keeps_its_own_time() {
    let stack = stack().await;
    let (app, other) = (stack.app().expect("an app"), stack.app().expect("an app"));
    let tokens = stack.sign_in(&app, "camille").await.expect("signed in");
    stack.sign_in(&other, "ange").await.expect("signed in");
    let erased = done(&stack, "/administration/people/erase", Some(json!({ "national_id": "899700999016", "by": "dpo" }))).await;
    assert_eq!((&erased["ended"], &erased["pairs"]), (&json!(1), &json!(1)), "{erased}");
    assert_eq!(app.session(&tokens.access).await.expect("answers").status, StatusCode::UNAUTHORIZED);
    let left = count(&stack, "SELECT (SELECT COUNT(*) FROM identities WHERE subject = '899700999016') + (SELECT COUNT(*) FROM sessions) * 10 + (SELECT COUNT(*) FROM pairs) * 100 + (SELECT COUNT(*) FROM accounts) * 1000").await;
    assert_eq!(left, 1110, "only the other person is left");
    let trail = trail(&stack).await;
    assert!(trail.iter().any(|line| line.0 == "signed_in" && line.3), "the trail still names her");
    assert!(trail.iter().any(|line| line.0 == "person_erased" && line.2.as_deref() == Some("administrator:dpo")));
    let failed = Some(json!({ "national_id": "899700999016", "by": "dpo" }));
    done(&stack, "/administration/people/export/failed", failed).await;
    let trail = self::trail(&stack).await;
    assert!(trail.iter().any(|line| line.0 == "person_export_failed" && line.2.as_deref() == Some("administrator:dpo") && line.3));
    // She comes back as someone new.
    stack.sign_in(&app, "camille").await.expect("signed in again");
}

/// Article 15: what an erasure would remove, and what the trail says of her; nothing of anybody else.
#[tokio::test]
async fn exi_05_a_person_who_asks_for_it_is_given_all_that_is_kept_about_her_and_nobody_else() {
    let programs = Programs::start().await.expect("the stack starts");
    // The one who comes last on a workstation has her session on it.
    for persona in ["ange", "camille"] {
        let login = programs.run(persona, &["login", "--json", "--situation", "first"]).await.expect("login ends");
        assert_eq!(login.code, Some(0), "{login:?}");
    }
    let file = programs.folder().join("export.json");
    let to = file.to_str().expect("a path");
    let told = programs.companion_command(&["export", "--national-id-file", "-", "--to", to], "899700999016").await.expect("ends");
    assert!(told.code == Some(0) && told.stdout.contains("à elle seule"), "{told:?}");
    assert_eq!(std::os::unix::fs::PermissionsExt::mode(&std::fs::metadata(&file).expect("written").permissions()) & 0o777, 0o600);
    let text = std::fs::read_to_string(&file).expect("written");
    let dossier: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    assert_eq!(dossier["identifiant_national"], json!("899700999016"));
    assert_eq!(dossier["identite"]["national_id"], json!("899700999016"), "{dossier}");
    for (list, least) in [("postes_connus", 1), ("sessions", 1), ("tentatives", 1), ("journal_d_audit", 3)] {
        let found = dossier[list].as_array().unwrap_or_else(|| panic!("{list}: {dossier}")).len();
        assert!(found >= least, "{list}: {dossier}");
    }
    let events: Vec<&str> =
        dossier["journal_d_audit"].as_array().expect("lines").iter().filter_map(|line| line["evenement"].as_str()).collect();
    assert!(events.contains(&"authenticated") && events.contains(&"signed_in"), "{events:?}");
    // Each national id of the simulator begins so.
    assert_eq!(text.matches("8997009").count(), text.matches("899700999016").count(), "{text}");
    assert!(!text.contains("token") && !text.contains("sealed"), "{text}");
    // Nothing is overwritten, and nobody is asked for it.
    let again = programs.companion_command(&["export", "--national-id-file", "-", "--to", to], "899700999016").await.expect("ends");
    assert!(again.code == Some(2) && again.stderr.starts_with("VST-3038"), "{again:?}");
    let unknown = format!("{to}.none");
    let none = programs.companion_command(&["export", "--national-id-file", "-", "--to", &unknown], "899700999999").await.expect("ends");
    assert!(none.code == Some(2) && none.stderr.starts_with("VST-3018") && !std::path::Path::new(&unknown).exists(), "{none:?}");
}

#[tokio::test]
async fn a_workstation_that_has_only_a_sign_in_under_way_can_be_forgotten() {
    let stack = stack().await;
    let (app, doorstep) = (stack.app().expect("an app"), Doorstep::open().expect("a loopback address"));
    app.start(&doorstep.redirect_uri).await.expect("started");
    let mut memory = SqliteConnection::connect(&format!("sqlite:{}", stack.database().display())).await.expect("opened");
    let key: String = sqlx::query_scalar("SELECT jkt FROM sign_ins").fetch_one(&mut memory).await.expect("one");
    let device = &key[..12];
    assert_eq!(done(&stack, "/administration/devices", None).await, json!([]), "nothing is known of it");
    let forget = json!({ "device": device, "by": "dsi" });
    let done_it = done(&stack, "/administration/devices/forget", Some(forget.clone())).await;
    assert_eq!((&done_it["cancelled"], &done_it["ended"]), (&json!(1), &json!([])));
    let token = stack.administration_token().expect("a token");
    assert_eq!(asked(&stack, &token, "/administration/devices/forget", Some(forget)).await.0, StatusCode::NOT_FOUND, "nothing is left");
}

#[tokio::test]
async fn exi_18_every_line_about_a_request_bears_the_address_it_came_from() {
    let stack = stack().await;
    let app = stack.app().expect("an app");
    let tokens = stack.sign_in(&app, "camille").await.expect("signed in");
    let chosen = tokens.session["practitioner"]["practices"][0]["situations"][1]["id"].clone();
    let body = json!({ "situation_id": chosen });
    app.call(Method::PUT, "/api/v1/session/situation", Some(&tokens.access), Body::Json(&body)).await.expect("answers");
    app.call(Method::POST, "/api/v1/session/sign-out", Some(&tokens.access), Body::None).await.expect("answers");
    let tokens = stack.sign_in(&app, "camille").await.expect("signed in");
    let fields = [("token", tokens.refresh.as_str()), ("client_id", CLIENT_ID)];
    app.call(Method::POST, "/oauth/revoke", None, Body::Form(&fields)).await.expect("answers");
    let first = stack.sign_in(&app, "camille").await.expect("signed in");
    let second = app.refresh(&first.refresh).await.expect("answers").tokens().expect("refreshed");
    app.session(&second.access).await.expect("answers");
    app.refresh(&first.refresh).await.expect("answers");

    let trail = trail(&stack).await;
    let events: Vec<&str> = trail.iter().map(|line| line.0.as_str()).collect();
    for expected in ["authenticated", "signed_in", "situation_chosen", "signed_out", "session_closed", "session_revoked"] {
        assert!(events.contains(&expected), "{expected} in {events:?}");
    }
    let without: Vec<&str> = trail.iter().filter(|line| line.1.as_deref() != Some("127.0.0.1")).map(|line| line.0.as_str()).collect();
    // What the companion itself asked of the provider comes from nowhere else.
    assert!(without.iter().all(|event| *event == "psc_session_ended"), "without an address: {without:?}");
}

#[tokio::test]
async fn the_command_line_lists_ends_forgets_and_erases_on_the_running_companion() {
    let mut programs = Programs::start().await.expect("the stack starts");
    let login = programs.run("camille", &["login", "--json", "--situation", "first"]).await.expect("login ends");
    assert_eq!(login.code, Some(0), "{login:?}");
    let list = programs.companion_command(&["sessions", "list", "--json"], "").await.expect("ends").json().expect("JSON");
    assert_eq!((list.as_array().map(Vec::len), &list[0]["device_label"]), (Some(1), &json!("POSTE-ESSAI")), "{list}");
    let table = programs.companion_command(&["sessions", "list"], "").await.expect("ends");
    assert!(
        table.stdout.contains("POSTE-ESSAI") && table.stdout.contains("par défaut") && table.stdout.contains("Sessions ouvertes\u{a0}: 1."),
        "{}",
        table.stdout
    );
    assert!(!table.stdout.contains("8997") && !table.stdout.contains("FICTIF"));
    let devices = programs.companion_command(&["devices", "list"], "").await.expect("ends");
    assert!(devices.stdout.contains("POSTE-ESSAI") && devices.stdout.contains("ouverte"), "{}", devices.stdout);

    for wrong in [vec!["sessions", "end"], vec!["sessions", "end", "--all", "--id", "X"]] {
        let refused = programs.companion_command(&wrong, "").await.expect("ends");
        assert_eq!(refused.code, Some(2), "{wrong:?}");
    }
    let ended = programs.companion_command(&["sessions", "end", "--person-file", "-"], "899700999016\n").await.expect("ends");
    assert!(ended.code == Some(0) && ended.stdout.contains("Sessions fermées\u{a0}: 1."), "{ended:?}");
    let status = programs.run("camille", &["status", "--json"]).await.expect("ends");
    assert_ne!(status.code, Some(0), "signed out: {status:?}");
    let device = list[0]["device"].as_str().expect("a device").to_owned();
    // Who and what is known has no session any more, and is not said to be unknown.
    for (which, input) in [(["--person-file", "-"], "899700999016"), (["--device", &device], "")] {
        let none = programs.companion_command(&["sessions", "end", which[0], which[1]], input).await.expect("ends");
        assert!(none.code == Some(0) && none.stdout.contains("Aucune session n’était ouverte"), "{none:?}");
    }
    let forgotten = programs.companion_command(&["devices", "forget", "--device", &device], "").await.expect("ends");
    assert!(forgotten.code == Some(0) && forgotten.stdout.contains("Le poste est oublié"), "{forgotten:?}");
    let erased = programs.companion_command(&["erase", "--national-id-file", "-"], "899700999016").await.expect("ends");
    assert!(erased.code == Some(0) && erased.stdout.contains("La personne est effacée"), "{erased:?}");
    let again = programs.companion_command(&["erase", "--national-id-file", "-"], "899700999016").await.expect("ends");
    assert!(again.code == Some(2) && again.stderr.starts_with("VST-3018"), "{again:?}");
    let unknown = programs.companion_command(&["sessions", "end", "--person-file", "-"], "899700999016").await.expect("ends");
    assert!(
        unknown.code == Some(2) && unknown.stderr.contains("VST-3018\u{a0}: la personne que donne l’entrée standard n’est pas connue"),
        "{unknown:?}"
    );

    programs.kill_companion().await.expect("killed");
    let gone = programs.companion_command(&["sessions", "list"], "").await.expect("ends");
    assert!(gone.code == Some(2) && gone.stderr.starts_with("VST-3017"), "{gone:?}");
}

#[tokio::test]
async fn a_wrong_enrolment_token_shows_in_the_log_the_metrics_and_the_doctor() {
    let programs = Programs::start().await.expect("the stack starts");
    let token = format!("enrolment_token = \"vst-poste-{}\"", "A".repeat(43));
    Policy::edit(programs.folder(), |kept| kept.with(&token)).expect("written");
    let refused = programs.run("camille", &["login", "--json"]).await.expect("login ends");
    assert!(refused.stderr.contains("VST-2023"), "{refused:?}");
    let http = reqwest::Client::builder().no_proxy().build().expect("a client");
    let metrics =
        http.get(format!("{}/metrics", programs.companion_administration)).send().await.expect("answers").text().await.expect("text");
    assert!(metrics.contains("vestibule_enrolment_refused_total{reason=\"unknown_token\"} 1"), "{metrics}");
    let doctor = programs.companion_command(&["doctor"], "").await.expect("ends");
    assert!(doctor.stdout.contains("VST-2023\u{a0}: 1 poste a été refusé") && doctor.code == Some(1), "{}", doctor.stdout);
    assert!(std::fs::read_to_string(programs.folder().join("companion.log")).expect("the log").contains("A device was refused its group"));
}

#[tokio::test]
async fn a_group_is_opened_and_closed_while_the_companion_serves() {
    let programs = Programs::start().await.expect("the stack starts");
    let token = format!("vst-poste-{}", "A".repeat(43));
    let hash: String = Sha256::digest(&token).iter().map(|byte| format!("{byte:02x}")).collect();
    Policy::edit(programs.folder(), |kept| kept.with(&format!("enrolment_token = \"{token}\""))).expect("written");
    let until = async |which: &str, seen: &dyn Fn(&Outcome) -> bool| {
        for _ in 0..60 {
            let doctor = programs.run("camille", &["doctor"]).await.expect("ends");
            if seen(&doctor) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        panic!("{which}: {}", std::fs::read_to_string(programs.folder().join("companion.log")).expect("the log"));
    };
    until("not yet", &|doctor| doctor.stdout.contains("VST-2023")).await;
    let group = format!("[groups.bloc]\nenrolment_token_hashes = [\"{hash}\"]\nexchanges = [\"loopback\"]");
    programs.reload_companion(|kept| kept.with(&group)).expect("told");
    until("opened", &|doctor| doctor.stdout.contains("groupe «\u{a0}bloc\u{a0}», modes d’échange autorisés\u{a0}: loopback")).await;
    let login = programs.run("camille", &["login", "--json", "--situation", "first"]).await.expect("login ends");
    assert_eq!(login.code, Some(0), "{login:?}");
    let log = std::fs::read_to_string(programs.folder().join("companion.log")).expect("the log");
    assert!(log.lines().any(|line| line.contains("apply from now on") && line.contains("groups")), "{log}");

    programs.reload_companion(|kept| kept.without("groups")).expect("told");
    until("closed", &|doctor| doctor.stdout.contains("VST-2047") || doctor.stdout.contains("VST-2023")).await;
    let refused = programs.run("camille", &["login", "--json"]).await.expect("login ends");
    assert!(refused.code != Some(0) && refused.stderr.contains("VST-20"), "{refused:?}");
}

#[tokio::test]
async fn the_doctor_tells_whether_the_companion_serves_and_whether_its_secret_is_taken() {
    let mut programs = Programs::start().await.expect("the stack starts");
    let doctor = programs.companion_command(&["doctor"], "").await.expect("ends");
    assert_eq!(doctor.code, Some(0), "{doctor:?}");
    assert!(doctor.stdout.contains("Serveur de connexion\n           Il répond."), "{}", doctor.stdout);
    assert!(doctor.stdout.contains("Seule une connexion vérifie"), "{}", doctor.stdout);
    assert_eq!(doctor.stdout.matches("ATTENTION").count(), 0, "all is well: {}", doctor.stdout);
    assert_eq!(programs.run("camille", &["login", "--json"]).await.expect("ends").code, Some(0));
    let doctor = programs.companion_command(&["doctor"], "").await.expect("ends");
    assert!(doctor.code == Some(0) && doctor.stdout.contains("y ont été acceptés"), "{}", doctor.stdout);

    // A secret that is not ours shows at the first sign-in, and from then on.
    programs.kill_companion().await.expect("killed");
    let doctor = programs.companion_command(&["doctor"], "").await.expect("ends");
    assert!(
        doctor.code == Some(1) && doctor.stdout.contains("VST-3017") && doctor.stdout.contains("le serveur est arrêté"),
        "{}",
        doctor.stdout
    );
    let configuration = Installation::read(programs.folder()).expect("the configuration");
    let secret = configuration.path("psc.client_secret_file", programs.folder()).expect("named");
    std::fs::write(secret, "un-autre-secret").expect("written");
    programs.restart_companion().await.expect("it starts");
    let refused = programs.run("camille", &["login", "--json"]).await.expect("ends");
    assert!(refused.stderr.contains("VST-4006"), "{refused:?}");
    let doctor = programs.companion_command(&["doctor"], "").await.expect("ends");
    assert!(doctor.code == Some(2) && doctor.stdout.contains("VST-4006") && doctor.stdout.contains("psc.client_id"), "{}", doctor.stdout);
    assert!(doctor.stdout.contains("refusés") && !doctor.stdout.contains("OK         Pro Santé Connect"), "{}", doctor.stdout);
}
