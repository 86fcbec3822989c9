//! Takes the brand of this folder, or of the one that `VESTIBULE_BRANDING` names, and stops the build where it cannot be worn.

#[path = "src/brand.rs"]
mod brand;
#[path = "src/colour.rs"]
mod colour;
#[path = "src/logo.rs"]
#[expect(dead_code, reason = "the programs use the rest")]
mod logo;
#[path = "src/palette.rs"]
#[expect(dead_code, reason = "the programs use the rest")]
mod palette;
#[path = "src/refusal.rs"]
mod refusal;

use std::error::Error;
use std::path::{Path, PathBuf};

use crate::brand::{Brand, FILE};

const VARIABLE: &str = "VESTIBULE_BRANDING";

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-env-changed={VARIABLE}");
    let own = PathBuf::from(std::env::var("CARGO_MANIFEST_DIR")?);
    let folder = match std::env::var_os(VARIABLE) {
        Some(folder) if !Path::new(&folder).is_absolute() => {
            println!("cargo::error={VARIABLE} nomme un dossier par son chemin entier, qui commence à la racine");
            return Ok(());
        }
        Some(folder) => PathBuf::from(folder),
        None => own,
    };
    println!("cargo::rerun-if-changed={}", folder.join(FILE).display());
    match Brand::read(&folder) {
        Ok(brand) => write(&folder, &brand),
        Err(refusal) => {
            println!("cargo::error=marque refusée ({}): {refusal}", folder.join(FILE).display());
            Ok(())
        }
    }
}

fn write(folder: &Path, brand: &Brand) -> Result<(), Box<dyn Error>> {
    let out = PathBuf::from(std::env::var("OUT_DIR")?);
    let text = std::fs::read_to_string(folder.join(FILE))?;
    std::fs::write(out.join(FILE), text)?;
    let picture = brand.logo.as_ref().map_or(&[][..], |logo| &logo.bytes);
    std::fs::write(out.join("logo"), picture)?;
    if let Some(name) = &brand.logo_file {
        println!("cargo::rerun-if-changed={}", folder.join(name).display());
    }
    std::fs::write(out.join("compiled.rs"), constants(brand))?;
    Ok(())
}

fn constants(brand: &Brand) -> String {
    let in_toml = toml::Value::String(brand.service_name.clone()).to_string();
    format!(
        "/// Name of the software.\npub const PRODUCT_NAME: &str = {:?};\n\
         /// Name of the service, until a policy or a companion says it.\npub const SERVICE_NAME: &str = {:?};\n\
         /// The same, as a TOML file writes it.\npub const SERVICE_NAME_IN_TOML: &str = {:?};\n\
         static LOGO: &[u8] = include_bytes!(concat!(env!(\"OUT_DIR\"), \"/logo\"));\n",
        brand.product_name, brand.service_name, in_toml,
    )
}
