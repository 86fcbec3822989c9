//! A page on its way out: markup and headers.

use askama::Template;
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bytes::Bytes;
use http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, LOCATION, REFERRER_POLICY, STRICT_TRANSPORT_SECURITY, X_CONTENT_TYPE_OPTIONS,
    X_FRAME_OPTIONS,
};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use url::Url;
use vestibule_model::exchange::path;
use vestibule_model::language::Language;
use vestibule_model::session::{PscEnvironment, SignInId};

use super::{Look, Shell};

/// A whole HTML answer. Status and headers may be looked at, and more headers added (a cookie).
/// Cheap to clone: the markup is shared.
#[derive(Debug, Clone)]
pub struct Page {
    /// HTTP status.
    pub status: StatusCode,
    /// Every header of the page.
    pub headers: HeaderMap,
    body: Bytes,
}

impl Page {
    /// Says where to look, which changes nothing, to who sent a form: Back and Reload ask there again, and send nothing a second time.
    /// `location` is a path of ours.
    pub fn elsewhere(location: &str) -> Self {
        let mut headers = HeaderMap::new();
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
        #[expect(clippy::expect_used, reason = "paths and names of ours, and base64url: always fit for a header")]
        headers.insert(LOCATION, HeaderValue::try_from(location).expect("ASCII"));
        Self { status: StatusCode::SEE_OTHER, headers, body: Bytes::new() }
    }

    /// The markup.
    pub fn body(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap_or_default()
    }
}

impl IntoResponse for Page {
    fn into_response(self) -> Response {
        (self.status, self.headers, self.body).into_response()
    }
}

/// What every template may show around its content.
pub(super) struct Frame<'a> {
    pub(super) look: &'a Look,
    pub(super) language: Language,
    /// Whether it is French: each text of a template stands there in both languages, French first.
    pub(super) fr: bool,
    pub(super) service_name: &'a str,
    pub(super) environment: PscEnvironment,
    pub(super) sign_in_id: Option<&'a SignInId>,
    pub(super) nonce: String,
    public_https: bool,
}

impl<'a> Frame<'a> {
    pub(super) const TERMS: &'static str = path::TERMS;
    pub(super) const PRIVACY: &'static str = path::PRIVACY;
    pub(super) const ACCESSIBILITY: &'static str = path::ACCESSIBILITY;
    pub(super) const LOGO: &'static str = path::LOGO;

    pub(super) fn new(shell: Shell<'a>) -> Self {
        let mut bytes = [0_u8; 16];
        shell.random.fill(&mut bytes);
        Self {
            look: shell.look,
            language: shell.language,
            fr: shell.language == Language::Fr,
            service_name: shell.service_name,
            environment: shell.environment,
            sign_in_id: shell.sign_in_id,
            nonce: URL_SAFE_NO_PAD.encode(bytes),
            public_https: shell.public_https,
        }
    }

    /// Where a page of the law is read in the language of this one: its browser may hold nothing that says it.
    pub(super) fn link(&self, path: &str) -> String {
        if self.fr { path.to_owned() } else { format!("{path}?ui_locales={}", self.lang()) }
    }

    /// For the `lang` of the page.
    pub(super) const fn lang(&self) -> &'static str {
        self.language.tag()
    }

    pub(super) fn page(&self, status: StatusCode, policy: Policy, template: &impl Template) -> Page {
        let mut headers = HeaderMap::new();
        for (name, value) in FIXED_HEADERS {
            headers.insert(name, HeaderValue::from_static(value));
        }
        if self.public_https {
            headers.insert(STRICT_TRANSPORT_SECURITY, HeaderValue::from_static("max-age=31536000"));
        }
        #[expect(clippy::expect_used, reason = "writing to a String cannot fail, and no template has an operation that can")]
        let body = template.render().expect("templates render");
        #[expect(clippy::expect_used, reason = "an origin, a hash and a base64url nonce are always fit for a header")]
        headers.insert(CONTENT_SECURITY_POLICY, policy.header(&self.nonce, self.look).try_into().expect("ASCII"));
        Page { status, headers, body: body.into() }
    }
}

const FIXED_HEADERS: [(HeaderName, &str); 8] = [
    (CONTENT_TYPE, "text/html; charset=utf-8"),
    (CACHE_CONTROL, "no-store"),
    (REFERRER_POLICY, "no-referrer"),
    (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (X_FRAME_OPTIONS, "DENY"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    (
        HeaderName::from_static("permissions-policy"),
        "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), publickey-credentials-get=(), usb=()",
    ),
];

/// What the page may do, besides showing itself.
pub(super) struct Policy {
    form_action: String,
    script: bool,
}

impl Policy {
    pub(super) fn no_form() -> Self {
        Self { form_action: "'none'".into(), script: false }
    }

    pub(super) fn own_form() -> Self {
        Self { form_action: "'self'".into(), script: false }
    }

    pub(super) fn form_to(url: &Url) -> Self {
        Self { form_action: format!("{} 'self'", url.origin().ascii_serialization()), script: false }
    }

    pub(super) fn with_script(mut self) -> Self {
        self.script = true;
        self
    }

    fn header(&self, nonce: &str, look: &Look) -> String {
        let picture = if look.has_logo() { " img-src 'self';" } else { "" };
        let script = if self.script { format!(" script-src 'nonce-{nonce}';") } else { String::new() };
        format!(
            "default-src 'none'; style-src 'sha256-{}';{picture}{script} form-action {}; frame-ancestors 'none'; base-uri 'none'",
            look.style_hash, self.form_action
        )
    }
}
