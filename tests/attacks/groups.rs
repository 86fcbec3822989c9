//! Groups of workstations and the return through the app's own scheme, against the real programs.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use sqlx::Row as _;
use url::Url;
use vestibule_installation::{Installation, Policy};
use vestibule_tests::browser_double::{Person, ScriptedBrowser};
use vestibule_tests::programs::Programs;
use vestibule_tests::raw_client::{Answer, Body, RawClient, Secrets, Started, random_text};
use vestibule_tests::servers::ending_with_us;

use super::scene::{events, memory, parameter, stranger};

const LOOPBACK: &str = "http://127.0.0.1:5000/cb/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
pub const SCHEME: &str = "fr.vestibule.app:/cb/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// The real programs with these groups, and the tokens that lead into them.
pub struct Site {
    pub programs: Programs,
    pub tokens: Vec<String>,
}

impl Site {
    /// `groups` are names and lines of configuration.
    pub async fn with(groups: &[(&str, &str)]) -> Self {
        let mut site = Self { programs: Programs::start().await.expect("the programs start"), tokens: Vec::new() };
        let mut sections = String::new();
        for (name, lines) in groups {
            let (token, line) = new_token().await;
            sections.push_str(&format!("[groups.{name}]\n{line}\n{lines}\n"));
            site.tokens.push(token);
        }
        site.reconfigure(|kept| kept.with(&sections)).await;
        site
    }

    /// Restarts the companion on the same database, under a changed configuration.
    async fn reconfigure(&mut self, change: impl FnOnce(Installation) -> Installation) {
        self.programs.reconfigure_companion(change).await.expect("it starts again");
    }

    pub fn database(&self) -> std::path::PathBuf {
        self.programs.folder().join("companion.sqlite")
    }

    /// How many sign-ins were ever started.
    async fn sign_ins(&self) -> i64 {
        sqlx::query("SELECT count(*) AS number FROM sign_ins")
            .fetch_one(&mut memory(&self.database()).await)
            .await
            .expect("read")
            .get("number")
    }

    /// A whole sign-in by the scheme, as far as the address that the system hands to the app; whether a confirmation was asked, and the letters
    /// of the page.
    async fn to_app(&self, app: &RawClient, started: &Started, persona: &str) -> (Url, bool, String) {
        let person = Person { number: Some(started.match_number.clone()), ..Person::named(persona) };
        let mut browser = ScriptedBrowser::new().expect("a browser");
        let page = browser.walk_until(&app.authorize_address(started), &person, "confirmation").await.expect("walks");
        let is_asked = page.forms().expect("forms").iter().any(|form| form.id == "confirmation");
        let letters = browser.go_on(page, &person, "").await.expect("walks on").letters().expect("a page");
        (browser.history.last().cloned().expect("an address"), is_asked, letters)
    }
}

/// As an administrator makes one: the token, and the line for the configuration.
async fn new_token() -> (String, String) {
    let output = ending_with_us("companion-server").expect("built").args(["enrolment-token", "--json"]).output();
    let shown: Value = serde_json::from_slice(&output.await.expect("it runs").stdout).expect("JSON");
    let text = |name: &str| shown[name].as_str().expect("text").to_owned();
    (text("enrolment_token"), format!("enrolment_token_hashes = [\"{}\"]", text("enrolment_token_hash")))
}

/// Pushes a sign-in with anything besides what every one has; the answer, and what the app keeps.
pub async fn push(app: &RawClient, redirect_uri: &str, more: &[(&str, &str)]) -> (Answer, Started) {
    let secrets = Secrets::new();
    let answer = app.push(&secrets, redirect_uri, more).await.expect("answers");
    let text = |name: &str| answer.body[name].as_str().unwrap_or_default().to_owned();
    let started = Started {
        request_uri: text("request_uri"),
        sign_in_id: text("sign_in_id"),
        events_uri: text("events_uri"),
        match_number: text("match_number"),
        verifier: secrets.verifier,
        state: secrets.state,
        redirect_uri: redirect_uri.to_owned(),
    };
    (answer, started)
}

async fn ask_device_code(app: &RawClient, more: &[(&str, &str)]) -> Answer {
    app.authorize_device(&Secrets::new(), more).await.expect("answers")
}

/// The end of an app that gives up what it started.
async fn cancel(app: &RawClient, answer: &Answer) {
    let path = format!("/api/v1/sign-ins/{}", answer.body["sign_in_id"].as_str().expect("started"));
    app.call(Method::DELETE, &path, None, Body::None).await.expect("answers");
}

#[track_caller]
fn refused_exchange(answer: &Answer, open: &Value) {
    let told = (answer.status, &answer.body["error"], &answer.body["code"], &answer.body["exchanges"]);
    assert_eq!(told, (StatusCode::BAD_REQUEST, &json!("invalid_request"), &json!("VST-2022"), open));
}

#[tokio::test]
async fn attack_09_a_remote_desktop_that_asks_for_the_loopback_is_refused() {
    let mut site = Site::with(&[("bureau-a-distance", "exchanges = [\"scheme\", \"polling\"]")]).await;
    let token = site.tokens[0].clone();
    let (app, open) = (stranger(&site.programs), json!(["scheme", "polling"]));
    refused_exchange(&push(&app, LOOPBACK, &[("enrolment_token", &token)]).await.0, &open);
    // From then on the device belongs to the group: leaving the token out opens nothing, after a restart neither.
    refused_exchange(&push(&app, LOOPBACK, &[]).await.0, &open);
    site.reconfigure(|kept| kept).await;
    refused_exchange(&push(&app, LOOPBACK, &[]).await.0, &open);
    assert_eq!(site.sign_ins().await, 0, "nothing was started");
    assert_eq!(events(&site.database()).await, ["device_joined_group"]);

    for answer in [push(&app, SCHEME, &[]).await.0, ask_device_code(&app, &[]).await] {
        assert!(answer.status.is_success(), "{answer:?}");
        assert_eq!(answer.body["exchanges"], open);
        cancel(&app, &answer).await;
    }
    assert_eq!(push(&stranger(&site.programs), LOOPBACK, &[]).await.0.status, StatusCode::CREATED, "a workstation that is in no group");

    // The other way round: what a group closes is closed, be it the scheme or the polling.
    site.reconfigure(|kept| kept.with("groups.bureau-a-distance.exchanges = [\"loopback\"]")).await;
    let open = json!(["loopback"]);
    refused_exchange(&push(&app, SCHEME, &[]).await.0, &open);
    refused_exchange(&ask_device_code(&app, &[]).await, &open);
    assert_eq!(push(&app, LOOPBACK, &[]).await.0.status, StatusCode::CREATED);
}

/// A colleague on the remote desktop runs an app of his own making, with a new key and without any token.
#[tokio::test]
async fn attack_09_a_modified_app_without_token_has_no_loopback_where_the_default_closes_it() {
    let mut site = Site::with(&[("postes-personnels", "exchanges = [\"loopback\", \"polling\"]")]).await;
    site.reconfigure(|kept| kept.with("workstations.exchanges = [\"polling\"]")).await;
    let modified = stranger(&site.programs);
    for more in [&[][..], &[("exchange_hint", "loopback")], &[("enrolment_token", "")]] {
        refused_exchange(&push(&modified, LOOPBACK, more).await.0, &json!(["polling"]));
        refused_exchange(&push(&modified, SCHEME, more).await.0, &json!(["polling"]));
    }
    assert_eq!(site.sign_ins().await, 0, "nothing was started");
    let token = site.tokens[0].as_str();
    let (answer, _) = push(&stranger(&site.programs), LOOPBACK, &[("enrolment_token", token)]).await;
    assert_eq!((answer.status, &answer.body["exchanges"]), (StatusCode::CREATED, &json!(["loopback", "polling"])));
}

#[tokio::test]
async fn attack_37_what_a_client_says_of_itself_changes_no_rule() {
    let rules = "exchanges = [\"scheme\"]\nshared = true\nidle_limit_minutes = 5\nidp_hint = \"etablissement\"";
    let site = Site::with(&[("bureau-a-distance", rules)]).await;
    let app = stranger(&site.programs);
    let claims: [&[(&str, &str)]; 7] = [
        &[("exchange_hint", "loopback")],
        &[("exchange_hint", "loopback"), ("device_label", "Poste personnel, une seule session")],
        &[("group", "default"), ("group_name", "default"), ("groups", "")],
        &[("exchanges", "loopback"), ("channels", "loopback")],
        &[("session_type", "single"), ("single_session", "true"), ("is_remote", "false")],
        &[("shared", "false"), ("shared_workstation", "false"), ("confirmation", "none")],
        &[("idle_limit_minutes", "30"), ("idp_hint", ""), ("kc_idp_hint", "ailleurs")],
    ];
    // The token comes with every start, as the app sends it.
    let token = site.tokens[0].as_str();
    for claim in claims {
        let more: Vec<_> = claim.iter().copied().chain([("enrolment_token", token)]).collect();
        refused_exchange(&push(&app, LOOPBACK, &more).await.0, &json!(["scheme"]));
    }
    let all: Vec<_> = claims.iter().copied().flatten().copied().collect();
    let mut once: Vec<(&str, &str)> = Vec::new();
    for (name, value) in all.into_iter().chain([("enrolment_token", token)]) {
        if once.iter().all(|(known, _)| *known != name) {
            once.push((name, value));
        }
    }
    for round in ["a new person", "a person known on this workstation"] {
        let (answer, started) = push(&app, SCHEME, &once).await;
        assert_eq!((answer.status, &answer.body["exchanges"]), (StatusCode::CREATED, &json!(["scheme"])), "{round}");
        let (back, is_asked, letters) = site.to_app(&app, &started, "camille").await;
        assert!(is_asked, "{round}: a shared workstation always confirms");
        let letters = Some(letters.as_str()).filter(|letters| !letters.is_empty());
        let answer = app.redeem_with(&started, &parameter(&back, "code").expect("a code"), letters).await.expect("answers");
        let tokens = answer.tokens().expect("signed in");
        assert_eq!(tokens.session["shared_workstation"], true, "{round}");
        assert_eq!(tokens.session["clocks"]["idle_limit_s"], 300, "{round}");
    }
    let mut browser = ScriptedBrowser::new().expect("a browser");
    let (_, started) = push(&app, SCHEME, &once).await;
    browser.walk_until(&app.authorize_address(&started), &Person::named("camille"), "means").await.expect("walks");
    let hints: Vec<_> = browser.history.iter().filter_map(|url| parameter(url, "kc_idp_hint")).collect();
    assert!(!hints.is_empty() && hints.iter().all(|hint| hint == "etablissement"), "{hints:?}");
}

#[tokio::test]
async fn attack_37_a_token_that_is_not_one_leads_nowhere_and_leaves_an_event() {
    let groups = [("bureau-a-distance", "exchanges = [\"scheme\"]"), ("poste-personnel", "exchanges = [\"loopback\"]")];
    let mut site = Site::with(&groups).await;
    let (remote, own) = (site.tokens[0].clone(), site.tokens[1].clone());
    let app = stranger(&site.programs);
    assert_eq!(push(&app, SCHEME, &[("enrolment_token", &remote)]).await.0.status, StatusCode::CREATED);
    let hash: String = Sha256::digest(&own).iter().map(|byte| format!("{byte:02x}")).collect();
    let guesses = [
        "poste-personnel".to_owned(),
        "default".to_owned(),
        "null".to_owned(),
        hash,
        own[..own.len() - 1].to_owned(),
        format!("{own}A"),
        format!(" {own}"),
        own.to_uppercase(),
        own.trim_start_matches("vst-poste-").to_owned(),
        format!("vst-poste-{}", random_text()),
        format!("{own}\u{0}"),
        "' OR 1=1 --".to_owned(),
    ];
    let started = site.sign_ins().await;
    for guess in &guesses {
        for redirect_uri in [LOOPBACK, SCHEME] {
            let (answer, _) = push(&app, redirect_uri, &[("enrolment_token", guess), ("exchange_hint", "loopback")]).await;
            let told = (answer.status, &answer.body["error"], &answer.body["code"], &answer.body["exchanges"]);
            assert_eq!(told, (StatusCode::BAD_REQUEST, &json!("invalid_request"), &json!("VST-2023"), &Value::Null), "{guess:?}");
        }
        assert_eq!(ask_device_code(&app, &[("enrolment_token", guess)]).await.body["code"], "VST-2023", "{guess:?}");
    }
    assert_eq!(site.sign_ins().await, started, "nothing was started");
    refused_exchange(&push(&app, LOOPBACK, &[]).await.0, &json!(["scheme"]));
    let said = events(&site.database()).await;
    assert_eq!(
        said,
        ["device_joined_group", "enrolment_refused", "enrolment_refused"],
        "each reason once a minute, however much it insists"
    );

    // A group that the administrator takes away leaves its devices outside, not in a looser one.
    site.reconfigure(|kept| {
        let renamed = kept.section("groups").replace("bureau-a-distance", "autre-chose");
        kept.without("groups").with(&renamed)
    })
    .await;
    for (more, code) in [(vec![], "VST-2047"), (vec![("enrolment_token", "default")], "VST-2023")] {
        assert_eq!(push(&app, LOOPBACK, &more).await.0.body["code"], code);
    }
    let codes: Vec<i64> = sqlx::query_scalar("SELECT error_code FROM audit WHERE event = 'enrolment_refused' ORDER BY id")
        .fetch_all(&mut memory(&site.database()).await)
        .await
        .expect("the trail");
    assert_eq!(codes[codes.len() - 2..], [2047, 2023], "the trail says which of the two it was");
    let doctor = site.programs.companion_command(&["doctor"], "").await.expect("ends").stdout;
    assert!(doctor.contains("VST-2047\u{a0}: 1 poste") && doctor.contains("VST-2023\u{a0}: 1 poste"), "each under its own code: {doctor}");
    let listed = site.programs.companion_command(&["devices", "list"], "").await.expect("ends").stdout;
    assert!(listed.contains("bureau-a-distance") && listed.contains("jamais"), "who is left outside can be found, and forgotten: {listed}");
    assert_eq!(push(&app, SCHEME, &[("enrolment_token", &remote)]).await.0.status, StatusCode::CREATED, "a good token heals it");
    let trail = events(&site.database()).await;
    assert_eq!(trail.last().map(String::as_str), Some("device_changed_group"), "{trail:?}");
}

#[tokio::test]
async fn attack_14_only_the_configured_scheme_in_its_one_form_is_taken() {
    let site = Site::with(&[]).await;
    let app = stranger(&site.programs);
    let random = random_text();
    for address in [
        "fr.vestibule.app:".to_owned(),
        "fr.vestibule.app:/cb/".to_owned(),
        "fr.vestibule.app:/cb/court".to_owned(),
        format!("fr.vestibule.app:cb/{random}"),
        format!("fr.vestibule.app://cb/{random}"),
        format!("fr.vestibule.app:///cb/{random}"),
        format!("fr.vestibule.app://evil.example/cb/{random}"),
        format!("fr.vestibule.app://user@cb/{random}"),
        format!("fr.vestibule.app:/CB/{random}"),
        format!("fr.vestibule.app:/cb//{random}"),
        format!("fr.vestibule.app:/cb/../{random}"),
        format!("fr.vestibule.app:/cb/{random}/"),
        format!("fr.vestibule.app:/cb/{random}/x"),
        format!("fr.vestibule.app:/cb/{random}?next=evil"),
        format!("fr.vestibule.app:/cb/{random}#evil"),
        format!("fr.vestibule.app:/cb/%61{random}"),
        format!("fr.vestibule.app:/cb/{random}\r\nX: y"),
        format!("fr.vestibule.app:/cb/{random} "),
        format!(" fr.vestibule.app:/cb/{random}"),
        format!("fr.vestibule.app:/cb/\u{202e}{random}"),
        format!("fr.vestibule.app:\\cb\\{random}"),
        format!("fr.vestibule.app:/cb/{}", "a".repeat(4000)),
    ] {
        let (answer, _) = push(&app, &address, &[]).await;
        let told = (answer.status, &answer.body["error"], &answer.body["code"]);
        assert_eq!(told, (StatusCode::BAD_REQUEST, &json!("invalid_request"), &json!("VST-2008")), "{address:?}");
    }
    assert_eq!(push(&app, &format!("fr.vestibule.app:/cb/{random}"), &[]).await.0.status, StatusCode::CREATED);
}

#[tokio::test]
async fn attack_25_no_other_scheme_than_the_configured_one_is_returned_to() {
    let mut site = Site::with(&[]).await;
    let app = stranger(&site.programs);
    let random = random_text();
    let others = ["FR.VESTIBULE.APP", "Fr.vestibule.app", "fr.vestibule.app2", "fr.vestibule", "x.fr.vestibule.app", "vestibule", "https"];
    let dangerous = ["javascript", "data", "file", "ms-settings", "vbscript", "intent", "mailto", "fr.hopital.dossier"];
    for scheme in others.iter().chain(&dangerous) {
        let (answer, _) = push(&app, &format!("{scheme}:/cb/{random}"), &[]).await;
        assert_eq!((answer.status, &answer.body["code"]), (StatusCode::BAD_REQUEST, &json!("VST-2008")), "{scheme}");
    }
    site.reconfigure(|kept| kept.with("client.return_scheme = \"fr.hopital.dossier\"")).await;
    assert_eq!(push(&app, &format!("fr.hopital.dossier:/cb/{random}"), &[]).await.0.status, StatusCode::CREATED);
    assert_eq!(push(&app, &format!("fr.vestibule.app:/cb/{random}"), &[]).await.0.status, StatusCode::BAD_REQUEST, "no longer the one");
}

#[tokio::test]
async fn attack_25_whoever_catches_the_scheme_s_address_cannot_use_its_code() {
    let site = Site::with(&[]).await;
    let app = stranger(&site.programs);
    let refused = async |thief: &RawClient, started: &Started, code: &str| {
        let answer = thief.redeem(started, code).await.expect("answers");
        assert_eq!(
            (answer.status, &answer.body["error"], &answer.body["code"]),
            (StatusCode::BAD_REQUEST, &json!("invalid_grant"), &json!("VST-2004"))
        );
    };
    // Another program registered the scheme: it has the whole address, but not the key.
    let (_, started) = push(&app, SCHEME, &[]).await;
    let (back, is_asked, _) = site.to_app(&app, &started, "camille").await;
    assert!(is_asked && back.as_str().starts_with(&format!("{SCHEME}?code=")), "{}", back.path());
    let code = parameter(&back, "code").expect("a code");
    refused(&stranger(&site.programs), &started, &code).await;
    assert_eq!(app.redeem(&started, &code).await.expect("answers").status, StatusCode::BAD_REQUEST, "burned for everyone");
    // The key was copied too, but the verifier stayed in the process that started.
    let (_, started) = push(&app, SCHEME, &[]).await;
    let (back, _, _) = site.to_app(&app, &started, "camille").await;
    let code = parameter(&back, "code").expect("a code");
    refused(&app.clone(), &Started { verifier: random_text(), ..started.clone() }, &code).await;
    let trail = events(&site.database()).await;
    assert_eq!(trail.iter().filter(|event| *event == "sign_in_burned").count(), 2, "{trail:?}");
    // A code by the scheme is not one for the loopback, and the honest app has its session.
    let (_, started) = push(&app, SCHEME, &[]).await;
    let (back, _, letters) = site.to_app(&app, &started, "camille").await;
    let code = parameter(&back, "code").expect("a code");
    let elsewhere = Started { redirect_uri: LOOPBACK.to_owned(), ..started.clone() };
    assert_eq!(app.redeem(&elsewhere, &code).await.expect("answers").status, StatusCode::BAD_REQUEST);
    app.redeem_with(&started, &code, Some(&letters)).await.expect("answers").tokens().expect("signed in");
}

/// The real app, with the token that the machine policy deploys.
#[tokio::test]
async fn attack_09_the_real_app_is_in_the_group_of_its_machine_policy_and_gets_its_rules() {
    let site = Site::with(&[("poste-de-soins", "exchanges = [\"loopback\"]\nshared = true\nidle_limit_minutes = 5")]).await;
    let deploy = |token: &str| {
        let token = format!("enrolment_token = \"{token}\"");
        Policy::edit(site.programs.folder(), |kept| kept.with(&token)).expect("written");
    };
    let sign_in = ["login", "--json", "--situation", "first"];

    deploy(&format!("vst-poste-{}", random_text()));
    let refused = site.programs.run("camille", &sign_in).await.expect("it ends");
    assert_ne!(refused.code, Some(0));
    assert!(refused.stdout.contains("VST-2023") || refused.stderr.contains("VST-2023"), "{refused:?}");

    deploy(&site.tokens[0]);
    let signed_in = site.programs.run("camille", &sign_in).await.expect("it ends");
    assert_eq!(signed_in.code, Some(0), "{signed_in:?}");
    let mut memory = memory(&site.database()).await;
    let rules: String = sqlx::query_scalar("SELECT rules FROM sessions").fetch_one(&mut memory).await.expect("a session");
    let rules: serde_json::Value = serde_json::from_str(&rules).expect("JSON");
    assert_eq!((&rules["idle_limit_s"], &rules["shared_workstation"]), (&json!(300), &json!(true)), "{rules}");
    let groups = sqlx::query("SELECT group_name FROM device_groups").fetch_all(&mut memory).await.expect("the devices");
    assert!(groups.iter().all(|row| row.get::<String, _>("group_name") == "poste-de-soins") && !groups.is_empty());
    let logs = site.programs.talkative_logs().expect("logs that could tell");
    assert!(!logs.contains(&site.tokens[0]), "no log of either side holds the token, at TRACE");
}
