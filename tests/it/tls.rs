//! The companion as it is deployed: TLS, under an authority of the hospital.

use vestibule_installation::Policy;
use vestibule_tests::machine::Machine;
use vestibule_tests::programs::{Programs, Writer};

#[tokio::test]
async fn a_person_signs_in_over_tls_under_the_hospitals_own_authority() {
    let programs = Programs::start_with_tls().await.expect("the stack starts");
    let login = programs.run("camille", &["login", "--json", "--situation", "first"]).await.expect("login ends");
    assert_eq!(login.code, Some(0), "{login:?}");
    assert_eq!(login.json().expect("one document")["session"]["national_id"], "899700999016");
    let logout = programs.run("camille", &["logout", "--json"]).await.expect("logout ends");
    assert_eq!(logout.json().expect("one document")["psc_session"], "ended", "{logout:?}");
}

#[tokio::test]
async fn a_companion_under_an_unknown_authority_is_refused_before_anything_is_sent() {
    let programs = Programs::start_with_tls().await.expect("the stack starts");
    let trusting = Policy::read(programs.folder()).expect("the policy");
    trusting.clone().without("companion_ca_file").write(programs.folder()).expect("written");
    let login = programs.run("camille", &["login", "--json"]).await.expect("login ends");
    assert_eq!(login.code, Some(1), "{login:?}");
    assert!(login.stderr.contains("VST-2042") && login.stderr.contains("Certificat présenté\u{a0}: au nom de"), "{login:?}");
    let doctor = programs.run("camille", &["doctor"]).await.expect("doctor ends");
    assert!(doctor.code == Some(2) && doctor.stdout.contains("ÉCHEC      Certificat présenté"), "{doctor:?}");
    let asked = || {
        let log = programs.log_of(Writer::Companion).expect("the log");
        ["/oauth/par", "oauth-authorization-server"].map(|path| log.contains(path))
    };
    assert_eq!(asked(), [false, false], "nothing was asked of it");
    trusting.write(programs.folder()).expect("written");
    assert_eq!(programs.run("camille", &["login", "--json"]).await.expect("login ends").code, Some(0));
    assert_eq!(asked(), [true, true], "the log shows what is asked");
}

#[tokio::test]
async fn the_doctor_says_whose_certificate_it_is_and_which_addresses_of_a_name_answer() {
    let (programs, machine) = (Programs::start_with_tls().await.expect("the stack starts"), Machine::new().expect("a machine"));
    let authority = std::fs::read_to_string(programs.folder().join("authority.pem")).expect("the authority");
    machine.write("vestibule/ca.pem", &authority, 0o644).expect("written");
    machine.write("hosts", "127.0.0.1 localhost compagnon.essai\n::1 compagnon.essai\n", 0o644).expect("written");
    // Every address of a name, not the first alone (glibc).
    machine.write("host.conf", "multi on\n", 0o644).expect("written");
    let named = programs.companion_url.replace("127.0.0.1", "compagnon.essai");
    let doctor = async |address: &str, line: &str| {
        let policy = format!("companion_url = \"{address}\"\ncompanion_ca_file = \"ca.pem\"\n{line}");
        machine.write("vestibule/policy.toml", &policy, 0o644).expect("written");
        let doctor = machine.command(&programs.command_line("camille", &["doctor"]).expect("built")).output().await.expect("starts");
        String::from_utf8_lossy(&doctor.stdout).into_owned()
    };
    for (address, mark, has_several) in [(&programs.companion_url, "OK", false), (&named, "ÉCHEC", true)] {
        let told = doctor(address, "").await;
        let line = |title: &str| told.lines().find(|line| line.contains(title));
        let certificate = line("Certificat présenté").unwrap_or_else(|| panic!("{told}"));
        assert!(certificate.starts_with(mark) && certificate.contains("émis par «\u{a0}Autorité d’essai"), "{told}");
        assert!(!certificate.contains("ne connaît pas"), "another name is no other authority: {told}");
        let addresses = line("Adresses du serveur");
        assert_eq!(addresses, has_several.then_some("OK         Adresses du serveur\u{a0}: 127.0.0.1"), "{told}");
    }
    let told = doctor(&named, "proxy = \"127.0.0.1:1\"\n").await;
    assert!(told.contains("VST-1023") && !told.contains("Adresses du serveur"), "a proxy chooses among them: {told}");
}
