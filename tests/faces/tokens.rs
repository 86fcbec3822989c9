//! Codes, refresh tokens, revocation.

use http::Method;
use vestibule_tests::raw_client::{Answer, CLIENT_ID, RawClient};

use crate::companion::TestCompanion;
use crate::sign_in::{VERIFIER, query_of, redeem};

impl TestCompanion {
    /// A code on its way to the app.
    async fn code_for(&self, app: &RawClient) -> String {
        let mut browser = self.browser();
        let at_psc = self.lead_to_psc(app, &mut browser).await;
        let page = self.come_back(&at_psc, &mut browser).await;
        query_of(&self.go_to_app(page, &mut browser).await)["code"].clone()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_becomes_a_session_and_never_a_token_of_psc() {
    let companion = TestCompanion::start().await;
    let app = companion.app();
    let code = companion.code_for(&app).await;
    let answer = redeem(&app, &code, VERIFIER).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    assert_eq!(answer.headers["cache-control"], "no-store");
    assert!(!answer.text.contains("psc-"), "a token of Pro Santé Connect came out: {}", answer.text);
    let body = answer.json();
    assert_eq!((body["token_type"].as_str(), body["expires_in"].as_u64()), (Some("DPoP"), Some(300)));
    assert_eq!(body["session"]["practitioner"]["family_name"], "FICTIF-EXEMPLE");
    assert_eq!(body["session"]["environment"], "simulator");
}

/// Attack 22, second half: the session of the winner goes on.
#[tokio::test(flavor = "multi_thread")]
async fn a_replayed_code_is_refused_and_ends_nothing() {
    let companion = TestCompanion::start().await;
    let app = companion.app();
    let code = companion.code_for(&app).await;
    let tokens = redeem(&app, &code, VERIFIER).await.json();
    assert_eq!(redeem(&app, &code, VERIFIER).await.refusal(), (400, "invalid_grant".into()));
    assert_eq!(redeem(&companion.app(), &code, VERIFIER).await.refusal(), (400, "invalid_grant".into()));
    assert_eq!(app.session(tokens["access_token"].as_str().unwrap()).await.unwrap().status, 200);
}

/// Attack 15.
#[tokio::test(flavor = "multi_thread")]
async fn a_stolen_code_is_burned_by_a_wrong_key_or_verifier_and_dies_after_a_minute() {
    let companion = TestCompanion::start().await;
    let app = companion.app();
    let code = companion.code_for(&app).await;
    assert_eq!(redeem(&companion.app(), &code, VERIFIER).await.refusal(), (400, "invalid_grant".into()), "other key");
    assert_eq!(redeem(&app, &code, VERIFIER).await.refusal(), (400, "invalid_grant".into()), "burned by the other key");

    let code = companion.code_for(&app).await;
    let wrong = "wrong-verifier-wrong-verifier-wrong-verifier";
    assert_eq!(redeem(&app, &code, wrong).await.refusal(), (400, "invalid_grant".into()), "wrong verifier");
    assert_eq!(redeem(&app, &code, VERIFIER).await.refusal(), (400, "invalid_grant".into()), "burned by the verifier");

    let code = companion.code_for(&app).await;
    companion.clock.advance_seconds(61);
    app.advance_seconds(61);
    assert_eq!(redeem(&app, &code, VERIFIER).await.refusal(), (400, "invalid_grant".into()), "late");
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_redemptions_one_wins() {
    let companion = TestCompanion::start().await;
    let app = companion.app();
    let code = companion.code_for(&app).await;
    let answers = futures::future::join_all((0..20).map(|_| redeem(&app, &code, VERIFIER))).await;
    assert_eq!(answers.iter().filter(|answer| answer.status == 200).count(), 1);
    assert!(answers.iter().filter(|answer| answer.status != 200).all(|answer| answer.refusal() == (400, "invalid_grant".into())));
}

/// Attack 20.
#[tokio::test(flavor = "multi_thread")]
async fn a_refresh_token_rotates_and_an_old_one_kills_the_family() {
    let companion = TestCompanion::start().await;
    let app = companion.app();
    let first = companion.sign_in(&app).await["refresh_token"].as_str().unwrap().to_owned();
    let second = app.refresh(&first).await.unwrap().json();
    assert_eq!(app.session(second["access_token"].as_str().unwrap()).await.unwrap().status, 200);
    assert_eq!(app.refresh(&first).await.unwrap().refusal(), (400, "invalid_grant".into()));
    assert_eq!(
        app.refresh(second["refresh_token"].as_str().unwrap()).await.unwrap().refusal(),
        (400, "invalid_grant".into()),
        "the family is dead"
    );
    assert_eq!(app.session(second["access_token"].as_str().unwrap()).await.unwrap().status, 401);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_refresh_answer_is_survived() {
    let companion = TestCompanion::start().await;
    let app = companion.app();
    let first = companion.sign_in(&app).await["refresh_token"].as_str().unwrap().to_owned();
    assert_eq!(app.refresh(&first).await.unwrap().status, 200, "this answer is lost");
    let again = app.refresh(&first).await.unwrap();
    assert_eq!(again.status, 200, "{again:?}");
    assert_eq!(app.session(again.json()["access_token"].as_str().unwrap()).await.unwrap().status, 200);
}

/// RECO 06: the app closes, the service session ends, Pro Santé Connect is left alone.
#[tokio::test(flavor = "multi_thread")]
async fn reco_06_revocation_ends_the_service_session_only() {
    let companion = TestCompanion::start().await;
    let app = companion.app();
    let tokens = companion.sign_in(&app).await;
    let (access, refresh) = (tokens["access_token"].as_str().unwrap(), tokens["refresh_token"].as_str().unwrap());
    let thief = companion.app();
    assert_eq!(
        thief.post_form("/oauth/revoke", &[("client_id", CLIENT_ID), ("token", refresh)]).await.unwrap().status,
        200,
        "says nothing"
    );
    assert_eq!(app.session(access).await.unwrap().status, 200, "and does nothing");
    assert_eq!(app.post_form("/oauth/revoke", &[("client_id", CLIENT_ID), ("token", refresh)]).await.unwrap().status, 200);
    assert_eq!(app.session(access).await.unwrap().refusal(), (401, "invalid_token".into()));
    assert_eq!(app.refresh(refresh).await.unwrap().refusal(), (400, "invalid_grant".into()));
    assert!(companion.provider.sign_outs().is_empty(), "Pro Santé Connect heard of it");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_malformed_token_request_is_refused() {
    let companion = TestCompanion::start().await;
    let app = companion.app();
    type Form = &'static [(&'static str, &'static str)];
    let cases: [(Form, u16, &str); 5] = [
        (&[("grant_type", "password"), ("client_id", CLIENT_ID)], 400, "unsupported_grant_type"),
        (&[("client_id", CLIENT_ID)], 400, "invalid_request"),
        (&[("grant_type", "refresh_token"), ("client_id", CLIENT_ID)], 400, "invalid_request"),
        (&[("grant_type", "refresh_token"), ("refresh_token", "x"), ("client_id", "other")], 401, "invalid_client"),
        (&[("grant_type", "refresh_token"), ("refresh_token", "unknown"), ("client_id", CLIENT_ID)], 400, "invalid_grant"),
    ];
    for (form, status, error) in cases {
        assert_eq!(app.post_form("/oauth/token", form).await.unwrap().refusal(), (status, error.into()), "{form:?}");
    }
    let form = [("grant_type", "refresh_token"), ("refresh_token", "x"), ("client_id", CLIENT_ID)];
    let request = app.proven(Method::POST, "/oauth/token", None).await.unwrap().basic_auth(CLIENT_ID, Some("x")).form(&form);
    assert_eq!(Answer::to(request).await.unwrap().refusal(), (401, "invalid_client".into()));
}
