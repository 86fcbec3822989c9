//! Pages that wear another brand than the one of the program.

use super::*;

use crate::config::BrandingSection;

const DRAWING: &str = "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 10 10\"><rect width=\"10\" height=\"10\"/></svg>";

/// A bench whose pages wear it, and the folder of its logo.
fn branded() -> (Bench, tempfile::TempDir) {
    let folder = tempfile::tempdir().expect("a folder");
    let logo = folder.path().join("logo.svg");
    std::fs::write(&logo, DRAWING).expect("written");
    let section = BrandingSection {
        product_name: Some("Accès & Soins".into()),
        publisher: Some("Carrefour".into()),
        support: Some("01 99 00 00 01".into()),
        accent: Some("#8a1c4a".into()),
        accent_dark: Some("#f0a6c4".into()),
        logo_file: Some(logo),
    };
    let look = Look::new(&section.brand().expect("accepted"));
    (Bench { look, ..Bench::plain() }, folder)
}

#[test]
fn every_page_wears_its_colours_and_its_logo_and_the_policy_holds() {
    let (bench, _folder) = branded();
    for (name, page) in bench.pages() {
        let style = page.body().split("<style>").nth(1).and_then(|rest| rest.split("</style>").next()).expect("a style");
        let hash =
            base64::engine::general_purpose::STANDARD.encode(aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, style.as_bytes()));
        let policy = policy(&page);
        assert_eq!((policy["style-src"], policy["img-src"]), (format!("'sha256-{hash}'").as_str(), "'self'"), "{name}");
        assert_eq!(tokens(style, LIGHT)["accent"], "#8a1c4a", "{name}");
        assert_eq!(tokens(style, DARK)["accent"], "#f0a6c4", "{name}");
        assert_eq!(count(&page, "<img class=\"logo\" src=\"/logo\" alt=\"Accès &#38; Soins\">"), 1, "{name}");
        assert!(!page.body().contains("Vestibule"), "{name}");
        assert!(page.body().len() < 20_000, "{name}");
    }
}

#[test]
fn the_pages_of_the_law_say_who_publishes() {
    let (bench, _folder) = branded();
    let pages = FixedPages::new(bench.shell(), None, None, None);
    let pages = pages.of(Language::Fr);
    for page in [&pages.terms, &pages.privacy, &pages.accessibility] {
        let said = "La connexion est assurée par Accès &#38; Soins, édité par Carrefour. Support de l’éditeur&nbsp;: 01 99 00 00 01";
        assert!(page.body().contains(said), "{}", page.body());
    }
    let plain = Bench::plain();
    let page = terms(plain.shell(), None);
    assert!(page.body().contains("La connexion est assurée par Vestibule</p>"), "{}", page.body());
}

#[test]
fn the_logo_is_handed_over_as_it_is_and_can_do_nothing() {
    let (bench, _folder) = branded();
    let answer = bench.look.logo().expect("a logo");
    let header = |name: &str| answer.headers()[name].to_str().expect("text").to_owned();
    assert_eq!(header("content-type"), "image/svg+xml");
    assert!(header("content-security-policy").starts_with("default-src 'none'") && header("content-security-policy").ends_with("sandbox"));
    assert!(Bench::plain().look.logo().is_none());
    assert!(!policy(&returned(Bench::plain().shell(), None)).contains_key("img-src"));
}
