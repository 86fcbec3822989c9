//! The code flow with Pro Santé Connect, from the authorization request to the end of its session, over HTTP.

use std::collections::HashMap;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::{Value, json};

use vestibule_lying_provider::Reply::{Drip, Exactly, Json, Redirect, Silence};
use vestibule_lying_provider::{ACCESS_TOKEN, Bend, CLIENT_ID, CLIENT_SECRET, CODE, ClientProof, REFRESHED_TOKEN, SUBJECT};
use vestibule_model::ErrorCode;

use super::*;
use crate::config::ClientAuthMethod;
use crate::provider::lied_to::{Endpoint, LiedTo, SHORT_LIMIT, exchange, hasty_party, party};
use crate::provider::{Credentials, Step};
use crate::random::SystemRandom;

#[tokio::test]
async fn exi_09_exi_16_exi_17_the_authorization_request_has_exactly_the_demanded_parameters() {
    let provider = LiedTo::start().await;
    let request = party(&provider, "").authorization_request(AuthorizationWish::default()).await.expect("prepared");

    assert_eq!(format!("{}{}", request.url.origin().ascii_serialization(), request.url.path()), format!("{}/auth", provider.origin()));
    let pairs: Vec<(String, String)> = request.url.query_pairs().into_owned().collect();
    let sent: HashMap<_, _> = pairs.iter().cloned().collect();
    assert_eq!(sent.len(), pairs.len(), "no parameter twice");
    assert_eq!(sent["response_type"], "code");
    assert_eq!(sent["client_id"], CLIENT_ID);
    assert_eq!(sent["redirect_uri"], "https://vestibule.hopital.example/psc/callback");
    assert_eq!(sent["scope"], "openid scope_all");
    assert_eq!(sent["acr_values"], "eidas1");
    assert_eq!(sent["code_challenge_method"], "S256");
    assert_eq!(sent["state"], request.state.expose_secret());
    assert_eq!(sent["nonce"], request.nonce.expose_secret());
    let hash = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, request.pkce_verifier.expose_secret().as_bytes());
    assert_eq!(sent["code_challenge"], URL_SAFE_NO_PAD.encode(hash));
    assert_eq!(sent.len(), 9, "and nothing else: {:?}", sent.keys());
    assert!(![request.state.expose_secret(), request.nonce.expose_secret()].contains(&request.pkce_verifier.expose_secret()));
    let shown = format!("{request:?}");
    assert!(!shown.contains(request.state.expose_secret()) && !shown.contains(request.nonce.expose_secret()), "no secret in debug output");
}

#[tokio::test]
async fn two_requests_share_nothing_and_a_hint_is_passed_on() {
    let provider = LiedTo::start().await;
    let party = party(&provider, "");
    let (one, two) = (
        party.authorization_request(AuthorizationWish { idp_hint: Some("etablissement"), prompt_login: true }).await.expect("one"),
        party.authorization_request(AuthorizationWish::default()).await.expect("two"),
    );
    assert_ne!(one.state.expose_secret(), two.state.expose_secret());
    assert_ne!(one.nonce.expose_secret(), two.nonce.expose_secret());
    assert_ne!(one.pkce_verifier.expose_secret(), two.pkce_verifier.expose_secret());
    assert!(one.url.query_pairs().any(|(name, value)| name == "kc_idp_hint" && value == "etablissement"));
    assert!(one.url.query_pairs().any(|(name, value)| name == "prompt" && value == "login"));
    assert!(!two.url.query_pairs().any(|(name, _)| name == "kc_idp_hint" || name == "prompt"));
    assert_eq!(provider.calls("wallet-openid-configuration"), 1, "discovery is asked once");
}

#[tokio::test]
async fn exi_08_exi_18_an_honest_answer_gives_the_practitioner_and_the_tokens() {
    let provider = LiedTo::start().await;
    let sign_in = exchange(&party(&provider, "")).await.expect("signed in");
    assert_eq!(sign_in.practitioner.national_id.expose(), "899700999016");
    assert_eq!(sign_in.subject, SUBJECT);
    assert_eq!(sign_in.acr.as_deref(), Some("eidas1"));
    assert_eq!(sign_in.means, None, "never guessed");
    let asked = provider.asked("/userinfo");
    assert_eq!(asked.first().expect("asked at once").header("authorization"), Some(&*format!("Bearer {ACCESS_TOKEN}")));
    assert_eq!(sign_in.tokens.access_token.expose_secret(), ACCESS_TOKEN);
    assert_eq!((sign_in.tokens.access_expires_in_s, sign_in.tokens.refresh_expires_in_s), (120, Some(1800)));
    assert_eq!(sign_in.tokens.id_token.expose_secret().split('.').count(), 3);
    assert!(!format!("{sign_in:?}").contains(ACCESS_TOKEN), "no secret in debug output");
}

#[tokio::test]
async fn exi_15_exi_21_the_token_request_follows_the_standard_with_either_client_authentication() {
    let provider = LiedTo::start().await;
    exchange(&party(&provider, "")).await.expect("basic");
    provider.bend(|behaviour| behaviour.client_proof = ClientProof::Posted);
    exchange(&party(&provider, "auth_method = \"post\"")).await.expect("post");

    let requests = provider.asked("/token");
    let [basic, post] = requests.as_slice() else { panic!("two requests") };
    let standard = [
        ("grant_type", "authorization_code"),
        ("code", CODE),
        ("code_verifier", "verifieur-d-essai-de-quarante-trois-caracteres"),
        ("redirect_uri", "https://vestibule.hopital.example/psc/callback"),
    ];
    let mut with_secret = standard.to_vec();
    with_secret.extend([("client_id", CLIENT_ID), ("client_secret", CLIENT_SECRET)]);
    for (request, mut expected) in [(basic, standard.to_vec()), (post, with_secret)] {
        assert_eq!(request.method, "POST");
        assert_eq!(request.header("content-type"), Some("application/x-www-form-urlencoded"));
        let mut form = request.form();
        form.sort();
        expected.sort_unstable();
        assert_eq!(form, expected.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect::<Vec<_>>());
    }
    // RFC 6749 section 2.3.1: encoded as a form, then in Base64.
    let encode = |text: &str| url::form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
    let credentials = STANDARD.encode(format!("{}:{}", encode(CLIENT_ID), encode(CLIENT_SECRET)));
    assert_eq!(basic.header("authorization"), Some(&*format!("Basic {credentials}")));
    assert!(post.header("authorization").is_none());
}

#[tokio::test]
async fn exi_09_the_issuer_of_the_answer_may_be_absent_but_never_another() {
    let provider = LiedTo::start().await;
    let party = party(&provider, "");
    for other in ["https://ailleurs.example", "", &format!("{}/", provider.facts().issuer)] {
        let error = party.check_issuer(Some(other)).expect_err("another issuer");
        assert_eq!(error.code(), ErrorCode::PscIssuerMismatch);
    }
    party.check_issuer(None).expect("absent is accepted");
    party.check_issuer(Some(&provider.facts().issuer)).expect("and so is its own");
    assert_eq!(provider.seen_count(), 0, "nothing is asked");
}

#[tokio::test]
async fn discovery_and_keys_are_kept_for_an_hour() {
    let provider = LiedTo::start().await;
    let party = party(&provider, "");
    party.authorization_request(AuthorizationWish::default()).await.expect("prepared");
    provider.clock.advance_seconds(3599);
    party.authorization_request(AuthorizationWish::default()).await.expect("prepared");
    assert_eq!(provider.calls("wallet-openid-configuration"), 1);
    provider.clock.advance_seconds(1);
    party.authorization_request(AuthorizationWish::default()).await.expect("prepared");
    assert_eq!((provider.calls("wallet-openid-configuration"), provider.calls("/certs")), (2, 2));
}

#[tokio::test]
async fn a_burst_of_sign_ins_asks_discovery_once() {
    let provider = LiedTo::start().await;
    let party = party(&provider, "");
    let requests = futures::future::join_all((0..20).map(|_| party.authorization_request(AuthorizationWish::default()))).await;
    assert!(requests.iter().all(Result::is_ok));
    assert_eq!(provider.seen_count(), 2, "discovery and keys");
}

#[tokio::test]
async fn a_burst_of_sign_ins_waits_for_a_silent_provider_once() {
    let provider = LiedTo::start().await;
    provider.fail(Endpoint::Discovery, Silence);
    let party = hasty_party(&provider);
    let requests = futures::future::join_all((0..20).map(|_| party.authorization_request(AuthorizationWish::default()))).await;
    assert!(requests.iter().all(|request| matches!(request, Err(ProviderError::Unreachable { .. }))));
    assert_eq!(provider.seen_count(), 1, "nobody waits for the limits of all who came before");
    provider.recover();
    party.authorization_request(AuthorizationWish::default()).await.expect("the next one tries again");
}

#[tokio::test]
async fn exi_14_a_discovery_document_of_another_environment_is_refused() {
    let cases: &[(&str, Bend)] = &[
        ("another issuer", |document, _| document["issuer"] = json!("https://auth.esw.esante.gouv.fr/auth/realms/esante-wallet")),
        ("the page elsewhere", |document, _| document["authorization_endpoint"] = json!("https://wallet.esw.esante.gouv.fr/auth")),
        ("the token endpoint elsewhere", |document, _| document["token_endpoint"] = json!("https://auth.esw.esante.gouv.fr/token")),
        ("userinfo elsewhere", |document, _| document["userinfo_endpoint"] = json!("http://127.0.0.1:9/userinfo")),
        ("keys elsewhere", |document, _| document["jwks_uri"] = json!("http://localhost/certs")),
        ("the end of session elsewhere", |document, _| document["end_session_endpoint"] = json!("https://ailleurs.example/logout")),
        ("no token endpoint", |document, _| drop(document.as_object_mut().expect("object").remove("token_endpoint"))),
        ("not an address", |document, _| document["userinfo_endpoint"] = json!("userinfo")),
    ];
    for (why, bend) in cases {
        let provider = LiedTo::start().await;
        provider.fail(Endpoint::Discovery, Json(*bend));
        let error = party(&provider, "").authorization_request(AuthorizationWish::default()).await.expect_err(why);
        assert_eq!(error.code(), ErrorCode::PscDiscoveryRefused, "{why}: {error}");
        assert!(provider.calls("/token") == 0);
    }
}

#[tokio::test]
async fn exi_18_userinfo_about_someone_else_or_without_a_usable_id_is_refused() {
    let userinfo = |sub: Value, id: Value| json!({"sub": sub, "SubjectNameID": id, "given_name": "C", "family_name": "F"});
    let id = json!("899700999016");
    let cases = [
        (userinfo(json!("f:autre:899700999024"), id.clone()), ErrorCode::UserinfoRefused),
        (userinfo(Value::Null, id.clone()), ErrorCode::UserinfoRefused),
        (json!({"SubjectNameID": id}), ErrorCode::UserinfoRefused),
        (json!(["a"]), ErrorCode::UserinfoRefused),
        (json!({"sub": SUBJECT}), ErrorCode::NationalIdRefused),
        (userinfo(json!(SUBJECT), json!("")), ErrorCode::NationalIdRefused),
        (userinfo(json!(SUBJECT), json!(899_700_999_016_u64)), ErrorCode::NationalIdRefused),
    ];
    for (body, code) in cases {
        let provider = LiedTo::start().await;
        provider.fail(Endpoint::Userinfo, Exactly(200, "application/json", body.to_string()));
        let error = exchange(&party(&provider, "")).await.expect_err("refused");
        assert_eq!(error.code(), code, "{body}: {error}");
        assert!(!error.to_string().contains("899700"), "no identifier in the message");
    }
}

#[tokio::test]
async fn userinfo_without_sub_is_accepted_only_where_the_administrator_said_so() {
    let provider = LiedTo::start().await;
    provider.fail(Endpoint::Userinfo, Exactly(200, "application/json", json!({"SubjectNameID": "899700999016"}).to_string()));
    exchange(&party(&provider, "userinfo_sub = \"optional\"")).await.expect("tolerated");
    provider
        .fail(Endpoint::Userinfo, Exactly(200, "application/json", json!({"SubjectNameID": "899700999016", "sub": "f:autre"}).to_string()));
    let error = exchange(&party(&provider, "userinfo_sub = \"optional\"")).await.expect_err("never another");
    assert_eq!(error.code(), ErrorCode::UserinfoRefused);
}

#[tokio::test]
async fn exi_16_any_returned_level_is_accepted_unless_the_administrator_lists_some() {
    let cases: [(Option<&str>, Bend); 4] = [
        (Some("eidas1"), |claims, _| claims["acr"] = json!("eidas1")),
        (Some("eidas2"), |claims, _| claims["acr"] = json!("eidas2")),
        (Some("eidas3"), |claims, _| claims["acr"] = json!("eidas3")),
        (None, |claims, _| claims["acr"] = Value::Null),
    ];
    for (acr, bend) in cases {
        let provider = LiedTo::start().await;
        provider.bend(|behaviour| behaviour.claims = bend);
        let sign_in = exchange(&party(&provider, "")).await.expect("any level");
        assert_eq!(sign_in.acr.as_deref(), acr);

        let strict = party(&provider, "accepted_acr = [\"eidas2\", \"eidas3\"]");
        let userinfo_before = provider.calls("/userinfo");
        match (exchange(&strict).await, acr) {
            (Ok(_), Some("eidas2" | "eidas3")) => {}
            (Err(error), Some("eidas1") | None) => {
                assert_eq!(error.code(), ErrorCode::AssuranceLevelRefused);
                assert_eq!(provider.calls("/userinfo"), userinfo_before, "nothing more was asked about the person");
            }
            (result, level) => panic!("{level:?}: {result:?}"),
        }
    }
}

#[tokio::test]
async fn exi_15_every_refusal_of_the_token_endpoint_has_its_own_meaning() {
    let refusal = |status, error: &str| Exactly(status, "application/json", json!({"error": error}).to_string());
    let cases = [
        (refusal(400, "invalid_grant"), ErrorCode::PscCodeRefused),
        (refusal(401, "invalid_client"), ErrorCode::PscClientRefused),
        (refusal(400, "unauthorized_client"), ErrorCode::PscClientRefused),
        (refusal(400, "invalid_scope"), ErrorCode::PscRequestRefused),
        (refusal(400, "invente par \u{202e}malice\n"), ErrorCode::PscRequestRefused),
        (refusal(429, "slow_down"), ErrorCode::PscUnavailable),
        (refusal(503, "server_error"), ErrorCode::PscUnavailable),
        (Exactly(503, "text/html", "<html>Maintenance</html>".into()), ErrorCode::PscUnavailable),
        (Exactly(200, "text/html; charset=utf-8", "<html>Maintenance</html>".into()), ErrorCode::PscUnavailable),
        (Exactly(401, "application/json", "{".into()), ErrorCode::PscClientRefused),
        (Exactly(200, "application/json", "<html>".into()), ErrorCode::PscAnswerUnreadable),
        (Exactly(200, "application/json", r#"{"access_token":"a"#.into()), ErrorCode::PscAnswerUnreadable),
        (Exactly(200, "application/json", r#"{"token_type":"Bearer"}"#.into()), ErrorCode::PscAnswerUnreadable),
        (Exactly(200, "application/json", String::new()), ErrorCode::PscAnswerUnreadable),
        (Exactly(200, "text/plain", "ok".into()), ErrorCode::PscAnswerUnreadable),
        (Exactly(302, "application/json", "{}".into()), ErrorCode::PscAnswerUnreadable),
        (Exactly(200, "application/json", format!("\"{}\"", "x".repeat(1024 * 1024))), ErrorCode::PscAnswerUnreadable),
    ];
    for (fault, code) in cases {
        let provider = LiedTo::start().await;
        let why = format!("{fault:?}").chars().take(120).collect::<String>();
        provider.fail(Endpoint::Token, fault);
        let party = party(&provider, "");
        let error = exchange(&party).await.expect_err("refused");
        assert_eq!(error.code(), code, "{why}: {error}");
        assert!(error.to_string().is_ascii() || code != ErrorCode::PscRequestRefused, "outside text is made printable: {error}");
        assert_eq!(provider.calls("/token"), 1, "a code is sent once: {why}");
        provider.recover();
        exchange(&party).await.expect("and the next one simply works");
    }
}

#[tokio::test]
async fn every_failure_of_userinfo_has_its_own_meaning() {
    let cases = [
        (Exactly(503, "text/html", "<html>".into()), ErrorCode::PscUnavailable),
        (Exactly(200, "text/html", "<html>Maintenance</html>".into()), ErrorCode::PscUnavailable),
        (Exactly(200, "application/json", "<html>".into()), ErrorCode::PscAnswerUnreadable),
        (Exactly(200, "application/jwt", "a.b.c".into()), ErrorCode::PscAnswerUnreadable),
        (Exactly(401, "application/json", "{}".into()), ErrorCode::PscRequestRefused),
        (Exactly(200, "application/json", r#"{"sub":"a","sub":"b"}"#.into()), ErrorCode::UserinfoRefused),
    ];
    for (fault, code) in cases {
        let provider = LiedTo::start().await;
        let why = format!("{fault:?}");
        provider.fail(Endpoint::Userinfo, fault);
        assert_eq!(exchange(&party(&provider, "")).await.expect_err("refused").code(), code, "{why}");
    }
}

#[tokio::test]
async fn silence_and_endless_answers_are_cut_at_the_limit() {
    for endpoint in [Endpoint::Discovery, Endpoint::Keys, Endpoint::Token, Endpoint::Userinfo] {
        for fault in [Silence, Drip] {
            let provider = LiedTo::start().await;
            provider.fail(endpoint, fault.clone());
            let error = exchange(&hasty_party(&provider)).await.expect_err("cut");
            assert!(matches!(error, ProviderError::Unreachable { .. }), "{endpoint:?} {fault:?}: {error}");
        }
    }
}

#[tokio::test]
async fn a_provider_that_is_not_there_is_unreachable() {
    let provider = LiedTo::start().await;
    // Bound and never listening: the port stays ours and refuses.
    let socket = tokio::net::TcpSocket::new_v4().expect("a socket");
    socket.bind("127.0.0.1:0".parse().expect("an address")).expect("a free port");
    let config = provider.config_towards(&format!("http://{}", socket.local_addr().expect("an address")), "");
    let party = ProSanteConnect::new(&config, provider.clock.clone(), Arc::new(SystemRandom)).expect("prepared");
    let gone = party.party().reachable().await.expect_err("gone");
    assert_eq!((gone.code(), gone.in_french().as_str()), (ErrorCode::PscUnreachable, "la connexion est refusée"));
}

#[tokio::test]
async fn an_administrator_reads_how_far_a_call_came() {
    let provider = LiedTo::start().await;
    let unknown = provider.config_towards("https://psc.invalid", "");
    let party = ProSanteConnect::new(&unknown, provider.clock.clone(), Arc::new(SystemRandom)).expect("prepared");
    let said = party.party().reachable().await.expect_err("no such name").in_french();
    assert_eq!(said, "ce nom n’est pas connu du DNS de cette machine");
    let hasty = hasty_party(&provider);
    provider.fail(Endpoint::Discovery, Silence);
    assert_eq!(hasty.party().reachable().await.expect_err("silent").in_french(), "pas de réponse en dix secondes");
    provider.recover();
    provider.fail(Endpoint::Discovery, Exactly(503, "text/html", String::new()));
    assert_eq!(hasty.party().reachable().await.expect_err("in maintenance").in_french(), "réponse HTTP\u{a0}503");
}

#[tokio::test]
async fn the_companion_s_own_credentials_are_proved_by_a_sign_in_alone() {
    let provider = LiedTo::start().await;
    let party = party(&provider, "");
    party.party().reachable().await.expect("there");
    assert_eq!(party.party().credentials(), Credentials::Unproven, "anybody may read the documents");
    provider.fail(Endpoint::Token, Exactly(401, "application/json", "{}".into()));
    exchange(&party).await.expect_err("refused");
    assert_eq!(party.party().credentials(), Credentials::Refused);
    provider.recover();
    provider.fail(Endpoint::Token, Exactly(503, "application/json", "{}".into()));
    exchange(&party).await.expect_err("an outage");
    assert_eq!(party.party().credentials(), Credentials::Refused, "an outage says nothing of them");
    provider.recover();
    exchange(&party).await.expect("a session");
    assert_eq!(party.party().credentials(), Credentials::Accepted);
    party.party().reload_secret().expect("the same file");
    assert_eq!(party.party().credentials(), Credentials::Unproven, "what was taken anew was not presented yet");
}

#[tokio::test]
async fn reachable_asks_anew_every_time() {
    let provider = LiedTo::start().await;
    let party = party(&provider, "");
    party.party().reachable().await.expect("there");
    provider.fail(Endpoint::Discovery, Exactly(404, "application/json", "{}".into()));
    assert_eq!(party.party().reachable().await.expect_err("no document").code(), ErrorCode::PscRequestRefused);
    party.authorization_request(AuthorizationWish::default()).await.expect("what was known still serves");
}

#[tokio::test]
async fn whoever_watches_the_companion_asks_the_provider_once_a_minute() {
    let provider = LiedTo::start().await;
    let party = party(&provider, "");
    for _ in 0..10 {
        party.party().reached_lately().await.expect("there");
    }
    assert_eq!(provider.seen_count(), 2, "discovery and keys");
    provider.fail(Endpoint::Discovery, Exactly(503, "text/html", String::new()));
    provider.clock.advance_seconds(60);
    for _ in 0..10 {
        assert_eq!(party.party().reached_lately().await, Err(ErrorCode::PscUnavailable));
    }
    assert_eq!(provider.seen_count(), 3);
    provider.recover();
    provider.clock.advance_seconds(60);
    party.party().reached_lately().await.expect("back");
}

#[tokio::test]
async fn exi_15_a_refresh_sends_the_refresh_token_and_takes_what_comes_back() {
    let provider = LiedTo::start().await;
    let party = party(&provider, "");
    // Keycloak repeats the nonce or leaves it out: none was sent with a refresh, so it says nothing.
    let left_out = party.refresh(&SecretString::from("ancien"), SUBJECT).await.expect("left out");
    assert!(left_out.id_token.is_some());
    provider.bend(|behaviour| behaviour.refreshed_claims = |claims, _| claims["nonce"] = json!("nonce-d-essai"));
    let refreshed = party.refresh(&SecretString::from("ancien"), SUBJECT).await.expect("refreshed");
    assert_eq!(refreshed.refresh_token.expect("rotated").expose_secret(), REFRESHED_TOKEN);
    assert!(refreshed.id_token.is_some());
    let mut form = provider.asked("/token").first().expect("asked").form();
    form.sort();
    assert_eq!(form, [("grant_type".to_owned(), "refresh_token".to_owned()), ("refresh_token".to_owned(), "ancien".to_owned())]);

    let silent = Json(|answer, _| {
        for absent in ["refresh_token", "id_token", "refresh_expires_in", "expires_in"] {
            answer.as_object_mut().expect("object").remove(absent);
        }
    });
    provider.fail(Endpoint::Token, silent);
    let refreshed = party.refresh(&SecretString::from("ancien"), SUBJECT).await.expect("refreshed");
    assert!(refreshed.refresh_token.is_none() && refreshed.id_token.is_none() && refreshed.refresh_expires_in_s.is_none());
    assert_eq!(refreshed.access_expires_in_s, 0, "a lifetime that is not told counts as spent");
    assert!(provider.calls("/userinfo") == 0);
}

#[tokio::test]
async fn a_refresh_that_ended_or_changed_person_is_refused() {
    let provider = LiedTo::start().await;
    let party = party(&provider, "");
    let error = party.refresh(&SecretString::from("ancien"), "f:autre").await.expect_err("another person");
    assert_eq!(error.code(), ErrorCode::IdTokenRefused);
    provider.fail(Endpoint::Token, Exactly(400, "application/json", r#"{"error":"invalid_grant"}"#.into()));
    let error = party.refresh(&SecretString::from("ancien"), SUBJECT).await.expect_err("ended");
    assert!(matches!(error, ProviderError::RefreshRefused));
}

#[tokio::test]
async fn exi_20_the_session_is_ended_from_server_to_server_and_only_what_proves_it_counts() {
    let provider = LiedTo::start().await;
    let party = party(&provider, "");
    party.end_session(&SecretString::from("jeton.d.identite")).await.expect("ended");
    let requests = provider.asked("/logout");
    let [request] = requests.as_slice() else { panic!("exactly one call") };
    assert_eq!(request.method, "POST");
    let back = "https://vestibule.hopital.example/psc/logout-return";
    let sent = [("id_token_hint", "jeton.d.identite"), ("post_logout_redirect_uri", back)];
    assert_eq!(request.form(), sent.map(|(name, value)| (name.to_owned(), value.to_owned())));
    for location in [back.to_owned(), format!("{back}?state=x")] {
        provider.recover();
        provider.fail(Endpoint::Logout, Redirect(location));
        party.end_session(&SecretString::from("jeton.d.identite")).await.expect("the way back proves it");
    }

    for (fault, code) in [
        (Exactly(400, "text/html", "<html>".into()), ErrorCode::PscRequestRefused),
        (Exactly(503, "text/html", "<html>".into()), ErrorCode::PscUnavailable),
        (Exactly(302, "text/html", String::new()), ErrorCode::PscAnswerUnreadable),
        (Exactly(200, "text/html", "<h1>Maintenance</h1>".into()), ErrorCode::PscAnswerUnreadable),
        (Exactly(200, "application/json", "{}".into()), ErrorCode::PscAnswerUnreadable),
        (Redirect(format!("{back}/x")), ErrorCode::PscAnswerUnreadable),
        (Redirect("https://maintenance.example/psc/logout-return".into()), ErrorCode::PscAnswerUnreadable),
    ] {
        provider.recover();
        provider.fail(Endpoint::Logout, fault);
        let error = party.end_session(&SecretString::from("jeton.d.identite")).await.expect_err("not ended");
        assert_eq!(error.code(), code);
    }
}

#[tokio::test]
async fn exi_20_the_browser_can_end_the_session_even_when_nothing_answers() {
    let provider = LiedTo::start().await;
    let form = party(&provider, "").browser_end_session(&SecretString::from("jeton"), &SecretString::from("etat"));
    assert_eq!(provider.seen_count(), 0, "no call");
    assert_eq!(form.action.as_str(), format!("{}/protocol/openid-connect/logout", provider.facts().issuer));
    let fields: Vec<(&str, &str)> = form.fields.iter().map(|(name, value)| (*name, value.expose_secret())).collect();
    assert_eq!(
        fields,
        [
            ("id_token_hint", "jeton"),
            ("client_id", CLIENT_ID),
            ("post_logout_redirect_uri", "https://vestibule.hopital.example/psc/logout-return"),
            ("state", "etat"),
        ]
    );
}

#[test]
fn the_person_s_refusal_is_an_outcome_and_other_errors_are_told_apart() {
    assert!(ProviderError::from_authorization_answer("access_denied").is_none());
    let code = |error: &str| ProviderError::from_authorization_answer(error).expect("an error").code();
    assert_eq!(code("temporarily_unavailable"), ErrorCode::PscUnavailable);
    assert_eq!(code("server_error"), ErrorCode::PscUnavailable);
    assert_eq!(code("invalid_scope"), ErrorCode::PscRequestRefused);
    let hostile = ProviderError::from_authorization_answer("<script>\u{202e}é\n\"").expect("an error").to_string();
    assert_eq!(hostile, "the authorization request was refused (<script>)");
}

#[tokio::test]
async fn the_calls_of_one_exchange_have_a_limit_together() {
    let provider = LiedTo::start().await;
    provider.fail(Endpoint::Token, Silence);
    let party = ProSanteConnect::with_limits(
        &provider.config(""),
        Limits { call: Duration::from_secs(5), chain: SHORT_LIMIT },
        provider.clock.clone(),
        Arc::new(SystemRandom),
    )
    .expect("prepared");
    for error in
        [exchange(&party).await.expect_err("too long"), party.refresh(&SecretString::from("r"), SUBJECT).await.expect_err("too long")]
    {
        assert!(matches!(error, ProviderError::Unreachable { step: Step::Chain, .. }), "cut before the call itself: {error}");
    }
}

#[tokio::test]
async fn exi_24_with_a_certificate_alone_the_token_request_names_the_client_and_no_secret() {
    let provider = LiedTo::start().await;
    let mut config = provider.config("");
    config.psc.auth_method = ClientAuthMethod::TlsClientAuth;
    provider.bend(|behaviour| behaviour.client_proof = ClientProof::Certificate);
    config.psc.client_secret_file = None;
    let party = ProSanteConnect::new(&config, provider.clock.clone(), Arc::new(SystemRandom)).expect("prepared");
    exchange(&party).await.expect("signed in");
    let asked = provider.asked("/token");
    let asked = asked.first().expect("asked");
    assert!(asked.header("authorization").is_none());
    let form: HashMap<_, _> = asked.form().into_iter().collect();
    assert_eq!(form["client_id"], CLIENT_ID);
    assert!(!form.contains_key("client_secret"), "RFC 8705 section 2: {:?}", form.keys());
}
