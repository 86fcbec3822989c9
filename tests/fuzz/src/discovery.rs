use companion_server::provider::fuzzing::{self, Endpoints};
use url::Url;

use crate::json;

const AUTH: &str = "https://auth.bas.psc.esante.gouv.fr";
const WALLET: &str = "https://wallet.bas.psc.esante.gouv.fr";
const ISSUER: &str = "https://auth.bas.psc.esante.gouv.fr/auth/realms/esante-wallet";

/// What the companion calls directly when it presents a client certificate (RFC 8705).
const ALIASES: &str = "https://mtls.example";

/// The discovery document; the first byte says whether a client certificate is presented, and if so on which host.
pub fn accepts(input: &[u8]) -> bool {
    let Some((mode, document)) = input.split_first() else { return false };
    let aliases = [None, Some(AUTH), Some(ALIASES), None][usize::from(mode & 3)];
    let endpoints = Endpoints {
        called_origin: AUTH.to_owned(),
        page_origin: WALLET.to_owned(),
        issuer: ISSUER.to_owned(),
        discovery_url: format!("{ISSUER}/.well-known/wallet-openid-configuration"),
        aliases_origin: aliases.map(str::to_owned),
    };
    let Ok((authorization, called)) = fuzzing::discovery(document, &endpoints) else { return false };
    let text = std::str::from_utf8(document).expect("accepted JSON is text");
    assert!(json::value(text).is_none_or(|document| document["issuer"] == ISSUER), "another issuer");
    assert!(is_on(&authorization, WALLET), "the browser is sent elsewhere");
    for url in &called {
        assert!(is_on(url, AUTH) || aliases.is_some_and(|origin| is_on(url, origin)), "{url} is elsewhere");
    }
    true
}

/// Read off the text: what a parser calls an origin is what a connection goes to.
fn is_on(url: &Url, origin: &str) -> bool {
    let host = url.as_str().strip_prefix("https://").and_then(|rest| rest.split(['/', '?', '#']).next()).unwrap_or_default();
    let host = host.rsplit('@').next().unwrap_or_default();
    format!("https://{host}") == origin && url.origin().ascii_serialization() == origin
}
