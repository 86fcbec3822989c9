use companion_server::config::PscEndpoints;
use companion_server::psc::fuzzing;
use serde_json::Value;
use url::Url;

const AUTH: &str = "https://auth.bas.psc.esante.gouv.fr";
const WALLET: &str = "https://wallet.bas.psc.esante.gouv.fr";
const ISSUER: &str = "https://auth.bas.psc.esante.gouv.fr/auth/realms/esante-wallet";

/// The discovery document.
pub fn accepts(input: &[u8]) -> bool {
    let endpoints = PscEndpoints {
        auth_origin: AUTH.to_owned(),
        wallet_origin: WALLET.to_owned(),
        issuer: ISSUER.to_owned(),
        discovery_url: format!("{ISSUER}/.well-known/wallet-openid-configuration"),
    };
    let Ok((authorization, called)) = fuzzing::discovery(input, &endpoints) else { return false };
    let document: Value = serde_json::from_slice(input).expect("accepted JSON is JSON");
    assert_eq!(document["issuer"], ISSUER, "another issuer");
    is_on(&authorization, WALLET);
    called.iter().for_each(|url| is_on(url, AUTH));
    true
}

/// Nothing but a path and a query may follow the origin.
fn is_on(url: &Url, origin: &str) {
    let rest = url.as_str().strip_prefix(origin).unwrap_or("@");
    let user = !url.username().is_empty() || url.password().is_some();
    assert!(user || rest.starts_with('/'), "{url} is elsewhere");
    assert_eq!(url.origin().ascii_serialization(), origin);
    assert_eq!(url.scheme(), "https");
}
