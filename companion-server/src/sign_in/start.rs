//! An attempt begins: what the app pushed, under which group, within which limits.

use secrecy::ExposeSecret as _;
use vestibule_model::exchange::Confirmation;

use super::{NewSignIn, ReturnAddress, SignIns, StartRefused, Started, WayBack, naming, presence, return_address};
use crate::group::Group;
use crate::random::secret_256;
use crate::spoken::spoken;
use crate::store::{DeviceSeen, Inserted, NewSignInRow, SecretHash};

/// Seconds of a whole attempt.
const SIGN_IN_S: u32 = 600;
/// Seconds during which the request may be opened.
const REQUEST_S: u32 = 120;
/// RFC 9126 section 2.2 leaves the form to us; this is the usual one.
pub(super) const REQUEST_URN: &str = "urn:ietf:params:oauth:request_uri:";
const STATE_LENGTH: usize = 512;
const DRAWS: usize = 8;

impl SignIns {
    /// Starts a sign-in for the key that signed the proof.
    ///
    /// # Errors
    /// [`StartRefused`]
    pub async fn start(&self, request: NewSignIn) -> Result<Started, StartRefused> {
        check(&request, &self.around.rules.return_scheme)?;
        let now = self.around.clock.now();
        let address = request.client_address.to_canonical();
        let too_many = |retry_after_s| StartRefused::TooMany { retry_after_s };
        let device = self.around.store.device(&request.jkt, self.around.pair_used_after()).await?;
        self.limits.admit_start(&request.jkt, self.standing(&request, &device), address).map_err(too_many)?;
        let group = self.admitted(&request, &device, request.way_back.exchange()).await?;

        let is_polling = request.way_back == WayBack::Polling;
        let secret = spoken(secret_256(&*self.around.random), request.language);
        let device_code = is_polling.then(|| secret_256(&*self.around.random));
        let confirmation = confirmation_at_least(&request, &group, &device);
        let match_number = naming::match_number(&*self.around.random);
        let device_label = request.device_label.as_deref().and_then(naming::clean_label);
        for _ in 0..DRAWS {
            let id = naming::sign_in_id(&*self.around.random);
            let row = NewSignInRow {
                id: id.clone(),
                provider: self.around.providers.first().clone(),
                jkt: request.jkt.clone(),
                app_address: address.to_string(),
                way_back: request.way_back.clone(),
                device_code: device_code.as_ref().map(SecretHash::of),
                group_name: group.name.clone(),
                code_challenge: request.code_challenge.clone(),
                device_label: device_label.clone(),
                match_number: match_number.clone(),
                request: SecretHash::of(&secret),
                created_at: now,
                ends_at: now.plus_seconds(i64::from(SIGN_IN_S)),
                stage_ends_at: now.plus_seconds(i64::from(REQUEST_S)),
            };
            match self.around.store.insert_sign_in(row, self.limits.pending_per_key()).await? {
                Inserted::Kept => {
                    tracing::info!(sign_in.id = %id, "A sign-in was started");
                    return Ok(Started {
                        request_uri: format!("{REQUEST_URN}{}", secret.expose_secret()),
                        request_expires_in_s: REQUEST_S,
                        sign_in_id: id,
                        match_number,
                        expires_in_s: SIGN_IN_S,
                        device_code,
                        confirmation,
                        exchanges: group.exchanges.clone(),
                    });
                }
                Inserted::IdTaken => {}
                Inserted::TooManyPending { until } => {
                    self.limits.too_many_pending();
                    let left = until.millis_since(now).max(0) / 1000 + 1;
                    return Err(too_many(u32::try_from(left).unwrap_or(SIGN_IN_S)));
                }
            }
        }
        // Thirty signs to the eighth power: only a broken generator comes here.
        Err(StartRefused::Store(crate::store::StoreError::Unreadable("sign-in id")))
    }
}

/// Who will sign in is not known yet: someone known on this device picks the number where that is asked at all, anyone else types letters.
fn confirmation_at_least(request: &NewSignIn, group: &Group, device: &DeviceSeen) -> Confirmation {
    if !presence::proof_is_due(&request.way_back, group, false) {
        return Confirmation::None;
    }
    if !device.is_known {
        return Confirmation::Code;
    }
    if presence::proof_is_due(&request.way_back, group, true) { Confirmation::Number } else { Confirmation::None }
}

/// What can be said of a request from its words alone.
pub(super) fn check(request: &NewSignIn, return_scheme: &str) -> Result<(), StartRefused> {
    let is_clean = match &request.way_back {
        WayBack::Loopback(address) => return_address::parse(&address.redirect_uri).is_some(),
        WayBack::Scheme(address) => return_address::parse_private_use(&address.redirect_uri, return_scheme).is_some(),
        WayBack::Polling => true,
    };
    if !is_clean {
        return Err(StartRefused::ReturnAddress);
    }
    if !is_challenge(&request.code_challenge) {
        return Err(StartRefused::Malformed("code_challenge"));
    }
    let Some(ReturnAddress { app_state, .. }) = request.way_back.address() else { return Ok(()) };
    let is_plain = app_state.bytes().all(|byte| matches!(byte, b' '..=b'~'));
    if app_state.is_empty() || app_state.len() > STATE_LENGTH || !is_plain {
        return Err(StartRefused::Malformed("state"));
    }
    Ok(())
}

/// S256 of anything: 43 characters of base64url (RFC 7636).
fn is_challenge(text: &str) -> bool {
    text.len() == 43 && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
}
