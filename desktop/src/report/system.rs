//! Which system this is, and what it says that is somebody's: the account, the home, the machine.

use std::path::Path;

use serde::Serialize;

#[cfg(not(windows))]
use crate::ordinary_file;
use crate::settings::{self, Settings};

/// Name and version of the system, in its own words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct System {
    name: String,
    kernel: Option<String>,
    architecture: &'static str,
    /// Whether this is a session on a desktop of another machine, or of several persons.
    remote: bool,
}

impl System {
    /// Performs I/O.
    pub(super) fn this() -> Self {
        let (name, kernel) = named();
        let remote = ["SSH_CONNECTION", "XRDP_SESSION"].iter().any(|name| std::env::var_os(name).is_some())
            || std::env::var("SESSIONNAME").is_ok_and(|name| !name.eq_ignore_ascii_case("console"));
        Self { name: name.unwrap_or_else(|| std::env::consts::OS.to_owned()), kernel, architecture: std::env::consts::ARCH, remote }
    }
}

#[cfg(not(windows))]
fn named() -> (Option<String>, Option<String>) {
    let text = |path: &str| Some(String::from_utf8_lossy(&ordinary_file::read(Path::new(path)).ok()?).into_owned());
    let release = text("/etc/os-release").unwrap_or_default();
    let name = release.lines().find_map(|line| line.strip_prefix("PRETTY_NAME=")).map(|name| name.trim_matches('"').to_owned());
    let kernel = text("/proc/sys/kernel/osrelease").map(|kernel| kernel.trim().to_owned());
    (name, kernel)
}

#[cfg(windows)]
fn named() -> (Option<String>, Option<String>) {
    use crate::windows_registry::{Root, value};
    let of = |name| value(Root::Machine, r"SOFTWARE\Microsoft\Windows NT\CurrentVersion", name);
    (of("ProductName"), of("CurrentBuildNumber"))
}

/// The account, its home, the machine, and the label where it is only the machine's name. Performs I/O.
pub(super) fn personal_words(settings: Option<&Settings>) -> Vec<String> {
    let variables = ["USER", "LOGNAME", "USERNAME", "USERDOMAIN", "CLIENTNAME", "LOGONSERVER"];
    let named = variables.iter().filter_map(|name| std::env::var(name).ok()).map(|name| name.trim_start_matches('\\').to_owned());
    let last = |path: &Path| path.file_name().map(|name| name.to_string_lossy().into_owned());
    let home = std::env::home_dir().as_deref().and_then(last);
    let machine = settings::host_name();
    // `poste.hopital.example` is said by its first label too.
    let short = machine.split('.').next().map(str::to_owned);
    let token = settings.and_then(|settings| settings.enrolment_token.as_ref()).map(|token| token.secret().expose().to_owned());
    named.chain(home).chain(short).chain([machine]).chain(token).filter(|word| !is_of_a_system(word)).collect()
}

/// What Windows calls a domain or a terminal that has no name.
fn is_of_a_system(word: &str) -> bool {
    ["WORKGROUP", "CONSOLE", "NT AUTHORITY", "home", "nobody"].iter().any(|other| other.eq_ignore_ascii_case(word))
}
