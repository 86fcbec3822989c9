//! Which addresses of a discovery document are called, with and without a client certificate.

use serde_json::json;

use super::*;

const HOST: &str = "https://auth.bas.psc.esante.gouv.fr";

fn endpoints(aliases_origin: Option<&str>) -> Endpoints {
    Endpoints {
        called_origin: HOST.to_owned(),
        page_origin: "https://wallet.bas.psc.esante.gouv.fr".to_owned(),
        issuer: format!("{HOST}/realm"),
        discovery_url: format!("{HOST}/d"),
        aliases_origin: aliases_origin.map(str::to_owned),
    }
}

fn document(aliases: &Value) -> Vec<u8> {
    let mut document = json!({
        "issuer": format!("{HOST}/realm"), "authorization_endpoint": "https://wallet.bas.psc.esante.gouv.fr/auth",
        "token_endpoint": format!("{HOST}/token"), "userinfo_endpoint": format!("{HOST}/userinfo"),
        "end_session_endpoint": format!("{HOST}/logout"), "jwks_uri": format!("{HOST}/certs"),
    });
    if !aliases.is_null() {
        document["mtls_endpoint_aliases"] = aliases.clone();
    }
    document.to_string().into_bytes()
}

/// Token, userinfo and end of session.
fn called(aliases: &Value, origin: Option<&str>) -> Result<[String; 3], ProviderError> {
    read_discovery(&document(aliases), &endpoints(origin))
        .map(|read| [read.token_endpoint, read.userinfo_endpoint, read.end_session_endpoint].map(String::from))
}

fn conventional() -> [String; 3] {
    ["token", "userinfo", "logout"].map(|name| format!("{HOST}/{name}"))
}

#[test]
fn exi_24_the_addresses_for_certificates_are_followed_where_one_is_presented() {
    let other = "https://mtls.bas.psc.esante.gouv.fr:8443";
    for (origin, base) in [(HOST, format!("{HOST}/mtls")), (other, other.to_owned())] {
        let all = json!({"token_endpoint": format!("{base}/token"), "userinfo_endpoint": format!("{base}/userinfo"),
            "end_session_endpoint": format!("{base}/logout"), "registration_endpoint": 7});
        assert_eq!(called(&all, Some(origin)).expect("read"), ["token", "userinfo", "logout"].map(|name| format!("{base}/{name}")));
        let some = json!({"userinfo_endpoint": format!("{base}/userinfo")});
        let [token, userinfo, logout] = called(&some, Some(origin)).expect("read");
        assert_eq!([token, logout], [format!("{HOST}/token"), format!("{HOST}/logout")], "what has no alias stays where it is");
        assert_eq!(userinfo, format!("{base}/userinfo"));
    }
    for none in [Value::Null, json!({})] {
        assert_eq!(called(&none, Some(other)).expect("read"), conventional());
    }
}

#[test]
fn exi_24_without_a_certificate_the_addresses_for_certificates_are_ignored_whatever_they_are() {
    for aliases in
        [json!({"token_endpoint": "https://ailleurs.example/token"}), json!({"token_endpoint": 1}), json!(["rien"]), json!("rien")]
    {
        assert_eq!(called(&aliases, None).expect("read"), conventional());
    }
}

#[test]
fn exi_14_exi_24_an_address_for_certificates_on_another_host_is_refused() {
    for address in [
        "https://ailleurs.example/token",
        "https://auth.esw.esante.gouv.fr/token",
        "http://auth.bas.psc.esante.gouv.fr/token",
        "https://auth.bas.psc.esante.gouv.fr:8443/token",
        "https://auth.bas.psc.esante.gouv.fr@ailleurs.example/token",
    ] {
        for name in ["token_endpoint", "userinfo_endpoint", "end_session_endpoint"] {
            let error = called(&json!({ name: address }), Some(HOST)).expect_err("another host");
            assert!(matches!(error, ProviderError::DiscoveryRefused(_)), "{name} {address}: {error}");
        }
    }
    for unusable in [json!({"token_endpoint": 1}), json!({"userinfo_endpoint": "rien"}), json!("rien")] {
        let error = called(&unusable, Some(HOST)).expect_err("unusable");
        assert!(matches!(error, ProviderError::DiscoveryRefused(_)), "{unusable}: {error}");
    }
}
