//! Letters as people type them.

use secrecy::ExposeSecret as _;

use super::letters;

#[test]
fn letters_are_sent_as_the_page_shows_them_however_they_were_typed() {
    for typed in ["BCDFGHJK", "bcdfghjk", "BCDF GHJK", " bcdf-ghjk\n", "b c d f g h j k", "BCDF\u{a0}GHJK", "BCDF\u{2011}GHJK"] {
        assert_eq!(letters(typed).expect(typed).expose_secret(), "BCDFGHJK", "{typed:?}");
    }
}

#[test]
fn what_cannot_be_a_code_is_none() {
    let long = "B".repeat(1_000_000);
    for typed in ["", "BCDFGHJ", "BCDFGHJKL", "ABCDEFGH", "BCDFGHJ1", "BCDFGHJÉ", "ＢCDFGHJK", "BCDF_GHJK", "ſBCDFGHJ", &long] {
        assert!(letters(typed).is_none(), "{:?}", typed.chars().take(12).collect::<String>());
    }
}
