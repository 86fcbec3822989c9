//! ID tokens that lie, one check at a time.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::json;
use vestibule_lying_provider::Reply::Json;
use vestibule_lying_provider::{ACCESS_TOKEN, Bend, CLIENT_ID, keys};
use vestibule_model::ErrorCode;
use vestibule_model::session::SignInMeans;

use crate::provider::lied_to::{LiedTo, NOW, assert_refused_early, exchange, party};

#[tokio::test]
async fn exi_09_every_forged_claim_of_the_id_token_is_refused_before_userinfo() {
    let cases: &[(&str, Bend)] = &[
        ("another nonce", |claims, _| claims["nonce"] = json!("autre")),
        ("an empty nonce", |claims, _| claims["nonce"] = json!("")),
        ("no nonce", |claims, _| drop(claims.as_object_mut().expect("object").remove("nonce"))),
        ("another issuer", |claims, _| claims["iss"] = json!("https://ailleurs.example/auth/realms/esante-wallet")),
        ("a look-alike issuer", |claims, _| claims["iss"] = json!(format!("{}/", claims["iss"].as_str().expect("text")))),
        ("no issuer", |claims, _| drop(claims.as_object_mut().expect("object").remove("iss"))),
        ("another audience", |claims, _| claims["aud"] = json!("autre-client")),
        ("one audience too many", |claims, _| claims["aud"] = json!([CLIENT_ID, "autre-client"])),
        ("no audience", |claims, _| drop(claims.as_object_mut().expect("object").remove("aud"))),
        ("another authorized party", |claims, _| claims["azp"] = json!("autre-client")),
        ("expired", |claims, _| claims["exp"] = json!(NOW.unix_seconds() - 61)),
        ("no expiry", |claims, _| drop(claims.as_object_mut().expect("object").remove("exp"))),
        ("issued in the future", |claims, _| claims["iat"] = json!(NOW.unix_seconds() + 61)),
        ("no issue time", |claims, _| drop(claims.as_object_mut().expect("object").remove("iat"))),
        ("an empty subject", |claims, _| claims["sub"] = json!("")),
        ("no subject", |claims, _| drop(claims.as_object_mut().expect("object").remove("sub"))),
        ("an access token instead", |claims, _| claims["typ"] = json!("Bearer")),
        ("valid in the future only", |claims, _| claims["nbf"] = json!(NOW.unix_seconds() + 61)),
        ("a validity that is not a number", |claims, _| claims["nbf"] = json!("hier")),
        ("the hash of another access token", |claims, _| claims["at_hash"] = json!("AAAAAAAAAAAAAAAAAAAAAA")),
    ];
    for (why, forge) in cases {
        let provider = LiedTo::start().await;
        provider.bend(|behaviour| behaviour.claims = *forge);
        assert_refused_early(&provider, exchange(&party(&provider, "")).await, ErrorCode::IdTokenRefused, why);
    }
}

#[tokio::test]
async fn exi_09_clocks_may_differ_by_a_minute_and_a_right_access_token_hash_is_accepted() {
    let provider = LiedTo::start().await;
    provider.bend(|behaviour| {
        behaviour.claims = |claims, _| {
            claims["exp"] = json!(NOW.unix_seconds() - 30);
            claims["iat"] = json!(NOW.unix_seconds() + 30);
            claims["aud"] = json!([CLIENT_ID]);
            let hash = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, ACCESS_TOKEN.as_bytes());
            claims["at_hash"] = json!(URL_SAFE_NO_PAD.encode(&hash.as_ref()[..16]));
        }
    });
    exchange(&party(&provider, "")).await.expect("within the leeway");
}

#[tokio::test]
async fn exi_09_only_an_rs256_signature_by_a_published_key_is_accepted() {
    type Signature = fn(&str) -> Vec<u8>;
    let cases: &[(&str, Bend, Signature)] = &[
        ("no algorithm, no signature", |header, _| header["alg"] = json!("none"), |_| Vec::new()),
        ("no algorithm, a signature", |header, _| header["alg"] = json!("none"), keys::rs256),
        ("the client secret as a key", |header, _| header["alg"] = json!("HS256"), keys::hs256_with_the_client_secret),
        ("the public key as a shared secret", |header, _| header["alg"] = json!("HS256"), keys::hs256_with_the_public_key),
        ("another algorithm of the family", |header, _| header["alg"] = json!("RS512"), keys::rs512),
        ("that algorithm in name alone", |header, _| header["alg"] = json!("RS512"), keys::rs256),
        ("another padding", |header, _| header["alg"] = json!("PS256"), keys::ps256),
        ("that padding in name alone", |header, _| header["alg"] = json!("PS256"), keys::rs256),
        ("an unknown algorithm", |header, _| header["alg"] = json!("RS255"), keys::rs256),
        ("a random signature", |_, _| {}, |_| vec![7; 256]),
        ("an empty signature", |_, _| {}, |_| Vec::new()),
    ];
    for (why, header, signature) in cases {
        let provider = LiedTo::start().await;
        provider.bend(|behaviour| (behaviour.header, behaviour.sign) = (*header, *signature));
        assert_refused_early(&provider, exchange(&party(&provider, "")).await, ErrorCode::IdTokenRefused, why);
    }
}

#[tokio::test]
async fn exi_09_a_key_of_the_signer_s_own_choice_is_refused() {
    // Signed by the unpublished key, under the published key's name.
    let provider = LiedTo::start().await;
    provider.bend(|behaviour| behaviour.sign = keys::rs256_by_the_other);
    assert_refused_early(&provider, exchange(&party(&provider, "")).await, ErrorCode::IdTokenRefused, "another key");

    let provider = LiedTo::start().await;
    provider.bend(|behaviour| behaviour.header = |header, _| header["crit"] = json!(["b64"]));
    assert_refused_early(&provider, exchange(&party(&provider, "")).await, ErrorCode::IdTokenRefused, "critical header");
}

#[tokio::test]
async fn exi_09_a_claim_named_twice_and_a_missing_id_token_are_refused() {
    let provider = LiedTo::start().await;
    provider.bend(|behaviour| behaviour.payload = |claims| format!("{{\"acr\":\"eidas3\",{}", &claims.to_string()[1..]));
    assert_refused_early(&provider, exchange(&party(&provider, "")).await, ErrorCode::IdTokenRefused, "acr twice");

    provider.bend(|behaviour| behaviour.payload = |claims| format!("{{\"inconnu\":1,\"inconnu\":2,{}", &claims.to_string()[1..]));
    assert_refused_early(&provider, exchange(&party(&provider, "")).await, ErrorCode::IdTokenRefused, "unknown claim twice");

    let provider = LiedTo::start().await;
    provider.bend(|behaviour| behaviour.token = Json(|answer, _| drop(answer.as_object_mut().expect("object").remove("id_token"))));
    assert_refused_early(&provider, exchange(&party(&provider, "")).await, ErrorCode::IdTokenRefused, "missing");
    provider.bend(|behaviour| behaviour.token = Json(|answer, _| answer["id_token"] = json!("pas.un.jeton")));
    assert_refused_early(&provider, exchange(&party(&provider, "")).await, ErrorCode::IdTokenRefused, "unreadable");
}

#[tokio::test]
async fn a_rotated_key_is_fetched_once_and_at_most_once_a_minute() {
    let provider = LiedTo::start().await;
    let party = party(&provider, "");
    exchange(&party).await.expect("first key");
    assert_eq!(provider.calls("/certs"), 1);

    provider.bend(|behaviour| {
        behaviour.jwks = Json(|set, _| set["keys"].as_array_mut().expect("a list").insert(1, keys::jwk(1)));
        behaviour.header = |header, _| header["kid"] = json!("cle-1");
        behaviour.sign = keys::rs256_by_the_other;
    });
    exchange(&party).await.expect("the new key is found");
    assert_eq!(provider.calls("/certs"), 2);

    provider.bend(|behaviour| behaviour.header = |header, _| header["kid"] = json!("jamais-publiee"));
    for _ in 0..5 {
        assert_eq!(exchange(&party).await.expect_err("unknown key").code(), ErrorCode::IdTokenRefused);
    }
    assert_eq!(provider.calls("/certs"), 2, "a storm of unknown keys asks nothing within a minute");
    provider.clock.advance_seconds(60);
    provider.bend(|behaviour| behaviour.claims = |claims, _| claims["exp"] = json!(NOW.unix_seconds() + 180));
    assert_eq!(exchange(&party).await.expect_err("unknown key").code(), ErrorCode::IdTokenRefused);
    assert_eq!(provider.calls("/certs"), 3, "and once more a minute later");
    assert_eq!(provider.calls("wallet-openid-configuration"), 1);
}

#[tokio::test]
async fn the_level_and_the_means_are_read_where_pro_sante_connect_puts_them() {
    let provider = LiedTo::start().await;
    provider.bend(|behaviour| behaviour.claims = |claims, _| claims["authMode"] = json!("MOBILE"));
    assert_eq!(exchange(&party(&provider, "")).await.expect("signed in").means, Some(SignInMeans::ECps));

    // As in the sandbox of 2023: in the access token only.
    let provider = LiedTo::start().await;
    provider.bend(|behaviour| behaviour.claims = |claims, _| drop(claims.as_object_mut().expect("object").remove("acr")));
    fn access() -> String {
        let told = json!({"authMode": "CARD", "acr": "eidas3", "auth_level": "1"});
        keys::compact(&json!({"alg": "RS256", "kid": "cle-0", "typ": "JWT"}), &told.to_string(), keys::rs256)
    }
    fn forged() -> String {
        format!("{}.{}", access().rsplit_once('.').expect("three parts").0, URL_SAFE_NO_PAD.encode([7; 256]))
    }
    let cases: [(Bend, _, _); 2] = [
        (|answer, _| answer["access_token"] = json!(access()), Some(SignInMeans::Card), Some("eidas3")),
        (|answer, _| answer["access_token"] = json!(forged()), None, None),
    ];
    for (token, means, acr) in cases {
        provider.bend(|behaviour| behaviour.token = Json(token));
        let sign_in = exchange(&party(&provider, "")).await.expect("signed in");
        assert_eq!((sign_in.means, sign_in.acr.as_deref()), (means, acr));
    }
}
