//! Client certificates (RFC 8705): who is let in, who is recognised, and which tokens serve with which certificate.

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DistinguishedName, DnType, IsCa, KeyPair};
use reqwest::{Certificate, Client, Identity, Response, StatusCode, redirect};
use serde_json::Value;

use crate::bench::{Bench, Browser, CALLBACK, CLIENT, SECRET, VERIFIER, granted, refused, text};

const SERVICE: &str = "service.example";

type Authority = CertifiedIssuer<'static, KeyPair>;

fn params(name: &str) -> CertificateParams {
    let mut params = CertificateParams::new(Vec::new()).expect("parameters");
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, name);
    params
}

fn authority(name: &str) -> Authority {
    let mut params = params(name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    CertifiedIssuer::self_signed(params, KeyPair::generate().expect("a key")).expect("an authority")
}

/// A caller that presents a fresh certificate of this name, or none.
fn caller(trusted: &str, certificate: Option<(&Authority, &str)>) -> Client {
    let builder = Client::builder().redirect(redirect::Policy::none()).no_proxy();
    let builder = builder.tls_certs_only([Certificate::from_pem(trusted.as_bytes()).expect("an authority")]);
    let builder = match certificate {
        Some((authority, name)) => {
            let key = KeyPair::generate().expect("a key");
            let pem = params(name).signed_by(&key, authority).expect("signed").pem() + &key.serialize_pem();
            builder.identity(Identity::from_pem(pem.as_bytes()).expect("an identity"))
        }
        None => builder,
    };
    builder.build().expect("a client")
}

async fn ask(caller: &Client, bench: &Bench, form: &[(&str, &str)]) -> reqwest::Result<Response> {
    caller.post(bench.addresses.mtls_alias("token")).form(&[&[("client_id", CLIENT)], form].concat()).send().await
}

async fn redeem(caller: &Client, bench: &Bench) -> reqwest::Result<Response> {
    let code = Browser::new(bench).code("camille", "card").await;
    let form = [("grant_type", "authorization_code"), ("code", &code), ("redirect_uri", CALLBACK), ("code_verifier", VERIFIER)];
    ask(caller, bench, &form).await
}

async fn userinfo(caller: &Client, bench: &Bench, token: &str) -> StatusCode {
    caller.get(bench.addresses.mtls_alias("userinfo")).bearer_auth(token).send().await.expect("an answer").status()
}

#[tokio::test]
async fn only_the_registered_certificate_is_the_client() {
    let known = authority("Autorité connue");
    let (bench, trusted) = Bench::secured(&known.pem(), &format!("CN={SERVICE}")).await;
    granted(redeem(&caller(&trusted, Some((&known, SERVICE))), &bench).await.expect("an answer")).await;

    let other = redeem(&caller(&trusted, Some((&known, "autre.example"))), &bench).await.expect("let in, not recognised");
    assert_eq!(refused(other).await, (401, "invalid_client".to_owned()));
    let stranger = authority("Autorité inconnue");
    for turned_away in [None, Some((&stranger, SERVICE))] {
        assert!(redeem(&caller(&trusted, turned_away), &bench).await.is_err(), "the handshake ends there");
    }
    // On the other door a certificate is welcome, not demanded; without one, and without a secret, nobody is known.
    let bare = caller(&trusted, None);
    let form = [("client_id", CLIENT), ("grant_type", "refresh_token"), ("refresh_token", "x")];
    let answer = bare.post(bench.addresses.endpoint("token")).form(&form).send().await.expect("an answer");
    assert_eq!(refused(answer).await, (401, "invalid_client".to_owned()));
    let answer = bare.post(bench.addresses.endpoint("token")).basic_auth(CLIENT, Some(SECRET)).form(&form[1..]).send().await;
    assert_eq!(refused(answer.expect("an answer")).await, (401, "invalid_client".to_owned()), "a secret was never agreed");
}

#[tokio::test]
async fn tokens_serve_with_the_certificate_they_were_asked_with_and_with_no_other() {
    let known = authority("Autorité connue");
    let (bench, trusted) = Bench::secured(&known.pem(), &format!("CN={SERVICE}")).await;
    // Two certificates of the same name: both are the client.
    let [first, second] = [(); 2].map(|()| caller(&trusted, Some((&known, SERVICE))));
    let tokens = granted(redeem(&first, &bench).await.expect("an answer")).await;
    let access = text(&tokens, "access_token");
    let payload = crate::bench::decoded(access.split('.').nth(1).expect("a payload"));
    let claims: Value = serde_json::from_slice(&payload).expect("claims");
    assert_eq!(claims["cnf"]["x5t#S256"].as_str().map(str::len), Some(43), "{claims}");

    assert_eq!(userinfo(&first, &bench, access).await, StatusCode::OK);
    assert_eq!(userinfo(&second, &bench, access).await, StatusCode::UNAUTHORIZED);
    let bare = caller(&trusted, None).get(bench.addresses.endpoint("userinfo")).bearer_auth(access).send().await.expect("an answer");
    assert_eq!(bare.status(), StatusCode::UNAUTHORIZED);

    let form = [("grant_type", "refresh_token"), ("refresh_token", text(&tokens, "refresh_token"))];
    assert_eq!(refused(ask(&second, &bench, &form).await.expect("an answer")).await, (400, "invalid_grant".to_owned()));
    granted(ask(&first, &bench, &form).await.expect("an answer")).await;
}
