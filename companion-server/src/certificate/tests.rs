//! Certificates and keys as they come: right, wrong, over, not each other's.

use rcgen::{CertificateParams, DnType, ExtendedKeyUsagePurpose, KeyPair, date_time_ymd};
use x509_parser::pem::Pem;

use super::*;

/// 1 June 2027, midnight, UTC.
const END: Timestamp = Timestamp(1_811_808_000_000);

fn params() -> CertificateParams {
    let mut params = CertificateParams::new(Vec::new()).expect("parameters");
    params.distinguished_name.push(DnType::CommonName, "vestibule.hopital.example");
    params.not_before = date_time_ymd(2026, 6, 1);
    params.not_after = date_time_ymd(2027, 6, 1);
    params
}

/// Certificate and key of a client, PEM.
fn pair(params: CertificateParams) -> (String, String) {
    let key = KeyPair::generate().expect("a key");
    (params.self_signed(&key).expect("signed").pem(), key.serialize_pem())
}

fn from_pem(certificate: &str, key: &str) -> Result<Identity, CertificateRefused> {
    Identity::from_pem(certificate.as_bytes(), key.as_bytes())
}

fn days_before_end(days: i64) -> Timestamp {
    END.plus_seconds(-days * 24 * 60 * 60)
}

/// Subjects in the order in which TLS would send them.
fn subjects(identity: &Identity) -> Vec<String> {
    Pem::iter_from_buffer(identity.pem())
        .map(|section| section.expect("PEM"))
        .filter(|section| section.label == "CERTIFICATE")
        .map(|section| section.parse_x509().expect("X.509").subject().to_string())
        .collect()
}

#[test]
fn exi_24_a_certificate_with_its_key_is_read_from_pem() {
    let (certificate, key) = pair(params());
    let identity = from_pem(&certificate, &key).expect("they fit");
    assert_eq!((identity.validity().ends_at, identity.validity().begins_at), (END, END.plus_seconds(-365 * 24 * 60 * 60)));
    assert!(identity.pem().ends_with(b"-----END PRIVATE KEY-----\n"));
    reqwest::Identity::from_pem(identity.pem()).expect("the HTTP client takes it");
    assert!(!format!("{identity:?}").contains("PRIVATE"), "the key is never printed");

    let (_, other) = pair(params());
    assert_eq!(from_pem(&certificate, &other).err(), Some(CertificateRefused::KeyMismatch));
    assert_eq!(from_pem(&certificate, &certificate).err(), Some(CertificateRefused::NoKey));
    assert_eq!(from_pem(&key, &key).err(), Some(CertificateRefused::NotPem));
    assert_eq!(from_pem("", &key).err(), Some(CertificateRefused::NotPem));
    let locked = "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n";
    assert_eq!(from_pem(&certificate, locked).err(), Some(CertificateRefused::KeyUnderPassword));
}

#[test]
fn exi_24_a_server_certificate_is_not_a_client_certificate() {
    let mut server = params();
    server.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    let (certificate, key) = pair(server);
    assert_eq!(from_pem(&certificate, &key).err(), Some(CertificateRefused::OtherPurpose));

    let mut both = params();
    both.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth, ExtendedKeyUsagePurpose::ClientAuth];
    let (certificate, key) = pair(both);
    from_pem(&certificate, &key).expect("one that is for clients too");
}

#[test]
fn exi_24_pkcs12_of_today_and_of_yesterday_is_read() {
    for (name, file, password) in [
        ("modern", fixtures::modern(), "essai"),
        ("legacy, RC2", fixtures::legacy_rc2(), "essai"),
        ("legacy, 3DES, accents", fixtures::legacy_3des(), "é ssai "),
    ] {
        let identity = Identity::from_pkcs12(&file, password).unwrap_or_else(|error| panic!("{name}: {error}"));
        reqwest::Identity::from_pem(identity.pem()).expect("the HTTP client takes it");
        let subjects = subjects(&identity);
        assert_eq!(subjects.len(), 2, "{name}: the certificate, then its authority, without the root: {subjects:?}");
        assert!(subjects[0].contains("CN=vestibule.hopital.example") && subjects[1].contains("AC ORGANISATIONS"), "{name}: {subjects:?}");
    }
    assert_eq!(subjects(&Identity::from_pkcs12(&fixtures::empty_password(), "").expect("no password")).len(), 1);
}

#[test]
fn exi_24_pkcs12_that_does_not_open_says_why() {
    for file in [fixtures::modern(), fixtures::legacy_rc2(), fixtures::legacy_3des()] {
        for password in ["", "Essai", "essai "] {
            assert_eq!(Identity::from_pkcs12(&file, password).err(), Some(CertificateRefused::Pkcs12Password));
        }
    }
    assert_eq!(Identity::from_pkcs12(&fixtures::no_key(), "essai").err(), Some(CertificateRefused::Pkcs12Keys));
    let modern = fixtures::modern();
    for garbage in [&b""[..], b"-----BEGIN CERTIFICATE-----", &modern[..modern.len() / 2]] {
        assert_eq!(Identity::from_pkcs12(garbage, "essai").err(), Some(CertificateRefused::Pkcs12Unreadable));
    }
}

#[test]
fn exi_24_a_certificate_serves_between_its_dates_only() {
    let (certificate, _) = pair(params());
    let validity = Validity::of_pem(certificate.as_bytes()).expect("read");
    assert_eq!(validity.check(END), Ok(()));
    assert_eq!(validity.check(validity.begins_at), Ok(()));
    assert_eq!(validity.check(END.plus_seconds(1)), Err(CertificateRefused::Expired("1er juin 2027".into())));
    let early = validity.begins_at.plus_seconds(-1);
    assert_eq!(validity.check(early), Err(CertificateRefused::NotYetValid("1er juin 2026".into())));
}

#[test]
fn exi_24_the_end_comes_nearer_in_steps() {
    let validity = Validity { begins_at: Timestamp(0), ends_at: END };
    for (days, nearness) in [
        (61, Nearness::Far),
        (60, Nearness::SixtyDays),
        (31, Nearness::SixtyDays),
        (30, Nearness::ThirtyDays),
        (8, Nearness::ThirtyDays),
        (7, Nearness::SevenDays),
        (0, Nearness::SevenDays),
        (-1, Nearness::Over),
    ] {
        assert_eq!((validity.nearness(days_before_end(days)), validity.days_left(days_before_end(days))), (nearness, days), "{days}");
    }
}

#[test]
fn dates_are_told_in_french() {
    assert_eq!(french_date(Timestamp(0)), "1er janvier 1970");
    assert_eq!(french_date(END.plus_seconds(-1)), "31 mai 2027");
    assert_eq!(french_date(Timestamp(1_786_060_800_000)), "7 août 2026");
}
