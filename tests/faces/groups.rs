//! Groups of workstations on the wire: what is open, what is refused, and the way back through the app's own scheme.

use std::process::Output;

use aws_lc_rs::digest::{SHA256, digest};
use http::{Method, StatusCode};
use serde_json::{Value, json};
use vestibule_installation::Installation;
use vestibule_tests::http::client;
use vestibule_tests::raw_client::{Answer, CLIENT_ID, RawClient, redemption};
use vestibule_tests::servers::ending_with_us;

use crate::companion::TestCompanion;
use crate::sign_in::{AtPsc, VERIFIER, device_form, pushed_form, query_of};

const TOKEN: &str = "vst-poste-AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
const SCHEME_RETURN: &str = "fr.vestibule.app:/cb/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

fn hash(token: &str) -> String {
    digest(&SHA256, token.as_bytes()).as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A companion with the group `bureau-a-distance`, which closes the loopback exchange.
async fn companion() -> TestCompanion {
    TestCompanion::with_limits(&format!(
        "starts_per_minute_per_key = 1000\nstarts_per_minute_per_address = 1000\npending_per_key = 1000\n\
         [groups.bureau-a-distance]\nenrolment_token_hashes = [\"{}\"]\nexchanges = [\"scheme\", \"polling\"]\n",
        hash(TOKEN)
    ))
    .await
}

async fn push(app: &RawClient, changed: &[(&'static str, &str)]) -> Answer {
    let mut form: Vec<(&str, &str)> =
        pushed_form().into_iter().filter(|(name, _)| changed.iter().all(|(other, _)| other != name)).collect();
    form.extend(changed);
    app.post_form("/oauth/par", &form).await.unwrap()
}

async fn run(arguments: &[&str]) -> Output {
    ending_with_us("companion-server").unwrap().args(arguments).env_clear().output().await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_answers_say_what_is_open_to_the_workstation() {
    let companion = companion().await;
    let app = companion.app();
    assert_eq!(push(&app, &[]).await.json()["exchanges"], json!(["loopback", "scheme", "polling"]));
    let scheme = [("redirect_uri", SCHEME_RETURN), ("enrolment_token", TOKEN)];
    assert_eq!(push(&app, &scheme).await.json()["exchanges"], json!(["scheme", "polling"]));
    let polling = app.post_form("/oauth/device_authorization", &device_form()).await.unwrap();
    assert_eq!((polling.status, &polling.json()["exchanges"]), (StatusCode::OK, &json!(["scheme", "polling"])));
}

/// Attacks 9 and 37.
#[tokio::test(flavor = "multi_thread")]
async fn a_closed_exchange_is_refused_whatever_the_app_says_of_itself() {
    let companion = companion().await;
    let app = companion.app();
    let claims: [&[(&str, &str)]; 4] = [
        &[("enrolment_token", TOKEN)],
        &[("exchange_hint", "loopback")],
        &[("group", "default"), ("group_name", ""), ("single_session", "true"), ("shared", "false")],
        &[("device_label", "poste personnel")],
    ];
    for claim in claims {
        let refused = push(&app, claim).await;
        assert_eq!(refused.refusal(), (400, "invalid_request".into()), "{claim:?}");
        assert_eq!((&refused.json()["code"], &refused.json()["exchanges"]), (&json!("VST-2022"), &json!(["scheme", "polling"])));
    }
    assert_eq!(push(&companion.app(), &[]).await.status, 201, "a workstation that is in no group");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_enrolment_token_starts_nothing() {
    let companion = companion().await;
    let app = companion.app();
    for token in ["vst-poste-BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB", "bureau-a-distance", &hash(TOKEN)] {
        for changed in [vec![("enrolment_token", token)], vec![("enrolment_token", token), ("redirect_uri", SCHEME_RETURN)]] {
            let refused = push(&app, &changed).await;
            assert_eq!(refused.refusal(), (400, "invalid_request".into()), "{token}");
            assert_eq!(refused.json()["code"], "VST-2023");
            assert!(!refused.text.contains(token) && refused.json()["exchanges"].is_null(), "{refused:?}");
        }
    }
    assert_eq!(push(&app, &[("enrolment_token", "")]).await.status, 201, "an empty one is none (RFC 6749 section 3.1)");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_workstation_is_told_its_rules_and_nothing_comes_of_the_question() {
    let companion = companion().await;
    let app = companion.app();
    let ask = async |more: &[(&str, &str)]| {
        let form: Vec<_> = [("client_id", CLIENT_ID)].into_iter().chain(more.iter().copied()).collect();
        app.post_form("/api/v1/workstation", &form).await.unwrap()
    };
    let usual = json!({
        "group": null, "exchanges": ["loopback", "scheme", "polling"], "return_scheme": "fr.vestibule.app", "shared_workstation": false,
        "psc": {}, "storage": {}
    });
    let foreseen = json!({
        "group": "bureau-a-distance", "exchanges": ["scheme", "polling"], "return_scheme": "fr.vestibule.app", "shared_workstation": false,
        "psc": {}, "storage": {}
    });
    assert_eq!(ask(&[]).await.json(), usual);
    assert_eq!(ask(&[("enrolment_token", TOKEN)]).await.json(), foreseen);
    assert_eq!(ask(&[]).await.json(), usual, "the question led into no group");
    assert_eq!(push(&app, &[("enrolment_token", TOKEN), ("redirect_uri", SCHEME_RETURN)]).await.status, 201);
    assert_eq!(ask(&[]).await.json(), foreseen, "the start did");
    assert_eq!(ask(&[("enrolment_token", "vst-poste-autre")]).await.json()["code"], "VST-2023");
    assert_eq!(app.post_form("/api/v1/workstation", &[("client_id", "autre")]).await.unwrap().json()["code"], "VST-2015");
    let unproven = app.bare(Method::POST, "/api/v1/workstation").form(&[("client_id", CLIENT_ID)]);
    assert_eq!(Answer::to(unproven).await.unwrap().status, 400);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_browser_comes_back_through_the_app_s_scheme() {
    let companion = companion().await;
    let app = companion.app();
    let pushed = push(&app, &[("redirect_uri", SCHEME_RETURN), ("enrolment_token", TOKEN)]).await.json();
    let mut browser = companion.browser();
    let page = browser.open_request(pushed["request_uri"].as_str().unwrap()).await.unwrap();
    let at_psc = AtPsc { pushed, request: query_of(&page.way_on().unwrap()) };
    let question = companion.come_back(&at_psc, &mut browser).await;
    assert_eq!(question.status, StatusCode::SEE_OTHER);
    let question = browser.confirmation().await.unwrap();
    let guard = question.hidden_field("form_guard").unwrap();
    let number = at_psc.pushed["match_number"].as_str().unwrap();
    let page = browser.answer(&[("form_guard", &guard), ("number", number)]).await.unwrap();
    assert!(page.body.contains("Ouvrir l’application") && page.body.contains("autorisez l’ouverture"), "{}", page.body);
    assert!(page.body.contains("class=\"button\" href=\"fr.vestibule.app:/cb/"), "{}", page.body);
    let letters = page.letters().unwrap();
    let policy = page.headers["content-security-policy"].to_str().unwrap();
    assert!(policy.starts_with("default-src 'none'; style-src 'sha256-") && !policy.contains("unsafe"), "{policy}");
    assert!(policy.contains("script-src 'nonce-"), "the page counts down and the refresh is no script: {policy}");
    let back = page.way_on().unwrap();
    assert!(back.as_str().starts_with(&format!("{SCHEME_RETURN}?code=")), "{back}");
    let query = query_of(&back);
    assert_eq!((query["state"].as_str(), query["iss"].as_str()), ("app-state", companion.url.as_str()));
    let form = [redemption(&query["code"], VERIFIER, SCHEME_RETURN), vec![("confirmation_code", &letters)]].concat();
    let redeemed = app.post_form("/oauth/token", &form).await.unwrap();
    assert_eq!(redeemed.status, StatusCode::OK, "{redeemed:?}");

    let metrics = Answer::to(client().unwrap().get(format!("{}/metrics", companion.administration))).await.unwrap();
    assert!(metrics.text.contains("vestibule_sign_ins_by_exchange{exchange=\"scheme\"} 1\n"), "{}", metrics.text);
    assert!(!metrics.text.contains("bureau-a-distance"), "{}", metrics.text);
}

/// Attack 14, for the scheme.
#[tokio::test(flavor = "multi_thread")]
async fn only_the_configured_scheme_may_be_returned_to() {
    let companion = companion().await;
    let app = companion.app();
    let random = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    let abuses = [
        format!("fr.vestibule.app://cb/{random}"),
        format!("fr.vestibule.app:cb/{random}"),
        format!("fr.vestibule.app:/sign-out/{random}"),
        format!("fr.vestibule.app:/cb/{random}?next=1"),
        format!("fr.vestibule.app:/cb/{random}#fragment"),
        format!("fr.vestibule.app:/cb/%41{random}"),
        "fr.vestibule.app:/cb/court".to_owned(),
        format!("FR.VESTIBULE.APP:/cb/{random}"),
        format!("fr.autre.app:/cb/{random}"),
        format!("vestibule:/cb/{random}"),
        format!("file:/cb/{random}"),
        format!("javascript:/cb/{random}"),
    ];
    for abuse in &abuses {
        let refused = push(&app, &[("redirect_uri", abuse)]).await;
        assert_eq!(refused.refusal(), (400, "invalid_request".into()), "{abuse:?}");
        assert_eq!(refused.json()["code"], "VST-2008", "{abuse:?}");
    }
    assert_eq!(push(&app, &[("redirect_uri", SCHEME_RETURN)]).await.status, 201);
}

#[tokio::test]
async fn a_new_enrolment_token_is_shown_once_with_the_line_to_configure() {
    let output = run(&["enrolment-token"]).await;
    assert!(output.status.success());
    let text = String::from_utf8(output.stdout).unwrap();
    let token = text.split_whitespace().find(|word| word.starts_with("vst-poste-")).expect("a token");
    assert!(text.contains(&format!("enrolment_token_hashes = [\"{}\"]", hash(token))), "{text}");

    let output = run(&["enrolment-token", "--json"]).await;
    let shown: Value = serde_json::from_slice(&output.stdout).unwrap();
    let other = shown["enrolment_token"].as_str().unwrap();
    assert_eq!((shown["enrolment_token_hash"].as_str().unwrap(), other.len()), (hash(other).as_str(), 53));
    assert_ne!(other, token);
}

#[tokio::test]
async fn the_examination_lists_the_groups_and_no_hash() {
    let folder = tempfile::tempdir().unwrap();
    let groups = format!(
        "[workstations]\nexchanges = [\"loopback\"]\n\
         [groups.bureau-a-distance]\nenrolment_token_hashes = [\"{}\"]\nexchanges = [\"scheme\", \"polling\"]",
        hash(TOKEN)
    );
    let installation = Installation::least().with("listener.address = \"127.0.0.1:0\"\nadministration.address = \"127.0.0.1:0\"");
    let config = installation.with(&groups).write(folder.path()).unwrap();
    let output = run(&["doctor", "--json", "--config", config.to_str().unwrap()]).await;
    let report: Value = serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{output:?}"));
    let groups = report["checks"].as_array().unwrap().iter().find(|check| check["name"] == "groups").expect("the groups");
    assert_eq!(groups["status"], "ok");
    let detail = groups["detail"].as_str().unwrap();
    assert!(detail.contains("par défaut") && detail.contains("bureau-a-distance") && detail.contains("scheme, polling"), "{detail}");
    assert!(!report.to_string().contains(&hash(TOKEN)));
}
