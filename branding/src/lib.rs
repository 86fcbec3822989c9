//! The brand that people meet: the one reader of `branding.toml`, for the build, for the packages and for the companion's configuration.
//!
//! The build refuses a brand that cannot be worn; what it took is in [`compiled`] and in the constants beside it.

mod brand;
mod colour;
mod interface;
mod logo;
mod palette;
mod refusal;

use std::borrow::Cow;

pub use brand::{Brand, FILE, ICONS, PRODUCT_NAME_CAP, PUBLISHER_CAP, SUPPORT_CAP, check_name, check_words};
pub use colour::Colour;
pub use interface::{Written, interface};
pub use logo::{CAP, Kind, Logo};
pub use palette::{DARK, GivenColours, Ground, LIGHT, Palette};
pub use refusal::Refusal;

include!(concat!(env!("OUT_DIR"), "/compiled.rs"));

/// The brand that the build took.
#[expect(clippy::expect_used, reason = "the build reads the same text with the same reader, and stops where it is refused")]
pub fn compiled() -> Brand {
    let text = include_str!(concat!(env!("OUT_DIR"), "/branding.toml"));
    Brand::parse(text, |_| Ok(Cow::Borrowed(LOGO))).expect("a brand that the build took")
}

#[cfg(test)]
mod tests;
