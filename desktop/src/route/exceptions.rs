//! Which hosts are reached without the proxy, in the forms that administrators use.
//!
//! | form | which hosts |
//! |---|---|
//! | `*` | all |
//! | `hopital.example`, `.hopital.example`, `*.hopital.example` | that name and every name under it |
//! | `10.0.0.12`, `::1`, `[::1]` | that address |
//! | `10.0.0.0/8`, `fd00::/8` | the addresses of that network |
//! | `10.*`, `poste-*` | whatever stands for the star |
//! | any of them, then `:8443` | only on that port |
//! | `<local>` | names without a dot (Windows) |

use std::net::IpAddr;

use ipnet::IpNet;
use url::{Host, Url};

/// Whether one of the entries is about this address. An entry may itself be a list, separated by commas, semicolons, bars or blanks.
pub(super) fn contain<'a>(entries: impl Iterator<Item = &'a str>, address: &Url) -> bool {
    let Some(host) = address.host() else { return false };
    let port = address.port_or_known_default();
    let mut entries =
        entries.flat_map(|list| list.split([',', ';', '|', ' ', '\t', '\n'])).map(str::trim).filter(|entry| !entry.is_empty());
    entries.any(|entry| is_about(entry, &host, port))
}

fn is_about(entry: &str, host: &Host<&str>, port: Option<u16>) -> bool {
    let (pattern, only) = split_port(entry);
    if only.is_some() && only != port {
        return false;
    }
    let pattern = pattern.trim_start_matches('[').trim_end_matches(']').to_ascii_lowercase();
    if pattern == "*" {
        return true;
    }
    let address = match host {
        Host::Ipv4(address) => Some(IpAddr::V4(*address)),
        Host::Ipv6(address) => Some(IpAddr::V6(*address)),
        Host::Domain(_) => None,
    };
    if let Some(address) = address {
        let is_network = pattern.parse::<IpNet>().is_ok_and(|network| network.contains(&address));
        let is_address = pattern.parse::<IpAddr>() == Ok(address);
        return is_network || is_address || (pattern.contains('*') && matches(&pattern, &address.to_string()));
    }
    let name = host.to_string().to_ascii_lowercase();
    let name = name.trim_end_matches('.');
    if pattern == "<local>" {
        return !name.contains('.');
    }
    let suffix = pattern.strip_prefix("*.").or_else(|| pattern.strip_prefix('.')).unwrap_or(&pattern).trim_end_matches('.');
    if suffix.contains('*') {
        return matches(&pattern, name);
    }
    !suffix.is_empty() && name.strip_suffix(suffix).is_some_and(|before| before.is_empty() || before.ends_with('.'))
}

/// `host:port`, `[::1]:port`; an address of IPv6 without brackets has no port.
fn split_port(entry: &str) -> (&str, Option<u16>) {
    let Some((before, after)) = entry.rsplit_once(':') else { return (entry, None) };
    let is_bare_ipv6 = before.contains(':') && !before.ends_with(']');
    match after.parse() {
        Ok(port) if !is_bare_ipv6 => (before, Some(port)),
        Ok(_) | Err(_) => (entry, None),
    }
}

/// Whether the text is the pattern, a star standing for any signs.
fn matches(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split('*');
    let Some(mut rest) = parts.next().and_then(|first| text.strip_prefix(first)) else { return false };
    let mut parts: Vec<&str> = parts.collect();
    let last = parts.pop().unwrap_or_default();
    for part in parts {
        match rest.find(part) {
            Some(at) => rest = &rest[at + part.len()..],
            None => return false,
        }
    }
    rest.ends_with(last)
}

#[cfg(test)]
mod tests {
    use url::Url;

    use super::contain;

    fn excepted(entry: &str, address: &str) -> bool {
        contain([entry].into_iter(), &Url::parse(address).expect("an address"))
    }

    #[test]
    fn the_usual_forms_are_understood() {
        let name = "https://connexion.hopital.example";
        for entry in [
            "*",
            "hopital.example",
            ".hopital.example",
            "*.hopital.example",
            "*.HOPITAL.example",
            "connexion.hopital.example",
            "connexion.hopital.example.",
            "connexion.hopital.example:443",
            "*.hopital.example:443",
            "*:443",
            "autre.example, .hopital.example",
            "autre.example;*.hopital.example",
            "localhost 127.0.0.1 hopital.example",
            "connexion.*.example",
            "conn*",
        ] {
            assert!(excepted(entry, name), "{entry}");
        }
        for entry in [
            "",
            ",",
            ".",
            "*.",
            "pital.example",
            "autre.connexion.hopital.example",
            "connexion.hopital.example:8443",
            "*:8443",
            "hopital.example.org",
            "10.0.0.0/8",
            "<local>",
            "*.hopital",
            "conn*.org",
        ] {
            assert!(!excepted(entry, name), "{entry}");
        }
        assert!(excepted("<local>", "https://compagnon") && excepted("compagnon", "https://compagnon"));
        assert!(excepted("hopital.example:8443", "https://connexion.hopital.example:8443"));
    }

    #[test]
    fn addresses_and_networks_are_understood() {
        for entry in ["*", "10.2.3.4", "10.0.0.0/8", "10.*", "10.2.*.*", "10.2.3.4:443", "10.0.0.0/8:443", "x, 10.2.3.4"] {
            assert!(excepted(entry, "https://10.2.3.4"), "{entry}");
        }
        for entry in ["10.2.3.5", "11.0.0.0/8", "10.3.*", "10.2.3.4:80", ".4", "3.4", "hopital.example"] {
            assert!(!excepted(entry, "https://10.2.3.4"), "{entry}");
        }
        for entry in ["fd00::1", "[fd00::1]", "[fd00::1]:443", "fd00::/8", "*"] {
            assert!(excepted(entry, "https://[fd00::1]"), "{entry}");
        }
        assert!(!excepted("[fd00::1]:80", "https://[fd00::1]") && !excepted("fd00::2", "https://[fd00::1]"));
    }
}
