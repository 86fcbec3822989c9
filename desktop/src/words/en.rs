//! In English.

use std::net::IpAddr;
use std::path::Path;

use chrono::{DateTime, Datelike as _, Utc};
use vestibule_branding::PRODUCT_NAME;
use vestibule_model::ErrorCode;
use vestibule_model::error_code::Explanation;
use vestibule_model::exchange::OwnSession;
use vestibule_model::language::Language;
use vestibule_model::room::{Free, Room};
use vestibule_model::session::{CardRemoval, PscEnvironment, SessionEnd, SignInId};

use super::{Admitted, Help, Misunderstood, Title, Words};
use crate::browser::Launcher;
use crate::card::{Interface, Presence, Seen};
use crate::companion::{AuthorityFault, Believed, Cause, ClientRefused, CompanionError, Presented, ProxyFault, Validity};
use crate::logging::last_sign_in::{Became, LastSignIn};
use crate::route::{Direct, Route, SetBy};
use crate::settings::schema::Setting;
use crate::settings::{ActivitySource, Fault, POLICY_VARIABLE, SettingsError, Source};
use crate::standing::Standing;
use crate::system_words::{SystemFault, UsualFault};
use crate::trusted_file::{Exposure, ExposureKind, PolicyOwner};

pub(super) struct English;

const QUOTING: &str = "TOML reads it as the start of an escape sequence. Write the path between single quotes, \
     for example {example}, or double each backslash";

fn day(at: DateTime<Utc>) -> String {
    Language::En.day(at.year(), at.month(), at.day())
}

impl Words for English {
    fn explanation(&self, code: ErrorCode) -> Explanation {
        code.explanation(Language::En)
    }

    fn system_fault(&self, fault: SystemFault) -> String {
        let Some(usual) = fault.usual() else {
            return fault.number().map_or_else(|| "refused by the system".to_owned(), |number| format!("system error {number}"));
        };
        let usual = match usual {
            UsualFault::AccessDenied => "access denied",
            UsualFault::Missing => "file or folder missing",
            UsualFault::IsFolder => "this is a folder, not a file",
            UsualFault::PathThroughFile => "a folder of the path is in fact a file",
            UsualFault::DiskFull => "the disk is full",
            UsualFault::QuotaReached => "the disk quota is reached",
            UsualFault::FileTooLarge => "the size allowed for a file is exceeded",
            UsualFault::DiskReadOnly => "the disk is read-only",
            UsualFault::NameNotAllowed => "the system does not allow this name",
            UsualFault::NoOrdinaryFile => "this is no ordinary file",
            UsualFault::NoAnswer => "no answer in time",
            UsualFault::AlreadyThere => "a file of this name is there already",
            UsualFault::NobodyReads => "nobody reads the output any more",
        };
        usual.to_owned()
    }

    fn settings_error(&self, error: &SettingsError) -> String {
        match error {
            SettingsError::NoPolicy(path) => {
                format!("{}: file missing. It must give the address of the sign-in server (companion_url).", path.display())
            }
            SettingsError::NoCompanion(path) => format!("{}: companion_url is missing.", path.display()),
            SettingsError::Unreadable { path, fault } => {
                format!("{}: cannot be accessed ({}).", path.display(), self.system_fault(*fault))
            }
            SettingsError::Malformed { path, line, fault } => {
                let line = line.map(|line| format!(", line {line}")).unwrap_or_default();
                format!("{}{line}: {}.", path.display(), self.fault(fault))
            }
            SettingsError::PolicyExposed { file, exposure } => {
                format!("{}: this file decides whom to trust. {}.", file.display(), self.exposure(exposure))
            }
            SettingsError::AddressRefused { path } => {
                format!("{}: companion_url must be https, or http on 127.0.0.1, with nothing after the host and port.", path.display())
            }
            SettingsError::AddressNotLocal { path } => {
                format!("{}: a file given by {POLICY_VARIABLE} may only name a sign-in server on 127.0.0.1.", path.display())
            }
            SettingsError::PolicyOnly { path, key } => {
                format!("{}: only the workstation policy may set {key}.", path.display())
            }
            SettingsError::NoHome(_) => "Neither the variable HOME nor this user’s account name a home folder.".to_owned(),
        }
    }

    fn fault(&self, fault: &Fault) -> String {
        let example = "'C:\\Program Files\\Vestibule\\ca.pem'";
        let quoting = QUOTING.replace("{example}", example);
        let named = |key: &Option<String>| key.clone().unwrap_or_else(|| "a setting".to_owned());
        let expected = |key: &str| {
            let setting = Setting::named(key);
            setting.map_or_else(String::new, |setting| format!(". Expected: {}", setting.expected(Language::En)))
        };
        let expected_of = |key: &Option<String>| key.as_deref().map(expected).unwrap_or_default();
        match fault {
            Fault::Utf16 => "this file is saved in UTF-16. Save it in UTF-8".to_owned(),
            Fault::NotUtf8 => {
                "a character is not in UTF-8: this file is probably saved in ISO 8859-1 or Windows-1252. Save it in UTF-8".to_owned()
            }
            Fault::UnknownKey(key) => format!("unknown setting, {key}"),
            Fault::UnknownValue(key) => format!("unknown value for {}{}", named(key), expected_of(key)),
            Fault::KeyTwice(key) => format!("setting given twice{}", key.as_deref().map(|key| format!(", {key}")).unwrap_or_default()),
            Fault::WrongKind(key) => format!("wrong type of value for {}{}", named(key), expected_of(key)),
            Fault::Backslash => format!("a backslash stands between double quotes: {quoting}"),
            Fault::ControlCharacter(key) => {
                format!("the value of {key} contains a control character. If it is a backslash: {quoting}")
            }
            Fault::Unusable(key) => format!("unusable value for {key}{}", expected(key)),
            Fault::Syntax { column, slip } => format!("this is no well-formed TOML, column {column}: {}", slip.told(Language::En)),
        }
    }

    fn exposure(&self, exposure: &Exposure) -> String {
        let at = exposure.at.display();
        let owner = match exposure.allowed {
            PolicyOwner::Root => "root",
            PolicyOwner::RunningUser => "root or to whoever starts the app",
        };
        match &exposure.kind {
            ExposureKind::Outside(folder) => {
                let folder = folder.display();
                format!("{at} is not in {folder}, where administrators alone write. Remedy: put it in a folder of {folder}")
            }
            ExposureKind::Owner(user) => format!("{at} belongs to user {user}, and must belong to {owner}. Remedy: chown root:root {at}"),
            ExposureKind::Writable(mode) => format!("{at} can be changed by others (mode {mode:o}). Remedy: chmod go-w {at}"),
        }
    }

    fn source(&self, source: Source) -> &'static str {
        match source {
            Source::MachinePolicy => "workstation policy",
            Source::DevelopmentPolicy => "development file",
            Source::User => "user’s file",
            Source::Default => "default value",
        }
    }

    fn route(&self, route: &Route) -> String {
        match route {
            Route::Proxy { address, set_by } => format!("by the proxy {address}, set by {}", set_by_whom(*set_by)),
            Route::Direct(Direct::ThisMachine) => "direct, on this workstation".to_owned(),
            Route::Direct(Direct::NothingSet) => "direct, no proxy is set".to_owned(),
            Route::Direct(Direct::ScriptIgnored) => format!(
                "direct: the system has an automatic configuration script (PAC), which {PRODUCT_NAME} does not read. If a proxy is needed, \
                 set “proxy” in the workstation policy"
            ),
            Route::Direct(Direct::Wanted) => "direct, as the workstation policy wants it".to_owned(),
            Route::Direct(Direct::Exception(set_by)) => {
                format!("direct: the sign-in server is an exception to the proxy, set by {}", set_by_whom(*set_by))
            }
        }
    }

    fn client_refused(&self, error: &ClientRefused) -> String {
        match error {
            ClientRefused::CertificationAuthority { path, fault } => {
                let why = match fault {
                    AuthorityFault::File(fault) => self.system_fault(*fault),
                    AuthorityFault::NotPem => "it is no certificate in PEM format".to_owned(),
                };
                format!("{}: unusable certification authority ({why}).", path.display())
            }
            ClientRefused::Proxy(_) => "The address of the proxy is unusable.".to_owned(),
            ClientRefused::Tls(_) => "Encryption cannot be set up: this workstation may know no certification authority at all.".to_owned(),
        }
    }

    fn companion_error(&self, error: &CompanionError) -> String {
        match error {
            CompanionError::Unreachable(_) => "no answer from the sign-in server".to_owned(),
            CompanionError::Proxy { fault, address, set_by, .. } => {
                let did = match fault {
                    ProxyFault::AuthenticationRequired => "asks for authentication (407)",
                    ProxyFault::Refused => "refuses access to the sign-in server",
                    ProxyFault::Unreachable => "does not answer",
                };
                format!("the proxy {address}, set by {}, {did}", set_by_whom(*set_by))
            }
            CompanionError::Untrusted(_) => "the certificate presented does not prove that this is the sign-in server".to_owned(),
            CompanionError::Impostor => "the answer names another host than the one that is set".to_owned(),
            CompanionError::AnotherServer(_) => "what answers is not the sign-in server".to_owned(),
            CompanionError::Refused(refusal) => format!("{}, HTTP answer {}", refusal.code, refusal.status),
            CompanionError::Fault(status) => format!("unexpected HTTP answer {status}"),
            CompanionError::Unreadable => "this version cannot read the answer".to_owned(),
            CompanionError::Random(_) => self.no_random().to_owned(),
        }
    }

    fn cause(&self, cause: Cause) -> &'static str {
        match cause {
            Cause::ConnectionRefused => {
                "the connection is refused: nothing listens at this address and port (server stopped, wrong port), or a firewall refuses it"
            }
            Cause::NameUnknown => {
                "the server’s name does not resolve: the address is misspelt, or name resolution (DNS) does not work on this workstation"
            }
            Cause::NoRoute => "no route leads to the server: the network is cut, or a VPN is closed",
            Cause::ConnectTimedOut => {
                "the connection does not come about: the server is off, a firewall answers nothing, or this port does not speak https"
            }
            Cause::NoAnswer => {
                "nothing came from the server in the time that was given: it is stopped or blocked, or the network does not lead to it"
            }
            Cause::AnswerTimedOut => "the server was reached, but did not answer in time",
            Cause::CutOff => "the connection was cut before the answer",
            Cause::NotTls => "the port answers, but not in https: the port is wrong, or what listens speaks http only",
            Cause::AuthorityUnknown => {
                "the certificate comes from an authority unknown to this workstation: companion_ca_file is missing from the policy or is not that of this authority, or a device of the network intercepts TLS"
            }
            Cause::WrongName => "the certificate is made for another name than that of the address set here",
            Cause::CertificateExpired => "the certificate has expired, or the workstation’s clock is ahead",
            Cause::CertificateNotYetValid => "the certificate is not yet valid, or the workstation’s clock is behind",
            Cause::CertificateRevoked => "the certificate is revoked",
            Cause::CertificateUnfit => "the certificate is not fit for a server",
            Cause::AnotherName => {
                "the server presents itself under another address than the one set (companion_url here, public_url on the server)"
            }
        }
    }

    fn cause_is(&self, cause: &str) -> String {
        format!("Cause: {cause}.")
    }

    fn launcher(&self, launcher: &Launcher) -> String {
        match launcher {
            Launcher::Found { program, browser: Some(browser) } => format!("{browser}, opened by {program}"),
            Launcher::Found { program, browser: None } => format!("opened by {program}"),
            Launcher::Named { program, profile: None } => format!("{program}, named by the workstation policy (browser)"),
            Launcher::Named { program, profile: Some(profile) } => format!("{program}, named by the workstation policy (browser), profile “{profile}”"),
            Launcher::NamedMissing { program } => format!("the workstation policy names “{program}” (browser), which is not on this workstation"),
            Launcher::NotABrowser { program, handler } => {
                format!("{program} leads to “{handler}”, which is no browser. Choose a default browser, or name it in the workstation policy (browser)")
            }
            Launcher::WithoutBrowser { program } => format!("{program} is there, but the system names no browser that is installed"),
            Launcher::PathWithBlank { program, browser } => format!(
                "the variable BROWSER names “{browser}”, which {program} cuts at the space. Give BROWSER a path without a space (a symbolic link will do), or remove this variable"
            ),
            Launcher::Missing => "no program to open the browser".to_owned(),
        }
    }

    fn environment(&self, environment: PscEnvironment) -> &'static str {
        match environment {
            PscEnvironment::Simulator => "simulator",
            PscEnvironment::Bas => "sandbox",
            PscEnvironment::Production => "production",
        }
    }

    fn no_random(&self) -> &'static str {
        "the system gives no random numbers"
    }

    fn help(&self, help: Help) -> &'static str {
        match help {
            Help::About => "Signs a person in to health software with Pro Santé Connect, through their own browser",
            Help::Usage => "Usage:",
            Help::Commands => "Commands",
            Help::Command => "COMMAND",
            Help::ExitCodes => {
                "Exit codes:\n  0  done\n  1  refused, cancelled, no open session, or no keyring to tell\n  2  wrong command or configuration\n  3  the sign-in server or Pro Santé Connect cannot be reached\n\nFor “doctor”: 0 OK, 1 WARNING, 2 FAILURE."
            }
            Help::Flag => "Shows this help",
            Help::Version => "Shows the version",
            Help::Login => "Opens the browser and signs the person in",
            Help::Status => "Shows the open session",
            Help::Situation => "Lists the practice situations, or chooses one",
            Help::Logout => "Closes the session and the one at Pro Santé Connect",
            Help::Activity => "Says that the person works in other software, where the setting activity_source is caller",
            Help::Ago => "Number of seconds since they last typed",
            Help::Card => "Shows the card readers of this workstation",
            Help::CardStatus => "Says whether a CPS card is in a reader: a hint, never a proof",
            Help::CardWatch => "Says so at each change, until the command is stopped",
            Help::Sessions => "Shows the person’s sessions on all their workstations",
            Help::EndSessions => "Closes sessions of the person, and their Pro Santé Connect sessions",
            Help::EndedSession => "The number of a session, as the list shows it",
            Help::AllSessions => "All of them, the one of this workstation too",
            Help::OtherSessions => "All but the one of this workstation",
            Help::Doctor => "Checks what may keep sign-in from working",
            Help::Log => "Shows the log of this workstation, from its oldest line to its most recent",
            Help::Follow => "Goes on with the lines to come, until the command is stopped",
            Help::OfSignIn => "Only the lines of one sign-in, by its sign-in number",
            Help::Lines => "Only the last lines, so many",
            Help::Number => "NUMBER",
            Help::LogFolder => "Only shows the folder of the log",
            Help::Report => "Puts what support needs into one file, without names or secrets; shows it first, sends nothing",
            Help::ReportFile => "Writes to this file, or into this folder",
            Help::ReportDays => "Days of the log, from 1 to 14 (7 by default)",
            Help::ReportUnasked => "Writes without asking",
            Help::File => "FILE",
            Help::Settings => "The configuration of this workstation",
            Help::Show => "Shows each setting in force",
            Help::Json => "Shows the result as JSON",
            Help::Timeout => "Longest time to wait, in seconds (1 to 600)",
            Help::Seconds => "SECONDS",
            Help::ChosenSituation => "Chooses this practice situation, or the first one with “first”",
            Help::NoBrowser => "Opens no browser: shows the address to open",
            Help::Exchange => {
                "Chooses the exchange mode: auto, loopback (the browser is on this workstation) or polling (it may be elsewhere). The confirmation code that it shows is typed here, on standard input"
            }
            Help::ExchangeName => "MODE",
            Help::SituationId => "The situation to choose, or the first one with “first”",
            Help::Sources => "Shows where each comes from too",
        }
    }

    fn misunderstood(&self, misunderstood: &Misunderstood) -> String {
        let admitted = |admitted: &Option<Admitted>| match admitted {
            Some(Admitted::Seconds) => " (a number of seconds, from 1 to 600)",
            Some(Admitted::SecondsAgo) => " (a number of seconds, from 0 to 3600)",
            Some(Admitted::Exchange) => " (auto, loopback or polling)",
            Some(Admitted::Situation) => " (the id of a situation, or first)",
            Some(Admitted::Days) => " (a number of days, from 1 to 14)",
            Some(Admitted::Number) => " (a number)",
            Some(Admitted::Session) => " (the number of a session, for example 7F3K-9QXM)",
            None => "",
        };
        match misunderstood {
            Misunderstood::UnknownCommand(word) => format!("Unknown command: {word}."),
            Misunderstood::UnknownOption(word) => format!("Unknown option: {word}."),
            Misunderstood::Superfluous(word) => format!("One argument too many: {word}."),
            Misunderstood::NoValue(word, of) => format!("No value for {word}{}.", admitted(of)),
            Misunderstood::WrongValue(word, of) => format!("Wrong value for {word}{}.", admitted(of)),
            Misunderstood::TakesNoValue(word) => format!("The option {word} takes no value."),
            Misunderstood::Twice(word) => format!("Option given twice: {word}."),
            Misunderstood::NotTogether(one, other) => format!("Not to be given together: {one} and {other}."),
            Misunderstood::Missing(what) => format!("Missing: {what}."),
            Misunderstood::NoCommand => "No command is given.".to_owned(),
            Misunderstood::Otherwise => "The command is not understood.".to_owned(),
        }
    }

    fn way_to_companion(&self, route: &str) -> String {
        format!("Way to the sign-in server: {route}.")
    }

    fn browser_is(&self, launcher: &str) -> String {
        format!("Browser: {launcher}.")
    }

    fn browser_did_not_open(&self, launcher: &str) -> String {
        format!("Browser: {launcher}, which could not open.")
    }

    fn output_unwritable(&self, fault: &str) -> String {
        format!("The output cannot be written: {fault}.")
    }

    fn keyring_awaited(&self) -> &'static str {
        "The keyring has not answered yet: unlock it if the system asks you to."
    }

    fn cause_remedy(&self, cause: Cause) -> Option<&'static str> {
        match cause {
            Cause::ConnectionRefused | Cause::AnswerTimedOut | Cause::CutOff => Some(
                "Try again in a minute. If it happens again, tell support: the sign-in server is stopped or blocked, or its address is set wrongly.",
            ),
            Cause::NoAnswer | Cause::ConnectTimedOut => Some(
                "Check that the workstation is connected to the network, then try again. If it is, tell support: the sign-in server may be stopped or blocked.",
            ),
            Cause::NameUnknown => Some(
                "Check that the workstation is connected to the network. If it is, tell support: the address of the sign-in server (companion_url) is set wrongly, or its name is missing from the DNS.",
            ),
            Cause::AuthorityUnknown => Some(
                "Do not try again. Tell support: the network must let this address pass without intercepting TLS, or companion_ca_file must name the authority of the server.",
            ),
            Cause::CertificateExpired => Some(
                "Do not try again. Tell support: the certificate presented at this address is to be renewed, or the clock of this workstation to be set.",
            ),
            Cause::WrongName => Some(
                "Do not try again. Tell support: the address of the sign-in server (companion_url) does not match the name of its certificate.",
            ),
            Cause::NoRoute
            | Cause::NotTls
            | Cause::CertificateNotYetValid
            | Cause::CertificateRevoked
            | Cause::CertificateUnfit
            | Cause::AnotherName => None,
        }
    }

    fn replaced_remedy(&self) -> &'static str {
        "You can close this sign-in’s tab. “vestibule status” tells who is signed in."
    }

    fn situation_remedy(&self) -> &'static str {
        "Signed in without --situation, “vestibule situation” lists them; “first” takes the first one. If this one should be there, have your RPPS data corrected by your registration authority (professional body, regional agency or employer)."
    }

    fn situation_remedy_signed_in(&self) -> &'static str {
        "“vestibule situation” lists them; “first” takes the first one. If this one should be there, have your RPPS data corrected by your registration authority (professional body, regional agency or employer)."
    }

    fn exchange_fixed(&self, exchange: &str) -> String {
        format!(
            "The exchange mode is imposed by the workstation policy: {exchange}. Remove the option --exchange."
        )
    }

    fn window_only(&self) -> String {
        format!("The mode “scheme” works with the window only: open {PRODUCT_NAME}, or try --exchange polling.")
    }

    fn window_only_by_policy(&self) -> String {
        format!(
            "The exchange mode is imposed by the workstation policy: scheme, which works with the window only. Open {PRODUCT_NAME}."
        )
    }

    fn open_here(&self) -> &'static str {
        "Open this address in the browser of this workstation:"
    }

    fn service(&self, name: &str) -> String {
        format!("Software: {name}")
    }

    fn provider_waits(&self) -> &'static str {
        "Sign in with Pro Santé Connect in the browser."
    }

    fn confirm_in_browser(&self) -> &'static str {
        "Confirm in the browser."
    }

    fn which_number(&self, number: &str) -> String {
        format!("The browser asks you which number you see here. It is {number}.")
    }

    fn page_not_open(&self) -> &'static str {
        "The page has not opened in the browser yet."
    }

    fn try_polling(&self) -> &'static str {
        "If the browser is on another workstation: vestibule login --exchange polling"
    }

    fn go_on_in_browser(&self, number: &str) -> String {
        format!("Go on in your browser. If the page shows a number, it must be {number}.")
    }

    fn open_anywhere(&self, minutes: u64) -> String {
        format!("Open this address in a browser, on this workstation or another (valid for {minutes} minutes, once only):")
    }

    fn number_will_be_asked(&self, number: &str) -> String {
        format!("The browser will ask you which number you see here. It is {number}.")
    }

    fn letters(&self, tries_left: u32, seconds: u64) -> String {
        let (tries, left) = (tries(tries_left), self.lasting(seconds));
        format!("Type here the confirmation code (eight letters) shown in your browser ({tries}, {left}). Give it to nobody:")
    }

    fn letters_again(&self, tries_left: u32, seconds: u64) -> String {
        format!("That is not the code shown. Try again ({}, {}):", tries(tries_left), self.lasting(seconds))
    }

    fn no_letters(&self) -> &'static str {
        "The code has eight letters, no vowel and no digit. Try again:"
    }

    /// Whole minutes, rounded down so that nobody counts on more than there is; below two, to the second, for that is where it matters.
    fn lasting(&self, seconds: u64) -> String {
        match (seconds / 60, seconds % 60) {
            (0, 0 | 1) => "one second".to_owned(),
            (0, seconds) => format!("{seconds} seconds"),
            (1, 0) => "one minute".to_owned(),
            (1, seconds) => format!("1 min {seconds} s"),
            (minutes, _) => format!("{minutes} minutes"),
        }
    }

    fn cancelled(&self) -> &'static str {
        "Sign-in cancelled."
    }

    fn declined(&self) -> &'static str {
        "The sign-in was declined in the browser."
    }

    fn nobody_came_back(&self) -> &'static str {
        "The browser did not answer in time."
    }

    fn letters_too_late(&self) -> &'static str {
        "The code was not typed in time."
    }

    fn start_again(&self) -> &'static str {
        "No session was opened. Start again when the person is ready."
    }

    fn situations(&self, command: &str) -> String {
        format!("Practice situations (choose with “{command}”):")
    }

    fn no_situation(&self) -> &'static str {
        "No practice situation is registered for this person."
    }

    fn no_profession(&self) -> &'static str {
        "No profession given by Pro\u{a0}Santé\u{a0}Connect"
    }

    fn first_time_here(&self) -> &'static str {
        "First sign-in on this workstation."
    }

    fn open_while_active(&self, minutes: u32, latest: &str) -> String {
        format!("Session open, for another {} without activity, and until {latest} at the latest", in_minutes(minutes))
    }

    fn open_until(&self, minutes: u32, latest: &str) -> String {
        format!("Session open, for another {} at most ({latest})", in_minutes(minutes))
    }

    fn activity_counts_not(&self) -> &'static str {
        "Activity that other software speaks of does not count on this workstation: the setting activity_source is not caller there."
    }

    fn activity_not_on_shared(&self) -> &'static str {
        "Activity that other software speaks of does not count on a shared workstation: somebody else could be working there."
    }

    fn time_of_day(&self, hour: u32, minute: u32) -> String {
        format!("{hour:02}:{minute:02}")
    }

    fn own_session(&self, session: &OwnSession) -> String {
        let label = session.device_label.as_deref().unwrap_or("Unnamed workstation");
        let here = if session.is_this { " (this workstation)" } else { "" };
        let locked = if session.locked { " · locked" } else { "" };
        let (opened, active) = (gone_by(session.opened_s_ago), gone_by(session.active_s_ago));
        format!("{label}{here}{locked} · open for {opened} · last activity {active} ago")
    }

    fn sessions_ended(&self, count: u32) -> String {
        match count {
            0 => "No session was open on another workstation.".to_owned(),
            1 => "One session is closed on another workstation.".to_owned(),
            count => format!("{count} sessions are closed on other workstations."),
        }
    }

    fn nobody(&self) -> &'static str {
        "Nobody is signed in."
    }

    /// In the words of the window.
    fn ended(&self, reason: Option<SessionEnd>) -> &'static str {
        match reason {
            Some(SessionEnd::Idle) => "The session is over. It was closed for lack of activity.",
            Some(SessionEnd::Expired) => "The session is over. It reached its longest duration.",
            Some(SessionEnd::SignedOut) => "The session is over. Sign-out was requested.",
            Some(SessionEnd::Closed) => "The session is over. The app closed it, without closing the one at Pro Santé Connect.",
            Some(SessionEnd::Revoked) => "The session is over. It was closed as a precaution: its authorization may have been copied.",
            Some(SessionEnd::Replaced) => "The session is over. Another session took its place on this workstation.",
            Some(SessionEnd::Disowned) => {
                "The session is over. It was closed from the browser: the person says that the sign-in was not theirs."
            }
            Some(SessionEnd::Forgotten) => {
                "The session is over. This workstation was forgotten at the request of the person or of support."
            }
            Some(SessionEnd::Administrator) => "The session is over. Support closed it.",
            Some(SessionEnd::EndedElsewhere) => "The session is over. The person closed it from another workstation.",
            None => "The session is over. The sign-in server no longer knows why.",
        }
    }

    fn service_silent(&self) -> &'static str {
        "The sign-in server does not answer."
    }

    fn sign_out_untold(&self, code: ErrorCode) -> String {
        let title = self.explanation(code).title;
        format!("The sign-in server could not be told of the sign-out ({code}: {title}).")
    }

    fn sign_out_later(&self) -> &'static str {
        "The session is closed on this workstation, but the Pro Santé Connect session may still be open: close the browser. The sign-out will be sent as soon as the sign-in server answers, with the next command or when the window opens."
    }

    fn signed_out_everywhere(&self) -> &'static str {
        "Sign-out complete: both your sessions are closed, the one of this workstation and the one at Pro Santé Connect."
    }

    fn signed_out_browser_finishes(&self) -> &'static str {
        "Your session is closed on this workstation. The browser finishes signing out of Pro Santé Connect."
    }

    fn signed_out_browser_makes_sure(&self) -> &'static str {
        "Your session is closed on this workstation. Pro Santé Connect did not confirm that its own is: the browser makes sure."
    }

    fn signed_out_service_only(&self) -> &'static str {
        "Your session is closed on this workstation, but your Pro Santé Connect session may still be open: close the browser."
    }

    fn earlier_done(&self) -> &'static str {
        "The sign-out asked for earlier is complete: both sessions are closed, the one of this workstation and the one at Pro Santé Connect."
    }

    fn earlier_browser_finishes(&self) -> &'static str {
        "The sign-out asked for earlier is done on the sign-in server. The browser finishes that of Pro Santé Connect."
    }

    fn earlier_browser_makes_sure(&self) -> &'static str {
        "The sign-out asked for earlier is done on the sign-in server. The browser makes sure of that of Pro Santé Connect."
    }

    fn earlier_service_only(&self) -> &'static str {
        "The sign-out asked for earlier is done on the sign-in server, but the Pro Santé Connect session may still be open: close the browser."
    }

    fn earlier_lost(&self) -> &'static str {
        "The sign-out asked for earlier came too late: the Pro Santé Connect session may still be open, close the browser."
    }

    fn cannot_know(&self) -> &'static str {
        "Without the keyring, nobody can know whether someone is signed in on this workstation. Nothing was changed: a session may still be open."
    }

    fn locked_remedy(&self) -> &'static str {
        "Unlock the keyring, then run the command again. If you leave before, close the browser first."
    }

    fn keyring_remedy(&self) -> &'static str {
        "Restore the keyring, with support if need be, then run the command again. If you leave before, close the browser first."
    }

    fn will_not_be_kept(&self) -> &'static str {
        "The session cannot be kept after this command: it will be closed as soon as the person is identified."
    }

    fn closed_again(&self) -> &'static str {
        "The session that had just opened was closed. The Pro Santé Connect session stays open in the browser."
    }

    fn not_closed_again(&self, minutes: u32) -> String {
        format!(
            "The session that had just opened could not be closed: it will close automatically, in {minutes}\u{a0}minutes at most."
        )
    }

    fn not_kept(&self) -> &'static str {
        "The session cannot be kept: it was closed. The Pro Santé Connect session stays open in the browser."
    }

    fn not_kept_nor_closed(&self, minutes: u32) -> String {
        format!(
            "The session cannot be kept and could not be closed: it will close automatically, in {minutes}\u{a0}minutes at most."
        )
    }

    fn no_value(&self) -> &'static str {
        "(no value)"
    }

    fn hidden_value(&self) -> &'static str {
        "(set, not shown)"
    }

    fn switch(&self, is_on: bool) -> &'static str {
        if is_on { "yes" } else { "no" }
    }

    fn policy_read(&self, path: &Path) -> String {
        format!("Policy read: {}", path.display())
    }

    fn title(&self, title: Title) -> &'static str {
        match title {
            Title::Settings => "Configuration",
            Title::Route => "Way to the server",
            Title::Companion => "Sign-in server",
            Title::Addresses => "Addresses of the server",
            Title::Certificate => "Certificate presented",
            Title::Psc => "Pro Santé Connect",
            Title::App => "App",
            Title::Clock => "Clock of the workstation",
            Title::Keyring => "Keyring",
            Title::Workstation => "Group of the workstation",
            Title::Browser => "Browser",
            Title::Loopback => "Answer of the browser",
            Title::ReturnScheme => "App link",
            Title::Activity => "Activity",
            Title::Log => "Log",
            Title::LastSignIn => "Last sign-in",
            Title::Disk => "Room on the disk",
            Title::CardService => "Smart cards",
            Title::CardReaders => "Card readers",
            Title::CardDriver => "Reader driver",
            Title::Card => "Card",
        }
    }

    fn good(&self) -> &'static str {
        "OK"
    }

    fn warning(&self) -> &'static str {
        "WARNING"
    }

    fn failure(&self) -> &'static str {
        "FAILURE"
    }

    fn found(&self, title: &str, detail: &str) -> String {
        format!("{title}: {detail}")
    }

    fn caused_by(&self, cause: &str) -> String {
        format!("cause: {cause}")
    }

    fn settings_remedy(&self) -> &'static str {
        "Create or correct this file: the administrator’s guide says what it contains."
    }

    fn settings_found(&self, companion: &str, source: &str, policy: &Path, exchange: &str, is_enrolled: bool) -> String {
        let (policy, enrolment) = (policy.display(), if is_enrolled { "present" } else { "absent" });
        format!("server {companion} ({source}, {policy}), exchange mode {exchange}, enrolment token {enrolment}")
    }

    fn variables_ignored(&self, names: &str) -> String {
        format!(". Environment variables without effect here: {names} (the workstation policy decides)")
    }

    fn key_there(&self) -> &'static str {
        "available, with the key of the workstation"
    }

    fn no_key(&self) -> &'static str {
        "available, no key for this sign-in server"
    }

    fn keyring_locked(&self) -> &'static str {
        "locked, with nothing for this sign-in server: the system will ask to open it, or to make one, at the next sign-in"
    }

    fn entry_unreadable(&self) -> &'static str {
        "available, but the entry cannot be read: it will be replaced"
    }

    fn scheme_opened(&self, scheme: &str, handler: &str) -> String {
        format!("{scheme}, opened by {handler}")
    }

    fn scheme_needed(&self, scheme: &str) -> String {
        format!("{scheme} is not registered on this workstation, and the workstation policy allows no other exchange mode")
    }

    fn scheme_optional(&self, scheme: &str) -> String {
        format!("{scheme} is not registered on this workstation (optional)")
    }

    fn loopback_refused(&self, fault: &str) -> String {
        format!("cannot listen on 127.0.0.1: {fault}")
    }

    fn loopback_silent(&self) -> &'static str {
        "127.0.0.1 does not answer"
    }

    fn loopback_unowned(&self) -> &'static str {
        "the system does not say to whom a local connection belongs"
    }

    fn loopback_good(&self) -> &'static str {
        "listening on 127.0.0.1 works, and the system recognises this account there"
    }

    fn loopback_through_proxy(&self, proxy: &str) -> String {
        format!(
            "the system’s proxy ({proxy}) makes no exception of 127.0.0.1 and does not lead there: a browser that obeys it cannot answer the app. Add 127.0.0.1 to the proxy’s exceptions"
        )
    }

    fn silent_address(&self, silent: IpAddr, answered: IpAddr) -> String {
        let family = if silent.is_ipv6() { "IPv6" } else { "IPv4" };
        format!(
            "over {family}, {silent} does not answer, where {answered} does: signing in may be slow. Repair {family} on this network, or remove this address from the DNS"
        )
    }

    fn certificate(&self, presented: &Presented, believed: Believed) -> String {
        let Presented { subject, issuer, .. } = presented;
        let named = format!("in the name of “{subject}”, issued by “{issuer}”");
        match believed {
            _ if presented.is_self_signed() && believed == Believed::UnknownAuthority => {
                format!("self-signed (in the name of “{subject}”): no authority vouches for it")
            }
            Believed::Yes if presented.is_of_an_inspector() => {
                format!("{named}: software of the network or of the workstation intercepts TLS, and this workstation accepts it")
            }
            Believed::UnknownAuthority if presented.is_of_an_inspector() => format!(
                "{named}: software of the network or of the workstation intercepts TLS, and this workstation does not know its authority"
            ),
            Believed::UnknownAuthority => format!(
                "{named}, an authority that this workstation does not know: that of an internal sign-in server (companion_ca_file), or of software that intercepts TLS, if this name is its own"
            ),
            Believed::Yes | Believed::No => named,
        }
    }

    fn validity(&self, presented: &Presented, today: DateTime<Utc>) -> String {
        match presented.validity(today) {
            Validity::Good => format!("valid until {}", day(presented.ends_at)),
            Validity::Over => {
                format!("expired on {}, if the clock of this workstation is right: it says {}", day(presented.ends_at), day(today))
            }
            Validity::NotYet => {
                format!("valid only from {}, if the clock of this workstation is right: it says {}", day(presented.begins_at), day(today))
            }
        }
    }

    fn psc_reached(&self) -> &'static str {
        "the sign-in server reaches it, and reads what it publishes; only a sign-in verifies the rest"
    }

    fn psc_not_reached(&self, what: &str) -> String {
        format!("seen from the sign-in server: {what}")
    }

    fn room(&self, folder: &Path, free: Free) -> String {
        let left = format!("{} MiB free ({})", free.mib(), folder.display());
        match free.room() {
            Room::Enough => left,
            Room::Scarce => format!("{left}: make some room"),
            Room::Full => format!("{left}: the disk is full, session and log cannot be saved"),
            Room::NoFile => format!("{left}, and no other file: session and log cannot be saved"),
        }
    }

    fn companion_found(&self, name: &str, version: &str, environment: &str, milliseconds: u128) -> String {
        format!("{name}, version {version}, environment {environment}, answer in {milliseconds} ms")
    }

    fn app_version(&self, own: &str) -> String {
        format!("version {own}")
    }

    fn app_outdated(&self, own: &str, wanted: &str, required: bool) -> String {
        let consequence = if required { "no sign-in is possible until then" } else { "signing in still works" };
        format!("version {own}, where the sign-in server asks for {wanted}: {consequence}")
    }

    fn clock_good(&self, seconds: u64) -> String {
        format!("{seconds} s apart from the sign-in server")
    }

    fn clock_behind(&self, seconds: u64) -> String {
        format!("the workstation is {seconds} s behind the sign-in server, or that one is ahead; {PRODUCT_NAME} allows for it")
    }

    fn clock_ahead(&self, seconds: u64) -> String {
        format!("the workstation is {seconds} s ahead of the sign-in server, or that one is behind; {PRODUCT_NAME} allows for it")
    }

    fn would_be_refused(&self, cause: &str) -> String {
        format!("a sign-in of this workstation would be refused. {cause}")
    }

    fn rules_untold(&self) -> &'static str {
        "this sign-in server, older than the app, cannot say whether a sign-in of this workstation would be accepted"
    }

    fn rules(&self, group: Option<&str>, exchanges: &str) -> String {
        let group = group.map_or_else(|| "default group".to_owned(), |name| format!("group “{name}”"));
        let open = if exchanges.is_empty() { "none" } else { exchanges };
        format!("{group}, allowed exchange modes: {open}")
    }

    fn no_exchange_in_common(&self, rules: &str, only: &str) -> String {
        format!("{rules}, and the workstation policy wants “{only}” (exchange): any sign-in would be refused")
    }

    fn another_scheme(&self, rules: &str, theirs: &str, ours: &str) -> String {
        format!("{rules}; the sign-in server would reopen {theirs}, the workstation policy says {ours} (return_scheme)")
    }

    fn in_the_window_only(&self, rules: &str) -> String {
        format!("{rules} (with the window only)")
    }

    fn scheme_of_group_missing(&self, rules: &str, scheme: &str) -> String {
        format!("{rules}; {scheme} is not registered on this workstation")
    }

    fn log_folder(&self, folder: &Path, files: usize, kib: u64) -> String {
        let files = if files == 1 { "1 file".to_owned() } else { format!("{files} files") };
        format!("{} ({files}, {kib} KiB)", folder.display())
    }

    fn log_folder_refused(&self, folder: &Path, fault: &str) -> String {
        format!("nothing can be written in {} ({fault}): this workstation has no log, signing in works", folder.display())
    }

    fn no_log_line(&self, folder: &Path, sign_in: Option<&SignInId>) -> String {
        let of = sign_in.map(|id| format!(" for sign-in {id}")).unwrap_or_default();
        format!("No line of a log{of} in {}.", folder.display())
    }

    fn last_sign_in(&self, last: &LastSignIn) -> String {
        let id = last.id.as_ref().map(|id| format!(" (sign-in {id})")).unwrap_or_default();
        let when = format!("on {} at {} (UTC){id}", day(last.at), last.at.format("%H:%M"));
        match last.became {
            Became::SignedIn => format!("succeeded {when}"),
            Became::TimedOut => format!("the browser did not answer in time, {when}"),
            Became::Problem(code, _) => format!("“{}”, {when}; none succeeded since", self.explanation(code).title),
        }
    }

    fn no_recent_sign_in(&self) -> &'static str {
        "the log has none for 24 hours"
    }

    fn log_unreadable(&self, folder: &Path, fault: &str) -> String {
        format!("{}: {fault}.", folder.display())
    }

    fn examined(&self, at: DateTime<Utc>, failures: &[&str], warnings: &[&str]) -> String {
        let mut text = format!("Made on {} at {} (UTC). ", day(at), at.format("%H:%M"));
        match (failures, warnings) {
            ([], []) => text.push_str("Nothing to report."),
            (failures, []) => text.push_str(&format!("Failure: {}.", failures.join(", "))),
            ([], warnings) => text.push_str(&format!("Warning: {}.", warnings.join(", "))),
            (failures, warnings) => {
                text.push_str(&format!("Failure: {}. Warning: {}.", failures.join(", "), warnings.join(", ")));
            }
        }
        text
    }

    fn report_missing(&self, why: &str) -> String {
        format!("[missing: {why}]")
    }

    fn report_cut(&self, bytes: u64) -> String {
        format!("[older, left out: {bytes} bytes]")
    }

    fn report_contents(&self, kib: u64) -> String {
        format!("This report will hold this, and nothing else ({kib} KiB):")
    }

    fn report_part(&self, name: &str, bytes: usize, missing: Option<&str>) -> String {
        match missing {
            Some(why) => format!("{name}: missing ({why})"),
            None => format!("{name}: {bytes} bytes"),
        }
    }

    fn report_lines_between(&self, count: usize) -> String {
        format!("   … {count} more lines …")
    }

    fn report_question(&self, path: &Path) -> String {
        format!("Write this report to {}? Type y for yes, v to view all of it, n for no, then Enter.", path.display())
    }

    fn report_written(&self, path: &Path) -> String {
        format!("Report written: {}\nNothing was sent: give this file to support yourself.", path.display())
    }

    fn report_not_written(&self) -> &'static str {
        "No report was written. Where nobody is there to answer, add --yes."
    }

    fn report_unwritten(&self, path: &Path, fault: &str) -> String {
        format!("{}: {fault}.", path.display())
    }

    fn activity(&self, source: ActivitySource, readable: bool) -> &'static str {
        match (source, readable) {
            (ActivitySource::Window, _) => "the window alone counts",
            (ActivitySource::Workstation, true) => {
                "what the person types in their session of the workstation counts too; on a shared workstation, the window alone"
            }
            (ActivitySource::Workstation, false) => "the window alone counts: here, the system does not say how long ago the person typed",
            (ActivitySource::Caller, _) => {
                "what other software of this workstation reports counts too; on a shared workstation, the window alone"
            }
        }
    }

    fn presence(&self, presence: Presence) -> &'static str {
        match presence {
            Presence::Disabled => "card detection is off on this workstation",
            Presence::NoService => "no card detection on this workstation",
            Presence::AccessDenied => "card detection is refused to this session of the workstation",
            Presence::NoReader => "no card reader",
            Presence::ReaderEmpty => "reader detected, no card",
            Presence::OtherCard => "reader detected, no CPS card",
            Presence::UnknownCard => "unknown card",
            Presence::MuteCard => "the card does not answer its reader",
            Presence::CpsPresent => "CPS card detected",
            Presence::SeveralCps => "several CPS cards detected",
            Presence::DetectionLost => "the card is not detected any more: reader unplugged or service stopped",
        }
    }

    fn in_reader(&self, reader: &str, card: Seen, interface: Option<Interface>) -> String {
        let card = match card {
            Seen::None => "empty",
            Seen::Cps3 => "CPS card (CPS3)",
            Seen::Cps4 => "CPS card (CPS4)",
            Seen::Cps => "CPS card",
            Seen::MaybeCps | Seen::Unknown => "unknown card",
            Seen::Other => "another card",
            Seen::Mute => "card that does not answer",
            Seen::Unsaid => "state unknown",
        };
        let interface = match interface {
            Some(Interface::Contact) => ", contact",
            Some(Interface::Contactless) => ", contactless",
            None => "",
        };
        format!("{reader}: {card}{interface}")
    }

    fn card_detection_off(&self) -> &'static str {
        "Card detection is off by the workstation policy (setting card_detection)."
    }

    fn card_service_there(&self) -> &'static str {
        "the system’s smart card service answers"
    }

    fn card_removal_unseen(&self, found: &str, action: CardRemoval) -> String {
        let wanted = match action {
            CardRemoval::Lock => "to lock the session",
            CardRemoval::End => "to end the session",
            CardRemoval::Nothing => "to change nothing",
        };
        format!("{found}: the workstation policy wants the card’s removal {wanted}, and that removal will not be detected here")
    }

    fn card_readers(&self, names: &str) -> String {
        format!("detected: {names}")
    }

    fn card_drivers(&self, names: &str) -> String {
        format!("installed: {names}")
    }

    fn no_card_driver(&self) -> &'static str {
        "no reader driver is installed (package libccid on Debian)"
    }

    fn closes_soon(&self, service: &str) -> String {
        format!("{service}: your session is about to close")
    }

    fn closes_when_idle(&self) -> &'static str {
        "It closes in one minute for lack of activity in its window. Come back to it to keep the session."
    }

    fn closes_at_the_latest(&self) -> &'static str {
        "It reaches its longest duration and closes in five minutes. Finish what you are doing; you can sign in again straight away."
    }

    fn card_removed(&self, service: &str) -> String {
        format!("{service}: card removed")
    }

    fn after_card_removed(&self, action: CardRemoval) -> &'static str {
        match action {
            CardRemoval::Lock => "The session is about to be locked. Put the card back into the same reader to go on.",
            CardRemoval::End => "The session is about to end. Put the card back into the same reader to go on.",
            CardRemoval::Nothing => "The session goes on.",
        }
    }

    fn tray_title(&self, service: &str, standing: Standing) -> String {
        let standing = match standing {
            Standing::Busy => "one moment",
            Standing::SignedOut => "no session open",
            Standing::SignedIn => "session open",
            Standing::Locked => "session locked",
            Standing::Problem => "a problem to read in the window",
        };
        format!("{service}: {standing}")
    }

    fn tray_news(&self, standing: Standing) -> &'static str {
        match standing {
            Standing::Locked => "Nothing of it is shown any more. Sign in again to resume it.",
            Standing::Problem => "Open the window to learn what to do.",
            Standing::SignedOut | Standing::SignedIn | Standing::Busy => {
                "Your session has ended. Open the window to learn why, or to sign in again."
            }
        }
    }

    fn tray_hidden(&self) -> &'static str {
        "The window is closed, the app stays open. The icon beside the clock reopens the window, or quits."
    }

    fn tray_open(&self) -> &'static str {
        "Open the window"
    }

    fn tray_sign_in(&self) -> &'static str {
        "Sign in with Pro Santé Connect"
    }

    fn tray_unlock(&self) -> &'static str {
        "Resume the session"
    }

    fn tray_sign_out(&self) -> &'static str {
        "Sign out"
    }

    fn tray_cancel(&self) -> &'static str {
        "Cancel the sign-in"
    }

    fn tray_quit(&self) -> &'static str {
        "Quit"
    }

    fn tray_quit_session(&self) -> &'static str {
        "Quit and end the session"
    }

    fn window_help(&self, version: &str) -> String {
        format!(
            "{version}\n\nOpens the sign-in window, or brings the one that is open to the front.\n\nUsage: vestibule-app\n\n  --no-dialog  Windows: no dialog when the window cannot open (exit code 4)\n  --hidden     starts without showing the window, where the workstation policy puts an icon beside the clock (tray)\n\n\
             Without a window, the same sign-in: vestibule login\nThe checks: vestibule doctor"
        )
    }

    fn no_screen(&self) -> &'static str {
        "vestibule-app: this session has no screen (neither DISPLAY nor WAYLAND_DISPLAY); the window cannot open.\n\
         The same sign-in, without a window: vestibule login"
    }

    fn no_web_view(&self, code: ErrorCode, told: Explanation) -> String {
        let Explanation { title, cause, remedy } = told;
        format!("{title} ({code}).\n\n{cause}\n\n{remedy}")
    }

    fn no_log(&self, code: ErrorCode, told: Explanation) -> String {
        let Explanation { title, cause, remedy } = told;
        format!("vestibule-app: {code}: this window writes no log.\n{title}\n{cause}\n{remedy}")
    }
}

fn set_by_whom(set_by: SetBy) -> &'static str {
    match set_by {
        SetBy::Policy => "the workstation policy",
        SetBy::System => "the configuration of the system",
        SetBy::Environment => "the environment variables",
    }
}

fn tries(left: u32) -> String {
    if left == 1 { "one attempt left".to_owned() } else { format!("{left} attempts left") }
}

fn in_minutes(minutes: u32) -> String {
    let unit = if minutes < 2 { "minute" } else { "minutes" };
    format!("{minutes} {unit}")
}

/// Whole minutes that went by.
fn gone_by(seconds: u64) -> String {
    match seconds / 60 {
        0 => "less than a minute".to_owned(),
        1 => "a minute".to_owned(),
        minutes @ ..60 => format!("{minutes} minutes"),
        minutes => format!("{} h {:02}", minutes / 60, minutes % 60),
    }
}
