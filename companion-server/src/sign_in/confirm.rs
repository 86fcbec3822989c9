//! The confirmation page: what it shows, and what follows each answer.

use std::net::IpAddr;

use secrecy::{ExposeSecret as _, SecretString};
use subtle::ConstantTimeEq as _;
use url::Url;
use vestibule_model::error_code::ErrorCode;
use vestibule_model::exchange::SignOutAnswer;
use vestibule_model::session::SignInId;

use super::browser::{Recognised, app_code, letters};
use super::follow::End;
use super::{
    Afterwards, BrowserCookies, ConfirmationFacts, ConfirmationReason, ConfirmationRefused, Decided, Decision, Onward, Question, SignIns,
    TypedCode, WayBack, presence,
};
use crate::audit::{Entry, Event};
use crate::config::is_loopback_host;
use crate::session::Disowned;
use crate::store::{Arrow, Asks, GrantShown, Identified, Over, Release, SecretHash, SignInEnd, SignInKey, SignInRow, Stage, StoreError};
use crate::surroundings::unseal_practitioner;

/// Seconds for the code to reach the app and come back.
pub(super) const CODE_S: i64 = 60;
/// Seconds to type the letters into the app.
const TYPED_CODE_S: u32 = 120;

/// What is kept of the code that leaves through the browser; nothing where the app asks for itself.
pub(super) fn code_hash(way_back: &WayBack, cookie: &SecretString) -> Option<SecretHash> {
    way_back.address().map(|_| SecretHash::of(&app_code(cookie)))
}

/// A browser that holds the cookie of an attempt, and the attempt as it stood when it came.
#[derive(Clone)]
pub struct KnownBrowser {
    pub(crate) row: SignInRow,
    /// What was granted to it by then.
    pub(crate) granted: Option<GrantShown>,
    pub(crate) cookie: SecretString,
}

impl KnownBrowser {
    /// By which it is known.
    pub const fn cookie(&self) -> &SecretString {
        &self.cookie
    }
}

impl SignIns {
    /// The browser among whose cookies is that of the attempt `id`; `None` for another one.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn known_browser(&self, id: &SignInId, cookies: &BrowserCookies) -> Result<Option<KnownBrowser>, StoreError> {
        let Some((row, granted)) = self.around.store.sign_in_with_grant(SignInKey::Id(id.clone())).await? else { return Ok(None) };
        Ok(match Recognised::of(&row, cookies, None) {
            Some(Recognised::Current(cookie)) => Some(KnownBrowser { row, granted, cookie }),
            Some(Recognised::AnswerLost(_)) | None => None,
        })
    }

    /// What the confirmation page shows.
    ///
    /// # Errors
    /// [`ConfirmationRefused`]
    pub async fn confirmation(&self, browser: &KnownBrowser) -> Result<ConfirmationFacts, ConfirmationRefused> {
        let (row, cookie) = (self.past_provider(browser.row.clone()).await?, &browser.cookie);
        let who = match &row.stage {
            Stage::Authenticated(who) => who,
            Stage::Confirmed { .. } | Stage::Redeemed(_) => return Err(ConfirmationRefused::Replayed(row.id)),
            Stage::Over(over) if over.end == SignInEnd::Declined => return Err(ConfirmationRefused::Replayed(row.id)),
            Stage::Created | Stage::Opened(_) | Stage::AtProvider { .. } | Stage::Exchanging(_) | Stage::Over(_) => {
                return Err(self.over(&row.id).await?);
            }
        };
        self.check_open(&row).await?;
        let Some(grant) = self.granted(&row.id, browser.granted.clone()).await? else { return Err(self.over(&row.id).await?) };
        let left = row.stage_ends_at.millis_since(self.around.clock.now()).max(0) / 1000;
        let (reason, question) = match who.asks.clone() {
            Asks::Number { reason, choices } => (reason, Question::Choose(choices)),
            Asks::Click(reason) => (reason, Question::Compare(row.match_number.clone())),
            // She was to be asked nothing, and the companion was stopped before she went on: her click takes her there.
            Asks::Nothing => (ConfirmationReason::Always, Question::Compare(row.match_number.clone())),
        };
        Ok(ConfirmationFacts {
            practitioner: unseal_practitioner(&self.around.vault, &row.id, &grant.practitioner_sealed)?,
            same_network: self.same_network(&row),
            form_guard: form_guard(cookie),
            reason,
            expires_in_s: u32::try_from(left).unwrap_or_default(),
            sign_in_id: row.id,
            device_label: row.device_label,
            question,
        })
    }

    /// What was granted to an attempt, of which this may have been read with it.
    pub(super) async fn granted(&self, id: &SignInId, read: Option<GrantShown>) -> Result<Option<GrantShown>, StoreError> {
        if read.is_some() {
            return Ok(read);
        }
        Ok(self.around.store.grant(id).await?.map(GrantShown::from))
    }

    /// Takes the person's answer; the same answer again gets the same reply. That she asked for nothing is heard at any moment.
    ///
    /// # Errors
    /// [`ConfirmationRefused`]
    pub async fn decide(&self, browser: KnownBrowser, guard: &SecretString, decision: Decision) -> Result<Decided, ConfirmationRefused> {
        let (row, cookie) = (self.past_provider(browser.row).await?, &browser.cookie);
        if !self.is_own_form(&row, cookie, guard).await? {
            return Err(ConfirmationRefused::FormRefused(row.id));
        }
        let Stage::Authenticated(who) = row.stage.clone() else { return self.decided_before(row, cookie, &decision).await };
        self.check_open(&row).await?;
        match (&decision, who.asks.is_number()) {
            (Decision::Decline, _) => self.object(row, cookie).await,
            (Decision::Accept, false) if self.is_presence_proven_without_number(&row, &who).await? => {
                match self.confirm(&row, cookie).await? {
                    Some(onward) => Ok(Decided::Onward(onward)),
                    None => self.decided_meanwhile(row, cookie, &decision).await,
                }
            }
            (Decision::Number(number), true) => self.number_picked(row, &who, number, cookie).await,
            (Decision::Accept, _) | (Decision::Number(_), false) => Err(ConfirmationRefused::OtherQuestion(row.id)),
        }
    }

    /// Hidden field of the forms of the browser with this cookie.
    pub fn form_guard(&self, cookie: &SecretString) -> SecretString {
        form_guard(cookie)
    }

    /// By which a page of the browser with this cookie knows what that browser just did: an address that somebody else made claims nothing.
    pub fn proof_of(&self, what: &str, cookie: &SecretString) -> SecretString {
        keyed(what, cookie)
    }

    /// What this browser may still do for the sign-in `id`, once its part is done; `None` for any other browser, and when there is nothing left.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn afterwards(&self, cookie: &SecretString, id: &SignInId) -> Result<Option<Afterwards>, StoreError> {
        let found = self.around.store.sign_in(SignInKey::Cookie(SecretHash::of(cookie))).await?;
        let Some(row) = found.filter(|row| row.id == *id) else { return Ok(None) };
        let row = self.in_time(row).await?;
        match row.stage {
            Stage::Confirmed { letters_tried: Some(_), .. } => {
                Ok(self.letters_to_type(&row, cookie).await?.map(|typed| Afterwards::TypeCode(Box::new(typed))))
            }
            Stage::Confirmed { .. } => Ok(Some(may_object(row, cookie))),
            Stage::Redeemed(_) => Ok(Some(match self.sessions.disowned(&row.id).await? {
                Some(Disowned { was_open, psc }) => Afterwards::SessionEnded { was_open, psc },
                None => may_object(row, cookie),
            })),
            Stage::Created
            | Stage::Opened(_)
            | Stage::AtProvider { .. }
            | Stage::Exchanging(_)
            | Stage::Authenticated(_)
            | Stage::Over(_) => Ok(None),
        }
    }

    /// What the page shows after the answer: the code or the letters once more while they serve, else how the attempt stands.
    ///
    /// # Errors
    /// [`ConfirmationRefused`]
    pub async fn decided(&self, browser: &KnownBrowser) -> Result<Decided, ConfirmationRefused> {
        let (row, cookie) = (self.past_provider(browser.row.clone()).await?, &browser.cookie);
        if row.letters_tried().is_some() {
            let Some(typed) = self.letters_to_type(&row, cookie).await? else { return Err(self.over(&row.id).await?) };
            // The code may not have come to the app: a button still takes it there.
            return Ok(Decided::TypeCode(TypedCode { opens_app: self.address_with_code(&row, cookie)?, ..typed }));
        }
        // A listener has taken her no and is gone; the app's scheme takes it as often as the page is looked at.
        if matches!((&row.stage, &row.way_back), (Stage::Over(Over { end: SignInEnd::Declined, code: None, .. }), WayBack::Scheme(_))) {
            return self.declined(&row);
        }
        Ok(Decided::Onward(self.code_again(&row, cookie)?))
    }

    /// authenticated → confirmed, without letters. `None` when the sign-in was elsewhere.
    async fn confirm(&self, row: &SignInRow, cookie: &SecretString) -> Result<Option<Onward>, StoreError> {
        if !self.release(row, cookie, None, CODE_S).await? {
            return Ok(None);
        }
        self.with_code(row, cookie).map(Some)
    }

    /// The page that took the code to the app, once more; once the code has served, there is nothing more to take.
    pub(super) fn code_again(&self, row: &SignInRow, cookie: &SecretString) -> Result<Onward, StoreError> {
        if !matches!(row.stage, Stage::Confirmed { .. }) {
            return Ok(Onward::Stay(row.id.clone()));
        }
        self.with_code(row, cookie)
    }

    /// Back to the app with its code; where it asks for itself, nowhere.
    pub(super) fn with_code(&self, row: &SignInRow, cookie: &SecretString) -> Result<Onward, StoreError> {
        self.onward(row, &[("code", app_code(cookie).expose_secret())])
    }

    fn address_with_code(&self, row: &SignInRow, cookie: &SecretString) -> Result<Option<Url>, StoreError> {
        Ok(match self.with_code(row, cookie)? {
            Onward::ReturnToApp(back) => Some(back.url),
            Onward::Stay(_) => None,
        })
    }

    /// Whoever sits in front of the app knows its number; someone new to the workstation types letters there too.
    async fn number_picked(
        &self,
        row: SignInRow,
        who: &Identified,
        number: &str,
        cookie: &SecretString,
    ) -> Result<Decided, ConfirmationRefused> {
        let decision = Decision::Number(number.to_owned());
        if !is_right_number(&row, number) {
            return self.wrong_number(row, cookie, &decision).await;
        }
        let (mac, stage_s) = if self.is_known_here(&row, who).await? {
            (None, CODE_S)
        } else {
            let mac = self.around.vault.short_code_mac(row.id.0.as_bytes(), letters(cookie).expose_secret());
            (Some(mac), i64::from(TYPED_CODE_S))
        };
        if !self.release(&row, cookie, mac, stage_s).await? {
            return self.decided_meanwhile(row, cookie, &decision).await;
        }
        self.reply(self.fresh(row).await?, cookie).await
    }

    /// What the browser is to do for a code that left: the same, however often it is asked.
    async fn reply(&self, row: SignInRow, cookie: &SecretString) -> Result<Decided, ConfirmationRefused> {
        if row.letters_tried().is_none() {
            return Ok(Decided::Onward(self.code_again(&row, cookie)?));
        }
        match (self.with_code(&row, cookie)?, &row.way_back) {
            // The page that the listener sends the browser to shows the letters.
            (Onward::ReturnToApp(back), WayBack::Loopback(_)) => Ok(Decided::Deliver(back)),
            // An address of the app's scheme leaves the page where it is.
            (onward, _) => {
                let Some(typed) = self.letters_to_type(&row, cookie).await? else { return Err(self.over(&row.id).await?) };
                let opens_app = match onward {
                    Onward::ReturnToApp(back) => Some(back.url),
                    Onward::Stay(_) => None,
                };
                Ok(Decided::TypeCode(TypedCode { opens_app, ..typed }))
            }
        }
    }

    /// The same letters, for the same browser.
    async fn letters_to_type(&self, row: &SignInRow, cookie: &SecretString) -> Result<Option<TypedCode>, StoreError> {
        let Some(grant) = self.around.store.grant(&row.id).await? else { return Ok(None) };
        let left = row.stage_ends_at.millis_since(self.around.clock.now()).max(0) / 1000;
        Ok(Some(TypedCode {
            sign_in_id: row.id.clone(),
            practitioner: unseal_practitioner(&self.around.vault, &row.id, &grant.practitioner_sealed)?,
            code: letters(cookie),
            expires_in_s: u32::try_from(left).unwrap_or_default(),
            form_guard: form_guard(cookie),
            opens_app: None,
        }))
    }

    /// Whether a form comes from a page that this browser was shown; another one is traced.
    pub(super) async fn is_own_form(&self, row: &SignInRow, cookie: &SecretString, guard: &SecretString) -> Result<bool, StoreError> {
        if bool::from(form_guard(cookie).expose_secret().as_bytes().ct_eq(guard.expose_secret().as_bytes())) {
            return Ok(true);
        }
        let entry = Entry::new(Event::FormRefused).sign_in(&row.id).device(&row.jkt).from_known(row.browser_address());
        self.audit.record(entry.code(ErrorCode::FormRefused)).await?;
        Ok(false)
    }

    /// Somebody else was faster, from this very browser: whether they agree is for [`Self::decided_before`] to say.
    async fn decided_meanwhile(&self, row: SignInRow, cookie: &SecretString, decision: &Decision) -> Result<Decided, ConfirmationRefused> {
        let row = self.fresh(row).await?;
        self.decided_before(row, cookie, decision).await
    }

    /// The same answer as the one that counts gets the same reply; another one is told that it came too late, unless it is her no.
    async fn decided_before(&self, row: SignInRow, cookie: &SecretString, decision: &Decision) -> Result<Decided, ConfirmationRefused> {
        let agrees = |who: &Identified| match decision {
            Decision::Accept => !who.asks.is_number(),
            Decision::Number(number) => who.asks.is_number() && is_right_number(&row, number),
            Decision::Decline => false,
        };
        match &row.stage {
            Stage::Confirmed { who, .. } | Stage::Redeemed(who) if agrees(who) => self.reply(row, cookie).await,
            // Every page that is still open says no, whatever happened meanwhile. Boxed: what was faster may lead here once more.
            Stage::Confirmed { .. } | Stage::Redeemed(_) if *decision == Decision::Decline => Box::pin(self.object(row, cookie)).await,
            Stage::Authenticated(_) | Stage::Confirmed { .. } | Stage::Redeemed(_) => Err(ConfirmationRefused::Replayed(row.id)),
            Stage::Over(Over { end: SignInEnd::Declined, code, .. }) => match decision {
                Decision::Number(number) if *code == Some(ErrorCode::NumberRefused) && !is_right_number(&row, number) => {
                    Err(ConfirmationRefused::WrongNumber(row.id))
                }
                Decision::Decline => self.declined(&row),
                Decision::Accept | Decision::Number(_) => Err(ConfirmationRefused::Replayed(row.id)),
            },
            Stage::Created | Stage::Opened(_) | Stage::AtProvider { .. } | Stage::Exchanging(_) | Stage::Over(_) => {
                Err(self.over(&row.id).await?)
            }
        }
    }

    async fn is_known_here(&self, row: &SignInRow, who: &Identified) -> Result<bool, StoreError> {
        Ok(self.around.store.recall(who.account_id, &row.jkt, self.around.pair_used_after()).await?.pair_known)
    }

    /// Whether a click is enough, as things stand now: the pair may have been forgotten since the page was shown.
    async fn is_presence_proven_without_number(&self, row: &SignInRow, who: &Identified) -> Result<bool, StoreError> {
        let is_known = self.is_known_here(row, who).await?;
        Ok(self.group_of(row).is_some_and(|group| !presence::proof_is_due(&row.way_back, &group, is_known)))
    }

    /// authenticated → confirmed: the code leaves for the app, or the app may ask for its session. `false` when the sign-in was elsewhere.
    async fn release(&self, row: &SignInRow, cookie: &SecretString, letters: Option<Vec<u8>>, stage_s: i64) -> Result<bool, StoreError> {
        let now = self.around.clock.now();
        let shows_letters = letters.is_some();
        let release = Release { code: code_hash(&row.way_back, cookie), letters };
        let arrow = Arrow::Confirm { release, stage_ends_at: now.plus_seconds(stage_s) };
        let is_confirmed = self.around.store.advance(&row.id, arrow, now).await?;
        if is_confirmed {
            self.released(&row.id, shows_letters);
        }
        Ok(is_confirmed)
    }

    /// Says so, to whoever waits for it.
    pub(super) fn released(&self, id: &SignInId, shows_letters: bool) {
        tracing::info!(sign_in.id = %id, shows_letters, "A sign-in was confirmed in the browser");
        self.wakeups.wake(id);
    }

    /// She does not see the app that asks: nothing is opened, and someone may have sent her here.
    async fn wrong_number(&self, row: SignInRow, cookie: &SecretString, decision: &Decision) -> Result<Decided, ConfirmationRefused> {
        if !self.decline(&row, (Event::NumberRefused, Some(ErrorCode::NumberRefused))).await? {
            return self.decided_meanwhile(row, cookie, decision).await;
        }
        Err(ConfirmationRefused::WrongNumber(row.id))
    }

    /// "Ce n’est pas ma connexion", and all that says so, at any moment: before the app has its session nothing granted is kept, and afterwards that
    /// session ends. Pro Santé Connect must ask again next time.
    async fn object(&self, row: SignInRow, cookie: &SecretString) -> Result<Decided, ConfirmationRefused> {
        if matches!(row.stage, Stage::Redeemed(_)) {
            let Disowned { was_open, psc } = self.sessions.disown(&row.id, row.browser_address()).await?;
            return Ok(Decided::SessionEnded { sign_in_id: row.id, was_open, psc });
        }
        // Her name over the number of her own app may be a colleague's card; whoever sees no app at all asked for nothing.
        let asks_number = matches!(&row.stage, Stage::Authenticated(who) if who.asks.is_number());
        let is_alarm = asks_number || matches!(row.stage, Stage::Confirmed { .. });
        let event = if is_alarm { Event::NothingAsked } else { Event::Declined };
        if !self.decline(&row, (event, None)).await? {
            return self.decided_meanwhile(row, cookie, &Decision::Decline).await;
        }
        let row = self.fresh(row).await?;
        self.declined(&row)
    }

    /// How her no reaches the app: with her browser, unless that was there before.
    fn declined(&self, row: &SignInRow) -> Result<Decided, ConfirmationRefused> {
        if matches!(&row.stage, Stage::Over(over) if over.code_left) {
            return Ok(Decided::Declined(Onward::Stay(row.id.clone())));
        }
        match self.end(row)? {
            End::Told { onward, code: _ } => Ok(Decided::Declined(onward)),
            End::Over(code) => Err(ConfirmationRefused::Over { id: row.id.clone(), code }),
            End::Elsewhere => Err(ConfirmationRefused::Replayed(row.id.clone())),
        }
    }

    /// Why nothing can be decided any more.
    async fn over(&self, id: &SignInId) -> Result<ConfirmationRefused, StoreError> {
        Ok(match self.end_of(id).await? {
            End::Told { onward, code: Some(code) } => ConfirmationRefused::Failed { code, onward },
            End::Over(code) => ConfirmationRefused::Over { id: id.clone(), code },
            End::Told { code: None, .. } | End::Elsewhere => ConfirmationRefused::Replayed(id.clone()),
        })
    }

    /// What is known of Pro Santé Connect's session once the attempt came to nothing, for the browser that signed in: with the way to end it
    /// there, while that is owed. `None` when nothing is owed, or nothing is known.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn provider_after_end(&self, cookie: &SecretString, id: &SignInId) -> Result<Option<SignOutAnswer>, StoreError> {
        let found = self.around.store.sign_in(SignInKey::Cookie(SecretHash::of(cookie))).await?;
        match found.filter(|row| row.id == *id && matches!(row.stage, Stage::Over(_))) {
            Some(row) => self.sessions.known_to_page(&row.id).await,
            None => Ok(None),
        }
    }

    async fn past_provider(&self, row: SignInRow) -> Result<SignInRow, ConfirmationRefused> {
        let row = self.in_time(row).await?;
        // The cookie of before the passage at Pro Santé Connect opens no confirmation.
        if matches!(row.stage, Stage::Created | Stage::Opened(_) | Stage::AtProvider { .. } | Stage::Exchanging(_)) {
            return Err(ConfirmationRefused::BrowserMismatch);
        }
        Ok(row)
    }

    /// The rules may have changed since the person came back.
    async fn check_open(&self, row: &SignInRow) -> Result<(), ConfirmationRefused> {
        if self.is_open(row) {
            return Ok(());
        }
        self.fail(row, ErrorCode::ExchangeRefused).await?;
        Err(self.over(&row.id).await?)
    }
}

fn may_object(row: SignInRow, cookie: &SecretString) -> Afterwards {
    Afterwards::MayObject { form_guard: form_guard(cookie), device_label: row.device_label }
}

fn is_right_number(row: &SignInRow, number: &str) -> bool {
    bool::from(number.as_bytes().ct_eq(row.match_number.as_bytes()))
}

/// Known to the page only: made from the cookie, which no other site can read, and not from what the database holds.
fn form_guard(cookie: &SecretString) -> SecretString {
    keyed("form guard", cookie)
}

fn keyed(what: &str, cookie: &SecretString) -> SecretString {
    use base64::Engine as _;
    let hash = SecretHash::of_text(&format!("{what}\n{}", cookie.expose_secret()));
    base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(hash.as_bytes()).into()
}

impl SignIns {
    /// `None` behind a reverse proxy of this machine, or a trusted one that did not say for whom it speaks: everyone then seems to call from
    /// there, which says nothing of where they are. Nor does it where several people are at work on one machine.
    fn same_network(&self, row: &SignInRow) -> Option<bool> {
        let rules = &self.around.rules;
        if self.group_of(row).is_none_or(|group| group.multi_session) {
            return None;
        }
        match (row.app_address.parse::<IpAddr>().ok(), row.browser_address()) {
            (Some(app), Some(browser)) if app.is_loopback() && browser.is_loopback() => {
                Url::parse(&rules.issuer).is_ok_and(|issuer| is_loopback_host(&issuer)).then_some(true)
            }
            (Some(app), Some(browser)) if rules.trusted_proxies.iter().any(|proxy| proxy.holds(app) || proxy.holds(browser)) => None,
            (Some(app), Some(browser)) => Some(app == browser),
            _ => Some(false),
        }
    }
}
