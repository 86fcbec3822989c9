use companion_server::sign_in;
use secrecy::ExposeSecret as _;
use vestibule_desktop::exchange::polling;

/// The eight letters, as the app sends them and as the companion reads them.
pub fn accepts(input: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(input) else { return false };
    let in_app = polling::letters(text);
    if let Some(letters) = &in_app {
        let sent = sign_in::letters(letters.expose_secret()).expect("the companion reads what the app sends");
        assert_eq!(sent.expose_secret(), letters.expose_secret(), "app and companion read other letters");
    }
    let read = sign_in::letters(text);
    for letters in in_app.iter().chain(&read) {
        let letters = letters.expose_secret();
        assert!(letters.len() == 8 && letters.chars().all(|letter| "BCDFGHJKLMNPQRSTVWXZ".contains(letter)), "not a code");
        let mut typed = text.chars().map(|sign| sign.to_ascii_uppercase());
        assert!(letters.chars().all(|letter| typed.any(|sign| sign == letter)), "other letters than those that were typed");
    }
    read.is_some()
}
