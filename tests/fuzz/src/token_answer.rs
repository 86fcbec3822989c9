use companion_server::provider::fuzzing;
use serde_json::Value;

use crate::json;

/// A good answer of the provider's token endpoint.
pub fn accepts(input: &[u8]) -> bool {
    let Ok(id_token) = fuzzing::token_answer(input) else { return false };
    let text = std::str::from_utf8(input).expect("accepted JSON is text");
    assert!(!json::has_repeated_key(text), "a member came twice");
    let answer: Value = serde_json::from_str(text).expect("accepted JSON is JSON");
    let Some(id_token) = id_token else {
        assert!(answer.get("id_token").is_none_or(Value::is_null), "the ID token was lost");
        return false;
    };
    assert_eq!(answer["id_token"].as_str(), Some(id_token.as_str()), "another ID token");
    assert!(answer["access_token"].as_str().is_some_and(|token| !token.is_empty()), "no access token");
    true
}
