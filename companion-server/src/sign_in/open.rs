//! The browser opens the pushed request, and leaves for the provider.

use std::net::IpAddr;
use std::task::Poll;
use std::time::Duration;

use secrecy::{ExposeSecret as _, SecretString};
use url::Url;
use vestibule_model::error_code::ErrorCode;
use vestibule_model::exchange::SignInState;

use super::browser::Recognised;
use super::follow::cause_of;
use super::start::REQUEST_URN;
use super::{BrowserCookies, OpenRefused, Opened, SignIns, Waiting};
use crate::audit::{Entry, Event};
use crate::group::Group;
use crate::provider::{AuthorizationRequest, AuthorizationWish, ProviderError};
use crate::store::{Arrow, AskedAnew, Browser, SecretHash, SignInEnd, SignInKey, SignInRow, Stage, StoreError};
use crate::surroundings::Pending;

/// Longest time that a second click waits for the answer to the first one: what asking Pro Santé Connect may take.
const FIRST_ANSWER: Duration = Duration::from_secs(15);

impl SignIns {
    /// Whether the request may still be opened: for the page, without any effect, whoever fetches it and however often.
    ///
    /// # Errors
    /// [`OpenRefused`]
    pub async fn page(&self, request_uri: &str, cookies: &BrowserCookies) -> Result<Waiting, OpenRefused> {
        let row = self.requested(request_uri).await?;
        let now = self.around.clock.now();
        if matches!(row.stage, Stage::Created) && row.stage_ends_at > now {
            let left = row.stage_ends_at.millis_since(now) / 1000;
            let expires_in_s = u32::try_from(left).unwrap_or_default();
            return Ok(Waiting { sign_in_id: row.id, device_label: row.device_label, expires_in_s });
        }
        if Recognised::of(&row, cookies, None).is_some() {
            return Err(OpenRefused::Past(row.id));
        }
        Err(match over(&row, now) {
            Some(code) => OpenRefused::Over { id: row.id, code },
            None => OpenRefused::AlreadyOpened(row.id),
        })
    }

    /// Consumes the request and prepares the way to Pro Santé Connect. The browser brings the cookie that the page gave it; asking again gets
    /// the same answer.
    ///
    /// # Errors
    /// [`OpenRefused`]
    pub async fn open(&self, request_uri: &str, cookies: &BrowserCookies, browser_address: IpAddr) -> Result<Opened, OpenRefused> {
        let mut row = self.in_time(self.requested(request_uri).await?).await?;
        if !matches!(row.stage, Stage::Created) {
            return self.opened_before(row, cookies, browser_address).await;
        }
        let Some(cookie) = cookies.of(&row.id).next().cloned() else {
            if !cookies.sign_ins().is_empty() {
                return Err(OpenRefused::CookieGivenBack(row.id));
            }
            // It was given one with the page. Without it Pro Santé Connect's answer could never be taken: better said before the PIN.
            return Err(self.refuse_to_open(&row, ErrorCode::CookiesBlocked).await?);
        };
        let hash = SecretHash::of(&cookie);
        let before = self.around.store.before_opening(&row.jkt, &hash).await?;
        // A cookie that another attempt has is not this one's. This one may have it since a moment: the other click of a double one was faster.
        if before.cookie_of.is_some_and(|holder| holder != row.id) {
            return Err(self.refuse_to_open(&row, ErrorCode::CookiesBlocked).await?);
        }
        let Some(group) = self.group_of(&row) else { return Err(self.refuse_to_open(&row, ErrorCode::GroupGone).await?) };
        let wish = self.wish(before.asked_anew, &group);
        let browser = Browser { cookie: hash, address: Some(browser_address.to_canonical()) };
        let mut asking = self.around.provider(&row.provider)?.authorization_request(wish);
        let refused = match futures::poll!(&mut asking) {
            Poll::Ready(Ok(request)) => {
                let (arrow, url) = self.leaving(&row, request, Some(browser));
                if !self.around.store.advance(&row.id, arrow, self.around.clock.now()).await? {
                    return self.faster_elsewhere(request_uri, cookies, browser_address).await;
                }
                self.wakeups.wake(&row.id);
                return Ok(self.opened(&row, cookie, url));
            }
            Poll::Ready(Err(error)) => Some(error),
            // Something has to be asked of the provider first: whoever opens it meanwhile sees that it is opened.
            Poll::Pending => None,
        };
        if !self.around.store.advance(&row.id, Arrow::Open { browser: browser.clone() }, self.around.clock.now()).await? {
            // It may hold a place in a queue in which the faster one waits.
            drop(asking);
            return self.faster_elsewhere(request_uri, cookies, browser_address).await;
        }
        row.stage = Stage::Opened(browser);
        self.wakeups.wake(&row.id);
        let request = match refused {
            Some(error) => Err(error),
            None => asking.await,
        };
        let opened = self.leave(&row, cookie, request).await;
        if let Err(OpenRefused::Store(error)) = &opened {
            // The app is told at once, as far as the memory still can.
            self.fail(&row, error.code()).await?;
        }
        opened
    }

    /// Another click was faster, or the attempt is over.
    async fn faster_elsewhere(&self, request_uri: &str, cookies: &BrowserCookies, browser_address: IpAddr) -> Result<Opened, OpenRefused> {
        let row = self.in_time(self.requested(request_uri).await?).await?;
        self.opened_before(row, cookies, browser_address).await
    }

    async fn leave(
        &self,
        row: &SignInRow,
        cookie: SecretString,
        request: Result<AuthorizationRequest, ProviderError>,
    ) -> Result<Opened, OpenRefused> {
        let request = match request {
            Ok(request) => request,
            Err(error) => {
                tracing::warn!(sign_in.id = %row.id, error.code = %error.code(), error = %error, "Pro Santé Connect cannot be asked");
                return Err(self.refuse_to_open(row, error.code()).await?);
            }
        };
        let (arrow, url) = self.leaving(row, request, None);
        if !self.around.store.advance(&row.id, arrow, self.around.clock.now()).await? {
            return Err(self.end_of(&row.id).await?.after_opening(&row.id));
        }
        self.wakeups.wake(&row.id);
        Ok(self.opened(row, cookie, url))
    }

    /// The arrow to Pro Santé Connect, and where the browser goes; with the browser that opens it now, or without where it is known already.
    fn leaving(&self, row: &SignInRow, request: AuthorizationRequest, opens: Option<Browser>) -> (Arrow, Url) {
        let AuthorizationRequest { url, state, nonce, pkce_verifier } = request;
        let pending = Pending { nonce, pkce_verifier, provider_url: Some(url.as_str().into()) };
        let (state, pending_sealed) = (SecretHash::of(&state), pending.seal(&self.around.vault, &row.id));
        let stage_ends_at = row.ends_at;
        let arrow = match opens {
            Some(browser) => Arrow::OpenAndLeave { browser, state, pending_sealed, stage_ends_at },
            None => Arrow::LeaveForProvider { state, pending_sealed, stage_ends_at },
        };
        (arrow, url)
    }

    fn opened(&self, row: &SignInRow, cookie: SecretString, provider_url: Url) -> Opened {
        let left = row.ends_at.millis_since(self.around.clock.now()).max(0) / 1000;
        Opened { sign_in_id: row.id.clone(), cookie, provider_url, expires_in_s: u32::try_from(left).unwrap_or_default() }
    }

    async fn refuse_to_open(&self, row: &SignInRow, code: ErrorCode) -> Result<OpenRefused, StoreError> {
        Ok(self.fail(row, code).await?.after_opening(&row.id))
    }

    /// A device that was signed out of, or whose person said that it was not her, asks anew who it is: a local provider that remembers the
    /// former person would otherwise bring her back without a word.
    fn wish<'group>(&self, asked_anew: Option<AskedAnew>, group: &'group Group) -> AuthorizationWish<'group> {
        let idp_hint = group.idp_hint.as_deref();
        let Some(AskedAnew { was_locked }) = asked_anew else { return AuthorizationWish { idp_hint, prompt_login: false } };
        let rule = self.around.rules.ask_anew;
        // Behind a lock, whoever stands there now must not be brought in by what the browser still remembers of her.
        AuthorizationWish { idp_hint: idp_hint.filter(|_| rule.keeps_hint()), prompt_login: rule.prompts() || was_locked }
    }

    async fn requested(&self, request_uri: &str) -> Result<SignInRow, OpenRefused> {
        let secret = request_uri.strip_prefix(REQUEST_URN).ok_or(OpenRefused::Unknown)?;
        self.around.store.sign_in(SignInKey::Request(SecretHash::of_text(secret))).await?.ok_or(OpenRefused::Unknown)
    }

    /// A double click and a reload come from the same browser; anyone else has a link that has served.
    async fn opened_before(&self, row: SignInRow, cookies: &BrowserCookies, browser_address: IpAddr) -> Result<Opened, OpenRefused> {
        if let Some(Recognised::Current(cookie)) = Recognised::of(&row, cookies, None) {
            let row = self.once_past(row, SignInState::Opened, FIRST_ANSWER).await?;
            return match self.provider_url(&row) {
                Some(url) => Ok(self.opened(&row, cookie, url)),
                None => Err(OpenRefused::Past(row.id)),
            };
        }
        if let Some(code) = over(&row, self.around.clock.now()) {
            return Err(OpenRefused::Over { id: row.id, code });
        }
        let entry = Entry::new(Event::RequestReopened).sign_in(&row.id).device(&row.jkt).from(browser_address);
        self.audit.record(entry.code(ErrorCode::RequestAlreadyOpened)).await?;
        Err(OpenRefused::AlreadyOpened(row.id))
    }

    /// Where the browser was sent, while it is there.
    fn provider_url(&self, row: &SignInRow) -> Option<Url> {
        let Stage::AtProvider { pending_sealed, .. } = &row.stage else { return None };
        let pending = Pending::unseal(&self.around.vault, &row.id, pending_sealed).ok()?;
        Url::parse(pending.provider_url?.expose_secret()).ok()
    }
}

/// Why the request can be opened no more although nobody did; `None` when somebody did.
fn over(row: &SignInRow, now: crate::clock::Timestamp) -> Option<ErrorCode> {
    match &row.stage {
        Stage::Created => (row.stage_ends_at <= now).then_some(ErrorCode::SignInExpired),
        Stage::Over(over) => matches!(over.end, SignInEnd::Expired | SignInEnd::Cancelled).then(|| cause_of(over)),
        Stage::Opened(_)
        | Stage::AtProvider { .. }
        | Stage::Exchanging(_)
        | Stage::Authenticated(_)
        | Stage::Confirmed { .. }
        | Stage::Redeemed(_) => None,
    }
}
