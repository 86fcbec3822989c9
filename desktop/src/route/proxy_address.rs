//! Where a proxy is. Name and password that may stand in it are shown nowhere.

use std::fmt;

use url::Url;

/// An address of a proxy, over http or https. What is shown of it is host and port.
#[derive(Clone, PartialEq, Eq)]
pub struct ProxyAddress(Url);

impl ProxyAddress {
    /// Reads `http://proxy.example:3128` or `proxy.example:3128`; `None` when it is anything else (SOCKS among them).
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let url = if text.contains("://") { Url::parse(text) } else { Url::parse(&format!("http://{text}")) }.ok()?;
        let is_origin = url.path() == "/" && url.query().is_none() && url.fragment().is_none() && url.host().is_some();
        (matches!(url.scheme(), "http" | "https") && is_origin).then_some(Self(url))
    }

    /// With name and password, for the client.
    pub(crate) fn expose(&self) -> Url {
        self.0.clone()
    }
}

impl fmt::Display for ProxyAddress {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let host = self.0.host_str().unwrap_or_default();
        match self.0.port_or_known_default() {
            Some(port) => write!(formatter, "{host}:{port}"),
            None => formatter.write_str(host),
        }
    }
}

impl fmt::Debug for ProxyAddress {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "ProxyAddress({self})")
    }
}
