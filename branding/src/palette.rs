//! The colours of a brand in the light and in the dark theme: one is given, the others come of it, and all are measured.

use std::fmt::Write as _;

use serde::Deserialize;

use crate::colour::Colour;
use crate::refusal::Refusal;

/// WCAG 2.2: text (1.4.3), and whatever else has to be told apart (1.4.11).
const TEXT: f64 = 4.5;
const SHAPE: f64 = 3.0;

const LIGHT_LETTERS: Colour = Colour::new(0xfd, 0xfb, 0xf8);
const DARK_LETTERS: Colour = Colour::new(0x22, 0x1f, 0x1b);

/// What a brand's colours stand on, which is not the brand's: the neutral tokens of window and pages.
#[derive(Debug, Clone, Copy)]
pub struct Ground {
    /// How the file calls the theme.
    pub name: &'static str,
    /// `--surface`.
    pub surface: Colour,
    /// `--surface-raised`.
    pub raised: Colour,
    /// `--surface-sunken`.
    pub sunken: Colour,
    /// `--text`.
    pub text: Colour,
    /// `--text-soft`.
    pub text_soft: Colour,
    /// Hundredths of the accent in what is tinted by it.
    soft: u16,
}

/// The light theme.
pub const LIGHT: Ground = Ground {
    name: "light",
    surface: Colour::new(0xf4, 0xf1, 0xec),
    raised: Colour::new(0xfd, 0xfb, 0xf8),
    sunken: Colour::new(0xe9, 0xe4, 0xdc),
    text: Colour::new(0x22, 0x1f, 0x1b),
    text_soft: Colour::new(0x5a, 0x52, 0x49),
    soft: 10,
};

/// The dark theme.
pub const DARK: Ground = Ground {
    name: "dark",
    surface: Colour::new(0x19, 0x17, 0x15),
    raised: Colour::new(0x24, 0x21, 0x1e),
    sunken: Colour::new(0x11, 0x0f, 0x0e),
    text: Colour::new(0xec, 0xe7, 0xe0),
    text_soft: Colour::new(0xb6, 0xad, 0xa2),
    soft: 18,
};

/// One theme as the file gives it.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GivenColours {
    pub accent: String,
    pub hover: Option<String>,
    pub on_accent: Option<String>,
    pub soft: Option<String>,
    pub ink: Option<String>,
    pub banner: Option<String>,
    pub on_banner: Option<String>,
    pub banner_soft: Option<String>,
}

/// The brand's colours in one theme, every one readable where it is used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Palette {
    /// Buttons, borders, the drawing.
    pub accent: Colour,
    hover: Colour,
    on_accent: Colour,
    soft: Colour,
    ink: Colour,
    banner: Colour,
    on_banner: Colour,
    banner_soft: Colour,
}

impl Palette {
    /// The colours of a theme. `section` is where the file gives them.
    ///
    /// # Errors
    /// The first that is no colour, or that could not be read where it is used.
    pub fn of(ground: &Ground, section: &str, given: &GivenColours) -> Result<Self, Refusal> {
        let accent = colour(&format!("{section}accent"), &given.accent)?;
        let or = |name: &str, value: &Option<String>, derived: Colour| match value {
            Some(value) => colour(&format!("{section}{name}"), value),
            None => Ok(derived),
        };
        let on_accent = or("on_accent", &given.on_accent, letters_on(accent))?;
        let away = if on_accent.contrast(LIGHT_LETTERS) < on_accent.contrast(DARK_LETTERS) { DARK_LETTERS } else { LIGHT_LETTERS };
        let soft = or("soft", &given.soft, tinted(accent, ground))?;
        let banner = or("banner", &given.banner, if ground.name == LIGHT.name { accent } else { ground.raised.mixed(accent, 25) })?;
        let on_banner = or("on_banner", &given.on_banner, letters_on(banner))?;
        let palette = Self {
            accent,
            hover: or("hover", &given.hover, accent.mixed(away, 22))?,
            on_accent,
            soft,
            ink: or("ink", &given.ink, ink(accent, ground, soft))?,
            banner,
            on_banner,
            banner_soft: or("banner_soft", &given.banner_soft, softened(on_banner, banner))?,
        };
        palette.check(ground, section, given)?;
        Ok(palette)
    }

    fn check(&self, ground: &Ground, section: &str, given: &GivenColours) -> Result<(), Refusal> {
        let surfaces = [ground.surface, ground.raised, ground.sunken];
        let shapes = surfaces.map(|surface| ("accent", true, self.accent, surface, SHAPE, "un bord ou un dessin sur le fond"));
        let ink = given.ink.is_some();
        let links = [ground.surface, ground.raised, self.soft].map(|surface| ("ink", ink, self.ink, surface, TEXT, "un lien"));
        let on_accent = given.on_accent.is_some();
        let others = [
            ("on_accent", on_accent, self.on_accent, self.accent, TEXT, "le texte d’un bouton"),
            ("hover", given.hover.is_some(), self.on_accent, self.hover, TEXT, "le texte d’un bouton survolé"),
            ("soft", given.soft.is_some(), ground.text, self.soft, TEXT, "le texte d’un fond teinté"),
            ("soft", given.soft.is_some(), ground.text_soft, self.soft, TEXT, "le texte atténué d’un fond teinté"),
            ("on_banner", given.on_banner.is_some(), self.on_banner, self.banner, TEXT, "le nom dans le bandeau"),
            ("banner_soft", given.banner_soft.is_some(), self.banner_soft, self.banner, TEXT, "le lieu dans le bandeau"),
        ];
        for (key, is_given, front, back, least, what) in shapes.into_iter().chain(others).chain(links) {
            let found = front.contrast(back);
            if found < least {
                let key = if is_given { key } else { "accent" };
                return Err(Refusal::new(format!("{section}{key}"), too_faint(ground, front, back, least, what)));
            }
        }
        Ok(())
    }

    /// The custom properties of a style sheet, one a line, indented.
    pub fn properties(&self, indent: &str) -> String {
        let mut text = String::new();
        for (name, colour) in [
            ("accent", self.accent),
            ("accent-hover", self.hover),
            ("accent-text", self.on_accent),
            ("accent-soft", self.soft),
            ("accent-ink", self.ink),
            ("banner", self.banner),
            ("banner-text", self.on_banner),
            ("banner-soft", self.banner_soft),
        ] {
            // Writing to a String cannot fail.
            let _ = writeln!(text, "{indent}--{name}: {colour};");
        }
        text
    }
}

fn colour(key: &str, text: &str) -> Result<Colour, Refusal> {
    Colour::parse(text).ok_or_else(|| {
        Refusal::new(key, format!("«\u{a0}{text}\u{a0}» n’est pas une couleur\u{202f}; écrivez «\u{a0}#\u{a0}» et six chiffres hexadécimaux, comme «\u{a0}#0e5a59\u{a0}»"))
    })
}

fn too_faint(ground: &Ground, front: Colour, back: Colour, least: f64, what: &str) -> String {
    let found = front.contrast(back);
    let (theme, towards) = if ground.name == LIGHT.name { ("clair", "foncée") } else { ("sombre", "claire") };
    let number = |value: f64| format!("{:.2}", (value * 100.0).floor() / 100.0).replace('.', ",");
    format!(
        "dans le thème {theme}, {front} sur {back} n’a qu’un contraste de {} pour 1, et il en faut {} pour {what}\u{202f}; prenez une couleur plus {towards}",
        number(found),
        number(least).trim_end_matches('0').trim_end_matches(','),
    )
}

/// Whichever letters are read better there.
fn letters_on(ground: Colour) -> Colour {
    if LIGHT_LETTERS.contrast(ground) >= DARK_LETTERS.contrast(ground) { LIGHT_LETTERS } else { DARK_LETTERS }
}

/// A ground with as much of the accent in it as its soft text bears.
fn tinted(accent: Colour, ground: &Ground) -> Colour {
    let reads = |soft: &Colour| [ground.text, ground.text_soft].iter().all(|text| text.contrast(*soft) >= TEXT);
    (0..=ground.soft).rev().map(|hundredths| ground.raised.mixed(accent, hundredths)).find(reads).unwrap_or(ground.raised)
}

/// The accent as the colour of words: as little of the text's own colour in it as it takes.
fn ink(accent: Colour, ground: &Ground, soft: Colour) -> Colour {
    let reads = |ink: &Colour| [ground.surface, ground.raised, soft].iter().all(|surface| ink.contrast(*surface) >= TEXT);
    (15..100).step_by(5).map(|hundredths| accent.mixed(ground.text, hundredths)).find(reads).unwrap_or(ground.text)
}

/// Letters a little less strong, where they can be.
fn softened(letters: Colour, ground: Colour) -> Colour {
    let soft = letters.mixed(ground, 18);
    if soft.contrast(ground) >= TEXT { soft } else { letters }
}
