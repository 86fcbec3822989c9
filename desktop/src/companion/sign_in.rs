//! The calls of one sign-in.

use reqwest::Method;
use secrecy::SecretString;
use vestibule_model::Secret;
use vestibule_model::exchange::{
    DeviceAuthorizationAnswer, DeviceAuthorizationRequest, PushedAuthorizationAnswer, PushedAuthorizationRequest, SignInEvent, SignInState,
    TokenAnswer, TokenRequest, WorkstationRequest, WorkstationRules, path,
};
use vestibule_model::session::SignInId;

use super::{Companion, CompanionError, Outgoing, PARK_TIMEOUT};
use crate::browser::AuthorizePage;
use crate::settings::EnrolmentToken;

impl Companion {
    /// Under which rules a sign-in of this workstation would start. Nothing changes by the question.
    ///
    /// # Errors
    /// [`CompanionError`]; the refusal that a start would meet.
    pub async fn workstation_rules(&self, enrolment_token: Option<&EnrolmentToken>) -> Result<WorkstationRules, CompanionError> {
        let request =
            WorkstationRequest { client_id: self.client_id.clone(), enrolment_token: enrolment_token.map(EnrolmentToken::secret) };
        self.call(Outgoing::new(Method::POST, path::WORKSTATION).form(&request)).await
    }

    /// Starts a sign-in (RFC 9126).
    ///
    /// # Errors
    /// [`CompanionError`].
    pub async fn push(&self, request: &PushedAuthorizationRequest) -> Result<PushedAuthorizationAnswer, CompanionError> {
        self.call(Outgoing::new(Method::POST, path::PAR).form(request)).await
    }

    /// Starts a sign-in by polling (RFC 8628 section 3.1).
    ///
    /// # Errors
    /// [`CompanionError`].
    pub async fn authorize_device(&self, request: &DeviceAuthorizationRequest) -> Result<DeviceAuthorizationAnswer, CompanionError> {
        self.call(Outgoing::new(Method::POST, path::DEVICE_AUTHORIZATION).form(request)).await
    }

    /// Asks for the session of a sign-in by polling (RFC 8628 section 3.4); held by the companion until something happens, 25 s at most.
    ///
    /// # Errors
    /// [`CompanionError`]; `authorization_pending` is one, as the RFC has it.
    pub async fn poll(
        &self,
        device_code: &SecretString,
        verifier: &SecretString,
        letters: Option<&SecretString>,
    ) -> Result<TokenAnswer, CompanionError> {
        let request = TokenRequest::DeviceCode {
            client_id: self.client_id.clone(),
            device_code: device_code.into(),
            code_verifier: verifier.into(),
            confirmation_code: letters.map(Into::into),
        };
        self.call(Outgoing::new(Method::POST, path::TOKEN).form(&request).within(PARK_TIMEOUT)).await
    }

    /// The companion's page that leads to Pro Santé Connect, when `address` is one and nothing else.
    pub fn authorize_page(&self, address: &str) -> Option<AuthorizePage> {
        AuthorizePage::of(&self.origin, address)
    }

    /// The state of a pending sign-in: at once without `after`, else as soon as it differs from `after` or 25 s went by.
    ///
    /// # Errors
    /// [`CompanionError`]; `Impostor` when `events_uri` lies on another host.
    pub async fn sign_in_event(&self, events_uri: &str, after: Option<SignInState>) -> Result<SignInEvent, CompanionError> {
        let address = self.origin.join(events_uri).map_err(|_| CompanionError::Impostor)?;
        if address.origin() != self.origin.origin() {
            return Err(CompanionError::Impostor);
        }
        self.call(Outgoing::new(Method::GET, address.path()).parked(after.map(|state| state.name().to_owned()))).await
    }

    /// Withdraws a pending sign-in.
    ///
    /// # Errors
    /// [`CompanionError`].
    pub async fn cancel(&self, id: &SignInId) -> Result<(), CompanionError> {
        let path = format!("{}/{id}", path::SIGN_INS);
        self.send(Outgoing::new(Method::DELETE, &path)).await.map(drop)
    }

    /// Exchanges the code for a session (RFC 6749 section 4.1.3, RFC 7636), with the letters of the page where some are due.
    ///
    /// # Errors
    /// [`CompanionError`]; `authorization_pending` while letters are due.
    pub async fn redeem(
        &self,
        code: &SecretString,
        verifier: &SecretString,
        redirect_uri: &Secret,
        letters: Option<&SecretString>,
    ) -> Result<TokenAnswer, CompanionError> {
        let request = TokenRequest::Code {
            client_id: self.client_id.clone(),
            code: code.into(),
            code_verifier: verifier.into(),
            redirect_uri: redirect_uri.clone(),
            confirmation_code: letters.map(Into::into),
        };
        self.call(Outgoing::new(Method::POST, path::TOKEN).form(&request)).await
    }
}
