//! For whom a trusted proxy speaks, and what nobody else may say.

use http::HeaderValue;

use crate::clock::{ManualClock, Timestamp};

use super::*;

const PROXY: &str = "10.0.0.1";

fn proxies(header: ForwardedHeader) -> TrustedProxies {
    let listener = ListenerSection {
        drain_s: None,
        address: "127.0.0.1:0".parse().expect("an address"),
        tls: None,
        trusted_proxies: ["10.0.0.0/28", "fd00::/64", "127.0.0.1"].map(|network| network.parse().expect("a network")).to_vec(),
        forwarded_header: header,
    };
    TrustedProxies::new(&listener, Arc::new(ManualClock::at(Timestamp(0))))
}

fn client(header: ForwardedHeader, peer: &str, lines: &[&str]) -> String {
    let name = match header {
        ForwardedHeader::XForwardedFor => X_FORWARDED_FOR,
        ForwardedHeader::Forwarded => FORWARDED,
    };
    let headers = lines.iter().map(|line| (name.clone(), HeaderValue::from_str(line).expect("a value"))).collect();
    proxies(header).client(peer.parse().expect("an address"), &headers).to_string()
}

#[test]
fn only_a_named_proxy_is_believed() {
    for peer in ["203.0.113.7", "10.0.0.16", "fd00:0:0:1::1", "127.0.0.2", "::ffff:203.0.113.7"] {
        for header in [ForwardedHeader::XForwardedFor, ForwardedHeader::Forwarded] {
            let canonical = peer.trim_start_matches("::ffff:");
            assert_eq!(client(header, peer, &["198.51.100.1", "for=198.51.100.1"]), canonical, "{peer}");
        }
    }
    for peer in [PROXY, "10.0.0.15", "fd00::9", "127.0.0.1", "::ffff:10.0.0.1"] {
        assert_eq!(client(ForwardedHeader::XForwardedFor, peer, &["198.51.100.1"]), "198.51.100.1", "{peer}");
    }
}

#[test]
fn the_rightmost_stranger_is_the_client_whatever_strangers_wrote_to_its_left() {
    let cases: &[(&[&str], &str)] = &[
        (&["198.51.100.1"], "198.51.100.1"),
        (&["1.1.1.1, 198.51.100.1"], "198.51.100.1"),
        (&["1.1.1.1", "198.51.100.1"], "198.51.100.1"),
        (&["10.0.0.9, 198.51.100.1"], "198.51.100.1"),
        (&["1.1.1.1, 198.51.100.1, 10.0.0.2, 127.0.0.1"], "198.51.100.1"),
        (&["not an address, 198.51.100.1, 10.0.0.2"], "198.51.100.1"),
        (&["198.51.100.1:51234"], "198.51.100.1"),
        (&["2001:db8::7"], "2001:db8::7"),
        (&["[2001:db8::7]:443"], "2001:db8::7"),
        (&["::ffff:198.51.100.1"], "198.51.100.1"),
        (&["10.0.0.3, 10.0.0.4"], "10.0.0.4"),
    ];
    for (lines, expected) in cases {
        assert_eq!(client(ForwardedHeader::XForwardedFor, PROXY, lines), *expected, "{lines:?}");
    }
}

#[test]
fn what_cannot_be_read_names_the_proxy_itself_and_is_counted() {
    let cases: &[&[&str]] = &[
        &[],
        &[""],
        &["unknown"],
        &["198.51.100.1, _hidden"],
        &["198.51.100.1,"],
        &["198.51.100.1, evil, 10.0.0.2"],
        &["198.51.100.1:port"],
        &["198.51.100.1:99999"],
        &["[2001:db8::7"],
        &["[2001:db8::7]x"],
        &["198.51.100"],
        &["0xc6336401"],
        &["198.51.100.1 198.51.100.2"],
    ];
    for lines in cases {
        assert_eq!(client(ForwardedHeader::XForwardedFor, PROXY, lines), PROXY, "{lines:?}");
    }
    let proxies = proxies(ForwardedHeader::XForwardedFor);
    proxies.client(PROXY.parse().expect("an address"), &HeaderMap::new());
    assert_eq!(proxies.unreadable().total().1, 1);
}

#[test]
fn the_standard_header_is_read_by_its_grammar() {
    let good: &[(&[&str], &str)] = &[
        (&["for=198.51.100.1"], "198.51.100.1"),
        (&["For=\"198.51.100.1:4711\";proto=http;by=10.0.0.1"], "198.51.100.1"),
        (&["proto=https;for=\"[2001:db8:cafe::17]:4711\""], "2001:db8:cafe::17"),
        (&["for=1.1.1.1, for=198.51.100.1;host=\"evil, for=9.9.9.9\""], "198.51.100.1"),
        (&["for=unknown, for=198.51.100.1 , for=10.0.0.2"], "198.51.100.1"),
        (&["for=1.1.1.1", "for=198.51.100.1"], "198.51.100.1"),
        (&["for=\"\\1\\9\\8.51.100.1\""], "198.51.100.1"),
    ];
    for (lines, expected) in good {
        assert_eq!(client(ForwardedHeader::Forwarded, PROXY, lines), *expected, "{lines:?}");
    }
    let bad: &[&[&str]] = &[
        &["for=unknown"],
        &["for=_secret"],
        &["host=evil.example"],
        &["198.51.100.1"],
        &["for=198.51.100.1;for=9.9.9.9"],
        &["for=9.9.9.9, x=\", for=198.51.100.1"],
        &["for=9.9.9.9;x=\", for=\"[2001:db8::1]\";proto=https"],
        &["for=\"198.51.100.1"],
        &["for=2001:db8::7"],
        &["for=198.51.100.1 evil"],
        &["for="],
        &["=198.51.100.1"],
        &["for=198.51.100.1,"],
    ];
    for lines in bad {
        assert_eq!(client(ForwardedHeader::Forwarded, PROXY, lines), PROXY, "{lines:?}");
    }
}
