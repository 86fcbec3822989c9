//! Values that open where they were sealed and nowhere else.

use std::fs;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use vestibule_model::ErrorCode;

use super::*;
use crate::random::SystemRandom;
use crate::secret_file::SecretFileRefused;

const HERE: SealedPlace<'_> = SealedPlace { table: "session", row: b"1", column: "psc_access_token" };

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
        SealedPlace { row: b"2", ..HERE },
        SealedPlace { column: "psc_refresh_token", ..HERE },
        SealedPlace { table: "sign_in", ..HERE },
        // The same bytes, cut elsewhere.
        SealedPlace { table: "session1", row: b"", ..HERE },
        SealedPlace { row: b"1p", column: "sc_access_token", ..HERE },
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
fn a_short_code_is_known_again_in_its_row_only_and_says_nothing_before() {
    let vault = vault(1);
    let kept = vault.short_code_mac(b"7F3K-9QXM", "BCDFGHJK");
    assert_eq!(key_id_of(&kept).expect("named"), vault.ring().current());
    assert!(!kept.windows(4).any(|window| window == b"BCDF"));
    assert!(vault.is_short_code(b"7F3K-9QXM", "BCDFGHJK", &kept));
    for wrong in ["BCDFGHJL", "bcdfghjk", "BCDFGHJ", "BCDFGHJKK", ""] {
        assert!(!vault.is_short_code(b"7F3K-9QXM", wrong, &kept), "{wrong}");
    }
    assert!(!vault.is_short_code(b"8F3K-9QXM", "BCDFGHJK", &kept), "another row");
    assert_ne!(kept, vault.short_code_mac(b"7F3K-9QXM", "BCDFGHJK"), "two rows with the same code show nothing in common");
    assert!(!super::Vault::with_key(&[2; KEY_BYTES], Arc::new(SystemRandom)).is_short_code(b"7F3K-9QXM", "BCDFGHJK", &kept));
    for index in 0..kept.len() {
        let mut altered = kept.clone();
        altered[index] ^= 1;
        assert!(!vault.is_short_code(b"7F3K-9QXM", "BCDFGHJK", &altered), "byte {index}");
        assert!(!vault.is_short_code(b"7F3K-9QXM", "BCDFGHJK", &kept[..index]), "cut at {index}");
    }
}

#[test]
fn a_value_and_a_short_code_wrapped_again_keep_all_but_their_head() {
    let former = KeyRing::of(&[1; KEY_BYTES]);
    let ring = former.with_new_first(&SystemRandom);
    let (before, after) = (ring.former()[0], ring.current());
    let only_new = Vault::with_ring(ring.without_former(), Arc::new(SystemRandom));
    let (old, both) = (vault(1), Vault::with_ring(ring, Arc::new(SystemRandom)));

    let sealed = old.seal(&HERE, b"value").0;
    let moved = both.rewrap(&HERE, &sealed).expect("opened").expect("moved").0;
    assert_eq!((key_id_of(&sealed), key_id_of(&moved)), (Ok(before), Ok(after)));
    assert_eq!(sealed[HEAD_BYTES..], moved[HEAD_BYTES..]);
    assert_eq!(**only_new.unseal(&HERE, &moved).expect("opened"), *b"value");
    assert_eq!(both.rewrap(&HERE, &moved).expect("opened"), None, "already there");
    assert_eq!(both.rewrap(&SealedPlace { row: b"2", ..HERE }, &sealed), Err(VaultError::Altered));
    assert_eq!(only_new.rewrap(&HERE, &sealed), Err(VaultError::OtherKey));

    let kept = old.short_code_mac(b"1", "BCDFGHJK");
    assert!(both.is_short_code(b"1", "BCDFGHJK", &kept), "in the middle of a rotation");
    let moved = both.rewrap(&SealedPlace::of_short_code(b"1"), &kept).expect("opened").expect("moved").0;
    assert!(only_new.is_short_code(b"1", "BCDFGHJK", &moved) && !only_new.is_short_code(b"1", "BCDFGHJL", &moved));
}

#[test]
fn a_running_vault_follows_its_file_and_keeps_its_keys_when_the_file_cannot_serve() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("cle");
    create_key_file(&file, &SystemRandom).expect("created");
    let running = Vault::open(&file, Arc::new(SystemRandom)).expect("opened");
    let sealed = running.seal(&HERE, b"before").0;

    fs::write(&file, "perdue").expect("spoilt");
    assert_eq!(**running.unseal(&HERE, &running.seal(&HERE, b"during").0).expect("still serves"), *b"during");

    let ring = running.ring().with_new_first(&SystemRandom);
    fs::write(&file, ring.to_text().as_bytes()).expect("written");
    let elsewhere = Vault::with_ring(ring.without_former(), Arc::new(SystemRandom)).seal(&HERE, b"elsewhere").0;
    assert_eq!(**running.unseal(&HERE, &elsewhere).expect("an unknown key makes it look"), *b"elsewhere");
    assert_eq!(key_id_of(&running.seal(&HERE, b"after").0), Ok(ring.current()));
    assert_eq!(**running.unseal(&HERE, &sealed).expect("the former key still opens"), *b"before");
}

#[test]
fn keys_that_do_not_go_with_the_memory_leave_their_place_to_those_before_them_and_nothing_becomes_unreadable() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("cle");
    create_key_file(&file, &SystemRandom).expect("created");
    let running = Vault::open(&file, Arc::new(SystemRandom)).expect("opened");
    let (right, wrong) = (running.ring(), KeyRing::drawn(&SystemRandom));
    let opens = |sealed: &Sealed, plain: &[u8]| assert_eq!(**running.unseal(&HERE, &sealed.0).expect("opens"), *plain);
    let before = running.seal(&HERE, b"before");
    assert!(running.newcomer().is_none());

    replace_key_file(&file, &wrong).expect("replaced");
    let during = running.seal(&HERE, b"during");
    assert_eq!(key_id_of(&during.0), Ok(wrong.current()), "a rotation that is over would have it so");
    opens(&before, b"before");
    let newcomer = running.newcomer().expect("to be judged");
    assert!(running.settle(&newcomer, false) && !running.settle(&newcomer, false) && running.is_file_refused());
    let after = running.seal(&HERE, b"after");
    assert_eq!(key_id_of(&after.0), Ok(right.current()));
    for (sealed, plain) in [(&before, "before"), (&during, "during"), (&after, "after")] {
        opens(sealed, plain.as_bytes());
    }

    // Looked into again when somebody asks, and by itself only when it changes.
    assert!(running.newcomer().is_none());
    assert_eq!(running.reload(), Looked::Taken);
    let again = running.newcomer().expect("asked");
    assert!(running.settle(&again, false) && running.ring().current() == right.current());
    replace_key_file(&file, &right).expect("put right");
    assert_eq!(running.ring().current(), right.current());
    assert!(running.settle(&running.newcomer().expect("changed"), true) && !running.is_file_refused());
    assert_eq!((running.ring().ids(), running.reload()), (right.ids(), Looked::Same));
}

#[cfg(unix)]
#[test]
fn a_changed_key_file_that_could_not_be_read_is_taken_as_soon_as_it_can_be() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("cle");
    create_key_file(&file, &SystemRandom).expect("created");
    let running = Vault::open(&file, Arc::new(SystemRandom)).expect("opened");
    let former = running.ring();
    let next = former.with_new_first(&SystemRandom);
    let allow = |mode| fs::set_permissions(&file, fs::Permissions::from_mode(mode)).expect("changed");

    allow(0o644);
    fs::write(&file, next.to_text().as_bytes()).expect("written");
    assert_eq!(running.ring().current(), former.current(), "open to others: refused");
    // Neither its date, nor its length, nor its number tells that this happened.
    allow(0o600);
    assert_eq!(running.ring().current(), next.current());
    let elsewhere = Vault::with_ring(next.without_former(), Arc::new(SystemRandom)).seal(&HERE, b"elsewhere").0;
    assert_eq!(**running.unseal(&HERE, &elsewhere).expect("opened"), *b"elsewhere");
}

#[test]
fn a_key_file_is_32_raw_bytes_or_one_key_a_line() {
    let text = URL_SAFE_NO_PAD.encode([7; KEY_BYTES]);
    for accepted in [vec![7; KEY_BYTES], text.clone().into_bytes(), format!("{text}\n").into_bytes(), format!("{text}=\r\n").into_bytes()] {
        assert_eq!(KeyRing::parse(&accepted).expect("accepted").ids(), KeyRing::of(&[7; KEY_BYTES]).ids());
    }
    let other = URL_SAFE_NO_PAD.encode([8; KEY_BYTES]);
    let two = KeyRing::parse(format!("{text}\n\n{other}\n").as_bytes()).expect("accepted");
    assert_eq!(two.ids(), [KeyRing::of(&[7; KEY_BYTES]).current(), KeyRing::of(&[8; KEY_BYTES]).current()]);
    assert_eq!(KeyRing::parse(two.to_text().as_bytes()).expect("accepted").ids(), two.ids());
    assert!(!format!("{two:?}").contains(&text));
    for refused in [&b""[..], b"\n", &[7; 31], &[7; 33], b"court", "é".repeat(16).as_bytes().get(..31).unwrap_or_default()] {
        assert!(matches!(KeyRing::parse(refused), Err(VaultRefused::NotAKey)));
    }
    assert!(matches!(KeyRing::parse(format!("{text}\ncourt\n").as_bytes()), Err(VaultRefused::NotAKey)));
    assert!(matches!(KeyRing::parse(format!("{text}\n{text}\n").as_bytes()), Err(VaultRefused::Crowded { .. })));
    for zeros in [vec![0; KEY_BYTES], format!("{text}\n{}\n", URL_SAFE_NO_PAD.encode([0; KEY_BYTES])).into_bytes()] {
        assert!(matches!(KeyRing::parse(&zeros), Err(VaultRefused::AllZero)));
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
fn a_key_file_still_to_be_written_is_refused_beside_the_database_too() {
    let folder = tempfile::tempdir().expect("a folder");
    let database = folder.path().join("compagnon.sqlite");
    let elsewhere = tempfile::tempdir().expect("a folder");
    let beside = refuse_beside(&folder.path().join("nouvelle-cle"), &database);
    assert!(matches!(beside, Err(VaultRefused::BesideDatabase { .. })), "{beside:?}");
    refuse_beside(&elsewhere.path().join("nouvelle-cle"), &database).expect("elsewhere");
}

#[test]
fn a_key_file_that_everyone_can_read_is_refused() {
    use std::os::unix::fs::PermissionsExt as _;

    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("cle");
    create_key_file(&file, &SystemRandom).expect("created");
    assert_eq!(fs::metadata(&file).expect("there").permissions().mode() & 0o777, 0o600);
    fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).expect("changed");
    let refused = Vault::open(&file, Arc::new(SystemRandom)).expect_err("readable by everyone");
    assert!(matches!(refused, VaultRefused::File(SecretFileRefused::OpenToOthers { .. })));
    assert_eq!(refused.code(), ErrorCode::SealingKeyRefused);
    assert!(matches!(Vault::open(folder.path(), Arc::new(SystemRandom)), Err(VaultRefused::File(_))));
}

#[test]
fn ciphers_keys_and_opened_values_are_wiped_when_dropped() {
    fn is_wiped<T: zeroize::ZeroizeOnDrop>() {}
    is_wiped::<XChaCha20Poly1305>();
    is_wiped::<Zeroizing<Vec<u8>>>();
    is_wiped::<secrecy::SecretString>();
}
