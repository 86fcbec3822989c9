use std::sync::LazyLock;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use companion_server::provider::fuzzing;
use serde_json::Value;

use crate::form_body::replace;
use crate::json;
use crate::provider_keys::{KID, Signature, public_key, token};

static TOKEN: LazyLock<String> =
    LazyLock::new(|| token(format!(r#"{{"alg":"RS256","kid":"{KID}"}}"#).as_bytes(), br#"{"acr":"eidas1"}"#, Signature::Published));

/// The published keys; `@N@` and `@E@` stand for the modulus and the exponent of the one that signed. Accepted when that token stands.
pub fn accepts(input: &[u8]) -> bool {
    let (n, e) = public_key();
    let document = replace(&replace(input, b"@N@", n.as_bytes()), b"@E@", e.as_bytes());
    let Ok(keys) = fuzzing::keys(&document) else { return false };
    let text = std::str::from_utf8(&document).expect("accepted JSON is text");
    assert!(keys.count() > 0, "an empty set");
    if fuzzing::signed_claims(&keys, &TOKEN).is_none() {
        return false;
    }
    let Some(document) = json::value(text) else { return true };
    let number = |text: &Value| text.as_str().and_then(|text| URL_SAFE_NO_PAD.decode(text).ok()).unwrap_or_default();
    let bare = |bytes: Vec<u8>| bytes.into_iter().skip_while(|byte| *byte == 0).collect::<Vec<u8>>();
    let (n, e) = (bare(number(&n.into())), bare(number(&e.into())));
    let published = document["keys"].as_array().expect("a list of keys");
    assert!(
        published.iter().any(|key| key["kid"] == KID && bare(number(&key["n"])) == n && bare(number(&key["e"])) == e),
        "a token stands although its key is not in the set"
    );
    true
}
