//! A brand, as `branding.toml` and the files beside it give it.

use std::borrow::Cow;
use std::io;
use std::path::Path;

use serde::Deserialize;

use crate::logo::{self, Logo};
use crate::palette::{DARK, GivenColours, LIGHT, Palette};
use crate::refusal::Refusal;

/// Name of the file in its folder.
pub const FILE: &str = "branding.toml";

/// Icons of the program, in every form that a desktop asks for; a brand has all of them in `icons/`, or none.
pub const ICONS: [&str; 6] = ["32x32.png", "128x128.png", "128x128@2x.png", "icon.png", "icon.ico", "icon.svg"];

/// Longest words of each kind, in characters.
pub const PRODUCT_NAME_CAP: usize = 40;
pub const PUBLISHER_CAP: usize = 80;
pub const SUPPORT_CAP: usize = 120;
const SERVICE_NAME_CAP: usize = 80;

/// Whose software a person meets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Brand {
    /// Name of the software.
    pub product_name: String,
    /// Name of the service, until a policy or a companion says it.
    pub service_name: String,
    /// Who publishes it.
    pub publisher: String,
    /// Electronic address of whoever makes the packages.
    pub packages_address: String,
    /// How to reach the publisher's support.
    pub support: Option<String>,
    /// The publisher's terms of use.
    pub terms_url: Option<String>,
    /// The publisher's notice on personal data.
    pub privacy_url: Option<String>,
    /// Its colours where the system is light.
    pub light: Palette,
    /// Its colours where the system is dark.
    pub dark: Palette,
    /// Its picture; without one, the drawing of a door.
    pub logo: Option<Logo>,
    /// The file that it came from, as `logo` names it.
    pub logo_file: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Given {
    product_name: String,
    service_name: Option<String>,
    publisher: String,
    packages_address: String,
    support: Option<String>,
    terms_url: Option<String>,
    privacy_url: Option<String>,
    logo: Option<String>,
    colours: GivenThemes,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct GivenThemes {
    light: GivenColours,
    dark: GivenColours,
}

impl Brand {
    /// Reads the brand of a folder. Performs I/O.
    ///
    /// # Errors
    /// The first thing that cannot stand.
    pub fn read(folder: &Path) -> Result<Self, Refusal> {
        let file = folder.join(FILE);
        let unreadable = |key: &str, path: &Path, error: &io::Error| {
            Refusal::new(key, format!("«\u{a0}{}\u{a0}» est illisible\u{a0}: {}", path.display(), of_system(error)))
        };
        check_icons(&folder.join("icons"))?;
        let text = std::fs::read_to_string(&file).map_err(|error| unreadable(FILE, &file, &error))?;
        Self::parse(&text, |name| {
            let path = folder.join(name);
            logo::read(&path).map(Cow::Owned).map_err(|error| unreadable("logo", &path, &error))
        })
    }

    /// Reads a brand from its text; `picture` hands over the file that it names.
    ///
    /// # Errors
    /// The first thing that cannot stand.
    pub fn parse(text: &str, picture: impl FnOnce(&str) -> Result<Cow<'static, [u8]>, Refusal>) -> Result<Self, Refusal> {
        let given: Given = toml::from_str(text).map_err(|error| of_toml(text, &error))?;
        check_name("product_name", &given.product_name, PRODUCT_NAME_CAP)?;
        check_name("publisher", &given.publisher, PUBLISHER_CAP)?;
        let service_name = given.service_name.unwrap_or_else(|| given.product_name.clone());
        check_words("service_name", &service_name, SERVICE_NAME_CAP)?;
        check_address(&given.packages_address)?;
        if let Some(support) = &given.support {
            check_words("support", support, SUPPORT_CAP)?;
        }
        for (key, address) in [("terms_url", &given.terms_url), ("privacy_url", &given.privacy_url)] {
            check_link(key, address.as_deref())?;
        }
        let logo = match &given.logo {
            Some(name) => Some(Logo::of(picture(name)?).map_err(|reason| Refusal::new("logo", reason))?),
            None => None,
        };
        Ok(Self {
            product_name: given.product_name,
            service_name,
            publisher: given.publisher,
            packages_address: given.packages_address,
            support: given.support,
            terms_url: given.terms_url,
            privacy_url: given.privacy_url,
            light: Palette::of(&LIGHT, "colours.light.", &given.colours.light)?,
            dark: Palette::of(&DARK, "colours.dark.", &given.colours.dark)?,
            logo,
            logo_file: given.logo,
        })
    }
}

fn of_system(error: &io::Error) -> String {
    if error.kind() == io::ErrorKind::NotFound {
        return "il n’existe pas".to_owned();
    }
    if error.kind() == io::ErrorKind::PermissionDenied {
        return "la lecture en est refusée à ce compte".to_owned();
    }
    error.to_string()
}

/// What the parser says, for whoever wrote the file.
fn of_toml(text: &str, error: &toml::de::Error) -> Refusal {
    let before = error.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
    let line = 1 + before.matches('\n').count();
    let said = error.message();
    let named = |start: &str| said.strip_prefix(start).and_then(|rest| rest.split('`').next());
    let reason = if let Some(key) = named("unknown field `") {
        format!("ligne {line}, paramètre inconnu\u{a0}: «\u{a0}{key}\u{a0}»")
    } else if let Some(key) = named("missing field `") {
        // Where the fault is a table's, its heading is where it begins.
        let heading = text[before.len()..].lines().next().filter(|line| line.starts_with('['));
        format!("il y manque «\u{a0}{key}\u{a0}»{}", heading.map(|table| format!(" dans {table}")).unwrap_or_default())
    } else if said.starts_with("duplicate key") {
        let given = text[before.len()..].lines().next().unwrap_or_default();
        let given = given.split('=').next().unwrap_or_default().trim_matches(|sign: char| matches!(sign, '[' | ']' | '"' | ' '));
        format!("ligne {line}, «\u{a0}{given}\u{a0}» figure déjà plus haut\u{202f}; gardez-en un seul")
    } else if said.starts_with("invalid type") {
        format!("ligne {line}, un texte entre guillemets est attendu")
    } else {
        format!("ligne {line}, ce n’est pas du TOML\u{a0}: {said}")
    };
    Refusal::new(FILE, reason)
}

/// Performs I/O.
fn check_icons(folder: &Path) -> Result<(), Refusal> {
    match ICONS.iter().find(|name| folder.is_dir() && !folder.join(name).is_file()) {
        Some(missing) => {
            Err(Refusal::new("icons", format!("il y manque «\u{a0}{missing}\u{a0}»\u{202f}; il les faut tous\u{a0}: {}", ICONS.join(", "))))
        }
        None => Ok(()),
    }
}

/// A name that ends up in files of every form, of which the installer of Windows knows no letters but these, and no command a quotation mark.
///
/// # Errors
/// When it is something else.
pub fn check_name(key: &str, name: &str, longest: usize) -> Result<(), Refusal> {
    check_words(key, name, longest)?;
    let is_plain = |character: char| {
        (character.is_alphanumeric() && character <= '\u{ff}')
            || matches!(character, 'Œ' | 'œ' | 'Ÿ' | ' ' | '-' | '’' | '.' | '+' | '&' | '(' | ')')
    };
    // As the first word of a command's argument, a dash would be an option.
    if !name.starts_with(char::is_alphanumeric) {
        return Err(Refusal::new(key, "il commence par une lettre ou un chiffre"));
    }
    match name.chars().find(|character| !is_plain(*character)) {
        None => Ok(()),
        // The one that keyboards have.
        Some('\'') => Err(Refusal::new(key, "l’apostrophe droite n’y est pas admise\u{202f}; écrivez «\u{a0}’\u{a0}»")),
        Some(other) => Err(Refusal::new(
            key,
            format!("«\u{a0}{other}\u{a0}» n’y est pas admis\u{202f}; des lettres, des chiffres, des espaces et - ’ . + & ( )"),
        )),
    }
}

/// Whether a sign writes nothing by itself: the same signs as a service's name may not have.
const fn is_unseen(sign: char) -> bool {
    matches!(
        sign,
        '\u{0}'..='\u{1f}'
            | '\u{7f}'..='\u{9f}'
            | '\u{ad}'
            | '\u{34f}'
            | '\u{61c}'
            | '\u{115f}'..='\u{1160}'
            | '\u{17b4}'..='\u{17b5}'
            | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200f}'
            | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{2800}'
            | '\u{3164}'
            | '\u{fe00}'..='\u{fe0f}'
            | '\u{feff}'
            | '\u{ffa0}'
            | '\u{fff0}'..='\u{fffb}'
            | '\u{1bca0}'..='\u{1bca3}'
            | '\u{1d159}'
            | '\u{1d173}'..='\u{1d17a}'
            | '\u{e0000}'..='\u{e0fff}'
    )
}

/// Words that are shown as they are.
///
/// # Errors
/// When there are none, or too many, or some that cannot be shown.
pub fn check_words(key: &str, words: &str, longest: usize) -> Result<(), Refusal> {
    let length = words.chars().count();
    if length == 0 || length > longest || words.trim() != words || words.chars().any(is_unseen) {
        return Err(Refusal::new(key, format!("de 1 à {longest} caractères affichables, sans espace aux bouts")));
    }
    Ok(())
}

fn check_address(address: &str) -> Result<(), Refusal> {
    let is_plain = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.+".contains(&byte));
    match address.split_once('@') {
        Some((name, host)) if is_plain(name) && is_plain(host) && host.contains('.') => Ok(()),
        _ => Err(Refusal::new("packages_address", "une adresse électronique, comme «\u{a0}paquets@editeur.example\u{a0}»")),
    }
}

fn check_link(key: &str, address: Option<&str>) -> Result<(), Refusal> {
    let is_plain = |rest: &str| !rest.is_empty() && rest.bytes().all(|byte| byte.is_ascii_graphic() && !b"\"'<>\\`@".contains(&byte));
    match address {
        Some(address) if !address.strip_prefix("https://").is_some_and(is_plain) => Err(Refusal::new(key, "une adresse en https://")),
        _ => Ok(()),
    }
}
