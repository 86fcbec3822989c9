use companion_server::config::UserinfoSub;
use companion_server::provider::fuzzing;
use serde_json::Value;
use unicode_normalization::is_nfc;
use vestibule_model::Practitioner;

use crate::device_label::is_bidi_control;
use crate::json;

const SUBJECT: &str = "f:00000000-aaaa-4bbb-8ccc-000000000001:899700999016";

/// Userinfo; the first byte chooses whether `sub` may be missing.
pub fn accepts(input: &[u8]) -> bool {
    let Some((mode, body)) = input.split_first() else { return false };
    let rule = if mode & 1 == 0 { UserinfoSub::Required } else { UserinfoSub::Optional };
    let Ok(practitioner) = fuzzing::userinfo(body, SUBJECT, rule) else { return false };
    let text = std::str::from_utf8(body).expect("accepted JSON is text");
    let claims: Value = serde_json::from_str(text).expect("accepted JSON is JSON");
    assert!(!json::has_repeated_key(text), "a key came twice");
    match claims.get("sub") {
        Some(subject) => assert_eq!(subject, SUBJECT, "another subject"),
        None => assert_eq!(rule, UserinfoSub::Optional, "no subject"),
    }
    let national_id = practitioner.national_id.expose();
    assert_eq!(claims["SubjectNameID"], national_id, "the national id was altered");
    assert!(!national_id.is_empty() && national_id.len() <= 256 && national_id.trim() == national_id);
    assert!(!national_id.chars().any(char::is_control));
    check_shown(&practitioner);
    true
}

/// Everything that a screen may show.
fn check_shown(practitioner: &Practitioner) {
    let kept = serde_json::to_value(practitioner).expect("it can be kept");
    let again: Practitioner = serde_json::from_value(kept.clone()).expect("it can be read again");
    assert!(again == *practitioner, "it does not survive being kept");
    for (name, value) in kept.as_object().expect("an object") {
        if name != "national_id" {
            each_text(value, &mut |text| {
                assert!(text.chars().count() <= 200, "a text is too long");
                assert!(!text.chars().any(|sign| sign.is_control() || is_bidi_control(sign)), "a control character is left");
                assert!(is_nfc(text), "a text is not normalised");
            });
        }
    }
    for practice in &practitioner.practices {
        assert!(!practice.situations.is_empty(), "a practice without a situation cannot be chosen");
        for (position, situation) in practice.situations.iter().enumerate() {
            assert!(practice.situations[..position].iter().all(|other| other.id != situation.id), "two situations are one");
        }
    }
}

fn each_text(value: &Value, judge: &mut impl FnMut(&str)) {
    match value {
        Value::String(text) => judge(text),
        Value::Array(values) => values.iter().for_each(|value| each_text(value, judge)),
        Value::Object(members) => members.values().for_each(|value| each_text(value, judge)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}
