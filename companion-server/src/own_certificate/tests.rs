//! The companion's own certificate, read, followed and judged as workstations do.

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair, date_time_ymd};
use tempfile::TempDir;
use vestibule_installation::Installation;

use super::*;
use crate::clock::ManualClock;

/// 22 November 2026.
const NOW: Timestamp = Timestamp(1_795_348_800_000);
const HOST: &str = "connexion.hopital.example";

type Authority = CertifiedIssuer<'static, KeyPair>;

fn authority() -> Authority {
    let mut params = CertificateParams::new(Vec::new()).expect("parameters");
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.distinguished_name.push(DnType::CommonName, "Autorité d’essai");
    CertifiedIssuer::self_signed(params, KeyPair::generate().expect("a key")).expect("signed")
}

fn params(host: &str, year: i32) -> CertificateParams {
    let mut params = CertificateParams::new(vec![host.to_owned()]).expect("parameters");
    params.not_before = date_time_ymd(2020, 1, 1);
    params.not_after = date_time_ymd(year, 1, 1);
    params
}

struct Installed {
    folder: TempDir,
    clock: Arc<ManualClock>,
}

impl Installed {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().expect("a folder"), clock: Arc::new(ManualClock::at(NOW)) }
    }

    fn write(&self, chain: &str, key: &str) {
        let path = |name: &str| self.folder.path().join(name);
        std::fs::write(path("chain.pem"), chain).expect("written");
        std::fs::write(path("key.pem"), key).expect("written");
        #[cfg(unix)]
        std::fs::set_permissions(path("key.pem"), std::os::unix::fs::PermissionsExt::from_mode(0o600)).expect("made private");
    }

    fn issue(&self, authority: &Authority, params: CertificateParams) {
        let key = KeyPair::generate().expect("a key");
        let certificate = params.signed_by(&key, authority).expect("signed");
        self.write(&format!("{}{}", certificate.pem(), authority.pem()), &key.serialize_pem());
    }

    fn self_signed(&self, params: CertificateParams) {
        let key = KeyPair::generate().expect("a key");
        self.write(&params.self_signed(&key).expect("signed").pem(), &key.serialize_pem());
    }

    fn config(&self) -> Config {
        let tls = "listener.tls = { certificate_file = \"chain.pem\", key_file = \"key.pem\" }";
        let installation = Installation::least().known_as(&format!("https://{HOST}")).with(tls);
        Config::parse(&installation.text(), self.folder.path()).expect("sound")
    }

    fn open(&self) -> OwnCertificate {
        OwnCertificate::open(&self.config(), self.clock.clone()).expect("serves").expect("with TLS")
    }

    /// What a check of the configuration holds against it.
    fn verdict(&self) -> Result<(), (ErrorCode, String)> {
        let config = self.config();
        let tls = config.listener.tls.as_ref().expect("with TLS");
        tls.check_as_workstation(&config.service, self.clock.now()).map(drop).map_err(|error| (error.code(), error.to_string()))
    }
}

#[test]
fn a_certificate_is_judged_with_the_eyes_of_a_workstation() {
    let (installed, authority) = (Installed::new(), authority());
    let refused = |code: ErrorCode, words: &str| {
        let (found, told) = installed.verdict().expect_err(words);
        assert!(found == code && told.contains(words), "{words}: {told}");
    };
    installed.issue(&authority, params(HOST, 2100));
    installed.verdict().expect("a sound chain");
    installed.self_signed(params(HOST, 2100));
    installed.verdict().expect("its own authority, which workstations may know");

    // `openssl req -x509` with nothing else.
    let mut as_authority = params(HOST, 2100);
    as_authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    installed.self_signed(as_authority);
    refused(ErrorCode::ListenerCertificateUntrusted, "CA:TRUE");

    installed.issue(&authority, params("autre.hopital.example", 2100));
    refused(ErrorCode::ListenerCertificateUntrusted, "n’est pas au nom de «\u{a0}connexion.hopital.example\u{a0}»");
    installed.issue(&authority, params(HOST, 2021));
    refused(ErrorCode::ListenerCertificateUntrusted, "a expiré le 1er janvier 2021");
    let mut client = params(HOST, 2100);
    client.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    installed.issue(&authority, client);
    refused(ErrorCode::ListenerCertificateUntrusted, "pas fait pour un serveur");

    // A chain in disorder, and one under another authority of the same name.
    let key = KeyPair::generate().expect("a key");
    let leaf = params(HOST, 2100).signed_by(&key, &authority).expect("signed").pem();
    installed.write(&format!("{leaf}{}", self::authority().pem()), &key.serialize_pem());
    refused(ErrorCode::ListenerCertificateUntrusted, "chaîne est incomplète ou en désordre");
    let stranger = params("étranger.example".replace('é', "e").as_str(), 2100).self_signed(&key).expect("signed").pem();
    installed.write(&format!("{leaf}{stranger}"), &key.serialize_pem());
    refused(ErrorCode::ListenerCertificateUntrusted, "chaîne est incomplète ou en désordre");

    installed.write(&leaf, &KeyPair::generate().expect("a key").serialize_pem());
    refused(ErrorCode::ListenerCertificateRefused, "ne correspond pas au certificat");
    installed.write("rien", &key.serialize_pem());
    refused(ErrorCode::ListenerCertificateRefused, "PEM");
    installed.write(&leaf, "rien");
    refused(ErrorCode::ListenerCertificateRefused, "listener.tls.key_file");
}

fn pipe(at: &std::path::Path) {
    rustix::fs::mknodat(rustix::fs::CWD, at, rustix::fs::FileType::Fifo, rustix::fs::Mode::RUSR, 0).expect("a pipe");
}

#[test]
fn a_replaced_pair_is_taken_while_serving_and_a_bad_one_never_is() {
    let (installed, authority) = (Installed::new(), authority());
    installed.issue(&authority, params(HOST, 2090));
    let own = installed.open();
    let ends = |own: &OwnCertificate| own.watch().validity.ends_at;
    let first = ends(&own);
    assert_eq!(own.reload(), Looked::Same);

    installed.issue(&authority, params(HOST, 2091));
    assert_eq!(own.reload(), Looked::Taken);
    let second = ends(&own);
    assert!(second > first);

    // In the middle of a replacement of two files; of another name; over; nothing at all.
    let bad: [&dyn Fn(); 5] = [
        &|| installed.write(&authority.pem(), "rien"),
        &|| installed.issue(&authority, params("autre.example", 2092)),
        &|| installed.issue(&authority, params(HOST, 2021)),
        &|| std::fs::remove_file(installed.folder.path().join("chain.pem")).expect("removed"),
        // A pipe, which nobody writes into: whoever looks at it does not wait for that.
        &|| pipe(&installed.folder.path().join("chain.pem")),
    ];
    for spoil in bad {
        spoil();
        own.watch();
        assert!(!own.watch().is_untrusted && ends(&own) == second, "the former one is served");
        assert!(own.watch().change_refused, "and it is said");
        assert_eq!(own.reload(), Looked::Refused);
    }
    std::fs::remove_file(installed.folder.path().join("chain.pem")).expect("removed");
    installed.issue(&authority, params(HOST, 2093));
    assert_eq!((own.reload(), own.watch().change_refused), (Looked::Taken, false));
}

#[test]
fn what_workstations_refuse_already_is_replaced_by_whatever_can_be_served() {
    let (installed, authority) = (Installed::new(), authority());
    // Behind a proxy that encrypts again, under a name of its own.
    installed.issue(&authority, params("interne.example", 2090));
    let own = installed.open();
    assert!(own.watch().is_untrusted);
    installed.issue(&authority, params("interne.example", 2091));
    assert_eq!(own.reload(), Looked::Taken);
    installed.issue(&authority, params(HOST, 2092));
    assert_eq!((own.reload(), own.watch().is_untrusted), (Looked::Taken, false));
}
