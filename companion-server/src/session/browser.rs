//! The browser finishes what the server could not: a ticket, a form for Pro Santé Connect, and the way back, which only the browser that took
//! the form can say it came.

use std::net::IpAddr;

use secrecy::{ExposeSecret as _, SecretString};
use subtle::ConstantTimeEq as _;
use vestibule_model::session::SignInId;

use super::end_at_psc::{Attempt, Call, EndAtPsc, Place};
use super::{Sessions, SignOutRefused, SignOutReturn};
use crate::audit::{Entry, Event};
use crate::psc::BrowserEndSession;
use crate::random::{Drawn, secret_256};
use crate::store::{OwedSignOut, SecretHash, StoreError};
use crate::surroundings::unseal_hint;

/// Cookies that a browser presents for sign-outs, each with the one whose name it bears.
pub type SignOutCookies = [(SignInId, SecretString)];

/// What the browser of a sign-out is known by from now on.
#[derive(Debug)]
pub struct SignOutBrowser {
    /// Names the cookie.
    pub sign_in_id: SignInId,
    /// One for the whole sign-out.
    pub cookie: SecretString,
}

impl Sessions {
    /// Whether a ticket would serve this browser, without using it.
    ///
    /// # Errors
    /// [`SignOutRefused`]
    pub async fn check_sign_out_ticket(&self, ticket: &SecretString, cookies: &SignOutCookies) -> Result<SignOutBrowser, SignOutRefused> {
        let (_, _, browser) = self.ticketed(ticket, cookies).await?;
        Ok(browser)
    }

    /// Uses a ticket: the form that signs the browser out of Pro Santé Connect. Asked again, by a double click or a reload, it is the same
    /// form, for the browser that has the cookie; any other is refused.
    ///
    /// # Errors
    /// [`SignOutRefused`]
    pub async fn browser_sign_out(
        &self,
        ticket: &SecretString,
        cookies: &SignOutCookies,
    ) -> Result<(BrowserEndSession, SignOutBrowser), SignOutRefused> {
        let (owed, hint, browser) = self.ticketed(ticket, cookies).await?;
        // From the hint, which no history holds. One for the whole sign-out: what came of another ask meanwhile, the browser's true return is
        // known.
        let state = secret_256(&Drawn::from(&hint, "state of the sign-out", &owed.id.0));
        let (served, now) = (SecretHash::of(ticket), self.around.clock.now());
        let is_its_browser = is_its_browser(&browser, cookies);
        if !self.around.store.take_ticket(&served, is_its_browser, SecretHash::of(&state), now).await? {
            return Err(SignOutRefused::Unknown);
        }
        Ok((self.around.provider.browser_end_session(&hint, &state), browser))
    }

    async fn ticketed(
        &self,
        ticket: &SecretString,
        cookies: &SignOutCookies,
    ) -> Result<(OwedSignOut, SecretString, SignOutBrowser), SignOutRefused> {
        let found = self.around.store.ticket(&SecretHash::of(ticket), self.around.clock.now()).await?;
        let owed = found.ok_or(SignOutRefused::Unknown)?;
        let hint = unseal_hint(&self.around.vault, &owed.id, &owed.id_token_sealed)?;
        let browser = browser_of(&owed.id, &hint);
        if owed.is_address_used && !is_its_browser(&browser, cookies) {
            return Err(SignOutRefused::Unknown);
        }
        Ok((owed, hint, browser))
    }

    /// A browser came back from a sign-out; Pro Santé Connect may have dropped the state. Only the browser that took the form is believed;
    /// for any other that knows the state, Pro Santé Connect is asked once more, and its word counts.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn sign_out_returned(
        &self,
        state: Option<&str>,
        cookies: &SignOutCookies,
        from: IpAddr,
    ) -> Result<SignOutReturn, StoreError> {
        let Some(state) = state else { return Ok(SignOutReturn::Unrelated) };
        let found = self.around.store.sign_out_by_state(&SecretHash::of_text(state), self.around.clock.now()).await?;
        let Some(owed) = found else { return Ok(SignOutReturn::Unrelated) };
        let hint = unseal_hint(&self.around.vault, &owed.id, &owed.id_token_sealed)?;
        let is_over = if is_its_browser(&browser_of(&owed.id, &hint), cookies) {
            let is_first = self.around.store.finish_sign_out(&owed.id).await?;
            if is_first {
                self.audit.record(Entry::new(Event::PscSessionEnded).sign_in(&owed.id).from(from)).await?;
            }
            is_first
        } else {
            let call = Call { id: &owed.id, hint: &hint, attempt: Attempt::Again, place: Place::First, ends_at: owed.ends_at };
            self.end_at_psc(call, self.farewells.begin(&owed.id)).await? == EndAtPsc::Done
        };
        Ok(if is_over { SignOutReturn::Finished } else { SignOutReturn::Unrelated })
    }
}

fn browser_of(id: &SignInId, hint: &SecretString) -> SignOutBrowser {
    SignOutBrowser { sign_in_id: id.clone(), cookie: secret_256(&Drawn::from(hint, "browser of the sign-out", &id.0)) }
}

fn is_its_browser(browser: &SignOutBrowser, cookies: &SignOutCookies) -> bool {
    let expected = browser.cookie.expose_secret().as_bytes();
    cookies.iter().any(|(id, cookie)| *id == browser.sign_in_id && bool::from(cookie.expose_secret().as_bytes().ct_eq(expected)))
}
