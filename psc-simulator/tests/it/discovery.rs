//! The discovery document and the keys.

use reqwest::{Method, StatusCode};
use serde_json::Value;

use crate::bench::Bench;

#[tokio::test]
async fn discovery_answers_under_its_unusual_name_with_the_bound_addresses() {
    let bench = Bench::start().await;
    let document: Value = bench.http.get(bench.addresses.discovery()).send().await.expect("answer").json().await.expect("json");
    let issuer = format!("http://{}/auth/realms/esante-wallet", bench.addresses.auth);
    assert_eq!(document["issuer"], issuer);
    assert_eq!(document["authorization_endpoint"], format!("http://{}/auth", bench.addresses.wallet));
    assert_eq!(document["token_endpoint"], format!("{issuer}/protocol/openid-connect/token"));
    assert_eq!(document["acr_values_supported"], serde_json::json!(["0", "0"]));
    assert_eq!(document["authorization_response_iss_parameter_supported"], true);
    assert_eq!(document["backchannel_authentication_endpoint"], format!("{issuer}/protocol/openid-connect/ext/ciba/auth"));
    assert_eq!(document["mtls_endpoint_aliases"].as_object().map(serde_json::Map::len), Some(8));
}

#[tokio::test]
async fn the_usual_discovery_name_is_not_found() {
    let bench = Bench::start().await;
    let usual = format!("{}/.well-known/openid-configuration", bench.addresses.issuer());
    assert_eq!(bench.http.get(usual).send().await.expect("answer").status(), StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn what_is_advertised_but_not_played_says_so() {
    let bench = Bench::start().await;
    let document: Value = bench.http.get(bench.addresses.discovery()).send().await.expect("answer").json().await.expect("json");
    for name in [
        "backchannel_authentication_endpoint",
        "pushed_authorization_request_endpoint",
        "device_authorization_endpoint",
        "registration_endpoint",
    ] {
        let answer = bench.http.post(document[name].as_str().expect("address")).send().await.expect("answer");
        assert_eq!(answer.status(), StatusCode::NOT_IMPLEMENTED, "{name}");
        assert_eq!(answer.json::<Value>().await.expect("json")["error"], "not_simulated");
    }
}

#[tokio::test]
async fn two_rs256_keys_are_published_and_rotation_changes_the_signing_one() {
    let bench = Bench::start().await;
    let published: Value = bench.http.get(bench.addresses.endpoint("certs")).send().await.expect("answer").json().await.expect("json");
    let keys = published["keys"].as_array().expect("keys");
    assert_eq!(keys.len(), 2);
    assert!(keys.iter().all(|key| key["alg"] == "RS256" && key["use"] == "sig" && key.get("d").is_none()));
    let before = bench.tokens("camille").await;
    let answer = bench.http.post(bench.administration("keys/rotate")).send().await.expect("answer");
    assert_eq!(answer.status(), StatusCode::NO_CONTENT);
    let after = bench.tokens("camille").await;
    let kid = async |tokens: &Value| bench.verified(tokens["id_token"].as_str().expect("token")).await.expect("signed").0["kid"].clone();
    assert_ne!(kid(&before).await, kid(&after).await);
}

#[tokio::test]
async fn no_answer_allows_another_origin() {
    let bench = Bench::start().await;
    let endpoints = ["userinfo", "certs", "token", "token/introspect", "revoke", "logout"].map(|name| bench.addresses.endpoint(name));
    let others = [bench.addresses.discovery(), bench.addresses.authorization_endpoint(), bench.administration("clock")];
    for address in endpoints.into_iter().chain(others) {
        for method in [Method::GET, Method::POST, Method::OPTIONS] {
            let request = bench.http.request(method.clone(), &address).header("Origin", "https://app.example");
            let answer = request.header("Access-Control-Request-Method", "POST").send().await.expect("answer");
            let allowing: Vec<_> = answer.headers().keys().filter(|name| name.as_str().starts_with("access-control-")).collect();
            assert!(allowing.is_empty(), "{method} {address}: {allowing:?}");
        }
    }
}
