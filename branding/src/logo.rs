//! The picture of a brand, as far as it can be trusted in a page: a drawing that neither acts nor fetches, or a picture of points.

use std::borrow::Cow;

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

/// Largest file, in bytes: it is sent with the pages of people on slow lines.
pub const CAP: usize = 64 * 1024;

const NO_PICTURE: &str = "le logo n’est ni un PNG, ni un SVG";
/// What every PNG begins with: its mark, then the heading of its first part, which says its size.
const PNG: &[u8] = b"\x89PNG\r\n\x1a\n";
const PNG_SIZE: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR";
const PNG_END: &[u8] = b"\0\0\0\0IEND\xaeB`\x82";
/// Widest and highest picture of points: a small file can unfold to gigabytes.
const MOST_POINTS: u32 = 2048;
/// Most times that a drawing may draw a part of itself again: parts that repeat one another double at each turn.
const MOST_REPEATS: usize = 16;

/// Elements of a drawing that stands alone. No text: its typeface would be missing.
const DRAWING: [&str; 19] = [
    "svg",
    "g",
    "defs",
    "title",
    "desc",
    "path",
    "rect",
    "circle",
    "ellipse",
    "line",
    "polyline",
    "polygon",
    "linearGradient",
    "radialGradient",
    "stop",
    "clipPath",
    "mask",
    "use",
    "style",
];

/// A picture that passed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Logo {
    /// SVG or PNG.
    pub kind: Kind,
    /// The file, as it was given.
    pub bytes: Cow<'static, [u8]>,
}

/// How it is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A drawing.
    Svg,
    /// A picture of points.
    Png,
}

impl Kind {
    /// For the header of an answer.
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Svg => "image/svg+xml",
            Self::Png => "image/png",
        }
    }

    /// Name of the file.
    pub const fn file_name(self) -> &'static str {
        match self {
            Self::Svg => "logo.svg",
            Self::Png => "logo.png",
        }
    }
}

impl Logo {
    /// Judges a file by what is in it; its name says nothing.
    ///
    /// # Errors
    /// What is wrong with it, in French.
    pub fn of(bytes: Cow<'static, [u8]>) -> Result<Self, String> {
        if bytes.len() > CAP {
            return Err(format!("le logo pèse {} octets\u{202f}; {CAP} au plus", bytes.len()));
        }
        if bytes.starts_with(PNG) {
            check_points(&bytes)?;
            return Ok(Self { kind: Kind::Png, bytes });
        }
        let text = std::str::from_utf8(&bytes).map_err(|_| "le logo n’est ni un PNG, ni un SVG en UTF-8".to_owned())?;
        check_drawing(text)?;
        Ok(Self { kind: Kind::Svg, bytes })
    }
}

fn check_points(file: &[u8]) -> Result<(), String> {
    let sides = file.strip_prefix(PNG_SIZE).filter(|_| file.ends_with(PNG_END)).and_then(<[u8]>::first_chunk::<8>);
    let [a, b, c, d, e, f, g, h] = *sides.ok_or("ce PNG est abîmé, ou n’en est pas un")?;
    let is_fit = |side| (1..=MOST_POINTS).contains(&side);
    if is_fit(u32::from_be_bytes([a, b, c, d])) && is_fit(u32::from_be_bytes([e, f, g, h])) {
        return Ok(());
    }
    Err(format!("ce PNG est vide ou trop grand\u{202f}; {MOST_POINTS} points au plus de chaque côté"))
}

fn check_drawing(text: &str) -> Result<(), String> {
    let mut reader = Reader::from_str(text);
    let mut path: Vec<String> = Vec::new();
    let (mut seen, mut repeats, mut style) = (false, 0, String::new());
    loop {
        match reader.read_event().map_err(|error| ill_formed(&error))? {
            Event::Start(element) => path.push(check_element(&element, path.last().map(String::as_str), &mut seen, &mut repeats)?),
            Event::Empty(element) => drop(check_element(&element, path.last().map(String::as_str), &mut seen, &mut repeats)?),
            Event::End(_) => {
                path.pop();
                check_style(&style)?;
                if masks(&std::mem::take(&mut style)) {
                    return Err(
                        "ce SVG masque ou découpe par sa feuille de style\u{202f}; que ce soit par un attribut de l’élément".to_owned()
                    );
                }
            }
            // Judged as a browser joins it, whatever stands between its parts.
            Event::Text(text) if in_style(&path) => style.push_str(&text),
            Event::CData(text) if in_style(&path) => style.push_str(&text),
            Event::GeneralRef(_) if in_style(&path) => style.push('&'),
            Event::DocType(_) => return Err("ce SVG a une déclaration DOCTYPE\u{202f}; retirez-la".to_owned()),
            Event::PI(_) => return Err("ce SVG a une instruction de traitement («\u{a0}<?…?>\u{a0}»)\u{202f}; retirez-la".to_owned()),
            Event::Eof => break,
            Event::Text(_) | Event::CData(_) | Event::GeneralRef(_) | Event::Comment(_) | Event::Decl(_) => {}
        }
    }
    match (path.is_empty(), seen) {
        (false, _) => Err(ill_formed(&"il s’arrête avant sa fin")),
        (true, false) => Err(NO_PICTURE.to_owned()),
        (true, true) if repeats > MOST_REPEATS => {
            Err(format!("ce SVG se répète, se masque ou se découpe {repeats} fois\u{202f}; {MOST_REPEATS} au plus"))
        }
        (true, true) => Ok(()),
    }
}

fn in_style(path: &[String]) -> bool {
    path.last().is_some_and(|name| name == "style")
}

/// Whether a style takes other parts of the drawing to draw its own.
fn masks(style: &str) -> bool {
    let plain = style.to_lowercase().replace(char::is_whitespace, "");
    ["mask:", "mask-image:", "clip-path:"].iter().any(|property| plain.contains(property))
}

fn ill_formed(what: &dyn std::fmt::Display) -> String {
    format!("ce SVG n’est pas bien formé\u{a0}: {what}")
}

/// The name of an element that may stand in a drawing. Whatever is not of SVG (an editor's own remarks) is refused too: none of it is drawn.
fn check_element(element: &BytesStart<'_>, inside: Option<&str>, seen: &mut bool, repeats: &mut usize) -> Result<String, String> {
    let name = element.name().as_ref().to_owned();
    match inside {
        None if name != "svg" || *seen => return Err(NO_PICTURE.to_owned()),
        // What a drawing program writes for itself; it can leave it out.
        _ if name.contains(':') => {
            return Err(format!(
                "ce SVG contient «\u{a0}<{name}>\u{a0}», une note de son éditeur\u{202f}; enregistrez-le en «\u{a0}SVG simple\u{a0}»"
            ));
        }
        _ if !DRAWING.contains(&name.as_str()) => {
            return Err(format!(
                "ce SVG contient «\u{a0}<{name}>\u{a0}»\u{202f}; seul un dessin est admis\u{a0}: ni script, ni image, ni texte, ni lien, ni animation"
            ));
        }
        _ => *seen = true,
    }
    *repeats += usize::from(name == "use");
    for attribute in element.attributes() {
        let attribute = attribute.map_err(|error| ill_formed(&error))?;
        let key = attribute.key.as_ref().to_lowercase();
        check_attribute(&key, &attribute.value)?;
        *repeats += usize::from(matches!(key.as_str(), "mask" | "clip-path") || (key == "style" && masks(&attribute.value)));
    }
    Ok(name)
}

fn check_attribute(key: &str, value: &str) -> Result<(), String> {
    if key == "xmlns" || key.starts_with("xmlns:") {
        return Ok(());
    }
    if key.starts_with("on") {
        return Err(format!("ce SVG réagit à un événement («\u{a0}{key}\u{a0}»)\u{202f}; un logo n’a pas de script"));
    }
    let is_link = key == "href" || key.ends_with(":href") || key == "src" || key == "xml:base";
    if is_link && !value.starts_with('#') {
        return Err(format!("ce SVG cherche autre chose ailleurs («\u{a0}{key}\u{a0}»)\u{202f}; il doit se suffire"));
    }
    check_style(value)
}

/// Style, or a value: nothing is fetched, and nothing is written so that it could not be seen here.
fn check_style(text: &str) -> Result<(), String> {
    let plain = text.to_lowercase().replace(char::is_whitespace, "");
    let fetches = plain.match_indices("url(").any(|(at, found)| {
        let target = &plain[at + found.len()..];
        !target.trim_start_matches(['"', '\'']).starts_with('#')
    });
    if fetches
        || ["@import", "javascript:", "data:", "\\", "&", "/*", "image(", "image-set(", "expression("]
            .iter()
            .any(|part| plain.contains(part))
    {
        return Err("ce SVG cherche autre chose ailleurs, ou le cache\u{202f}; il doit se suffire («\u{a0}url(#…)\u{a0}» seulement, sans caractère échappé)".to_owned());
    }
    Ok(())
}

/// A file of a logo, read as far as it is judged: not more than one byte too much.
///
/// # Errors
/// Those of the system.
pub fn read(path: &std::path::Path) -> std::io::Result<Vec<u8>> {
    use std::io::Read as _;
    let mut bytes = Vec::new();
    std::fs::File::open(path)?.take(CAP as u64 + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}
