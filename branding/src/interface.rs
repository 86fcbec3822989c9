//! A brand as the interface takes it: a module of its words, a sheet of its colours, its picture.

use std::fmt::Write as _;

use crate::brand::Brand;

const DO_NOT_EDIT: &str = "Generated from branding/branding.toml: do not edit.";

/// The files of an interface that wears a brand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// `branding.ts`.
    pub module: String,
    /// `branding.css`.
    pub sheet: String,
}

/// What the interface takes of a brand; beside it, the picture under the name of its kind.
pub fn interface(brand: &Brand) -> Written {
    Written { module: module(brand), sheet: sheet(brand) }
}

/// One constant a word, so that whatever a brand does not have leaves nothing in the window.
fn module(brand: &Brand) -> String {
    let mut text = format!("// {DO_NOT_EDIT}\n");
    if let Some(logo) = &brand.logo {
        let _ = writeln!(text, "import picture from './{}?url';", logo.kind.file_name());
    }
    text.push_str("\n/** What the publisher calls the software, and how to reach it. */\n");
    for (name, value) in [("product", &brand.product_name), ("publisher", &brand.publisher)] {
        let _ = writeln!(text, "export const {name}: string = {};", literal(value));
    }
    for (name, value) in [("support", &brand.support), ("terms", &brand.terms_url), ("privacy", &brand.privacy_url)] {
        let written = value.as_deref().map_or_else(|| "null".to_owned(), literal);
        let _ = writeln!(text, "export const {name}: string | null = {written};");
    }
    let picture = if brand.logo.is_some() { "picture" } else { "null" };
    let _ =
        writeln!(text, "/** Address of its picture; without one, the drawing of a door. */\nexport const logo: string | null = {picture};");
    text
}

/// Between single quotes, as TypeScript reads it.
fn literal(value: &str) -> String {
    format!("'{}'", value.replace('\\', "\\\\").replace('\'', "\\'"))
}

/// Loaded before the other tokens, which have the last word where colours are forced.
fn sheet(brand: &Brand) -> String {
    let (light, dark) = (&brand.light, &brand.dark);
    format!(
        "/* {DO_NOT_EDIT} */\n\n:root {{\n{}}}\n\n@media (prefers-color-scheme: dark) {{\n  :root {{\n{}  }}\n}}\n",
        light.properties("  "),
        dark.properties("    "),
    )
}
