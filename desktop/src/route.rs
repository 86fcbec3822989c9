//! By which way requests reach the companion, and who decided it.
//!
//! With a machine policy: the policy, else the system's own settings, and never the environment of the person who runs the app. A developer's
//! policy, which only ever names 127.0.0.1, lets the environment speak. There is one companion, so the way is decided once.

use std::ffi::OsString;
use std::fmt;

use serde::{Deserialize, Deserializer};
use url::Url;

mod exceptions;
mod proxy_address;
mod system_proxy;

pub use proxy_address::ProxyAddress;
pub use system_proxy::SystemProxy;

/// Who set a proxy, or an exception to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SetBy {
    /// The policy file.
    Policy,
    /// The operating system's settings.
    System,
    /// Variables of the process.
    Environment,
}

/// The way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Route {
    /// Straight to the companion.
    Direct(Direct),
    /// Through this proxy.
    Proxy { address: ProxyAddress, set_by: SetBy },
}

/// Why there is no proxy in between.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direct {
    /// The companion is on this machine, over http.
    ThisMachine,
    /// Nobody set one.
    NothingSet,
    /// The system has a script that chooses proxies (PAC), which this app does not run.
    ScriptIgnored,
    /// The policy wants none.
    Wanted,
    /// One is set, and the companion is an exception to it.
    Exception(SetBy),
}

/// What the policy says of a proxy: an address, `direct` or `system`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ProxyWish {
    Address(String),
    Direct,
    System,
}

impl<'de> Deserialize<'de> for ProxyWish {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Ok(match text.as_str() {
            "direct" => Self::Direct,
            "system" => Self::System,
            _ => Self::Address(text),
        })
    }
}

/// What else may speak of a way, handed in so that a test can put something in its place.
#[derive(Clone, Copy)]
pub struct Surroundings<'a> {
    /// A variable of the process.
    pub variable: &'a dyn Fn(&str) -> Option<OsString>,
    /// The operating system's settings.
    pub system_proxy: &'a dyn Fn() -> SystemProxy,
}

impl Surroundings<'_> {
    /// Those of this process on this machine.
    pub fn system() -> Self {
        Self { variable: &|name| std::env::var_os(name), system_proxy: &system_proxy::read }
    }

    /// Nothing says a word.
    pub fn none() -> Self {
        Self { variable: &|_| None, system_proxy: &SystemProxy::default }
    }
}

impl fmt::Debug for Surroundings<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Surroundings")
    }
}

/// The policy names a proxy that cannot be one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the policy names a proxy that cannot be one")]
pub struct ProxyUnusable;

/// Decides the way to this companion.
///
/// # Errors
/// [`ProxyUnusable`] when the policy's own proxy cannot be one. What others set and cannot be used is left aside, and the log says so.
pub fn decide(
    companion: &Url,
    wish: Option<ProxyWish>,
    exceptions: &[String],
    is_managed: bool,
    surroundings: &Surroundings<'_>,
) -> Result<Route, ProxyUnusable> {
    if companion.scheme() == "http" {
        // Only ever the literal 127.0.0.1 (settings).
        return Ok(Route::Direct(Direct::ThisMachine));
    }
    let by_policy = exceptions::contain(exceptions.iter().map(String::as_str), companion);
    let (set, set_by) = match wish {
        Some(ProxyWish::Direct) => return Ok(Route::Direct(Direct::Wanted)),
        Some(ProxyWish::Address(_)) | None if by_policy => return Ok(Route::Direct(Direct::Exception(SetBy::Policy))),
        Some(ProxyWish::Address(text)) => {
            // A word alone is a slip of the pen more often than a host on port 80.
            let names_port = text.rsplit_once(':').is_some_and(|(_, port)| port.trim_end().parse::<u16>().is_ok());
            let address = ProxyAddress::parse(&text).filter(|_| names_port || text.contains("://")).ok_or(ProxyUnusable)?;
            return Ok(Route::Proxy { address, set_by: SetBy::Policy });
        }
        Some(ProxyWish::System) => ((surroundings.system_proxy)(), SetBy::System),
        None => match SystemProxy::of_variables(&|name| text_of(surroundings, name)) {
            environment if !is_managed && environment.address.is_some() => (environment, SetBy::Environment),
            _ => ((surroundings.system_proxy)(), SetBy::System),
        },
    };
    let Some(text) = set.address else {
        return Ok(Route::Direct(if set.has_script { Direct::ScriptIgnored } else { Direct::NothingSet }));
    };
    if by_policy {
        return Ok(Route::Direct(Direct::Exception(SetBy::Policy)));
    }
    if exceptions::contain(set.exceptions.iter().map(String::as_str), companion) {
        return Ok(Route::Direct(Direct::Exception(set_by)));
    }
    Ok(ProxyAddress::parse(&text).map_or_else(
        || {
            tracing::warn!(set_by = set_by.name(), "A proxy is set that cannot be used: it is left aside");
            Route::Direct(Direct::NothingSet)
        },
        |address| Route::Proxy { address, set_by },
    ))
}

/// What the system says now. Performs I/O.
pub(crate) fn system_proxy() -> SystemProxy {
    system_proxy::read()
}

/// The system's proxy, where it would be asked for this address too.
pub(crate) fn proxy_before(address: &Url, set: SystemProxy) -> Option<ProxyAddress> {
    let is_exception = exceptions::contain(set.exceptions.iter().map(String::as_str), address);
    set.address.filter(|_| !is_exception).and_then(|text| ProxyAddress::parse(&text))
}

/// Variables that would decide a way or a trust in other programs, are set, and decide nothing here.
pub fn ignored_variables(is_managed: bool, variable: &dyn Fn(&str) -> Option<OsString>) -> Vec<&'static str> {
    let trust = ["SSL_CERT_FILE", "SSL_CERT_DIR"];
    let way = ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"];
    let way = way.into_iter().filter(|_| is_managed);
    trust.into_iter().chain(way).filter(|name| variable(name).is_some_and(|value| !value.is_empty())).collect()
}

fn text_of(surroundings: &Surroundings<'_>, name: &str) -> Option<String> {
    (surroundings.variable)(name).and_then(|value| value.into_string().ok())
}

impl SetBy {
    /// For the log.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Policy => "policy",
            Self::System => "system",
            Self::Environment => "environment",
        }
    }
}

impl Route {
    /// The proxy in between.
    pub fn proxy(&self) -> Option<(&ProxyAddress, SetBy)> {
        match self {
            Self::Proxy { address, set_by } => Some((address, *set_by)),
            Self::Direct(_) => None,
        }
    }
}

#[cfg(test)]
mod tests;
