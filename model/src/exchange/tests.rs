//! Answers are read leniently, and hide what is secret.

use super::{Confirmation, DeviceAuthorizationAnswer, Exchange, PushedAuthorizationAnswer, PushedAuthorizationRequest, SignOutAnswer};
use crate::session::SignInId;

#[test]
fn debug_forms_hide_what_is_good_for_one_use() {
    let request = PushedAuthorizationRequest {
        client_id: "vestibule-desktop".to_owned(),
        response_type: "code".to_owned(),
        redirect_uri: "http://127.0.0.1:49152/cb/canary".into(),
        code_challenge: "challenge".to_owned(),
        code_challenge_method: "S256".to_owned(),
        state: "canary".into(),
        dpop_jkt: None,
        device_label: None,
        enrolment_token: Some("canary".into()),
        exchange_hint: None,
        ui_locales: None,
    };
    let answer = PushedAuthorizationAnswer {
        request_uri: "urn:ietf:params:oauth:request_uri:canary".into(),
        expires_in: 120,
        sign_in_id: SignInId("7F3K-9QXM".to_owned()),
        match_number: "canary".into(),
        confirmation: Confirmation::None,
        events_uri: String::new(),
        sign_in_expires_in: 600,
        exchanges: vec![Exchange::Loopback],
    };
    let polling = DeviceAuthorizationAnswer {
        device_code: "canary".into(),
        user_code: "7F3K-9QXM".to_owned(),
        verification_uri: "https://vestibule.example/oauth/authorize?request_uri=canary".into(),
        verification_uri_complete: "https://vestibule.example/oauth/authorize?request_uri=canary".into(),
        expires_in: 600,
        interval: 5,
        link_expires_in: 120,
        sign_in_id: SignInId("7F3K-9QXM".to_owned()),
        match_number: "canary".into(),
        confirmation: Confirmation::Number,
        events_uri: String::new(),
        exchanges: vec![Exchange::Polling],
    };
    let letters = crate::view::AppRequest::ConfirmCode { code: "canary".to_owned() };
    let ticket = SignOutAnswer::BrowserNeeded { browser_url: "https://vestibule.example/sign-out?ticket=canary".into() };
    for shown in [format!("{request:?}"), format!("{answer:?}"), format!("{polling:?}"), format!("{ticket:?}"), format!("{letters:?}")] {
        assert!(!shown.contains("canary"), "{shown}");
    }
}
