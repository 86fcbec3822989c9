use std::fs;

use super::*;
use crate::random::SystemRandom;

const HERE: Place<'_> = Place { table: "session", row: b"1", column: "psc_access_token" };

fn vault(key: u8) -> Vault {
    Vault::with_key(&[key; KEY_BYTES], Arc::new(SystemRandom))
}

#[test]
fn a_sealed_value_opens_in_its_place_and_says_nothing_before() {
    let vault = vault(1);
    let secret = SecretString::from("jeton très secret");
    let sealed = vault.seal_secret(&HERE, &secret);
    assert_eq!(vault.unseal_secret(&HERE, &sealed.0).expect("opened").expose_secret(), "jeton très secret");
    assert!(!sealed.0.windows(5).any(|window| window == b"jeton"));
    assert_eq!(sealed.0.len(), OVERHEAD_BYTES + secret.expose_secret().len());
    assert!(!format!("{sealed:?}{vault:?}").contains("jeton"));
    assert_eq!(*vault.unseal(&HERE, &vault.seal(&HERE, b"").0).expect("opened"), b"");
}

#[test]
fn the_same_value_never_gives_the_same_envelope() {
    let vault = vault(1);
    assert_ne!(vault.seal(&HERE, b"x"), vault.seal(&HERE, b"x"));
}

#[test]
fn a_value_moved_to_another_row_column_or_table_does_not_open() {
    let vault = vault(1);
    let sealed = vault.seal(&HERE, b"x");
    for elsewhere in [
        Place { row: b"2", ..HERE },
        Place { column: "psc_refresh_token", ..HERE },
        Place { table: "sign_in", ..HERE },
        // The same bytes, cut elsewhere.
        Place { table: "session1", row: b"", ..HERE },
        Place { row: b"1p", column: "sc_access_token", ..HERE },
    ] {
        assert_eq!(vault.unseal(&elsewhere, &sealed.0).expect_err("must not open"), VaultError::Altered, "{elsewhere:?}");
    }
}

#[test]
fn two_envelopes_cannot_exchange_their_halves() {
    let vault = vault(1);
    let (mut one, two) = (vault.seal(&HERE, b"x").0, vault.seal(&HERE, b"y").0);
    let half = OVERHEAD_BYTES - NONCE_BYTES - TAG_BYTES;
    one.truncate(half);
    one.extend_from_slice(&two[half..]);
    assert_eq!(vault.unseal(&HERE, &one).expect_err("must not open"), VaultError::Altered);
}

#[test]
fn any_altered_bit_and_any_cut_is_noticed() {
    let vault = vault(1);
    let sealed = vault.seal(&HERE, b"value").0;
    for index in 0..sealed.len() {
        let mut altered = sealed.clone();
        altered[index] ^= 1;
        vault.unseal(&HERE, &altered).expect_err("altered");
        vault.unseal(&HERE, &sealed[..index]).expect_err("cut");
    }
    vault.unseal(&HERE, &[&sealed[..], b"x"].concat()).expect_err("extended");
}

#[test]
fn another_key_is_told_apart_from_an_altered_value() {
    let sealed = vault(1).seal(&HERE, b"x");
    assert_eq!(vault(2).unseal(&HERE, &sealed.0).expect_err("another key"), VaultError::OtherKey);
}

#[test]
fn bytes_that_are_not_text_are_not_given_as_text() {
    let vault = vault(1);
    let sealed = vault.seal(&HERE, b"\xff");
    assert_eq!(vault.unseal_secret(&HERE, &sealed.0).expect_err("not text"), VaultError::NotText);
}

#[test]
fn a_key_is_32_bytes_raw_or_in_base64url() {
    let text = URL_SAFE_NO_PAD.encode([7; KEY_BYTES]);
    for accepted in [vec![7; KEY_BYTES], text.clone().into_bytes(), format!("{text}\n").into_bytes(), format!("{text}=\r\n").into_bytes()] {
        assert_eq!(*sealing_key(&accepted).expect("accepted"), [7; KEY_BYTES]);
    }
    for refused in [&b""[..], &[7; 31], &[7; 33], b"court", "é".repeat(16).as_bytes().get(..31).unwrap_or_default()] {
        assert!(matches!(sealing_key(refused), Err(VaultRefused::NotAKey)));
    }
}

#[test]
fn a_created_key_file_opens_and_is_never_overwritten() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("cle");
    create_key_file(&file, &SystemRandom).expect("created");
    let sealed = Vault::open(&file, Arc::new(SystemRandom)).expect("opened").seal(&HERE, b"x");
    let refused = create_key_file(&file, &SystemRandom).expect_err("already there");
    assert_eq!(refused.kind(), std::io::ErrorKind::AlreadyExists);
    Vault::open(&file, Arc::new(SystemRandom)).expect("opened").unseal(&HERE, &sealed.0).expect("same key");
}

#[cfg(unix)]
#[test]
fn a_key_file_that_everyone_can_read_is_refused() {
    use std::os::unix::fs::PermissionsExt as _;

    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("cle");
    create_key_file(&file, &SystemRandom).expect("created");
    assert_eq!(fs::metadata(&file).expect("there").permissions().mode() & 0o777, 0o600);
    fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).expect("changed");
    let refused = Vault::open(&file, Arc::new(SystemRandom)).expect_err("readable by everyone");
    assert!(matches!(refused, VaultRefused::File(SecretFileRefused::ReadableByEveryone { .. })));
    assert_eq!(refused.code(), ErrorCode::SealingKeyRefused);
    assert!(matches!(Vault::open(folder.path(), Arc::new(SystemRandom)), Err(VaultRefused::File(_))));
}
