//! The companion as it is deployed: TLS, under an authority of the hospital.

use vestibule_installation::Policy;
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
    assert!(login.stderr.contains("VST-2042"), "{login:?}");
    let doctor = programs.run("camille", &["doctor"]).await.expect("doctor ends");
    assert!(doctor.code == Some(2) && doctor.stdout.contains("échec      Certificat présenté"), "{doctor:?}");
    let asked = || {
        let log = programs.log_of(Writer::Companion).expect("the log");
        ["/oauth/par", "oauth-authorization-server"].map(|path| log.contains(path))
    };
    assert_eq!(asked(), [false, false], "nothing was asked of it");
    trusting.write(programs.folder()).expect("written");
    assert_eq!(programs.run("camille", &["login", "--json"]).await.expect("login ends").code, Some(0));
    assert_eq!(asked(), [true, true], "the log shows what is asked");
}
