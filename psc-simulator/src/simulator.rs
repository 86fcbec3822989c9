//! One simulator: what it was given, what it remembers, what it was told to do wrong.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde::Serialize;

use crate::clock::Clock;
use crate::fault::{Fault, Faults};
use crate::journal::Journal;
use crate::keys::SigningKeys;
use crate::persona::Persona;
use crate::realm::Realm;
use crate::settings::{Client, Settings};

/// Where the three listeners are bound.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Addresses {
    /// The browser's front.
    pub wallet: SocketAddr,
    /// The realm.
    pub auth: SocketAddr,
    /// For tests and demonstrations.
    pub administration: SocketAddr,
    /// Whether the auth host speaks TLS.
    pub is_tls: bool,
    /// Where the realm demands a client certificate, if anywhere.
    pub mtls: Option<SocketAddr>,
}

impl Addresses {
    /// The issuer of every token.
    pub fn issuer(&self) -> String {
        format!("{}/auth/realms/esante-wallet", self.auth_base())
    }

    fn auth_base(&self) -> String {
        format!("{}://{}", if self.is_tls { "https" } else { "http" }, self.auth)
    }

    /// The discovery document, under its unusual name.
    pub fn discovery(&self) -> String {
        format!("{}/.well-known/wallet-openid-configuration", self.issuer())
    }

    /// Where browsers are sent to sign in.
    pub fn authorization_endpoint(&self) -> String {
        format!("http://{}/auth", self.wallet)
    }

    /// A server-side endpoint of the realm, for example `token`.
    pub fn endpoint(&self, name: &str) -> String {
        format!("{}/protocol/openid-connect/{name}", self.issuer())
    }

    /// The same for those who present a certificate (RFC 8705 section 5).
    pub fn mtls_alias(&self, name: &str) -> String {
        match self.mtls {
            Some(address) => format!("https://{address}/auth/realms/esante-wallet/protocol/openid-connect/{name}"),
            None => self.endpoint(name),
        }
    }

    /// What the ready file says.
    pub fn summary(&self) -> AddressSummary {
        AddressSummary {
            wallet: format!("http://{}", self.wallet),
            auth: self.auth_base(),
            mtls: self.mtls.map(|address| format!("https://{address}")),
            administration: format!("http://{}", self.administration),
            issuer: self.issuer(),
            discovery: self.discovery(),
        }
    }
}

/// The addresses as URLs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AddressSummary {
    /// Base of the wallet.
    pub wallet: String,
    /// Base of the auth host.
    pub auth: String,
    /// Base of the host that demands a certificate.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mtls: Option<String>,
    /// Base of the administration.
    pub administration: String,
    /// Issuer.
    pub issuer: String,
    /// Discovery document.
    pub discovery: String,
}

pub(crate) struct Simulator {
    pub clock: Arc<dyn Clock>,
    pub keys: SigningKeys,
    pub clients: Vec<Client>,
    pub personas: Vec<Persona>,
    pub addresses: Addresses,
    pub bind_tokens: bool,
    pub journal: Journal,
    realm: Mutex<Realm>,
    faults: Mutex<HashMap<String, Faults>>,
}

impl Simulator {
    pub fn new(settings: Settings, addresses: Addresses, clock: Arc<dyn Clock>) -> Self {
        Self {
            clock,
            keys: settings.keys,
            clients: settings.clients,
            personas: settings.personas,
            addresses,
            bind_tokens: false,
            journal: Journal::default(),
            realm: Mutex::default(),
            faults: Mutex::default(),
        }
    }

    pub fn realm(&self) -> MutexGuard<'_, Realm> {
        self.realm.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn client(&self, id: &str) -> Option<&Client> {
        self.clients.iter().find(|client| client.id == id)
    }

    pub fn persona(&self, id: &str) -> Option<&Persona> {
        self.personas.iter().find(|persona| persona.id == id)
    }

    pub fn faults(&self, client_id: &str) -> Faults {
        self.faults.lock().unwrap_or_else(PoisonError::into_inner).get(client_id).cloned().unwrap_or_default()
    }

    pub fn set_faults(&self, client_id: &str, faults: Faults) {
        self.faults.lock().unwrap_or_else(PoisonError::into_inner).insert(client_id.to_owned(), faults);
    }

    /// For requests that name no client: discovery and the key set suffer what any client was given.
    pub fn faults_of_all(&self) -> Faults {
        let faults = self.faults.lock().unwrap_or_else(PoisonError::into_inner);
        Faults(faults.values().flat_map(|faults| faults.0.iter().cloned()).collect())
    }

    pub fn has_fault(&self, client_id: &str, fault: &Fault) -> bool {
        self.faults(client_id).has(fault)
    }
}
