use companion_server::sign_in::fuzzing::clean_label;

/// What a workstation calls itself.
pub fn accepts(input: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(input) else { return false };
    let Some(label) = clean_label(text) else { return false };
    check_label(&label);
    assert_eq!(clean_label(&label).as_ref(), Some(&label), "a clean label is cleaned again");
    let mut left = text.chars();
    assert!(label.chars().all(|kept| left.any(|sent| sent == kept)), "something was added");
    true
}

/// Fit for a line of a page.
pub fn check_label(label: &str) {
    assert!(!label.is_empty() && label.trim() == label);
    assert!(label.chars().count() <= 64, "too long");
    assert!(!label.chars().any(|sign| sign.is_control() || is_bidi_control(sign)), "a control character is left");
}

/// Unicode's `Bidi_Control` property.
pub fn is_bidi_control(sign: char) -> bool {
    matches!(u32::from(sign), 0x061C | 0x200E | 0x200F | 0x202A..=0x202E | 0x2066..=0x2069)
}
