//! What software that nobody here wrote relies on, standard by standard.

use http::Method;
use serde_json::{Value, json};
use vestibule_tests::browser_double::authorize_path;
use vestibule_tests::raw_client::{Answer, CLIENT_ID, DEVICE_CODE, RawClient};

use crate::companion::TestCompanion;
use crate::sign_in::{VERIFIER, push, pushed_form, redeem};

fn with<'a>(name: &'a str, value: &'a str) -> Vec<(&'a str, &'a str)> {
    let mut form: Vec<(&str, &str)> = pushed_form();
    form.retain(|(known, _)| *known != name);
    form.push((name, value));
    form
}

async fn bare(app: &RawClient, method: Method, path: &str) -> Answer {
    Answer::to(app.bare(method, path)).await.unwrap()
}

/// RFC 6749 section 5.2: printable ASCII without the double quote and the backslash.
fn is_description(text: &str) -> bool {
    text.bytes().all(|byte| matches!(byte, b' ' | b'!' | b'#'..=b'[' | b']'..=b'~'))
}

#[tokio::test(flavor = "multi_thread")]
async fn an_error_is_ascii_for_libraries_french_for_people_and_a_number_for_our_app() {
    let companion = TestCompanion::start().await;
    let app = companion.app();
    let refused = [
        bare(&app, Method::POST, "/oauth/par").await,
        bare(&app, Method::POST, "/oauth/token").await,
        bare(&app, Method::GET, "/api/v1/session").await,
        bare(&app, Method::GET, "/no/such/path").await,
        bare(&app, Method::PUT, "/oauth/par").await,
        redeem(&app, "unknown", VERIFIER).await,
        app.post_form("/oauth/par", &with("redirect_uri", "http://127.0.0.1:22/cb")).await.unwrap(),
    ];
    for answer in refused {
        let body = answer.json();
        let description = body["error_description"].as_str().unwrap();
        assert!(!description.is_empty() && is_description(description), "{body}");
        let message = body["message"].as_str().unwrap();
        assert!(message != description && message.ends_with('.'), "{body}");
        let title = body["title"].as_str().unwrap();
        assert!(!title.is_empty() && !title.ends_with('.') && title != message, "{body}");
        assert!(body["code"].as_str().unwrap().starts_with("VST-"), "{body}");
    }
    let used_up = redeem(&app, "unknown", VERIFIER).await.json();
    assert_eq!(used_up["title"], "La connexion n’a pas pu se terminer");
    assert_eq!(used_up["message"], "La réponse du navigateur a déjà servi, ou elle est arrivée trop tard.");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_challenge_speaks_to_a_developer_and_not_of_a_clock() {
    let companion = TestCompanion::start().await;
    let app = companion.app();
    let proof = app.device.sign(&app.proof(&Method::POST, "/oauth/par", None));
    let request = app.bare(Method::POST, "/oauth/par").header("DPoP", proof).form(&pushed_form());
    let answer = Answer::to(request).await.unwrap();
    let body = answer.json();
    assert_eq!((body["error"].as_str().unwrap(), body["code"].as_str().unwrap()), ("use_dpop_nonce", "VST-2037"));
    assert!(body["error_description"].as_str().unwrap().contains("DPoP-Nonce"), "{body}");
    let message = body["message"].as_str().unwrap();
    assert!(message.contains("DPoP-Nonce") && !message.to_lowercase().contains("horloge"), "{message}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_developer_is_told_which_parameter_is_missing_or_wrong_and_never_its_value() {
    const WRONG: &str = "MOCKED-VALUE";
    let companion = TestCompanion::start().await;
    let app = companion.app();
    let told = async |path: &str, form: &[(&str, &str)], name: &str| {
        let answer = app.post_form(path, form).await.unwrap();
        let description = answer.json()["error_description"].as_str().unwrap().to_owned();
        assert_eq!(answer.status.as_u16(), 400, "{path} {name}");
        assert!(description.ends_with(&format!(" Parameter: {name}.")), "{path} {name}: {description}");
        assert!(!description.contains(WRONG) && description.is_ascii(), "{path} {name}: {description}");
    };
    for name in ["response_type", "client_id", "redirect_uri", "state", "code_challenge", "code_challenge_method"] {
        let form: Vec<_> = pushed_form().into_iter().filter(|(other, _)| *other != name).collect();
        told("/oauth/par", &form, name).await;
    }
    for name in ["response_type", "response_mode", "request", "request_uri", "code_challenge", "code_challenge_method", "scope", "dpop_jkt"]
    {
        told("/oauth/par", &with(name, WRONG), name).await;
    }
    let too_long = format!("{WRONG}{}", "x".repeat(600));
    told("/oauth/par", &with("state", &too_long), "state").await;
    let redemption = |without: &'static str| {
        let whole = [
            ("grant_type", "authorization_code"),
            ("client_id", CLIENT_ID),
            ("code", "c"),
            ("code_verifier", "abcdefghijabcdefghijabcdefghijabcdefghijabcdefghij"),
            ("redirect_uri", "http://127.0.0.1:50000/cb/x"),
        ];
        whole.into_iter().filter(move |(name, _)| *name != without).collect::<Vec<_>>()
    };
    for name in ["grant_type", "client_id", "code", "code_verifier", "redirect_uri"] {
        told("/oauth/token", &redemption(name), name).await;
    }
    for name in ["grant_type", "code_verifier", "confirmation_code"] {
        let mut form = redemption(name);
        form.push((name, WRONG));
        told("/oauth/token", &form, name).await;
    }
    let polling = [("client_id", CLIENT_ID), ("grant_type", DEVICE_CODE)];
    told("/oauth/token", &polling, "device_code").await;
    told("/oauth/device_authorization", &[("client_id", CLIENT_ID)], "code_challenge_method").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn there_is_one_scope_it_is_answered_and_any_other_is_refused() {
    let companion = TestCompanion::start().await;
    let app = companion.app();
    for (scope, expected) in [("session", 201), ("openid", 400), ("session openid", 400), ("sessions", 400)] {
        let answer = app.post_form("/oauth/par", &with("scope", scope)).await.unwrap();
        assert_eq!(answer.status.as_u16(), expected, "{scope}");
        if expected == 400 {
            assert_eq!((answer.refusal().1.as_str(), answer.json()["code"].as_str().unwrap()), ("invalid_scope", "VST-2038"), "{scope}");
        }
    }
    let tokens = companion.sign_in(&companion.app()).await;
    assert_eq!(tokens["scope"], "session");
    let refresh = [
        ("grant_type", "refresh_token"),
        ("client_id", CLIENT_ID),
        ("refresh_token", tokens["refresh_token"].as_str().unwrap()),
        ("scope", "openid"),
    ];
    assert_eq!(app.post_form("/oauth/token", &refresh).await.unwrap().refusal(), (400, "invalid_scope".into()));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_metadata_says_what_a_library_would_otherwise_guess_wrong() {
    let companion = TestCompanion::start().await;
    let metadata = bare(&companion.app(), Method::GET, "/.well-known/oauth-authorization-server").await.json();
    for (name, value) in [
        ("revocation_endpoint_auth_methods_supported", json!(["none"])),
        ("token_endpoint_auth_methods_supported", json!(["none"])),
        ("response_modes_supported", json!(["query"])),
        ("scopes_supported", json!(["session"])),
    ] {
        assert_eq!(metadata[name], value, "{name}");
    }
    let form_post = companion.app().post_form("/oauth/par", &with("response_mode", "form_post")).await.unwrap();
    assert_eq!(form_post.refusal(), (400, "invalid_request".into()), "what is not published is not ignored");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_revokes_itself_without_a_proof_and_pro_sante_connect_is_left_alone() {
    let companion = TestCompanion::start().await;
    for name in ["refresh_token", "access_token"] {
        let app = companion.app();
        let tokens = companion.sign_in(&app).await;
        let revoked = app.bare(Method::POST, "/oauth/revoke").form(&[("client_id", CLIENT_ID), ("token", tokens[name].as_str().unwrap())]);
        let answer = Answer::to(revoked).await.unwrap();
        assert_eq!(answer.status, 200, "{name}: {answer:?}");
        let session = app.session(tokens["access_token"].as_str().unwrap()).await.unwrap();
        assert_eq!(session.refusal(), (401, "invalid_token".into()), "{name}");
    }
    let app = companion.app();
    for form in
        [&[("client_id", CLIENT_ID), ("token", "unknown")][..], &[("client_id", CLIENT_ID), ("token", "x"), ("token_type_hint", "y")]]
    {
        assert_eq!(app.bare(Method::POST, "/oauth/revoke").form(form).send().await.unwrap().status(), 200, "RFC 7009 section 2.2");
    }
    let other = app.bare(Method::POST, "/oauth/revoke").form(&[("client_id", "another"), ("token", "unknown")]);
    assert_eq!(Answer::to(other).await.unwrap().refusal(), (401, "invalid_client".into()));
    assert!(companion.provider.sign_outs().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn who_brings_no_credentials_meets_the_bare_challenge() {
    let companion = TestCompanion::start().await;
    let app = companion.app();
    for (method, path) in [
        (Method::GET, "/api/v1/session"),
        (Method::POST, "/api/v1/session/sign-out"),
        (Method::GET, "/api/v1/session/events"),
        (Method::GET, "/api/v1/sign-ins/7F3K-9QXM/events"),
        (Method::DELETE, "/api/v1/sign-ins/7F3K-9QXM"),
    ] {
        let answer = bare(&app, method, path).await;
        assert_eq!((answer.status.as_u16(), answer.headers["www-authenticate"].to_str().unwrap()), (401, r#"DPoP algs="ES256""#), "{path}");
    }
    let bearer = Answer::to(app.bare(Method::GET, "/api/v1/session").bearer_auth("x")).await.unwrap();
    assert_eq!(bearer.headers["www-authenticate"], r#"DPoP error="invalid_token", algs="ES256""#, "brought something");
    let basic = app.proven(Method::POST, "/oauth/token", None).await.unwrap().basic_auth(CLIENT_ID, Some(""));
    let basic = Answer::to(basic.form(&[("grant_type", "refresh_token")])).await.unwrap();
    assert_eq!((basic.status.as_u16(), basic.headers["www-authenticate"].to_str().unwrap()), (401, r#"Basic realm="clients""#));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_verifier_has_43_to_128_unreserved_characters() {
    let companion = TestCompanion::start().await;
    let app = companion.app();
    for verifier in
        ["x".repeat(10), "x".repeat(42), "x".repeat(129), "x".repeat(500), format!("{}é", "x".repeat(50)), format!("{} ", "x".repeat(50))]
    {
        let answer = redeem(&app, "unknown", &verifier).await;
        assert_eq!(answer.refusal(), (400, "invalid_request".into()), "{verifier}");
        let poll =
            [("grant_type", DEVICE_CODE), ("client_id", CLIENT_ID), ("device_code", "unknown"), ("code_verifier", verifier.as_str())];
        assert_eq!(app.post_form("/oauth/token", &poll).await.unwrap().refusal(), (400, "invalid_request".into()), "{verifier}");
    }
    for verifier in ["x".repeat(43), format!("{}-._~", "x".repeat(124))] {
        assert_eq!(redeem(&companion.app(), "unknown", &verifier).await.refusal(), (400, "invalid_grant".into()), "{verifier}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_that_is_minutes_off_is_forgiven_beside_a_fresh_nonce_and_a_worse_one_is_named() {
    let companion = TestCompanion::start().await;
    let app = companion.app();
    app.learn_nonce().await.unwrap();
    let push_at = async |off_s: i64| {
        let mut proof = app.proof(&Method::POST, "/oauth/par", None);
        proof.claims["iat"] = json!(proof.claims["iat"].as_i64().unwrap() + off_s);
        let request = app.bare(Method::POST, "/oauth/par").header("DPoP", app.device.sign(&proof)).form(&pushed_form());
        Answer::to(request).await.unwrap()
    };
    for off_s in [-150, 150] {
        assert_eq!(push_at(off_s).await.status, 201, "{off_s}");
    }
    for off_s in [-3600, 3600] {
        let answer = push_at(off_s).await;
        assert_eq!((answer.refusal().1.as_str(), &answer.json()["code"]), ("invalid_dpop_proof", &Value::from("VST-2039")), "{off_s}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_answer_bears_the_time_by_which_proofs_are_judged() {
    let companion = TestCompanion::start().await;
    companion.clock.advance_seconds(3_600);
    let app = companion.app();
    for path in ["/.well-known/vestibule", "/api/v1/session", "/ready", "/unknown"] {
        let answer = Answer::to(app.bare(Method::GET, path)).await.unwrap();
        assert_eq!(answer.headers["date"], "Wed, 18 Nov 2026 12:06:40 GMT", "{path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn attack_51_a_first_page_that_is_shown_to_nobody_takes_no_place_among_the_cookies() {
    let companion = TestCompanion::start().await;
    for (mode, destination, purpose, gets_one) in [
        ("no-cors", "image", None, false),
        ("cors", "empty", None, false),
        ("no-cors", "empty", None, false),
        ("navigate", "iframe", None, false),
        ("navigate", "document", Some("prefetch"), false),
        ("navigate", "document", Some("prefetch;prerender"), false),
        ("navigate", "document", None, true),
    ] {
        let app = companion.app();
        let pushed = push(&app).await.json();
        let request = app.bare(Method::GET, &authorize_path(pushed["request_uri"].as_str().unwrap()));
        let request = purpose.into_iter().fold(request, |request, purpose| request.header("sec-purpose", purpose));
        let answer = request.header("sec-fetch-mode", mode).header("sec-fetch-dest", destination).send().await.unwrap();
        assert_eq!(answer.status().as_u16(), 200, "{mode} {destination} {purpose:?}");
        assert_eq!(answer.headers().contains_key("set-cookie"), gets_one, "{mode} {destination} {purpose:?}");
    }
}
