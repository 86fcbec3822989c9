//! Where the companion may listen, and behind whom.

use super::*;

fn listener(lines: &str) -> Result<ListenerSection, String> {
    let section: ListenerSection = toml::from_str(&format!("address = \"127.0.0.1:8080\"\n{lines}")).map_err(|error| error.to_string())?;
    section.validate().map(|()| section).map_err(|refused| format!("{} {refused}", refused.key().unwrap_or_default()))
}

#[test]
fn nobody_is_trusted_unless_named() {
    let section = listener("").expect("accepted");
    assert!(section.trusted_proxies.is_empty());
    assert_eq!(section.forwarded_header, ForwardedHeader::XForwardedFor);
}

#[test]
fn proxies_are_named_by_address_or_network() {
    let section =
        listener("trusted_proxies = [\"127.0.0.1\", \"10.1.2.0/28\", \"fd00::7\", \"fd00:1::/64\"]\nforwarded_header = \"forwarded\"");
    let section = section.expect("accepted");
    assert_eq!(section.forwarded_header, ForwardedHeader::Forwarded);
    let trusts = |address: &str| section.trusted_proxies.iter().any(|network| network.holds(address.parse().expect("an address")));
    for address in ["127.0.0.1", "10.1.2.15", "::ffff:10.1.2.15", "fd00::7", "fd00:1::ffff"] {
        assert!(trusts(address), "{address}");
    }
    for address in ["127.0.0.2", "10.1.2.16", "fd00::8", "fd00:1:0:1::1", "::ffff:7f00:2"] {
        assert!(!trusts(address), "{address}");
    }
}

#[test]
fn attack_36_trusting_everybody_is_refused_with_the_key_at_fault() {
    for network in ["0.0.0.0/0", "::/0", "0.0.0.0/1", "128.0.0.0/1", "8.0.0.0/7", "2000::/3", "::/1"] {
        let refused = listener(&format!("trusted_proxies = [\"10.0.0.1\", \"{network}\"]")).expect_err(network);
        assert!(refused.starts_with("listener.trusted_proxies VST-3001"), "{refused}");
    }
    for network in ["", "everybody", "10.0.0.0/33", "10.0.0", "proxy.example", "10.0.0.1:80"] {
        assert!(listener(&format!("trusted_proxies = [\"{network}\"]")).is_err(), "{network}");
    }
    assert!(listener("forwarded_header = \"x-real-ip\"").is_err());
}

#[test]
fn a_drain_longer_than_the_system_waits_for_is_refused() {
    assert_eq!(listener("drain_s = 60").expect("accepted").drain_s, Some(60));
    let refused = listener("drain_s = 61").expect_err("too long");
    assert!(refused.starts_with("listener.drain_s VST-3001"), "{refused}");
    assert!(listener("drain_s = -1").is_err());
}
