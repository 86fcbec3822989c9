//! The audit trail, and what is left of a sign-in beside it, for whoever only reads: changes nothing, and hinders no companion that serves.

use std::path::PathBuf;

use secrecy::SecretString;
use vestibule_model::ErrorCode;
use vestibule_model::exchange::{Exchange, SignInState};
use vestibule_model::session::{SessionEnd, SignInId};

use super::made::Made;
use super::trail_view::TrailView;
use super::visit::{Row, Visit, values};
use super::{codec, postgres, sqlite};
use crate::clock::Timestamp;
use crate::store::{AuditRow, StoreError};

/// Where the memory is.
#[derive(Debug, Clone)]
pub enum TrailReader {
    /// A file of SQLite.
    File(PathBuf),
    /// A database of PostgreSQL.
    Server {
        /// With its password.
        address: SecretString,
        /// Instead of the system's.
        authorities: Option<PathBuf>,
    },
}

/// What the memory still holds of one sign-in.
#[derive(Debug, Default)]
pub struct SignInRecord {
    /// Its lines of the trail, oldest first.
    pub lines: Vec<AuditRow>,
    /// The attempt; it is kept for a day.
    pub attempt: Option<Attempt>,
    /// The session that it opened.
    pub session: Option<OpenedSession>,
}

/// How far an attempt came.
#[derive(Debug)]
pub struct Attempt {
    pub state: SignInState,
    /// What its app and its browser were told.
    pub code: Option<ErrorCode>,
    pub exchange: Exchange,
    pub began_at: Timestamp,
    /// Thumbprint of the workstation's key.
    pub jkt: String,
    /// What the workstation calls itself.
    pub device_label: Option<String>,
    pub group_name: Option<String>,
    /// Whether its browser was sent to Pro Santé Connect, and nothing came back that says who the person is.
    pub is_unanswered: bool,
}

/// A session, open or over.
#[derive(Debug)]
pub struct OpenedSession {
    pub began_at: Timestamp,
    pub last_activity_at: Timestamp,
    /// The earlier of its two limits.
    pub ends_at: Timestamp,
    pub over: Option<(SessionEnd, Timestamp)>,
}

/// Lines of a period.
#[derive(Debug)]
pub struct PeriodLines {
    /// Oldest first.
    pub lines: Vec<AuditRow>,
    /// Whether there are more than were asked for.
    pub is_cut: bool,
}

impl TrailReader {
    /// All that is known of one sign-in; `None` where no start made the memory yet. Performs I/O.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn sign_in(self, id: SignInId) -> Result<Option<SignInRecord>, StoreError> {
        self.look(move |visit| {
            let lines = visit.rows("SELECT * FROM audit WHERE sign_in_id = ?1 ORDER BY id", values![&id])?;
            let attempt = visit.optional(
                "SELECT state, error_code, exchange, created_at, jkt, device_label, group_name,
                        CASE WHEN provider_state_hash IS NOT NULL AND account_id IS NULL THEN 1 ELSE 0 END AS is_unanswered
                 FROM sign_ins WHERE id = ?1",
                values![&id],
            )?;
            let session = visit.optional(
                "SELECT created_at, last_activity_at, idle_ends_at, absolute_ends_at, ended, ended_at FROM sessions WHERE sign_in_id = ?1",
                values![&id],
            )?;
            Ok(SignInRecord {
                lines: lines.iter().map(codec::audit).collect::<Result<_, _>>()?,
                attempt: attempt.as_ref().map(as_attempt).transpose()?,
                session: session.as_ref().map(as_session).transpose()?,
            })
        })
        .await
    }

    /// The first `limit` lines from `from` on and before `until`; `None` where no start made the memory yet. Performs I/O.
    ///
    /// # Errors
    /// As [`Self::sign_in`].
    pub async fn period(self, from: Timestamp, until: Timestamp, limit: u32) -> Result<Option<PeriodLines>, StoreError> {
        let looked = self.look(move |visit| {
            let statement = "SELECT * FROM audit WHERE at >= ?1 AND at < ?2 ORDER BY id LIMIT ?3";
            let rows = visit.rows(statement, values![from, until, i64::from(limit) + 1])?;
            rows.iter().map(codec::audit).collect::<Result<Vec<_>, _>>()
        });
        let Some(mut lines) = looked.await? else { return Ok(None) };
        let is_cut = lines.len() > limit as usize;
        lines.truncate(limit as usize);
        Ok(Some(PeriodLines { lines, is_cut }))
    }

    /// Every line of the sign-in that the newest line of this event is about. Performs I/O.
    ///
    /// # Errors
    /// As [`Self::sign_in`].
    pub async fn last_of(self, event: &'static str) -> Result<Vec<AuditRow>, StoreError> {
        let looked = self.look(move |visit| {
            let statement = "SELECT * FROM audit WHERE sign_in_id = \
                (SELECT sign_in_id FROM audit WHERE event = ?1 AND sign_in_id IS NOT NULL ORDER BY id DESC LIMIT 1) ORDER BY id";
            visit.rows(statement, values![event])?.iter().map(codec::audit).collect::<Result<Vec<_>, _>>()
        });
        looked.await.map(Option::unwrap_or_default)
    }

    /// Has all of it judged as it stands at one moment; `None` where no start made the memory yet. Performs I/O.
    ///
    /// # Errors
    /// As [`Self::sign_in`].
    pub async fn judge<T: Send + 'static>(
        self,
        judge: impl FnOnce(&mut TrailView<'_>) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<Option<T>, StoreError> {
        let made = match &self {
            Self::File(_) => &sqlite::MADE,
            Self::Server { .. } => &postgres::MADE,
        };
        // Whatever happens, the connection ends with the look, and what began with it.
        self.look(move |visit| {
            visit.script(made.place.begin())?;
            judge(&mut TrailView::new(visit, made))
        })
        .await
    }

    /// `None` where no start made the memory yet.
    async fn look<T: Send + 'static>(
        self,
        read: impl FnOnce(&mut dyn Visit) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<Option<T>, StoreError> {
        let prepared = |visit: &mut dyn Visit, made: &Made| {
            if !made.has(visit, "audit")? {
                return Ok(None);
            }
            let read = read(visit);
            made.judged(visit, read).map(Some)
        };
        match self {
            Self::File(file) => postgres::apart(move || sqlite::look(&file, prepared)).await.map(Option::flatten),
            Self::Server { address, authorities } => {
                postgres::apart(move || postgres::look(&address, authorities.as_deref(), prepared)).await
            }
        }
    }
}

fn as_attempt(row: &Row) -> Result<Attempt, StoreError> {
    Ok(Attempt {
        state: codec::state(row)?,
        code: codec::error_code(row)?,
        exchange: codec::exchange(row)?,
        began_at: Timestamp(row.get("created_at")?),
        jkt: row.get("jkt")?,
        device_label: row.get("device_label")?,
        group_name: row.get("group_name")?,
        is_unanswered: row.get::<i64>("is_unanswered")? == 1,
    })
}

fn as_session(row: &Row) -> Result<OpenedSession, StoreError> {
    let ended_at = row.get::<Option<i64>>("ended_at")?.map(Timestamp);
    Ok(OpenedSession {
        began_at: Timestamp(row.get("created_at")?),
        last_activity_at: Timestamp(row.get("last_activity_at")?),
        ends_at: Timestamp(row.get::<i64>("idle_ends_at")?.min(row.get("absolute_ends_at")?)),
        over: codec::session_end(row)?.zip(ended_at),
    })
}
