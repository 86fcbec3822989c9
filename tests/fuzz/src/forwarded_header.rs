use std::net::{IpAddr, Ipv4Addr};
use std::path::Path;
use std::sync::{Arc, LazyLock};

use companion_server::clock::{ManualClock, Timestamp};
use companion_server::config::Config;
use companion_server::gate::proxy::TrustedProxies;
use http::{HeaderMap, HeaderName, HeaderValue};
use vestibule_installation::Installation;

/// The trusted proxy that the connection comes from.
const PROXY: IpAddr = IpAddr::V4(Ipv4Addr::new(10, 0, 0, 1));
/// Who is on its other side.
const CLIENT: IpAddr = IpAddr::V4(Ipv4Addr::new(203, 0, 113, 7));
const STRANGER: IpAddr = IpAddr::V4(Ipv4Addr::new(198, 51, 100, 9));

static NAMED: [HeaderName; 2] = [HeaderName::from_static("x-forwarded-for"), http::header::FORWARDED];

static PROXIES: LazyLock<[TrustedProxies; 2]> = LazyLock::new(|| ["x-forwarded-for", "forwarded"].map(believing));

fn believing(header: &str) -> TrustedProxies {
    let installation = Installation::least()
        .known_as("https://compagnon.example")
        .with(&format!("[listener]\ntrusted_proxies = [\"10.0.0.0/8\"]\nforwarded_header = \"{header}\""));
    let config = Config::parse(&installation.text(), Path::new("/etc/vestibule")).expect("a configuration");
    TrustedProxies::new(&config.listener, Arc::new(ManualClock::at(Timestamp(0))))
}

/// What a client wrote before its trusted proxy added its own word. Accepted when the client is found all the same.
///
/// Bits of the first byte: which header is believed; the proxy's word stands on a line of its own; it is quoted and has a port.
pub fn accepts(input: &[u8]) -> bool {
    let Some((mode, written)) = input.split_first() else { return false };
    let (is_rfc_7239, own_line, quoted) = (mode & 1 == 1, mode & 2 == 2, mode & 4 == 4);
    let word = match (is_rfc_7239, quoted) {
        (false, false) => format!("{CLIENT}"),
        (false, true) => format!("{CLIENT}:4711"),
        (true, false) => format!("for={CLIENT};proto=https"),
        (true, true) => format!("proto=https;for=\"{CLIENT}:4711\""),
    };
    let name = &NAMED[usize::from(is_rfc_7239)];
    let mut headers = HeaderMap::new();
    let lines = if own_line { vec![written.to_vec(), word.into_bytes()] } else { vec![[written, b", ", word.as_bytes()].concat()] };
    for line in lines {
        let Ok(value) = HeaderValue::from_bytes(&line) else { return false };
        headers.append(name, value);
    }
    let proxies = &PROXIES[usize::from(is_rfc_7239)];
    assert_eq!(proxies.client(STRANGER, &headers), STRANGER, "a stranger was believed");
    let found = proxies.client(PROXY, &headers);
    assert!(found == CLIENT || (is_rfc_7239 && found == PROXY), "a client passes for {found}");
    let other = &PROXIES[usize::from(!is_rfc_7239)];
    assert_eq!(other.client(PROXY, &headers), PROXY, "the other header was read");
    found == CLIENT
}
