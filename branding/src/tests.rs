//! What is taken, what is refused and how it is said, and what comes of one colour.

use super::*;

const LEAST: &str = "product_name = \"Accès Santé\"\npublisher = \"Carrefour & Fils\"\npackages_address = \"paquets@editeur.example\"\n\
    [colours.light]\naccent = \"#8a1c4a\"\n[colours.dark]\naccent = \"#f0a6c4\"\n";
const DRAWING: &str = "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 10 10\">\n<!-- door --><rect width=\"10\" height=\"10\" fill=\"#8a1c4a\"/></svg>\n";

fn parse(text: &str) -> Result<Brand, Refusal> {
    Brand::parse(text, |_| Ok(Cow::Borrowed(DRAWING.as_bytes())))
}

fn refusal(from: &str, to: &str) -> Refusal {
    assert!(LEAST.contains(from), "{from}");
    parse(&LEAST.replace(from, to)).expect_err(to)
}

#[test]
fn the_brand_of_this_build_is_the_one_of_the_file() {
    let brand = compiled();
    assert_eq!((brand.product_name.as_str(), brand.service_name.as_str()), (PRODUCT_NAME, SERVICE_NAME));
    assert_eq!(SERVICE_NAME_IN_TOML, format!("\"{SERVICE_NAME}\""));
}

#[test]
fn one_colour_a_theme_is_enough() {
    let brand = parse(LEAST).expect("accepted");
    assert_eq!(brand.service_name, "Accès Santé");
    assert_eq!(brand.light.accent.to_string(), "#8a1c4a");
    let properties = brand.light.properties("  ");
    assert_eq!(properties.lines().count(), 8);
    assert!(properties.contains("  --accent-text: #fdfbf8;\n") && properties.contains("  --banner: #8a1c4a;\n"), "{properties}");
}

/// What is derived must hold for any accent that is taken: the checks say so, and refuse none but for the accent itself.
#[test]
fn whatever_accent_is_taken_everything_that_comes_of_it_is_read() {
    let mut taken = 0;
    for (ground, name) in [(&LIGHT, "light"), (&DARK, "dark")] {
        for number in (0..0x0100_0000_u32).step_by(0x0001_2345) {
            let given = GivenColours { accent: format!("#{number:06x}"), ..GivenColours::default() };
            match Palette::of(ground, "", &given) {
                Ok(_) => taken += 1,
                Err(refusal) => {
                    assert_eq!(refusal.key, "accent", "{name} {number:06x}");
                    assert!(refusal.reason.contains(&given.accent), "only for what the accent itself is: {name} {refusal}");
                }
            }
        }
    }
    assert!(taken > 100, "{taken}");
}

#[test]
fn a_colour_that_cannot_be_read_is_refused_in_words() {
    let told = refusal("#8a1c4a", "#f28c28");
    assert_eq!(told.key, "colours.light.accent");
    assert_eq!(
        told.reason,
        "dans le thème clair, #f28c28 sur #f4f1ec n’a qu’un contraste de 2,17 pour 1, et il en faut 3 pour un bord ou un dessin sur le fond\u{202f}; \
         prenez une couleur plus foncée"
    );
    let told = refusal("accent = \"#8a1c4a\"", "accent = \"#8a1c4a\"\non_accent = \"#c0a0b0\"");
    assert_eq!(told.key, "colours.light.on_accent");
    assert!(told.reason.contains("il en faut 4,5 pour le texte d’un bouton"), "{told}");
    assert!(refusal("#f0a6c4", "#301020").reason.ends_with("prenez une couleur plus claire"));
    for wrong in ["red", "#8a1", "#8a1c4g", "8a1c4a", "#+a1c4a", "#8a1c4a00"] {
        assert!(refusal("#8a1c4a", wrong).reason.contains("n’est pas une couleur"), "{wrong}");
    }
}

#[test]
fn a_key_that_is_unknown_is_refused() {
    for text in [format!("name = \"x\"\n{LEAST}"), LEAST.replace("[colours.light]", "[colours.light]\nacent = \"#000000\"")] {
        let told = parse(&text).expect_err("refused");
        assert!(told.key == FILE && told.reason.contains(", paramètre inconnu\u{a0}: «\u{a0}"), "{told}");
    }
}

#[test]
fn a_file_that_is_not_what_it_should_be_is_refused_in_french() {
    let reason = |text: &str| parse(text).expect_err("refused").reason;
    assert_eq!(reason(&LEAST.replace("publisher", "#publisher")), "il y manque «\u{a0}publisher\u{a0}»");
    let without_dark = LEAST.replace("[colours.dark]\naccent", "[colours.dark]\n#accent");
    assert_eq!(reason(&without_dark), "il y manque «\u{a0}accent\u{a0}» dans [colours.dark]");
    assert_eq!(reason(&LEAST.replace("\"#8a1c4a\"", "12")), "ligne 5, un texte entre guillemets est attendu");
    assert!(reason("product_name = ").starts_with("ligne 1, ce n’est pas du TOML"));
    assert!(reason("product_name = \"a\"\nproduct_name = \"b\"").starts_with("ligne 2, «\u{a0}product_name\u{a0}» figure déjà plus haut"));
    let absent = Brand::read(std::path::Path::new("/nulle/part")).expect_err("absent").to_string();
    assert!(absent.contains("/nulle/part/branding.toml") && absent.ends_with("il n’existe pas"), "{absent}");
}

#[test]
fn names_are_letters_that_every_package_can_write() {
    for wrong in ["", " Accès", "Accès\\nSanté", "Accès|Santé", "Accès\\u0022", "L'accès", "Доступ", "a<b>"] {
        assert_eq!(refusal("Accès Santé", wrong).key, "product_name", "{wrong}");
    }
    assert_eq!(refusal("Accès Santé", &"é".repeat(41)).key, "product_name");
    assert_eq!(refusal("Carrefour & Fils", "a, b").key, "publisher");
    for unseen in ["Accès\u{202e} Santé", "Accès\u{200b} Santé", "Accès\u{2028}Santé"] {
        assert!(refusal("Accès Santé", unseen).to_string().contains("affichables"), "{unseen:?}");
    }
    assert!(refusal("Accès Santé", "-Santé").to_string().contains("commence par une lettre"));
    for wrong in ["paquets", "paquets@editeur", "a b@editeur.example", "a@b.example>"] {
        assert_eq!(refusal("paquets@editeur.example", wrong).key, "packages_address", "{wrong}");
    }
}

#[test]
fn the_apostrophe_of_keyboards_is_answered_by_the_one_to_write() {
    let told = refusal("Accès Santé", "L'accès").reason;
    assert!(told.contains("apostrophe droite") && told.ends_with("écrivez «\u{a0}’\u{a0}»"), "{told}");
}

#[test]
fn addresses_of_pages_are_https() {
    let with = |address: &str| parse(&format!("terms_url = \"{address}\"\n{LEAST}"));
    assert!(with("https://www.editeur.example/conditions").is_ok());
    for wrong in ["http://www.editeur.example", "https://", "javascript:alert(1)", "https://a@b.example", "https://a.example/ b"] {
        assert_eq!(with(wrong).expect_err(wrong).key, "terms_url");
    }
}

#[test]
fn a_logo_is_a_picture_of_a_bounded_size() {
    let of = |bytes: &[u8]| Logo::of(Cow::Owned(bytes.to_vec()));
    assert_eq!(of(DRAWING.as_bytes()).expect("taken").kind, Kind::Svg);
    let png = |width: u32, height: u32, end: &[u8]| {
        let start = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".to_vec();
        [start, width.to_be_bytes().to_vec(), height.to_be_bytes().to_vec(), b"\x01\0\0\0\0".to_vec(), end.to_vec()].concat()
    };
    let end = b"\0\0\0\0IEND\xaeB`\x82";
    assert_eq!(of(&png(2048, 1, end)).expect("taken").kind, Kind::Png);
    for (wide, high) in [(20_000, 20_000), (1, 2049), (0, 1), (u32::MAX, 1)] {
        assert!(of(&png(wide, high, end)).expect_err("of that size").contains("2048 points au plus"), "{wide} {high}");
    }
    for broken in [&png(1, 1, b"")[..], b"\x89PNG\r\n\x1a\n", b"\x89PNG\r\n\x1a\nrest"] {
        assert!(of(broken).expect_err("no whole picture").contains("abîmé"), "{broken:?}");
    }
    assert!(of(&vec![b' '; CAP + 1]).expect_err("too large").contains("65536 au plus"));
    for other in [&b"GIF89a"[..], b"\xff\xfe", b"", b"<html></html>", b"hello"] {
        assert!(of(other).expect_err("no picture").contains("ni un PNG, ni un SVG"), "{other:?}");
    }
}

#[test]
fn a_drawing_neither_acts_nor_fetches() {
    let with = |inner: &str| Logo::of(Cow::Owned(format!("<svg xmlns=\"http://www.w3.org/2000/svg\">{inner}</svg>").into_bytes()));
    for taken in [
        "<defs><linearGradient id=\"a\"><stop offset=\"0\" stop-color=\"#000\"/></linearGradient></defs><rect fill=\"url(#a)\"/>",
        "<use href=\"#a\"/>",
        "<style>.a{fill:#123456}</style><path class=\"a\" d=\"M0 0h1\"/>",
        "<g style=\"fill:url( '#a' )\"><title>Accès</title></g>",
    ] {
        with(taken).unwrap_or_else(|told| panic!("{taken}: {told}"));
    }
    for refused in [
        "<script>alert(1)</script>",
        "<x:script xmlns:x=\"http://www.w3.org/2000/svg\"/>",
        "<path onload=\"alert(1)\"/>",
        "<path ONLOAD=\"alert(1)\"/>",
        "<image href=\"https://ailleurs.example/a.png\"/>",
        "<use href=\"https://ailleurs.example/a.svg#a\"/>",
        "<use xlink:href=\"data:image/svg+xml,x\"/>",
        "<foreignObject/>",
        "<a href=\"#\"/>",
        "<text>Accès</text>",
        "<animate/>",
        "<set attributeName=\"href\"/>",
        "<rect fill=\"url(https://ailleurs.example/a)\"/>",
        "<rect fill=\"u&#114;l(https://ailleurs.example/a)\"/>",
        "<style>@import 'https://ailleurs.example/a.css';</style>",
        "<style>.a{fill:u\\72l(//ailleurs.example)}</style>",
        "<style>.a{fill:ur<!-- -->l(//ailleurs.example)}</style>",
        "<style>.a{fill:ur<![CDATA[l(//ailleurs.example)]]>}</style>",
        "<style>.a{fill:u&#114;l(//ailleurs.example)}</style>",
        "<svg/><script/>",
        "</svg><svg>",
        "<path>",
        "<?xml-stylesheet href=\"https://ailleurs.example/a.css\"?>",
    ] {
        with(refused).expect_err(refused);
    }
    // Each draws the one before several times: a browser would never have done.
    let doubled = "<g><use href=\"#a\"/><use href=\"#a\"/></g>".repeat(9);
    assert!(with(&doubled).expect_err("too much").contains("16 au plus"));
    assert!(with(&"<path mask=\"url(#a)\"/>".repeat(17)).is_err());
    with("<style>path{clip-path:url(#a)}</style>").expect_err("for as many as there are");
    with(&"<path clip-path=\"url(#a)\"/>".repeat(16)).expect("taken");
    let noted = with("<sodipodi:namedview id=\"a\"/>").expect_err("an editor's own");
    assert!(noted.contains("<sodipodi:namedview>") && noted.ends_with("enregistrez-le en «\u{a0}SVG simple\u{a0}»"), "{noted}");
    let doctype = format!("<!DOCTYPE svg [<!ENTITY a \"b\">]>{DRAWING}");
    assert!(Logo::of(Cow::Owned(doctype.into_bytes())).expect_err("refused").contains("DOCTYPE"));
}

#[test]
fn the_interface_gets_words_colours_and_picture() {
    let brand = parse(&format!("support = \"L'aide : 01\"\nlogo = \"l.svg\"\n{LEAST}")).expect("accepted");
    let written = interface(&brand);
    for part in [
        "import picture from './logo.svg?url';",
        "const product: string = 'Accès Santé';",
        "const support: string | null = 'L\\'aide : 01';",
        "const logo: string | null = picture;",
    ] {
        assert!(written.module.contains(part), "{part}: {}", written.module);
    }
    assert_eq!(written.sheet.matches("--accent: #f0a6c4;").count(), 1);
    assert!(!interface(&parse(LEAST).expect("accepted")).module.contains("import"));
}
