//! `branding`: a brand as other tools take it. `branding interface FROM INTO`, `branding value FROM KEY`, `branding fill FROM xml|plain < FILE`,
//! `branding window FROM` (what the window's toolkit is told by `TAURI_CONFIG`), `branding built` (the name that it was built with).

use std::io::{Read as _, Write as _};
use std::path::Path;
use std::process::ExitCode;

use serde_json::json;
use vestibule_branding::{Brand, ICONS, PRODUCT_NAME, interface};

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match run(&words) {
        Ok(()) => ExitCode::SUCCESS,
        Err(told) => {
            #[expect(clippy::print_stderr, reason = "a command for publishers")]
            {
                eprintln!("branding\u{a0}: {told}");
            }
            ExitCode::FAILURE
        }
    }
}

fn run(words: &[&str]) -> Result<(), String> {
    let read = |folder: &str| Brand::read(Path::new(folder)).map_err(|refusal| format!("marque refusée ({folder})\u{a0}: {refusal}"));
    match words {
        ["interface", from, into] => write_interface(&read(from)?, Path::new(into)).map_err(|error| format!("{into}\u{a0}: {error}")),
        ["built"] => say(PRODUCT_NAME),
        ["window", from] => say(&window(&read(from)?, Path::new(from))),
        ["value", from, key] => say(value(&read(from)?, key)?),
        ["fill", from, form @ ("xml" | "plain")] => {
            let mut text = String::new();
            std::io::stdin().read_to_string(&mut text).map_err(|error| error.to_string())?;
            say(&filled(&text, &read(from)?, form))
        }
        _ => {
            Err("branding interface DOSSIER VERS | value DOSSIER CLÉ | fill DOSSIER xml|plain < FICHIER | window DOSSIER | built"
                .to_owned())
        }
    }
}

fn write_interface(brand: &Brand, into: &Path) -> std::io::Result<()> {
    let written = interface(brand);
    std::fs::create_dir_all(into)?;
    std::fs::write(into.join("branding.ts"), written.module)?;
    std::fs::write(into.join("branding.css"), written.sheet)?;
    match &brand.logo {
        Some(logo) => std::fs::write(into.join(logo.kind.file_name()), &logo.bytes),
        None => Ok(()),
    }
}

fn value<'a>(brand: &'a Brand, key: &str) -> Result<&'a str, String> {
    match key {
        "product_name" => Ok(&brand.product_name),
        "publisher" => Ok(&brand.publisher),
        "packages_address" => Ok(&brand.packages_address),
        other => Err(format!("«\u{a0}{other}\u{a0}» n’est pas un paramètre que les paquets demandent")),
    }
}

/// A part of the toolkit's configuration, as JSON.
fn window(brand: &Brand, folder: &Path) -> String {
    let icons = folder.join("icons");
    let mut bundle = json!({ "publisher": brand.publisher });
    if icons.is_dir() {
        let drawn = ICONS.iter().filter(|name| !name.ends_with(".svg"));
        bundle["icon"] = drawn.map(|name| icons.join(name).to_string_lossy().into_owned()).collect();
    }
    json!({ "productName": brand.product_name, "bundle": bundle }).to_string()
}

/// A file of the packages, with the brand where its marks are.
fn filled(text: &str, brand: &Brand, form: &str) -> String {
    let written = |value: &str| match form {
        "xml" => value.replace('&', "&amp;"),
        _ => value.to_owned(),
    };
    text.replace("@PRODUCT@", &written(&brand.product_name)).replace("@PUBLISHER@", &written(&brand.publisher))
}

fn say(text: &str) -> Result<(), String> {
    std::io::stdout().write_all(text.as_bytes()).map_err(|error| error.to_string())
}
