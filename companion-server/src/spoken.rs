//! What a browser reads its pages in, as what it holds says it: the address of a request, the cookie of an attempt or of a sign-out. Nothing is
//! kept of it anywhere else, and of two attempts in one browser each speaks as its own app does.

use secrecy::{ExposeSecret as _, SecretString};
use vestibule_model::language::Language;

/// Behind a secret whose pages are English. The whole of it is hashed.
pub const IN_ENGLISH: &str = ".en";

/// A secret that says it.
pub fn spoken(secret: SecretString, language: Language) -> SecretString {
    match language {
        Language::Fr => secret,
        Language::En => format!("{}{IN_ENGLISH}", secret.expose_secret()).into(),
    }
}

/// What a secret says, or an address that ends with one.
pub fn language_of(secret: &str) -> Language {
    if secret.ends_with(IN_ENGLISH) { Language::En } else { Language::Fr }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_says_in_which_language_its_pages_are() {
        for language in [Language::Fr, Language::En] {
            assert_eq!(language_of(spoken("secret".into(), language).expose_secret()), language);
        }
        assert_eq!(language_of("secreten"), Language::Fr);
    }
}
