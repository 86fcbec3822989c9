//! ID tokens that lie, one check at a time.

use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use vestibule_model::ErrorCode;
use vestibule_model::session::SignInMeans;

use crate::provider::double::{self, CLIENT_ID, CLIENT_SECRET, ProviderDouble, assert_refused_early, exchange, party};

#[tokio::test]
async fn exi_09_every_forged_claim_of_the_id_token_is_refused_before_userinfo() {
    type Forge = fn(&mut Value);
    let cases: &[(&str, Forge)] = &[
        ("another nonce", |claims| claims["nonce"] = json!("autre")),
        ("an empty nonce", |claims| claims["nonce"] = json!("")),
        ("no nonce", |claims| drop(claims.as_object_mut().expect("object").remove("nonce"))),
        ("another issuer", |claims| claims["iss"] = json!("https://ailleurs.example/auth/realms/esante-wallet")),
        ("a look-alike issuer", |claims| claims["iss"] = json!(format!("{}/", claims["iss"].as_str().expect("text")))),
        ("no issuer", |claims| drop(claims.as_object_mut().expect("object").remove("iss"))),
        ("another audience", |claims| claims["aud"] = json!("autre-client")),
        ("one audience too many", |claims| claims["aud"] = json!([CLIENT_ID, "autre-client"])),
        ("no audience", |claims| drop(claims.as_object_mut().expect("object").remove("aud"))),
        ("another authorized party", |claims| claims["azp"] = json!("autre-client")),
        ("expired", |claims| claims["exp"] = json!(double::NOW.unix_seconds() - 61)),
        ("no expiry", |claims| drop(claims.as_object_mut().expect("object").remove("exp"))),
        ("issued in the future", |claims| claims["iat"] = json!(double::NOW.unix_seconds() + 61)),
        ("no issue time", |claims| drop(claims.as_object_mut().expect("object").remove("iat"))),
        ("an empty subject", |claims| claims["sub"] = json!("")),
        ("no subject", |claims| drop(claims.as_object_mut().expect("object").remove("sub"))),
        ("an access token instead", |claims| claims["typ"] = json!("Bearer")),
        ("valid in the future only", |claims| claims["nbf"] = json!(double::NOW.unix_seconds() + 61)),
        ("a validity that is not a number", |claims| claims["nbf"] = json!("hier")),
        ("the hash of another access token", |claims| claims["at_hash"] = json!("AAAAAAAAAAAAAAAAAAAAAA")),
    ];
    for (why, forge) in cases {
        let provider = ProviderDouble::start().await;
        provider.bend_id_token(*forge);
        assert_refused_early(&provider, exchange(&party(&provider, "")).await, ErrorCode::IdTokenRefused, why);
    }
}

#[tokio::test]
async fn exi_09_clocks_may_differ_by_a_minute_and_a_right_access_token_hash_is_accepted() {
    let provider = ProviderDouble::start().await;
    provider.bend_id_token(|claims| {
        claims["exp"] = json!(double::NOW.unix_seconds() - 30);
        claims["iat"] = json!(double::NOW.unix_seconds() + 30);
        claims["aud"] = json!([CLIENT_ID]);
        let hash = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, double::ACCESS_TOKEN.as_bytes());
        claims["at_hash"] = json!(URL_SAFE_NO_PAD.encode(&hash.as_ref()[..16]));
    });
    exchange(&party(&provider, "")).await.expect("within the leeway");
}

#[tokio::test]
async fn exi_09_only_an_rs256_signature_by_a_published_key_is_accepted() {
    type Signature = fn(&str) -> Option<Vec<u8>>;
    fn hmac_with(key: &[u8], signed: &str) -> Option<Vec<u8>> {
        Some(hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), signed.as_bytes()).as_ref().to_vec())
    }
    let cases: &[(&str, &str, Signature)] = &[
        ("no algorithm, no signature", "none", |_| Some(Vec::new())),
        ("no algorithm, a signature", "none", |_| None),
        ("the client secret as a key", "HS256", |signed| hmac_with(CLIENT_SECRET.as_bytes(), signed)),
        ("the public key as a shared secret", "HS256", |signed| hmac_with(&double::published_key_der(), signed)),
        ("another algorithm of the family", "RS512", |_| None),
        ("another padding", "PS256", |_| None),
        ("an unknown algorithm", "RS255", |_| None),
        ("a random signature", "RS256", |_| Some(vec![7; 256])),
        ("an empty signature", "RS256", |_| Some(Vec::new())),
    ];
    for (why, algorithm, signature) in cases {
        let provider = ProviderDouble::start().await;
        provider.bend_header(move |header| header["alg"] = json!(algorithm));
        provider.set_signature(*signature);
        assert_refused_early(&provider, exchange(&party(&provider, "")).await, ErrorCode::IdTokenRefused, why);
    }
}

#[tokio::test]
async fn exi_09_a_key_of_the_signer_s_own_choice_is_refused() {
    // Signed by the unpublished key, under the published key's name.
    let provider = ProviderDouble::start().await;
    provider.set_keys(&[0], 1);
    provider.bend_header(|header| header["kid"] = json!("cle-0"));
    assert_refused_early(&provider, exchange(&party(&provider, "")).await, ErrorCode::IdTokenRefused, "another key");

    let provider = ProviderDouble::start().await;
    provider.bend_header(|header| header["crit"] = json!(["b64"]));
    assert_refused_early(&provider, exchange(&party(&provider, "")).await, ErrorCode::IdTokenRefused, "critical header");
}

#[tokio::test]
async fn exi_09_a_claim_named_twice_and_a_missing_id_token_are_refused() {
    let provider = ProviderDouble::start().await;
    let honest = provider.honest_claims().to_string();
    provider.set_id_token_payload(format!("{{\"acr\":\"eidas3\",{}", &honest[1..]));
    assert_refused_early(&provider, exchange(&party(&provider, "")).await, ErrorCode::IdTokenRefused, "acr twice");

    provider.set_id_token_payload(format!("{{\"inconnu\":1,\"inconnu\":2,{}", &honest[1..]));
    assert_refused_early(&provider, exchange(&party(&provider, "")).await, ErrorCode::IdTokenRefused, "unknown claim twice");

    let provider = ProviderDouble::start().await;
    provider.bend_token_answer(|answer| drop(answer.as_object_mut().expect("object").remove("id_token")));
    assert_refused_early(&provider, exchange(&party(&provider, "")).await, ErrorCode::IdTokenRefused, "missing");
    provider.bend_token_answer(|answer| answer["id_token"] = json!("pas.un.jeton"));
    assert_refused_early(&provider, exchange(&party(&provider, "")).await, ErrorCode::IdTokenRefused, "unreadable");
}

#[tokio::test]
async fn a_rotated_key_is_fetched_once_and_at_most_once_a_minute() {
    let provider = ProviderDouble::start().await;
    let party = party(&provider, "");
    exchange(&party).await.expect("first key");
    assert_eq!(provider.seen("/certs").len(), 1);

    provider.set_keys(&[0, 1], 1);
    exchange(&party).await.expect("the new key is found");
    assert_eq!(provider.seen("/certs").len(), 2);

    provider.bend_header(|header| header["kid"] = json!("jamais-publiee"));
    for _ in 0..5 {
        assert_eq!(exchange(&party).await.expect_err("unknown key").code(), ErrorCode::IdTokenRefused);
    }
    assert_eq!(provider.seen("/certs").len(), 2, "a storm of unknown keys asks nothing within a minute");
    provider.clock.advance_seconds(60);
    provider.bend_id_token(|claims| claims["exp"] = json!(double::NOW.unix_seconds() + 180));
    assert_eq!(exchange(&party).await.expect_err("unknown key").code(), ErrorCode::IdTokenRefused);
    assert_eq!(provider.seen("/certs").len(), 3, "and once more a minute later");
    assert_eq!(provider.seen("wallet-openid-configuration").len(), 1);
}

#[tokio::test]
async fn the_level_and_the_means_are_read_where_pro_sante_connect_puts_them() {
    let provider = ProviderDouble::start().await;
    provider.bend_id_token(|claims| claims["authMode"] = json!("MOBILE"));
    assert_eq!(exchange(&party(&provider, "")).await.expect("signed in").means, Some(SignInMeans::ECps));

    // As in the sandbox of 2023: in the access token only.
    let provider = ProviderDouble::start().await;
    provider.bend_id_token(|claims| drop(claims.as_object_mut().expect("object").remove("acr")));
    let access = ProviderDouble::signed(&json!({"authMode": "CARD", "acr": "eidas3", "auth_level": "1"}));
    let forged = format!("{}.{}", access.rsplit_once('.').expect("three parts").0, URL_SAFE_NO_PAD.encode([7; 256]));
    for (token, means, acr) in [(access, Some(SignInMeans::Card), Some("eidas3")), (forged, None, None)] {
        provider.bend_token_answer(move |answer| answer["access_token"] = json!(token));
        let sign_in = exchange(&party(&provider, "")).await.expect("signed in");
        assert_eq!((sign_in.means, sign_in.acr.as_deref()), (means, acr));
    }
}
