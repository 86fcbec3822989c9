//! Which attempts that came to nothing owe Pro Santé Connect the end of what it opened for them: one rule for every end.

use std::sync::Arc;

use secrecy::SecretString;
use vestibule_model::session::SignInId;

use super::{GrantedTokens, OwedEnd, Surroundings};
use crate::clock::Timestamp;
use crate::group::Groups;
use crate::random::Random;
use crate::store::{DroppedGrant, NewSignOut, Owing, SignInEnd};
use crate::vault::Vault;

/// Seconds during which Pro Santé Connect's session can still be ended after ours.
pub(crate) const SIGN_OUT_S: i64 = 600;

impl Surroundings {
    /// What becomes owed with a grant that is dropped now.
    pub(crate) fn owing(&self) -> Owing {
        let debts = Debts {
            vault: Arc::clone(&self.vault),
            random: Arc::clone(&self.random),
            groups: self.rules.groups.now(),
            ends_at: self.clock.now().plus_seconds(SIGN_OUT_S),
        };
        Arc::new(move |dropped| debts.of(dropped))
    }

    /// Whether an attempt that ended so owes it; see [`is_owed`].
    pub(crate) fn is_end_owed(&self, end: SignInEnd, is_held: bool, group_name: Option<&str>) -> bool {
        is_owed(&self.rules.groups.now(), end, is_held, group_name)
    }

    /// What becomes owed to Pro Santé Connect, with a secret of its own.
    pub(crate) fn seal_owed(&self, id: &SignInId, id_token: &SecretString) -> Vec<u8> {
        OwedEnd::new(id_token.clone(), self.random.as_ref()).seal(&self.vault, id)
    }
}

/// No more than the rule needs: the memory asks it, and shall not hold itself.
struct Debts {
    vault: Arc<Vault>,
    random: Arc<dyn Random>,
    groups: Arc<Groups>,
    ends_at: Timestamp,
}

impl Debts {
    fn of(&self, dropped: &DroppedGrant) -> Option<NewSignOut> {
        if !is_owed(&self.groups, dropped.end, dropped.is_held, dropped.group_name.as_deref()) {
            return None;
        }
        let id = &dropped.id;
        // One that cannot be read stops nobody's no, and no other end: Pro Santé Connect is then not told.
        match GrantedTokens::unseal(&self.vault, id, &dropped.tokens_sealed) {
            Ok(tokens) => {
                let id_token_sealed = OwedEnd::new(tokens.id_token, self.random.as_ref()).seal(&self.vault, id);
                Some(NewSignOut { id_token_sealed, ends_at: self.ends_at })
            }
            Err(error) => {
                tracing::error!(sign_in.id = %id, error = %error, "What ends a session at Pro Santé Connect cannot be read");
                None
            }
        }
    }
}

/// Her own no always does. Anything else does unless the same person holds a session on the same workstation: what ends that one ends Pro Santé
/// Connect's. Time alone ends nothing there, as with an idle session (EXI 32), but where the next person comes to the same workstation.
fn is_owed(groups: &Groups, end: SignInEnd, is_held: bool, group_name: Option<&str>) -> bool {
    match end {
        SignInEnd::Declined => true,
        SignInEnd::Failed | SignInEnd::Cancelled | SignInEnd::Burned => !is_held,
        SignInEnd::Expired => !is_held && groups.named(group_name).is_none_or(|group| group.session.shared_workstation),
    }
}
