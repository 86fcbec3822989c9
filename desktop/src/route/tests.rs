//! Which way is taken, by what was said of it.

use std::ffi::OsString;

use url::Url;

use super::{Direct, ProxyAddress, ProxyWish, Route, SetBy, Surroundings, SystemProxy, decide, ignored_variables};

const COMPANION: &str = "https://connexion.hopital.example";

/// What the environment and the system say.
struct Said {
    environment: Vec<(&'static str, &'static str)>,
    system: SystemProxy,
}

impl Said {
    fn route(&self, is_managed: bool, wish: Option<ProxyWish>, exceptions: &[&str]) -> Route {
        let variable = |name: &str| self.environment.iter().find(|(key, _)| *key == name).map(|(_, value)| OsString::from(*value));
        let system = || self.system.clone();
        let exceptions: Vec<String> = exceptions.iter().map(|&text| text.to_owned()).collect();
        let surroundings = Surroundings { variable: &variable, system_proxy: &system };
        decide(&Url::parse(COMPANION).expect("an address"), wish, &exceptions, is_managed, &surroundings).expect("a way")
    }
}

fn through(address: &str, set_by: SetBy) -> Route {
    Route::Proxy { address: ProxyAddress::parse(address).expect("an address"), set_by }
}

fn wish(address: &str) -> Option<ProxyWish> {
    Some(ProxyWish::Address(address.to_owned()))
}

fn told(route: &Route) -> String {
    crate::words::of(vestibule_model::language::Language::Fr).route(route)
}

#[test]
fn attack_46_with_a_machine_policy_the_environment_decides_no_way() {
    let environment =
        vec![("HTTPS_PROXY", "http://rogue:1"), ("ALL_PROXY", "http://rogue:2"), ("https_proxy", "rogue:3"), ("NO_PROXY", "*")];
    let said = Said { environment, system: SystemProxy::default() };
    assert_eq!(said.route(true, None, &[]), Route::Direct(Direct::NothingSet));
    assert_eq!(
        said.route(true, wish("http://proxy:3128"), &[]),
        through("http://proxy:3128", SetBy::Policy),
        "NO_PROXY decides nothing either"
    );
    let system = SystemProxy { address: Some("http://system:80".to_owned()), ..SystemProxy::default() };
    let said = Said { system, ..said };
    assert_eq!(said.route(true, None, &[]), through("http://system:80", SetBy::System));
    assert_eq!(said.route(true, Some(ProxyWish::Direct), &[]), Route::Direct(Direct::Wanted));
    assert_eq!(said.route(false, None, &[]), Route::Direct(Direct::Exception(SetBy::Environment)), "a developer's environment speaks");
}

#[test]
fn exceptions_count_whoever_set_the_proxy() {
    let system =
        SystemProxy { address: Some("system:80".to_owned()), exceptions: vec!["<local>;*.hopital.example".to_owned()], has_script: false };
    let said = Said { environment: vec![("HTTPS_PROXY", "env:1")], system };
    assert_eq!(said.route(true, None, &[]), Route::Direct(Direct::Exception(SetBy::System)));
    assert_eq!(said.route(true, wish("proxy:3128"), &[".hopital.example"]), Route::Direct(Direct::Exception(SetBy::Policy)));
    assert_eq!(said.route(false, None, &[]), through("env:1", SetBy::Environment));
    assert_eq!(said.route(false, None, &["connexion.hopital.example:443"]), Route::Direct(Direct::Exception(SetBy::Policy)));
}

#[test]
fn a_script_is_said_not_to_be_run() {
    let said = Said { environment: Vec::new(), system: SystemProxy { has_script: true, ..SystemProxy::default() } };
    let route = said.route(true, None, &[]);
    assert_eq!(route, Route::Direct(Direct::ScriptIgnored));
    assert!(told(&route).contains("(PAC)"), "{}", told(&route));
}

#[test]
fn name_and_password_of_a_proxy_are_shown_nowhere() {
    let route = through("http://canary-name:canary-word@proxy.hopital.example:3128", SetBy::Policy);
    let shown = format!("{} {route:?}", told(&route));
    assert!(shown.contains("proxy.hopital.example:3128") && !shown.contains("canary"), "{shown}");
    for unusable in ["", "socks5://proxy:1080", "http://proxy/path", "http://", "ftp://proxy", "http://proxy?x"] {
        assert!(ProxyAddress::parse(unusable).is_none(), "{unusable}");
    }
}

#[test]
fn variables_that_decide_nothing_are_named() {
    let set = |name: &str| ["SSL_CERT_FILE", "https_proxy"].contains(&name).then(|| OsString::from("x"));
    assert_eq!(ignored_variables(true, &set), ["SSL_CERT_FILE", "https_proxy"]);
    assert_eq!(ignored_variables(false, &set), ["SSL_CERT_FILE"]);
    assert!(ignored_variables(true, &|_| Some(OsString::new())).is_empty());
}
