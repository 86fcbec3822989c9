//! Under the rules of which group of workstations an attempt goes on.

use secrecy::SecretString;
use vestibule_model::exchange::Exchange;

use super::limits::Standing;
use super::{NewSignIn, SignIns, StartRefused, presence};
use crate::group::{EnrolmentRefused, Group};
use crate::store::{DeviceSeen, SignInRow};

impl SignIns {
    /// What the key of a start has shown so far. An enrolment token is read here for the count alone: who joins what is settled afterwards.
    pub(super) fn standing(&self, request: &NewSignIn, device: &DeviceSeen) -> Standing {
        if device.is_known {
            return Standing::Known;
        }
        let group = match &request.enrolment_token {
            Some(token) => self.around.rules.groups.of_token(token).and_then(|group| group.name),
            None => device.group_name.clone(),
        };
        group.map_or(Standing::Stranger, Standing::Enrolled)
    }

    /// Under which rules a sign-in of this key would start; nothing changes by the question.
    ///
    /// # Errors
    /// [`StartRefused`]
    pub async fn foresee(&self, jkt: &str, enrolment_token: Option<&SecretString>) -> Result<Group, StartRefused> {
        Ok(self.enrolment.foresee(jkt, enrolment_token).await?)
    }

    /// The group of the workstation that starts, if it opens this exchange to it. Nothing that the app says of itself counts but its token.
    pub(super) async fn admitted(&self, request: &NewSignIn, device: &DeviceSeen, exchange: Exchange) -> Result<Group, StartRefused> {
        let (kept, token) = (device.group_name.as_deref(), request.enrolment_token.as_ref());
        let group = self.enrolment.resolve((&request.jkt, kept), token, request.client_address).await?;
        if group.admits(exchange) {
            return Ok(group);
        }
        tracing::warn!(group = group.label(), exchange = exchange.name(), "An exchange was asked for that is not open to the workstation");
        Err(StartRefused::Exchange { open: group.exchanges })
    }

    /// Whether the exchange of an attempt is open to its workstation, as the configuration has it now. A page that does not ask what it must ask
    /// by now comes from before a change of the configuration: it opens nothing.
    pub(super) fn is_open(&self, row: &SignInRow) -> bool {
        self.group_of(row).is_some_and(|group| {
            group.admits(row.way_back.exchange())
                && (row.stage.who().is_some_and(|who| who.asks.is_number()) || !presence::proof_is_due(&row.way_back, &group, true))
        })
    }

    /// The group under which an attempt started, as the configuration has it now; `None` when it no longer has it.
    pub(super) fn group_of(&self, row: &SignInRow) -> Option<Group> {
        self.around.rules.groups.named(row.group_name.as_deref())
    }
}

impl From<EnrolmentRefused> for StartRefused {
    fn from(reason: EnrolmentRefused) -> Self {
        match reason {
            EnrolmentRefused::TokenUnknown | EnrolmentRefused::TokenMalformed => Self::Enrolment,
            EnrolmentRefused::GroupGone => Self::GroupGone,
            EnrolmentRefused::Store(error) => Self::Store(error),
        }
    }
}
