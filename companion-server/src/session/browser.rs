//! The browser finishes what the server could not: a ticket, a form for Pro Santé Connect, and the way back, which only the browser that took
//! the form can say it came.

use std::net::IpAddr;

use secrecy::SecretString;
use vestibule_model::session::SignInId;

use super::end_at_provider::{Attempt, Call, Precedence};
use super::farewells::EndAtProvider;
use super::{Sessions, SignOutRefused, SignOutReturn};
use crate::audit::{self, Event};
use crate::provider::BrowserEndSession;
use crate::random::{Drawn, secret_256};
use crate::store::{OwedSignOut, SecretHash, SignOut, StoreError};
use crate::surroundings::OwedEnd;

/// Cookies that a browser presents for sign-outs, each with the one whose name it bears.
pub type SignOutCookies = [(SignInId, SecretString)];

/// What a browser is known by in a sign-out, should it use an address.
#[derive(Debug)]
pub struct SignOutBrowser {
    /// Names the cookie.
    pub sign_in_id: SignInId,
    /// This browser's own: whoever else looked at the address has another.
    pub cookie: SecretString,
}

/// What the page of an address shows.
#[derive(Debug)]
pub enum SignOutStart {
    /// The form that begins; with a cookie for a browser that had none.
    Begins(Option<SignOutBrowser>),
    /// Pro Santé Connect did it.
    Finished,
}

/// What using an address gives.
#[derive(Debug)]
pub enum SignOutForm {
    /// Ends Pro Santé Connect's session from this browser.
    Form(BrowserEndSession),
    /// Pro Santé Connect did it.
    Finished,
}

impl Sessions {
    /// Whether a ticket would serve this browser, without using it.
    ///
    /// # Errors
    /// [`SignOutRefused`]
    pub async fn check_sign_out_ticket(&self, ticket: &SecretString, cookies: &SignOutCookies) -> Result<SignOutStart, SignOutRefused> {
        let owed = match self.ticketed(ticket).await? {
            SignOut::Finished => return Ok(SignOutStart::Finished),
            SignOut::Owed(owed) => owed,
        };
        if !is_unused(&owed, ticket) {
            return if is_its_browser(&owed, cookies) { Ok(SignOutStart::Begins(None)) } else { Err(SignOutRefused::Unknown) };
        }
        let has_one = cookies.iter().any(|(id, _)| *id == owed.id);
        let given = (!has_one).then(|| SignOutBrowser { sign_in_id: owed.id, cookie: secret_256(self.around.random.as_ref()) });
        Ok(SignOutStart::Begins(given))
    }

    /// Uses a ticket: the form that signs the browser out of Pro Santé Connect. Asked again, by a double click, a reload or from an address of
    /// before, it is the same form, for the browser that used one last; any other is refused.
    ///
    /// # Errors
    /// [`SignOutRefused`]
    pub async fn browser_sign_out(&self, ticket: &SecretString, cookies: &SignOutCookies) -> Result<SignOutForm, SignOutRefused> {
        let mut found = self.ticketed(ticket).await?;
        if let SignOut::Owed(owed) = &found
            && is_unused(owed, ticket)
        {
            let (form, state) = self.form_of(owed)?;
            let browser = cookies.iter().find(|(id, _)| *id == owed.id).map(|(_, cookie)| SecretHash::of(cookie));
            let (used, now) = (SecretHash::of(ticket), self.around.clock.now());
            if self.around.store.take_ticket(&used, browser, SecretHash::of(&state), now).await? {
                return Ok(SignOutForm::Form(form));
            }
            // Another was faster: this very browser, or not.
            found = self.ticketed(ticket).await?;
        }
        match found {
            SignOut::Finished => Ok(SignOutForm::Finished),
            SignOut::Owed(owed) if is_its_browser(&owed, cookies) => Ok(SignOutForm::Form(self.form_of(&owed)?.0)),
            SignOut::Owed(_) => Err(SignOutRefused::Unknown),
        }
    }

    async fn ticketed(&self, ticket: &SecretString) -> Result<SignOut, SignOutRefused> {
        self.around.store.ticket(&SecretHash::of(ticket), self.around.clock.now()).await?.ok_or(SignOutRefused::Unknown)
    }

    /// With its state: one for the whole sign-out, so that the browser's true return is known whatever came of another ask meanwhile.
    fn form_of(&self, owed: &OwedSignOut) -> Result<(BrowserEndSession, SecretString), SignOutRefused> {
        let end = OwedEnd::unseal(&self.around.vault, &owed.id, &owed.id_token_sealed)?;
        let secret = end.secret.ok_or(SignOutRefused::Unknown)?;
        let state = secret_256(&Drawn::from(&secret, "state of the sign-out", &owed.id.0));
        Ok((self.around.provider(&owed.provider)?.browser_end_session(&end.id_token, &state), state))
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
        let now = self.around.clock.now();
        let owed = match self.around.store.sign_out_by_state(&SecretHash::of_text(state), now).await? {
            None => return Ok(SignOutReturn::Unrelated),
            Some(SignOut::Finished) => return Ok(SignOutReturn::Finished),
            Some(SignOut::Owed(owed)) => owed,
        };
        if is_its_browser(&owed, cookies) {
            if self.around.store.finish_sign_out(&owed.id, self.line(Event::PscSessionEnded, Some(from)), now).await? {
                audit::kept(Event::PscSessionEnded, Some(&owed.id));
            }
            return Ok(SignOutReturn::Finished);
        }
        let hint = self.around.unseal_hint(&owed)?;
        let call = Call { id: &owed.id, provider: &owed.provider, hint: &hint, attempt: Attempt::Again, precedence: Precedence::First };
        let end = self.end_at_provider(call, self.farewells.begin(&owed.id)).await?;
        Ok(if end == EndAtProvider::Done { SignOutReturn::Finished } else { SignOutReturn::Unrelated })
    }
}

/// In force, and no browser used it.
fn is_unused(owed: &OwedSignOut, ticket: &SecretString) -> bool {
    !owed.is_address_used && owed.ticket == Some(SecretHash::of(ticket))
}

fn is_its_browser(owed: &OwedSignOut, cookies: &SignOutCookies) -> bool {
    let Some(browser) = &owed.browser else { return false };
    cookies.iter().any(|(id, cookie)| *id == owed.id && SecretHash::of(cookie) == *browser)
}
