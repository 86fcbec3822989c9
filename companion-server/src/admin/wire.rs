//! What commands and companion say to each other.

use serde::{Deserialize, Serialize};

use crate::clock::Timestamp;
use crate::session::ProviderEnds;
use crate::store::{DeviceEntry, SessionEntry};

/// Path of the live sessions.
pub const SESSIONS: &str = "/administration/sessions";
/// Path that ends some of them.
pub const END_SESSIONS: &str = "/administration/sessions/end";
/// Path of the known workstations.
pub const DEVICES: &str = "/administration/devices";
/// Path that forgets one of them.
pub const FORGET_DEVICE: &str = "/administration/devices/forget";
/// Path that erases a person.
pub const ERASE_PERSON: &str = "/administration/people/erase";

/// Path of all that is kept about a person, for the person.
pub const EXPORT_PERSON: &str = "/administration/people/export";
/// Path where a command says that it could keep nothing of that.
pub const EXPORT_FAILED: &str = "/administration/people/export/failed";

/// Characters of a thumbprint that are shown: enough to tell a hundred thousand workstations apart.
const SHOWN: usize = 12;

/// A live session. Times are seconds since 1970.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct SessionLine {
    /// The sign-in that opened it; names the session too.
    pub id: String,
    /// Beginning of the thumbprint of the workstation's key.
    pub device: String,
    /// What the workstation calls itself.
    pub device_label: Option<String>,
    /// `null` for the default group.
    pub group: Option<String>,
    pub since: i64,
    pub last_activity: i64,
    /// When it ends by itself: the nearer of its two limits.
    pub ends: i64,
}

/// A workstation that something is kept about.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct DeviceLine {
    /// Beginning of the thumbprint of its key.
    pub device: String,
    /// What it calls itself.
    pub device_label: Option<String>,
    /// `null` for the default group.
    pub group: Option<String>,
    /// `null` when nobody ever signed in on it: it joined a group.
    pub last_sign_in: Option<i64>,
    /// How many people are known on it.
    pub people: i64,
    pub has_session: bool,
}

/// Which sessions end, and who asks for it.
#[derive(Serialize, Deserialize)]
#[serde(tag = "which", rename_all = "snake_case", deny_unknown_fields)]
pub enum SessionsToEnd {
    Id { id: String, by: String },
    Device { device: String, by: String },
    NationalId { national_id: String, by: String },
    All { by: String },
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Forget {
    pub device: String,
    pub by: String,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ErasePerson {
    pub national_id: String,
    pub by: String,
}

#[derive(Debug, Serialize, Deserialize)]
pub struct Ended {
    pub ended: Vec<String>,
    #[serde(default)]
    pub psc: AtProvider,
}

/// What became of Pro Santé Connect's sessions behind those that ended here, as far as is known when the command is answered.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
pub struct AtProvider {
    /// It said that they are over.
    pub ended: usize,
    /// It did not.
    pub failed: usize,
    /// It is being asked.
    pub under_way: usize,
}

impl From<ProviderEnds> for AtProvider {
    fn from(ends: ProviderEnds) -> Self {
        Self { ended: ends.ended, failed: ends.failed, under_way: ends.under_way }
    }
}

#[derive(Debug, Serialize, Deserialize)]
pub struct Forgotten {
    pub ended: Vec<String>,
    pub cancelled: usize,
    #[serde(default)]
    pub psc: AtProvider,
}

#[derive(Debug, Serialize, Deserialize)]
pub struct Erasure {
    /// Sessions that ended for it.
    pub ended: usize,
    pub sessions: u64,
    pub sign_ins: u64,
    pub pairs: u64,
    #[serde(default)]
    pub psc: AtProvider,
}

impl From<&SessionEntry> for SessionLine {
    fn from(entry: &SessionEntry) -> Self {
        let session = &entry.session;
        Self {
            id: session.sign_in_id.0.clone(),
            device: shown(&session.jkt),
            device_label: entry.device_label.clone(),
            group: entry.group_name.clone(),
            since: session.created_at.unix_seconds(),
            last_activity: session.last_activity_at.unix_seconds(),
            ends: Timestamp::min(session.idle_ends_at(), session.absolute_ends_at).unix_seconds(),
        }
    }
}

impl From<&DeviceEntry> for DeviceLine {
    fn from(entry: &DeviceEntry) -> Self {
        Self {
            device: shown(&entry.jkt),
            device_label: entry.label.clone(),
            group: entry.group_name.clone(),
            last_sign_in: entry.last_sign_in_at.map(Timestamp::unix_seconds),
            people: entry.people,
            has_session: entry.has_session,
        }
    }
}

fn shown(jkt: &str) -> String {
    jkt.chars().take(SHOWN).collect()
}
