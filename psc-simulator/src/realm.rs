//! What the realm remembers: SSO sessions, codes, tokens, and how long each lives (facts: 120 s, 1800 s, 30 min, 4 h).

use std::collections::HashMap;

use crate::keys::sha256_base64url;
use crate::random::{self, NoRandomness};

pub(crate) mod interaction;
mod prune;

/// Life of an access token and of the id_token beside it, in seconds.
pub const ACCESS_TOKEN_SECONDS: u64 = 120;
/// Life of a refresh token, in seconds.
pub const REFRESH_TOKEN_SECONDS: u64 = 1_800;
/// An SSO session unused for this many seconds is over.
pub const SESSION_IDLE_SECONDS: u64 = 1_800;
/// An SSO session is over after this many seconds in any case.
pub const SESSION_MAXIMUM_SECONDS: u64 = 14_400;
/// Life of a session at the establishment's own provider, in seconds: a working day. The real ones are each establishment's affair.
pub const LOCAL_SESSION_SECONDS: u64 = 36_000;
/// Life of an authorization code, in seconds.
pub const CODE_SECONDS: u64 = 60;

/// What the person signed in with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Means {
    Card,
    Mobile,
}

impl Means {
    /// As the claim `authMode` writes it.
    pub fn auth_mode(self) -> &'static str {
        match self {
            Self::Card => "CARD",
            Self::Mobile => "MOBILE",
        }
    }
}

/// What the relying party asked of the authorization endpoint, already checked.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    pub client_id: String,
    pub redirect_uri: String,
    pub state: Option<String>,
    pub nonce: Option<String>,
    pub challenge: Option<Challenge>,
    /// Whether the person is sent to her establishment's own provider (`kc_idp_hint`).
    pub delegated: bool,
}

/// PKCE, RFC 7636.
#[derive(Debug, Clone)]
pub(crate) enum Challenge {
    Plain(String),
    S256(String),
}

impl Challenge {
    fn answers(&self, verifier: &str) -> bool {
        match self {
            Self::Plain(challenge) => challenge == verifier,
            Self::S256(challenge) => *challenge == sha256_base64url(verifier),
        }
    }
}

/// A person signed in at the simulator, in one browser.
#[derive(Debug, Clone)]
pub(crate) struct SsoSession {
    pub id: String,
    pub persona: String,
    pub means: Means,
    pub authenticated_at: u64,
    pub last_used: u64,
    ended: bool,
}

impl SsoSession {
    pub fn is_alive(&self, now: u64) -> bool {
        !self.ended && now < self.last_used + SESSION_IDLE_SECONDS && now < self.authenticated_at + SESSION_MAXIMUM_SECONDS
    }

    fn remaining(&self, now: u64) -> u64 {
        (self.authenticated_at + SESSION_MAXIMUM_SECONDS).saturating_sub(now)
    }
}

/// A person whom her establishment's own provider remembers in one browser. Nothing that happens at Pro Santé Connect ends it.
#[derive(Debug, Clone)]
pub(crate) struct LocalSession {
    pub persona: String,
    pub means: Means,
    authenticated_at: u64,
}

#[derive(Debug)]
struct Code {
    asked: Asked,
    session: String,
    expires_at: u64,
    grant: Option<u64>,
}

/// One code exchanged: everything issued from it falls together.
#[derive(Debug, Clone)]
struct Grant {
    client_id: String,
    session: String,
    nonce: Option<String>,
    /// Thumbprint of the only certificate with which its tokens serve (RFC 8705 section 3).
    bound_to: Option<String>,
    revoked: bool,
}

#[derive(Debug)]
struct Refresh {
    grant: u64,
    expires_at: u64,
    replaced: bool,
}

#[derive(Debug)]
struct Access {
    grant: u64,
    expires_at: u64,
}

/// What the token endpoint may write tokens for.
#[derive(Debug, Clone)]
pub(crate) struct Granted {
    pub grant: u64,
    pub client_id: String,
    pub nonce: Option<String>,
    pub bound_to: Option<String>,
    pub session: SsoSession,
    pub access_seconds: u64,
    pub refresh_seconds: u64,
}

/// Why a grant is refused; always `invalid_grant` on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum GrantRefused {
    #[error("Code not valid")]
    UnknownCode,
    #[error("Code not valid: already used")]
    CodeReplayed,
    #[error("Code is expired")]
    CodeExpired,
    #[error("Incorrect redirect_uri")]
    RedirectMismatch,
    #[error("PKCE verification failed")]
    VerifierMismatch,
    #[error("Invalid refresh token")]
    UnknownRefresh,
    #[error("Maximum allowed refresh token reuse exceeded")]
    RefreshReplaced,
    #[error("Token is not active")]
    RefreshExpired,
    #[error("Client certificate missing, or its thumbprint and one in the refresh token did NOT match")]
    OtherCertificate,
    #[error("Session not active")]
    SessionOver,
}

/// The memory of the realm. Every method takes the present; none waits.
#[derive(Debug, Default)]
pub(crate) struct Realm {
    sessions: HashMap<String, SsoSession>,
    cookies: HashMap<String, String>,
    local_sessions: HashMap<String, LocalSession>,
    codes: HashMap<String, Code>,
    grants: HashMap<u64, Grant>,
    refreshes: HashMap<String, Refresh>,
    accesses: HashMap<String, Access>,
    pub interactions: interaction::Interactions,
    next_grant: u64,
}

impl Realm {
    /// Opens an SSO session; answers its id and the value of the browser's cookie.
    pub fn open_session(&mut self, persona: &str, means: Means, now: u64) -> Result<(String, String), NoRandomness> {
        self.prune(now);
        let (id, cookie) = (random::uuid()?, random::token()?);
        let session =
            SsoSession { id: id.clone(), persona: persona.to_owned(), means, authenticated_at: now, last_used: now, ended: false };
        self.sessions.insert(id.clone(), session);
        self.cookies.insert(cookie.clone(), id.clone());
        Ok((id, cookie))
    }

    /// The establishment's provider remembers this person from now on; the value of its cookie.
    pub fn remember_locally(&mut self, persona: &str, means: Means, now: u64) -> Result<String, NoRandomness> {
        let cookie = random::token()?;
        self.local_sessions.insert(cookie.clone(), LocalSession { persona: persona.to_owned(), means, authenticated_at: now });
        Ok(cookie)
    }

    /// Whom the establishment's provider remembers in this browser.
    pub fn local_session(&self, cookie: &str, now: u64) -> Option<&LocalSession> {
        self.local_sessions.get(cookie).filter(|session| now < session.authenticated_at + LOCAL_SESSION_SECONDS)
    }

    /// The live session of this browser.
    pub fn session_of_cookie(&self, cookie: &str, now: u64) -> Option<&SsoSession> {
        self.live_session(self.cookies.get(cookie)?, now)
    }

    /// The session with this id while it lives.
    pub fn live_session(&self, id: &str, now: u64) -> Option<&SsoSession> {
        self.sessions.get(id).filter(|session| session.is_alive(now))
    }

    /// Every session that lives.
    pub fn live_sessions(&self, now: u64) -> impl Iterator<Item = &SsoSession> {
        self.sessions.values().filter(move |session| session.is_alive(now))
    }

    /// Ends a session and everything issued in it; whether it was alive.
    pub fn end_session(&mut self, id: &str, now: u64) -> bool {
        let Some(session) = self.sessions.get_mut(id) else { return false };
        let was_alive = session.is_alive(now);
        session.ended = true;
        self.grants.values_mut().filter(|grant| grant.session == id).for_each(|grant| grant.revoked = true);
        was_alive
    }

    /// Ends every session; how many were alive.
    pub fn end_every_session(&mut self, now: u64) -> usize {
        let ids: Vec<String> = self.sessions.keys().cloned().collect();
        ids.iter().filter(|id| self.end_session(id, now)).count()
    }

    /// A single-use code for what was asked, in a live session.
    pub fn issue_code(&mut self, asked: Asked, session: &str, now: u64) -> Result<String, NoRandomness> {
        if let Some(session) = self.sessions.get_mut(session) {
            session.last_used = now;
        }
        let code = random::token()?;
        self.codes.insert(code.clone(), Code { asked, session: session.to_owned(), expires_at: now + CODE_SECONDS, grant: None });
        Ok(code)
    }

    /// Exchanges a code. A replay revokes what the first exchange gave (RFC 6749 section 4.1.2).
    pub fn redeem(
        &mut self,
        code: &str,
        client_id: &str,
        redirect_uri: Option<&str>,
        verifier: Option<&str>,
        bound_to: Option<String>,
        now: u64,
    ) -> Result<Granted, GrantRefused> {
        let held = self.codes.get_mut(code).filter(|held| held.asked.client_id == client_id).ok_or(GrantRefused::UnknownCode)?;
        if let Some(grant) = held.grant {
            if let Some(grant) = self.grants.get_mut(&grant) {
                grant.revoked = true;
            }
            return Err(GrantRefused::CodeReplayed);
        }
        let id = self.next_grant;
        self.next_grant += 1;
        // Spent on the first attempt, even a wrong one.
        held.grant = Some(id);
        if now >= held.expires_at {
            return Err(GrantRefused::CodeExpired);
        }
        if redirect_uri != Some(held.asked.redirect_uri.as_str()) {
            return Err(GrantRefused::RedirectMismatch);
        }
        let proven = match (&held.asked.challenge, verifier) {
            (Some(challenge), Some(verifier)) => challenge.answers(verifier),
            (None, None) => true,
            (Some(_), None) | (None, Some(_)) => false,
        };
        if !proven {
            return Err(GrantRefused::VerifierMismatch);
        }
        let (session, nonce) = (held.session.clone(), held.asked.nonce.clone());
        let grant = Grant { client_id: client_id.to_owned(), session, nonce, bound_to, revoked: false };
        self.grants.insert(id, grant);
        self.granted(id, now)
    }

    /// Exchanges a refresh token and keeps the SSO session awake; `rotate` makes this one useless afterwards.
    pub fn refresh(
        &mut self,
        token: &str,
        client_id: &str,
        certificate: Option<&str>,
        rotate: bool,
        now: u64,
    ) -> Result<Granted, GrantRefused> {
        let held = self.refreshes.get_mut(token).ok_or(GrantRefused::UnknownRefresh)?;
        let grant = self.grants.get(&held.grant).filter(|grant| grant.client_id == client_id).ok_or(GrantRefused::UnknownRefresh)?;
        if grant.bound_to.is_some() && grant.bound_to.as_deref() != certificate {
            return Err(GrantRefused::OtherCertificate);
        }
        if now >= held.expires_at {
            return Err(GrantRefused::RefreshExpired);
        }
        if held.replaced {
            return Err(GrantRefused::RefreshReplaced);
        }
        held.replaced = rotate;
        let id = held.grant;
        self.granted(id, now)
    }

    fn granted(&mut self, id: u64, now: u64) -> Result<Granted, GrantRefused> {
        let grant = self.grants.get(&id).filter(|grant| !grant.revoked).ok_or(GrantRefused::SessionOver)?;
        let session = self.sessions.get_mut(&grant.session).filter(|session| session.is_alive(now)).ok_or(GrantRefused::SessionOver)?;
        session.last_used = now;
        Ok(Granted {
            grant: id,
            client_id: grant.client_id.clone(),
            nonce: grant.nonce.clone(),
            bound_to: grant.bound_to.clone(),
            session: session.clone(),
            access_seconds: ACCESS_TOKEN_SECONDS.min(session.remaining(now)),
            refresh_seconds: REFRESH_TOKEN_SECONDS.min(session.remaining(now)),
        })
    }

    /// Remembers an access token and gives the refresh token that goes with it.
    pub fn remember(&mut self, granted: &Granted, access_token: &str, now: u64) -> Result<String, NoRandomness> {
        let refresh_token = random::token()?;
        self.accesses.insert(access_token.to_owned(), Access { grant: granted.grant, expires_at: now + granted.access_seconds });
        let refresh = Refresh { grant: granted.grant, expires_at: now + granted.refresh_seconds, replaced: false };
        self.refreshes.insert(refresh_token.clone(), refresh);
        Ok(refresh_token)
    }

    /// Client and session of an access token that is good now.
    pub fn access(&self, token: &str, now: u64) -> Option<(String, SsoSession)> {
        let held = self.accesses.get(token).filter(|held| now < held.expires_at)?;
        self.live_grant(held.grant, now)
    }

    /// Client and session of a refresh token that is good now.
    pub fn refreshable(&self, token: &str, now: u64) -> Option<(String, SsoSession)> {
        let held = self.refreshes.get(token).filter(|held| now < held.expires_at && !held.replaced)?;
        self.live_grant(held.grant, now)
    }

    /// The client an access or refresh token was given to, good or not.
    pub fn client_of(&self, token: &str) -> Option<&str> {
        Some(self.grants.get(&self.grant_of(token)?)?.client_id.as_str())
    }

    /// The certificate an access token is bound to.
    pub fn bound_to(&self, token: &str) -> Option<String> {
        self.grants.get(&self.accesses.get(token)?.grant)?.bound_to.clone()
    }

    /// Revokes an access token, or a refresh token with everything of its grant (RFC 7009); other clients' tokens stay.
    pub fn revoke(&mut self, token: &str, client_id: &str) {
        if self.client_of(token) != Some(client_id) {
            return;
        }
        if let Some(refresh) = self.refreshes.get(token) {
            if let Some(grant) = self.grants.get_mut(&refresh.grant) {
                grant.revoked = true;
            }
        } else {
            self.accesses.remove(token);
        }
    }

    fn grant_of(&self, token: &str) -> Option<u64> {
        self.accesses.get(token).map(|held| held.grant).or_else(|| self.refreshes.get(token).map(|held| held.grant))
    }

    fn live_grant(&self, id: u64, now: u64) -> Option<(String, SsoSession)> {
        let grant = self.grants.get(&id).filter(|grant| !grant.revoked)?;
        Some((grant.client_id.clone(), self.live_session(&grant.session, now)?.clone()))
    }
}
