//! Signatures of Windows (Authenticode), with a certificate of the test: the programs in the installer, and the installer itself.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair, KeyUsagePurpose};
use vestibule_tests::shipped::{files_below, workspace};

use super::msi::Msi;

const NAME: &str = "Essai de signature";

/// An authority of the test's own, and what it says may sign code.
fn write_certificate(folder: &Path) {
    let named = |name: &str| {
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, name);
        params
    };
    let mut root = named("Autorité d’essai");
    root.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    root.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    let generated = || KeyPair::generate_for(&rcgen::PKCS_RSA_SHA256).expect("a key");
    let root = CertifiedIssuer::self_signed(root, generated()).expect("a certificate");
    let mut signer = named(NAME);
    signer.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    signer.extended_key_usages = vec![ExtendedKeyUsagePurpose::CodeSigning];
    let key = generated();
    let certificate = signer.signed_by(&key, &root).expect("a certificate");
    for (file, text) in [("authority.pem", root.pem()), ("certificate.pem", certificate.pem()), ("key.pem", key.serialize_pem())] {
        fs::write(folder.join(file), text).expect("written");
    }
}

/// As packaging/windows/README.md says to check it.
fn verify(authority: &Path, file: &Path) -> Output {
    let page = fs::read_to_string(workspace().join("packaging/windows/README.md")).expect("the page");
    let line = page.lines().find(|line| line.starts_with("osslsigncode verify ")).expect("the example");
    let words = line.split(' ').map(|word| match word {
        "autorite.pem" => authority.as_os_str(),
        "vestibule.msi" => file.as_os_str(),
        word => word.as_ref(),
    });
    Command::new("env").args(words).output().expect("osslsigncode")
}

#[test]
fn what_is_installed_and_the_installer_are_signed_and_a_changed_byte_is_seen() {
    let folder = tempfile::tempdir().expect("a folder");
    write_certificate(folder.path());
    let file = |name: &str| folder.path().join(name);
    let signed = Msi::of_stand_ins(folder.path(), 0, "1.0.0", |make| {
        make.env("VESTIBULE_SIGN_WINDOWS", workspace().join("packaging/windows/sign.sh"))
            .env("VESTIBULE_CERTIFICATE", file("certificate.pem"))
            .env("VESTIBULE_KEY", file("key.pem"));
    });
    let unpacked = signed.unpacked();
    let installed = files_below(unpacked.path());
    let programs: Vec<_> = installed.into_iter().filter(|file| file.extension().is_some_and(|ending| ending == "exe")).collect();
    assert_eq!(programs.len(), 2, "{programs:?}");
    for file in programs.iter().chain([&signed.file]) {
        let told = verify(&folder.path().join("authority.pem"), file);
        let text = String::from_utf8_lossy(&told.stdout).into_owned();
        assert!(told.status.success() && text.contains(NAME), "{}: {text}", file.display());
        let mut bytes = fs::read(file).expect("readable");
        let middle = bytes.len() / 2;
        bytes[middle] ^= 1;
        let changed = folder.path().join("changed").with_extension(file.extension().expect("an ending"));
        fs::write(&changed, bytes).expect("written");
        let told = verify(&folder.path().join("authority.pem"), &changed);
        assert!(!told.status.success(), "a changed {} is still taken for the signed one", file.display());
    }

    let unsigned = Msi::of_stand_ins(folder.path(), 1, "1.0.0", |_| ());
    assert!(!verify(&file("authority.pem"), &unsigned.file).status.success(), "nobody signed it");
    // Somebody else's authority.
    let other = tempfile::tempdir().expect("a folder");
    write_certificate(other.path());
    assert!(!verify(&other.path().join("authority.pem"), &signed.file).status.success(), "by somebody else");
}

/// Without its certificate, no installer at all: not one that is signed in part.
#[test]
fn an_installer_that_cannot_be_signed_is_not_made() {
    let folder = tempfile::tempdir().expect("a folder");
    let made = std::panic::catch_unwind(|| {
        Msi::of_stand_ins(folder.path(), 0, "1.0.0", |make| {
            make.env("VESTIBULE_SIGN_WINDOWS", workspace().join("packaging/windows/sign.sh"))
                .env("VESTIBULE_CERTIFICATE", folder.path().join("none.pem"))
                .env("VESTIBULE_KEY", folder.path().join("none.pem"));
        })
    });
    assert!(made.is_err(), "{made:?}");
    let left = files_below(folder.path());
    assert!(left.iter().all(|file| file.extension().is_none_or(|ending| ending != "msi")), "{left:?}");
}
