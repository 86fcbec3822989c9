//! Faults as data: what a client sees go wrong, chosen by an administration call or on the page's side panel.

use std::time::Duration;

use serde::{Deserialize, Serialize};

mod preset;

pub(crate) use preset::PRESETS;

/// Where a fault can strike.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Endpoint {
    /// `.well-known/wallet-openid-configuration`.
    Discovery,
    /// The key set.
    Certs,
    /// The browser's entry, on the wallet.
    Authorization,
    /// Codes and refresh tokens.
    Token,
    /// Who signed in.
    Userinfo,
    /// RFC 7662.
    Introspection,
    /// RFC 7009.
    Revocation,
    /// RP-initiated logout.
    Logout,
}

/// The `acr` that comes back, whatever was asked: all four were seen at Pro Santé Connect.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Acr {
    /// As asked.
    Eidas1,
    /// Seen in production.
    Eidas2,
    /// Seen in the sandbox.
    Eidas3,
    /// No claim at all.
    Absent,
}

/// The `iss` parameter of the authorization answer (RFC 9207).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IssParameter {
    /// The issuer, as discovery promises.
    On,
    /// Left out, although discovery promises it.
    Off,
    /// Another issuer: a mix-up attack.
    Wrong,
}

/// One thing that goes wrong for one client.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Fault {
    /// The answer comes late, by real milliseconds.
    Slow {
        /// Where.
        endpoint: Endpoint,
        /// By how much.
        ms: u64,
    },
    /// Status 503 with an empty body.
    Unavailable {
        /// Where.
        endpoint: Endpoint,
    },
    /// A maintenance page in HTML, status 200, where JSON is due.
    Html {
        /// Where.
        endpoint: Endpoint,
    },
    /// The id_token carries another nonce.
    WrongNonce,
    /// The id_token carries another issuer.
    WrongIssuer,
    /// The id_token's signature does not match.
    BadSignature,
    /// The id_token names a key that is not published.
    UnknownKid,
    /// The return from logout comes without `state`.
    LogoutDropsState,
    /// The `acr` of the tokens.
    Acr {
        /// Which.
        value: Acr,
    },
    /// No `authMode` in the tokens.
    AuthModeAbsent,
    /// The newer claim `auth_level` in the tokens.
    AuthLevel {
        /// For example `1`.
        value: String,
    },
    /// The `iss` parameter of the authorization answer.
    IssParameter {
        /// Which.
        value: IssParameter,
    },
    /// Userinfo speaks of another `sub` than the id_token.
    UserinfoSubMismatch,
    /// Userinfo comes without `SubjectNameID`.
    #[serde(rename = "userinfo_without_subject_name_id")]
    UserinfoWithoutSubjectNameId,
    /// The registered certificate is not taken for the client's.
    ClientCertificateRefused,
    /// Tokens come bound to another certificate.
    TokenBoundElsewhere,
    /// A refresh token stays good after use.
    RefreshReusable,
}

/// Every fault of one client.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Faults(pub Vec<Fault>);

impl Faults {
    /// Whether exactly this fault is set.
    pub fn has(&self, fault: &Fault) -> bool {
        self.0.contains(fault)
    }

    /// How late this endpoint answers; zero when it does not.
    pub fn delay(&self, at: Endpoint) -> Duration {
        let late = self.0.iter().map(|fault| {
            if let Fault::Slow { endpoint, ms } = fault
                && *endpoint == at
            {
                *ms
            } else {
                0
            }
        });
        Duration::from_millis(late.sum())
    }

    /// The `acr` claim to write; `eidas1`, as asked, unless a fault says otherwise.
    pub fn acr(&self) -> Option<&'static str> {
        let chosen = self.0.iter().find_map(|fault| if let Fault::Acr { value } = fault { Some(*value) } else { None });
        match chosen.unwrap_or(Acr::Eidas1) {
            Acr::Eidas1 => Some("eidas1"),
            Acr::Eidas2 => Some("eidas2"),
            Acr::Eidas3 => Some("eidas3"),
            Acr::Absent => None,
        }
    }

    /// The `auth_level` claim to write, absent unless a fault adds it.
    pub fn auth_level(&self) -> Option<&str> {
        self.0.iter().find_map(|fault| if let Fault::AuthLevel { value } = fault { Some(value.as_str()) } else { None })
    }

    /// The `iss` parameter of the authorization answer.
    pub fn iss_parameter(&self) -> IssParameter {
        self.0
            .iter()
            .find_map(|fault| if let Fault::IssParameter { value } = fault { Some(*value) } else { None })
            .unwrap_or(IssParameter::On)
    }
}
