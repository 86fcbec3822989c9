use std::net::IpAddr;

use vestibule_model::error_code::ErrorCode;
use vestibule_model::exchange::SignInState;

use super::start::REQUEST_URN;
use super::{OpenRefused, Opened, SignIns, Waiting};
use crate::audit::{Entry, Event};
use crate::psc::AuthorizationRequest;
use crate::random::secret_256;
use crate::session::Pending;
use crate::store::{Arrow, SecretHash, SignInKey, SignInRow, StoreError};

impl SignIns {
    /// Whether the request may still be opened: for the page, without any effect, whoever fetches it and however often.
    ///
    /// # Errors
    /// [`OpenRefused`]
    pub async fn page(&self, request_uri: &str) -> Result<Waiting, OpenRefused> {
        let row = self.requested(request_uri).await?;
        let is_fresh = row.state == SignInState::Created;
        if is_fresh && row.stage_ends_at > self.around.clock.now() {
            return Ok(Waiting { sign_in_id: row.id, device_label: row.device_label });
        }
        if is_fresh || matches!(row.state, SignInState::Expired | SignInState::Cancelled) {
            return Err(OpenRefused::Expired(row.id));
        }
        Err(OpenRefused::AlreadyOpened(row.id))
    }

    /// Consumes the request and prepares the way to Pro Santé Connect.
    ///
    /// # Errors
    /// [`OpenRefused`]
    pub async fn open(&self, request_uri: &str, browser_address: IpAddr) -> Result<Opened, OpenRefused> {
        let row = self.in_time(self.requested(request_uri).await?).await?;
        let cookie = secret_256(&*self.around.random);
        let browser = browser_address.to_canonical();
        let arrow = Arrow::Open { cookie: SecretHash::of(&cookie), browser_address: browser.to_string() };
        if !self.around.store.advance(&row.id, arrow, self.around.clock.now()).await? {
            return Err(self.why_not_opened(row, browser_address).await?);
        }
        self.wakeups.wake(&row.id);

        let Some(group) = self.group_of(&row) else {
            let onward = self.fail(&row, ErrorCode::EnrolmentRefused).await?;
            return Err(OpenRefused::Failed { code: ErrorCode::EnrolmentRefused, onward });
        };
        let request = self.around.provider.authorization_request(group.idp_hint.as_deref()).await;
        let AuthorizationRequest { url, state, nonce, pkce_verifier } = match request {
            Ok(request) => request,
            Err(error) => {
                tracing::warn!(sign_in.id = %row.id, error.code = %error.code(), error = %error, "Pro Santé Connect cannot be asked");
                let onward = self.fail(&row, error.code()).await?;
                return Err(OpenRefused::Failed { code: error.code(), onward });
            }
        };
        let arrow = Arrow::LeaveForPsc {
            psc_state: SecretHash::of(&state),
            pending_sealed: Pending { nonce, pkce_verifier }.seal(&self.around.vault, &row.id),
            stage_ends_at: row.ends_at,
        };
        if !self.around.store.advance(&row.id, arrow, self.around.clock.now()).await? {
            return Err(OpenRefused::Expired(row.id));
        }
        self.wakeups.wake(&row.id);
        Ok(Opened { sign_in_id: row.id, cookie, psc_url: url })
    }

    async fn requested(&self, request_uri: &str) -> Result<SignInRow, OpenRefused> {
        let secret = request_uri.strip_prefix(REQUEST_URN).ok_or(OpenRefused::Unknown)?;
        self.around.store.sign_in(SignInKey::Request(SecretHash::of_text(secret))).await?.ok_or(OpenRefused::Unknown)
    }

    async fn why_not_opened(&self, row: SignInRow, browser_address: IpAddr) -> Result<OpenRefused, StoreError> {
        let state = self.around.store.sign_in(SignInKey::Id(row.id.clone())).await?.map_or(row.state, |now| now.state);
        if matches!(state, SignInState::Expired | SignInState::Cancelled) {
            return Ok(OpenRefused::Expired(row.id));
        }
        let entry = Entry::new(Event::RequestReopened).sign_in(&row.id).device(&row.jkt).from(browser_address);
        self.audit.record(entry.code(ErrorCode::RequestAlreadyOpened)).await?;
        Ok(OpenRefused::AlreadyOpened(row.id))
    }
}
