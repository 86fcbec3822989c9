//! Forgetting: a simulator left open for days must not grow.

use super::Realm;

/// What expired is kept this long, in seconds, so that it is refused as expired and not as unknown.
const KEPT_AFTER_EXPIRY: u64 = 86_400;

impl Realm {
    /// Drops what nobody can use or misuse any more.
    pub(super) fn prune(&mut self, now: u64) {
        let since = now.saturating_sub(KEPT_AFTER_EXPIRY);
        self.codes.retain(|_, code| code.expires_at > since);
        self.refreshes.retain(|_, refresh| refresh.expires_at > since);
        self.accesses.retain(|_, access| access.expires_at > since);
        self.sessions.retain(|_, session| session.last_used >= since);
        let sessions = &self.sessions;
        self.cookies.retain(|_, session| sessions.contains_key(session));
        self.grants.retain(|_, grant| sessions.contains_key(&grant.session));
        self.local_sessions.retain(|_, session| session.authenticated_at >= since);
        self.interactions.prune(now);
    }
}
