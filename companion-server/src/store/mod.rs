//! The memory: one trait, SQLite behind it; every write that decides something is one conditional update.
//!
//! The present moment is always an argument, never the database's own, so that tests can move it.

mod census;
mod error;
mod rows;
mod sealed;
mod secret_hash;
mod session_rules;
mod sqlite;
mod stage;
mod tenancy;

use async_trait::async_trait;
use vestibule_model::error_code::ErrorCode;
use vestibule_model::exchange::SignInState;
use vestibule_model::practitioner::{NationalId, SituationId};
use vestibule_model::session::SignInId;

pub use census::Census;
pub use error::StoreError;
pub use rows::{
    Arrow, AuditPeriod, AuditRow, Cancelled, ClosedSignIn, Designated, DeviceEntry, DroppedGrant, Ending, Erased, Forgetting, Forgotten,
    GrantRow, Inserted, NewAddress, NewSignInRow, NewSignOut, OwedSignOut, Owing, PairRow, Presented, PurgeRules, Purged, Recognition,
    RedeemAttempt, Redeemed, Release, ReturnAddress, RotateAttempt, Rotated, SealHash, SessionEntry, SessionRow, SignInKey, SignInRow,
    SignOut, TokenKind, TokenRow, TypedTry, WayBack,
};
pub use sealed::{KeyCensus, Rewrapped, SEALED_COLUMNS, SealedColumn, SealedRow};
pub use secret_hash::SecretHash;
pub use session_rules::SessionRules;
pub use sqlite::{Glance, RefusedDevices, SqliteStore};
pub use stage::{Asks, Browser, ConfirmationReason, Identified, Over, SignInEnd, Stage};
pub use tenancy::Tenancy;

use crate::clock::Timestamp;
use crate::vault::KeyId;

/// Everything the companion remembers.
#[async_trait]
pub trait Store: Send + Sync + 'static {
    /// Keeps a new sign-in unless its key already has `pending_limit` of them under way.
    async fn insert_sign_in(&self, row: NewSignInRow, pending_limit: u32) -> Result<Inserted, StoreError>;

    /// One sign-in.
    async fn sign_in(&self, key: SignInKey) -> Result<Option<SignInRow>, StoreError>;

    /// Those of these sign-ins that are kept.
    async fn sign_ins(&self, ids: &[&SignInId]) -> Result<Vec<SignInRow>, StoreError>;

    /// Moves a sign-in from one state to the next; `false` when it was elsewhere or out of time.
    async fn advance(&self, id: &SignInId, arrow: Arrow, now: Timestamp) -> Result<bool, StoreError>;

    /// Ends a sign-in that is still under way (in state `from`, or any when `None`); `None` when it was elsewhere. What was granted to it is
    /// forgotten, and what [`Owing`] says of it is owed to Pro Santé Connect at once.
    async fn close_sign_in(
        &self,
        id: &SignInId,
        from: Option<SignInState>,
        as_what: (SignInEnd, Option<ErrorCode>),
        owing: Owing,
        now: Timestamp,
    ) -> Result<Option<ClosedSignIn>, StoreError>;

    /// Finds or makes the account of a national id, and what is known of it on a device key. What was not used after `used_after` is not known.
    async fn recognise(
        &self,
        national_id: &NationalId,
        jkt: &str,
        used_after: Timestamp,
        now: Timestamp,
    ) -> Result<Recognition, StoreError>;

    /// What is known of an account on a device key, without any effect; see [`Self::recognise`].
    async fn recall(&self, account_id: i64, jkt: &str, used_after: Timestamp) -> Result<Recognition, StoreError>;

    /// The devices on which an account is known, the last used first; see [`Self::recognise`].
    async fn pairs_of(&self, account_id: i64, used_after: Timestamp) -> Result<Vec<PairRow>, StoreError>;

    /// Forgets an account on a device key, and ends there at once what it has or is about to have; `None` when nothing was known.
    async fn forget_pair(&self, forgetting: Forgetting, now: Timestamp) -> Result<Option<Forgotten>, StoreError>;

    /// The live session of an account on a device key.
    async fn live_session(&self, account_id: i64, jkt: &str) -> Result<Option<SessionRow>, StoreError>;

    /// Whether the next sign-in on this device key must ask anew who it is: the last one was signed out of, or refused by the person.
    async fn must_ask_anew(&self, jkt: &str) -> Result<bool, StoreError>;

    /// Whose account it is, for the audit trail.
    async fn national_id(&self, account_id: i64) -> Result<Option<NationalId>, StoreError>;

    /// Turns a confirmed sign-in into a session: exactly one winner.
    async fn redeem(&self, attempt: RedeemAttempt, now: Timestamp) -> Result<Redeemed, StoreError>;

    /// Counts a wrong token request against every sign-in the key has under way; gives back those it burns.
    async fn count_wrong_try(&self, jkt: &str, limit: u32, owing: Owing, now: Timestamp) -> Result<Vec<ClosedSignIn>, StoreError>;

    /// Counts letters that came from the app, before anyone compares them: over all instances, never more than `limit` are.
    async fn count_typed_try(&self, id: &SignInId, limit: u32, now: Timestamp) -> Result<TypedTry, StoreError>;

    /// Whether anything is kept about a person.
    async fn is_known_person(&self, person: &NationalId) -> Result<bool, StoreError>;

    /// Whether anybody signed in with this key after `used_after`.
    async fn is_known_device(&self, jkt: &str, used_after: Timestamp) -> Result<bool, StoreError>;

    /// The group that an enrolment token led this key into.
    async fn device_group(&self, jkt: &str) -> Result<Option<String>, StoreError>;

    /// Puts a key into a group; gives back the one it was in.
    async fn join_group(&self, jkt: &str, group: &str, now: Timestamp) -> Result<Option<String>, StoreError>;

    /// The session of a token, ended or not.
    async fn session_by_token(&self, hash: &SecretHash, kind: TokenKind) -> Result<Option<(SessionRow, TokenRow)>, StoreError>;

    /// One session, ended or not.
    async fn session(&self, id: &SignInId) -> Result<Option<SessionRow>, StoreError>;

    /// Notes that the app holds the tokens of this generation.
    async fn confirm_generation(&self, id: &SignInId, generation: i64) -> Result<(), StoreError>;

    /// Makes the next generation of tokens, or kills the family.
    async fn rotate(&self, attempt: RotateAttempt, now: Timestamp) -> Result<Rotated, StoreError>;

    /// Notes that the person was active at `at`; never moves the clock back. `None` when the session is over or out of time.
    async fn touch(&self, id: &SignInId, at: Timestamp, now: Timestamp) -> Result<Option<SessionRow>, StoreError>;

    /// Notes the chosen situation, for the live session and as the pair's last choice; `false` when the session is over.
    async fn choose_situation(&self, id: &SignInId, choice: &SituationId) -> Result<bool, StoreError>;

    /// Ends a live session and forgets what was granted to it; `false` when it was over or does not meet the condition.
    async fn end_session(&self, id: &SignInId, ending: Ending, now: Timestamp) -> Result<bool, StoreError>;

    /// What Pro Santé Connect granted.
    async fn grant(&self, id: &SignInId) -> Result<Option<GrantRow>, StoreError>;

    /// Takes the right to refresh at Pro Santé Connect: when its last exchange is older than `older_than` and nobody else holds it.
    async fn lease_grant(
        &self,
        id: &SignInId,
        older_than: Timestamp,
        until: Timestamp,
        now: Timestamp,
    ) -> Result<Option<GrantRow>, StoreError>;

    /// Keeps refreshed tokens; the lease ends.
    async fn renew_grant(&self, id: &SignInId, tokens_sealed: Vec<u8>, now: Timestamp) -> Result<bool, StoreError>;

    /// Notes that Pro Santé Connect's own session is over.
    async fn mark_psc_over(&self, id: &SignInId) -> Result<bool, StoreError>;

    /// How a sign-out stands; `None` when there is none, or its time is over.
    async fn sign_out(&self, id: &SignInId, now: Timestamp) -> Result<Option<SignOut>, StoreError>;

    /// What is owed of the sessions that an administrator means, whoever ended them.
    async fn owed_sign_outs(&self, which: &Designated, now: Timestamp) -> Result<Vec<OwedSignOut>, StoreError>;

    /// What is owed of a device key: no browser is sent about it any more.
    async fn withdraw_sign_outs(&self, jkt: &str, now: Timestamp) -> Result<Vec<OwedSignOut>, StoreError>;

    /// What is owed, at most `limit` of them: what waited longest since it was tried first.
    async fn waiting_sign_outs(&self, limit: u32, now: Timestamp) -> Result<Vec<OwedSignOut>, StoreError>;

    /// Notes that Pro Santé Connect is asked again for what is owed.
    async fn mark_tried(&self, id: &SignInId, now: Timestamp) -> Result<(), StoreError>;

    /// Notes that the person says she asked for nothing; `false` when that is known already.
    async fn note_objection(&self, id: &SignInId, now: Timestamp) -> Result<bool, StoreError>;

    /// Gives the sign-out an address for the browser: the one in force while it was not used, or the next one. The browser that is on its way
    /// with the state of a former one stays known. `false` when another was given meanwhile, or none can be any more.
    async fn give_address(&self, id: &SignInId, address: NewAddress, now: Timestamp) -> Result<bool, StoreError>;

    /// Whose ticket it is, of whichever of its addresses; has no effect. One that no browser may be sent about any more is not found.
    async fn ticket(&self, ticket: &SecretHash, now: Timestamp) -> Result<Option<SignOut>, StoreError>;

    /// Uses the ticket in force, and binds the sign-out to the browser with this cookie; `false` when it was used before, or is not in force.
    /// `state`, always the same for a sign-out, will name the browser's way back.
    async fn take_ticket(
        &self,
        ticket: &SecretHash,
        browser: Option<SecretHash>,
        state: SecretHash,
        now: Timestamp,
    ) -> Result<bool, StoreError>;

    /// Whose state it is; has no effect.
    async fn sign_out_by_state(&self, state: &SecretHash, now: Timestamp) -> Result<Option<SignOut>, StoreError>;

    /// Keeps a sealed hint until Pro Santé Connect's session is ended, or `ends_at`.
    async fn owe_sign_out(&self, id: &SignInId, id_token_sealed: Vec<u8>, ends_at: Timestamp, now: Timestamp) -> Result<(), StoreError>;

    /// The sign-out is finished at Pro Santé Connect too: what ended it is wiped, that it did is remembered. `false` when it was before.
    async fn finish_sign_out(&self, id: &SignInId, now: Timestamp) -> Result<bool, StoreError>;

    /// Adds a line to the audit trail.
    async fn record(&self, row: AuditRow) -> Result<(), StoreError>;

    /// Lines of the audit trail after `id`, oldest first.
    async fn audit_after(&self, id: i64, limit: u32) -> Result<Vec<AuditRow>, StoreError>;

    /// The latest sealed period of the audit trail.
    async fn last_audit_period(&self) -> Result<Option<AuditPeriod>, StoreError>;

    /// The oldest sealed period whose lines are still kept.
    async fn oldest_audit_period(&self) -> Result<Option<AuditPeriod>, StoreError>;

    /// Keeps the seal of a closed period, which must follow the one before it.
    async fn seal_audit_period(&self, period: AuditPeriod) -> Result<(), StoreError>;

    /// Notes that the time of a period is over: its lines may be removed. Refused for any but the oldest, or within thirty days.
    async fn prune_audit_period(&self, first_id: i64, now: Timestamp) -> Result<(), StoreError>;

    /// Removes lines of pruned periods: at most `limit`; how many.
    async fn remove_pruned_audit(&self, limit: u32) -> Result<u64, StoreError>;

    /// Sessions that live at this moment.
    async fn live_sessions(&self, now: Timestamp) -> Result<Vec<SessionEntry>, StoreError>;

    /// Sessions that an administrator means and that nobody ended: some of them may be out of time.
    async fn designated_sessions(&self, which: &Designated) -> Result<Vec<SessionRow>, StoreError>;

    /// Devices on which someone signed in, the latest first; then those that are only known otherwise.
    async fn devices(&self, now: Timestamp) -> Result<Vec<DeviceEntry>, StoreError>;

    /// Thumbprints that begin so, of devices with a sign-in under way too; two at most.
    async fn devices_beginning(&self, prefix: &str, now: Timestamp) -> Result<Vec<String>, StoreError>;

    /// Forgets a device: its pairs, its group, what it had under way; gives back the sign-ins that this cancelled.
    async fn forget_device(&self, jkt: &str, now: Timestamp) -> Result<Cancelled, StoreError>;

    /// Removes all that is kept about a person but the audit trail and sign-outs that are owed, unless a session of hers is not ended; `None`
    /// when she is unknown.
    async fn erase_person(&self, person: &NationalId, now: Timestamp) -> Result<Option<Erased>, StoreError>;

    /// Counts, for the administrator's metrics.
    async fn census(&self) -> Result<Census, StoreError>;

    /// Ends what ran out of time and removes what nobody asks for any more, a bounded number at a time.
    async fn purge(&self, rules: PurgeRules, owing: Owing, now: Timestamp) -> Result<Purged, StoreError>;

    /// Values of one column that do not lie under `current`, after row `after`, in the order of their rows: at most `limit`.
    async fn sealed_elsewhere(
        &self,
        column: &'static SealedColumn,
        current: KeyId,
        after: &str,
        limit: u32,
    ) -> Result<Vec<SealedRow>, StoreError>;

    /// Puts values that were wrapped again in the place of those they were made from, where these still are; how many were replaced.
    async fn rewrap(&self, column: &'static SealedColumn, moved: Vec<Rewrapped>) -> Result<u64, StoreError>;

    /// Under which keys the values lie.
    async fn key_census(&self) -> Result<KeyCensus, StoreError>;

    /// Forgets a key of the vault: from now on nothing is kept that was sealed under it. `false` when a value still lies under it.
    async fn forget_key(&self, key: KeyId, now: Timestamp) -> Result<bool, StoreError>;
}
