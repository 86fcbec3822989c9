//! The proxies that hospitals have, between workstation and companion: Squid and Tinyproxy, as Debian ships them.

use vestibule_tests::machine::Machine;
use vestibule_tests::programs::{Outcome, Programs};
use vestibule_tests::real_proxy::{Asks, RealProxy};

/// A workstation whose policy sets a proxy.
struct Workstation {
    programs: Programs,
    machine: Machine,
}

impl Workstation {
    async fn new() -> Self {
        let (programs, machine) = (Programs::start_with_tls().await.expect("the stack starts"), Machine::new().expect("a machine"));
        machine.write("vestibule/ca.pem", &authority(&programs), 0o644).expect("written");
        Self { programs, machine }
    }

    /// Under a policy that ends with these lines.
    async fn run(&self, policy: &str, arguments: &[&str]) -> Outcome {
        let policy = format!("companion_url = \"{}\"\n{policy}\n", self.programs.companion_url);
        self.machine.write("vestibule/policy.toml", &policy, 0o644).expect("written");
        let program = self.programs.command_line("camille", arguments).expect("built");
        let output = self.machine.command(&program).output().await.expect("it starts");
        Outcome {
            code: output.status.code(),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }
}

fn authority(programs: &Programs) -> String {
    std::fs::read_to_string(programs.folder().join("authority.pem")).expect("the authority")
}

fn through(address: &str) -> String {
    format!("companion_ca_file = \"ca.pem\"\nproxy = \"{address}\"")
}

#[tokio::test]
async fn a_proxy_that_asks_for_an_account_is_told_by_its_code_and_opens_to_the_policys_account() {
    let workstation = Workstation::new().await;
    let door = workstation.programs.companion_url.trim_start_matches("https://");
    for proxy in [RealProxy::squid(Asks::Password).await.expect("squid"), RealProxy::tinyproxy().await.expect("tinyproxy")] {
        let refused = workstation.run(&through(&proxy.address), &["login", "--json"]).await;
        assert!(refused.code != Some(0) && refused.stdout.contains("VST-1021"), "{refused:?}");
        let doctor = workstation.run(&through(&proxy.address), &["doctor"]).await;
        assert!(doctor.code == Some(2) && doctor.stdout.contains("VST-1021") && doctor.stdout.contains(&proxy.address), "{doctor:?}");
        let known = through(&proxy.address_with_account());
        let (login, logout) = (workstation.run(&known, &["login", "--json"]).await, workstation.run(&known, &["logout"]).await);
        assert_eq!((login.code, logout.code), (Some(0), Some(0)), "{login:?} {logout:?}");
        // What it was asked for is the companion, and nothing that the tunnel holds.
        let log = proxy.log().expect("a log");
        assert!(log.contains(door), "{log}");
        assert!(!log.contains("/api/") && !log.contains("DPoP"), "{log}");
        let told = format!("{}{}{}{}", login.stdout, login.stderr, logout.stdout, logout.stderr);
        assert!(!told.contains(RealProxy::ACCOUNT.1), "{told}");
    }
}

#[tokio::test]
async fn a_proxy_that_knows_only_the_accounts_of_a_domain_is_told_by_its_code() {
    let workstation = Workstation::new().await;
    let proxy = RealProxy::squid(Asks::Ntlm).await.expect("squid");
    for address in [proxy.address.clone(), proxy.address_with_account()] {
        let refused = workstation.run(&through(&address), &["login"]).await;
        assert!(refused.code != Some(0) && refused.stderr.contains("VST-1021"), "{refused:?}");
    }
}

#[tokio::test]
async fn a_proxy_that_opens_tls_is_believed_when_the_system_does_and_never_before() {
    let workstation = Workstation::new().await;
    let trusted = workstation.programs.folder().join("authority.pem");
    let proxy = RealProxy::intercepting(&trusted).await.expect("squid");
    let policy = through(&proxy.address);
    for arguments in [&["login", "--json"][..], &["doctor"]] {
        let refused = workstation.run(&policy, arguments).await;
        let told = format!("{}{}", refused.stdout, refused.stderr);
        assert!(refused.code != Some(0) && told.contains("VST-2042") && told.contains("intercepte le TLS"), "{refused:?}");
        let named = "émis par «\u{a0}Inspection d’essai\u{a0}», une autorité que ce poste ne connaît pas";
        assert!(told.contains(named), "both say who presents itself: {told}");
    }
    // As `update-ca-certificates` leaves the system's store.
    let bundle = "ssl/certs/ca-certificates.crt";
    let system = std::fs::read_to_string(workstation.machine.etc(bundle)).expect("the system's authorities");
    workstation.machine.write(bundle, &format!("{system}{}", proxy.authority().expect("its own")), 0o644).expect("written");
    let policy = format!("proxy = \"{}\"", proxy.address);
    for arguments in [&["login", "--json"][..], &["status", "--json"], &["logout"]] {
        let outcome = workstation.run(&policy, arguments).await;
        assert_eq!(outcome.code, Some(0), "{arguments:?}: {outcome:?}");
    }
    let doctor = workstation.run(&policy, &["doctor"]).await;
    assert!(doctor.stdout.contains("émis par «\u{a0}Inspection d’essai\u{a0}»") && !doctor.stdout.contains("ne connaît pas"), "{doctor:?}");
    // It saw what passed: that it was opened is no word of ours alone.
    let log = proxy.log().expect("a log");
    assert!(log.contains("/api/v1/session"), "{log}");
}

#[tokio::test]
async fn the_systems_own_proxy_is_used_where_the_policy_names_none() {
    let workstation = Workstation::new().await;
    let proxy = RealProxy::squid(Asks::Nothing).await.expect("squid");
    let system = format!("https_proxy=\"http://{}\"\n", proxy.address);
    workstation.machine.write("environment", &system, 0o644).expect("written");
    let login = workstation.run("companion_ca_file = \"ca.pem\"", &["login", "--json"]).await;
    assert_eq!(login.code, Some(0), "{login:?}");
    let before = proxy.log().expect("a log");
    assert!(before.contains(workstation.programs.companion_url.trim_start_matches("https://")), "{before}");
    workstation.machine.write("environment", &format!("{system}no_proxy=127.0.0.1\n"), 0o644).expect("written");
    let logout = workstation.run("companion_ca_file = \"ca.pem\"", &["logout"]).await;
    assert_eq!((logout.code, proxy.log().expect("a log")), (Some(0), before), "{logout:?}");
}
