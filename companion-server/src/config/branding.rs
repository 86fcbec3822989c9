//! The section `[branding]`: what the pages wear, where it is not the brand that the program was built with.

use std::borrow::Cow;
use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use vestibule_branding::{
    Brand, DARK, GivenColours, LIGHT, Logo, PRODUCT_NAME_CAP, PUBLISHER_CAP, Palette, Refusal, SUPPORT_CAP, check_name, check_words,
};
use vestibule_model::ErrorCode;

use super::ConfigError;
use crate::ordinary_file;

/// La marque que portent les pages : celle de l’éditeur, ou de l’établissement. Chaque paramètre absent garde ce que l’éditeur a mis dans le
/// programme ; le nom du logiciel des professionnels, lui, est [service] name.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct BrandingSection {
    /// Nom du logiciel de connexion, 40 caractères au plus.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub product_name: Option<String>,
    /// Qui édite ce logiciel, 80 caractères au plus.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub publisher: Option<String>,
    /// Comment joindre le support de l’éditeur. Les pages d’erreur affichent d’abord [service] support_contact.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub support: Option<String>,
    /// Couleur des boutons, du dessin et des liens dans le thème clair : « # » et six chiffres hexadécimaux. Refusée si son contraste ne suffit
    /// pas. Va avec accent_dark.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub accent: Option<String>,
    /// La même dans le thème sombre.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub accent_dark: Option<String>,
    /// Logo, SVG ou PNG, 64 Ko au plus ; un SVG se suffit : ni script, ni texte, ni adresse d’ailleurs. Il est lu au démarrage.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub logo_file: Option<PathBuf>,
}

impl BrandingSection {
    /// The brand of the program, with what is said here in its place. Reads the logo: performs I/O.
    ///
    /// # Errors
    /// What cannot be worn.
    pub fn brand(&self) -> Result<Brand, ConfigError> {
        let mut brand = self.without_logo()?;
        if let Some(file) = &self.logo_file {
            let bytes = ordinary_file::read(file)
                .map_err(|source| ConfigError::of_file(ErrorCode::BrandingRefused, "branding.logo_file", file, &source))?;
            let logo = Logo::of(Cow::Owned(bytes));
            brand.logo = Some(logo.map_err(|reason| ConfigError::refused(ErrorCode::BrandingRefused, "branding.logo_file", reason))?);
        }
        Ok(brand)
    }

    pub(super) fn validate(&self) -> Result<(), ConfigError> {
        self.without_logo().map(drop)
    }

    pub(super) fn check_files(&self) -> Result<(), ConfigError> {
        self.brand().map(drop)
    }

    fn without_logo(&self) -> Result<Brand, ConfigError> {
        let mut brand = vestibule_branding::compiled();
        if let Some(name) = &self.product_name {
            check_name("branding.product_name", name, PRODUCT_NAME_CAP).map_err(refused)?;
            brand.product_name.clone_from(name);
        }
        if let Some(name) = &self.publisher {
            check_name("branding.publisher", name, PUBLISHER_CAP).map_err(refused)?;
            brand.publisher.clone_from(name);
        }
        if let Some(support) = &self.support {
            check_words("branding.support", support, SUPPORT_CAP).map_err(refused)?;
            brand.support = Some(support.clone());
        }
        match (&self.accent, &self.accent_dark) {
            (Some(light), Some(dark)) => {
                brand.light = palette(&LIGHT, light, "branding.accent")?;
                brand.dark = palette(&DARK, dark, "branding.accent_dark")?;
            }
            (None, None) => {}
            (light, _) => {
                let missing = if light.is_none() { "branding.accent" } else { "branding.accent_dark" };
                let reason = "les deux thèmes ont chacun leur couleur\u{a0}: donnez «\u{a0}accent\u{a0}» et «\u{a0}accent_dark\u{a0}», ou aucune des deux";
                return Err(ConfigError::refused(ErrorCode::BrandingRefused, missing, reason));
            }
        }
        Ok(brand)
    }
}

fn palette(ground: &vestibule_branding::Ground, accent: &str, key: &'static str) -> Result<Palette, ConfigError> {
    let given = GivenColours { accent: accent.to_owned(), ..GivenColours::default() };
    Palette::of(ground, "", &given).map_err(|refusal| ConfigError::refused(ErrorCode::BrandingRefused, key, refusal.reason))
}

fn refused(refusal: Refusal) -> ConfigError {
    ConfigError::refused(ErrorCode::BrandingRefused, refusal.key, refusal.reason)
}
