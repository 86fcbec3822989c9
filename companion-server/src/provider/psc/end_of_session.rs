//! The end of Pro Santé Connect's session (EXI 20): from server to server, and through the browser where that fails.

use secrecy::{ExposeSecret as _, SecretString};
use url::Url;
use vestibule_model::ErrorCode;

use crate::config::{ConfigError, PscSection};
use crate::provider::oidc::RelyingParty;
use crate::provider::{BrowserEndSession, ProviderError, Step};

/// Where it is asked for, and where it leads.
pub struct EndOfSession {
    client_id: String,
    /// Where a browser is sent back to.
    logout_return: String,
    /// Known without asking discovery.
    page: Url,
}

impl EndOfSession {
    /// Of one environment.
    ///
    /// # Errors
    /// [`ConfigError::Refused`] for an address that cannot be used.
    pub fn new(psc: &PscSection, issuer: &str, logout_return: String) -> Result<Self, ConfigError> {
        let unusable = |_| ConfigError::refused(ErrorCode::ConfigurationInvalid, "psc.environment", "adresse inutilisable");
        let page = Url::parse(&format!("{issuer}/protocol/openid-connect/logout")).map_err(unusable)?;
        Ok(Self { client_id: psc.client_id.clone(), logout_return, page })
    }

    /// From server to server: `id_token_hint` is known to suffice. The address to go back to is named all the same, because only the way there
    /// tells an ended session from a page of maintenance.
    ///
    /// # Errors
    /// [`ProviderError`]; [`ProviderError::EndUnproven`] unless Pro Santé Connect sends us where a browser would go back to, or answers 204.
    pub async fn ask(&self, party: &RelyingParty, id_token_hint: &SecretString) -> Result<(), ProviderError> {
        let metadata = party.metadata().await?;
        let form = url::form_urlencoded::Serializer::new(String::new())
            .append_pair("id_token_hint", id_token_hint.expose_secret())
            .append_pair("post_logout_redirect_uri", &self.logout_return)
            .finish();
        let request = http::Request::post(metadata.end_session.as_str())
            .header(http::header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(form.into_bytes())
            .map_err(|_| ProviderError::DiscoveryRefused("an address is unusable"))?;
        let answer = party.send_once(Step::EndSession, request).await?;
        let status = answer.status();
        if status == http::StatusCode::NO_CONTENT || (status.is_redirection() && self.goes_back(&metadata.end_session, answer.headers())) {
            return Ok(());
        }
        if status.is_success() || status.is_redirection() {
            return Err(ProviderError::EndUnproven);
        }
        Err(ProviderError::RequestRefused { step: Step::EndSession, error: format!("HTTP {}", status.as_u16()) })
    }

    /// Whether the answer leads to the address that a browser is sent back to, whatever query it bears.
    fn goes_back(&self, asked: &Url, headers: &http::HeaderMap) -> bool {
        let location = headers.get(http::header::LOCATION).and_then(|value| value.to_str().ok()).and_then(|text| asked.join(text).ok());
        location.is_some_and(|mut url| {
            url.set_query(None);
            url.set_fragment(None);
            url.as_str() == self.logout_return
        })
    }

    /// The form for her browser.
    pub fn through_the_browser(&self, id_token_hint: &SecretString, state: &SecretString) -> BrowserEndSession {
        BrowserEndSession {
            action: self.page.clone(),
            fields: vec![
                ("id_token_hint", id_token_hint.clone()),
                ("client_id", self.client_id.as_str().into()),
                ("post_logout_redirect_uri", self.logout_return.as_str().into()),
                ("state", state.clone()),
            ],
        }
    }
}
