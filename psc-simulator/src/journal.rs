//! What was received, so that a test can assert what Pro Santé Connect saw. Never a value of a parameter.

use std::sync::{Mutex, PoisonError};

use serde::Serialize;

/// Oldest entries leave beyond this many.
const CAPACITY: usize = 10_000;

/// Which door a request came through.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Door {
    /// The browser's front.
    Wallet,
    /// The realm.
    Auth,
    /// The realm, where it demands a client certificate.
    Mtls,
}

/// What became of the `id_token_hint` of a logout.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Hint {
    /// Signed here, expired or not.
    Valid,
    /// Not signed here.
    Invalid,
    /// None was sent.
    Absent,
}

/// What a logout did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LogoutSeen {
    /// What the hint was worth.
    pub hint: Hint,
    /// The SSO session it ended; absent when none was alive.
    pub ended_session: Option<String>,
}

/// One request received.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Entry {
    /// Grows by one, also across clearings.
    pub sequence: u64,
    /// Seconds since 1970 on the simulator's clock.
    pub at: u64,
    /// Which listener.
    pub listener: Door,
    /// For example `POST`.
    pub method: String,
    /// Without the query.
    pub path: String,
    /// Names only, query first, then body.
    pub parameters: Vec<String>,
    /// SHA-256 of the certificate that came with the connection, in base64url.
    pub certificate: Option<String>,
    /// As claimed by the request or found through its token.
    pub client_id: Option<String>,
    /// Of a token request.
    pub grant_type: Option<String>,
    /// Of the answer; absent while it is being made.
    pub status: Option<u16>,
    /// Of a logout.
    pub logout: Option<LogoutSeen>,
}

#[derive(Debug, Default)]
struct Pages {
    next: u64,
    entries: Vec<Entry>,
}

/// Every request of the wallet and auth listeners.
#[derive(Debug, Default)]
pub(crate) struct Journal {
    pages: Mutex<Pages>,
}

impl Journal {
    /// Adds a request on arrival; its number serves to complete it.
    pub fn open(&self, mut entry: Entry) -> u64 {
        let mut pages = self.pages.lock().unwrap_or_else(PoisonError::into_inner);
        let sequence = pages.next;
        pages.next += 1;
        entry.sequence = sequence;
        if pages.entries.len() >= CAPACITY {
            pages.entries.remove(0);
        }
        pages.entries.push(entry);
        sequence
    }

    /// Completes a request with its answer; a journal cleared meanwhile stays cleared.
    pub fn close(&self, sequence: u64, status: u16, logout: Option<LogoutSeen>) {
        let mut pages = self.pages.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(entry) = pages.entries.iter_mut().rev().find(|entry| entry.sequence == sequence) {
            entry.status = Some(status);
            entry.logout = logout;
        }
    }

    /// A copy, oldest first.
    pub fn read(&self) -> Vec<Entry> {
        self.pages.lock().unwrap_or_else(PoisonError::into_inner).entries.clone()
    }

    /// Forgets everything.
    pub fn clear(&self) {
        self.pages.lock().unwrap_or_else(PoisonError::into_inner).entries.clear();
    }
}
