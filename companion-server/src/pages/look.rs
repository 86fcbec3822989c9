//! What pages wear: the brand, and the style with its colours. Made once, the same on every page.

use aws_lc_rs::digest::{SHA256, digest};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use http::{HeaderName, HeaderValue};
use vestibule_branding::Brand;

/// Everything but the colours of the brand, which stand before it.
const STYLE: &str = include_str!("../../templates/style.css");

/// A brand, ready to be worn.
#[derive(Debug)]
pub struct Look {
    pub(super) product_name: String,
    pub(super) publisher: String,
    pub(super) support: Option<String>,
    pub(super) style: String,
    pub(super) style_hash: String,
    picture: Option<Picture>,
}

#[derive(Debug, Clone)]
struct Picture {
    media_type: &'static str,
    bytes: Bytes,
}

impl Look {
    /// The look of a brand.
    pub fn new(brand: &Brand) -> Self {
        let style = format!(
            "\n:root {{\n{}}}\n@media (prefers-color-scheme: dark) {{\n  :root {{\n{}  }}\n}}\n{STYLE}",
            brand.light.properties("  "),
            brand.dark.properties("    ")
        );
        Self {
            product_name: brand.product_name.clone(),
            publisher: brand.publisher.clone(),
            support: brand.support.clone(),
            // By its hash (CSP level 3, section 2.3.1), so that a page without script is the same for everybody.
            style_hash: STANDARD.encode(digest(&SHA256, style.as_bytes())),
            style,
            picture: brand
                .logo
                .as_ref()
                .map(|logo| Picture { media_type: logo.kind.media_type(), bytes: Bytes::copy_from_slice(&logo.bytes) }),
        }
    }

    pub(super) const fn has_logo(&self) -> bool {
        self.picture.is_some()
    }

    pub(super) fn names_its_publisher(&self) -> bool {
        self.publisher != self.product_name
    }

    /// `GET /logo`, where there is one. Opened by itself it does nothing either.
    pub fn logo(&self) -> Option<Response> {
        let Picture { media_type, bytes } = self.picture.clone()?;
        let headers = [
            (CONTENT_TYPE, HeaderValue::from_static(media_type)),
            (CACHE_CONTROL, HeaderValue::from_static("max-age=300")),
            (CONTENT_SECURITY_POLICY, HeaderValue::from_static("default-src 'none'; style-src 'unsafe-inline'; sandbox")),
            (HeaderName::from_static("cross-origin-resource-policy"), HeaderValue::from_static("same-origin")),
        ];
        Some((headers, bytes).into_response())
    }
}
