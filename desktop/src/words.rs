//! Every sentence that a person reads outside the window: on a terminal, in the diagnosis, in the desktop's notices, as the programs start.
//! One room, two languages, and the compiler asks for what one of them lacks.

use std::net::IpAddr;
use std::path::Path;

use chrono::{DateTime, Utc};
use vestibule_model::ErrorCode;
use vestibule_model::error_code::Explanation;
use vestibule_model::exchange::OwnSession;
use vestibule_model::language::Language;
use vestibule_model::room::Free;
use vestibule_model::session::{CardRemoval, PscEnvironment, SessionEnd, SignInId};

use crate::browser::Launcher;
use crate::card::{Interface, Presence, Seen};
use crate::companion::{Believed, Cause, ClientRefused, CompanionError, Presented};
use crate::logging::last_sign_in::LastSignIn;
use crate::route::Route;
use crate::settings::{ActivitySource, Fault, SettingsError, Source};
use crate::standing::Standing;
use crate::system_words::SystemFault;
use crate::trusted_file::Exposure;

mod en;
mod fr;
pub mod start_up;

/// Those of a language.
pub(crate) fn of(language: Language) -> &'static dyn Words {
    match language {
        Language::Fr => &fr::French,
        Language::En => &en::English,
    }
}

/// What the command line says of itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Help {
    About,
    Usage,
    Commands,
    Command,
    ExitCodes,
    Flag,
    Version,
    Login,
    Status,
    Situation,
    Logout,
    Activity,
    Ago,
    Card,
    CardStatus,
    CardWatch,
    Sessions,
    EndSessions,
    EndedSession,
    AllSessions,
    OtherSessions,
    Doctor,
    Log,
    Follow,
    OfSignIn,
    Lines,
    Number,
    LogFolder,
    Report,
    ReportFile,
    ReportDays,
    ReportUnasked,
    File,
    Settings,
    Show,
    Json,
    Timeout,
    Seconds,
    ChosenSituation,
    NoBrowser,
    Exchange,
    ExchangeName,
    SituationId,
    Sources,
}

/// What an option takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Admitted {
    Seconds,
    SecondsAgo,
    Exchange,
    Situation,
    Session,
    Number,
    Days,
}

/// What is wrong with a command line; texts are the words at fault.
#[derive(Debug)]
pub(crate) enum Misunderstood {
    UnknownCommand(String),
    UnknownOption(String),
    Superfluous(String),
    NoValue(String, Option<Admitted>),
    WrongValue(String, Option<Admitted>),
    TakesNoValue(String),
    Twice(String),
    NotTogether(String, String),
    Missing(String),
    NoCommand,
    Otherwise,
}

/// What a check of the diagnosis is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Title {
    Settings,
    Route,
    Companion,
    Addresses,
    Certificate,
    Psc,
    App,
    Clock,
    Keyring,
    Workstation,
    Browser,
    Loopback,
    ReturnScheme,
    Activity,
    Log,
    LastSignIn,
    Disk,
    CardService,
    CardReaders,
    CardDriver,
    Card,
}

/// The sentences. A method each, or one for all that a type may be; none quotes a secret.
pub(crate) trait Words: Sync {
    /// The catalogue's.
    fn explanation(&self, code: ErrorCode) -> Explanation;

    // The system, the settings, the way to the companion.
    fn system_fault(&self, fault: SystemFault) -> String;
    fn settings_error(&self, error: &SettingsError) -> String;
    fn fault(&self, fault: &Fault) -> String;
    fn exposure(&self, exposure: &Exposure) -> String;
    fn source(&self, source: Source) -> &'static str;
    fn route(&self, route: &Route) -> String;
    fn client_refused(&self, error: &ClientRefused) -> String;
    fn companion_error(&self, error: &CompanionError) -> String;
    fn cause(&self, cause: Cause) -> &'static str;
    fn cause_is(&self, cause: &str) -> String;
    fn launcher(&self, launcher: &Launcher) -> String;
    fn environment(&self, environment: PscEnvironment) -> &'static str;
    fn no_random(&self) -> &'static str;

    // The command line: what was asked, and what became of it.
    fn help(&self, help: Help) -> &'static str;
    fn misunderstood(&self, misunderstood: &Misunderstood) -> String;
    fn way_to_companion(&self, route: &str) -> String;
    fn browser_is(&self, launcher: &str) -> String;
    fn browser_did_not_open(&self, launcher: &str) -> String;
    fn output_unwritable(&self, fault: &str) -> String;
    fn keyring_awaited(&self) -> &'static str;
    /// Where the cause says better than the catalogue what to do.
    fn cause_remedy(&self, cause: Cause) -> Option<&'static str>;
    fn replaced_remedy(&self) -> &'static str;
    fn situation_remedy(&self) -> &'static str;
    fn situation_remedy_signed_in(&self) -> &'static str;

    // Signing in on a terminal.
    fn exchange_fixed(&self, exchange: &str) -> String;
    fn window_only(&self) -> String;
    fn window_only_by_policy(&self) -> String;
    fn open_here(&self) -> &'static str;
    fn service(&self, name: &str) -> String;
    fn provider_waits(&self) -> &'static str;
    fn confirm_in_browser(&self) -> &'static str;
    fn which_number(&self, number: &str) -> String;
    fn page_not_open(&self) -> &'static str;
    fn try_polling(&self) -> &'static str;
    fn go_on_in_browser(&self, number: &str) -> String;
    fn open_anywhere(&self, minutes: u64) -> String;
    fn number_will_be_asked(&self, number: &str) -> String;
    fn letters(&self, tries_left: u32, seconds: u64) -> String;
    fn letters_again(&self, tries_left: u32, seconds: u64) -> String;
    fn no_letters(&self) -> &'static str;
    fn lasting(&self, seconds: u64) -> String;
    fn cancelled(&self) -> &'static str;
    fn declined(&self) -> &'static str;
    fn nobody_came_back(&self) -> &'static str;
    fn letters_too_late(&self) -> &'static str;
    fn start_again(&self) -> &'static str;

    // Being signed in, on a terminal.
    fn situations(&self, command: &str) -> String;
    fn no_situation(&self) -> &'static str;
    fn no_profession(&self) -> &'static str;
    fn first_time_here(&self) -> &'static str;
    fn open_while_active(&self, minutes: u32, latest: &str) -> String;
    fn open_until(&self, minutes: u32, latest: &str) -> String;
    fn activity_counts_not(&self) -> &'static str;
    fn activity_not_on_shared(&self) -> &'static str;
    fn time_of_day(&self, hour: u32, minute: u32) -> String;
    fn own_session(&self, session: &OwnSession) -> String;
    fn sessions_ended(&self, count: u32) -> String;

    // Nobody signed in, and leaving.
    fn nobody(&self) -> &'static str;
    fn ended(&self, reason: Option<SessionEnd>) -> &'static str;
    fn service_silent(&self) -> &'static str;
    fn sign_out_untold(&self, code: ErrorCode) -> String;
    fn sign_out_later(&self) -> &'static str;
    fn signed_out_everywhere(&self) -> &'static str;
    fn signed_out_browser_finishes(&self) -> &'static str;
    fn signed_out_browser_makes_sure(&self) -> &'static str;
    fn signed_out_service_only(&self) -> &'static str;
    fn earlier_done(&self) -> &'static str;
    fn earlier_browser_finishes(&self) -> &'static str;
    fn earlier_browser_makes_sure(&self) -> &'static str;
    fn earlier_service_only(&self) -> &'static str;
    fn earlier_lost(&self) -> &'static str;

    // Where the keyring tells or keeps nothing.
    fn cannot_know(&self) -> &'static str;
    fn locked_remedy(&self) -> &'static str;
    fn keyring_remedy(&self) -> &'static str;
    fn will_not_be_kept(&self) -> &'static str;
    fn closed_again(&self) -> &'static str;
    fn not_closed_again(&self, minutes: u32) -> String;
    fn not_kept(&self) -> &'static str;
    fn not_kept_nor_closed(&self, minutes: u32) -> String;

    // `vestibule settings show`.
    fn no_value(&self) -> &'static str;
    fn hidden_value(&self) -> &'static str;
    fn policy_read(&self, path: &Path) -> String;
    fn switch(&self, is_on: bool) -> &'static str;

    // The diagnosis.
    fn title(&self, title: Title) -> &'static str;
    fn good(&self) -> &'static str;
    fn warning(&self) -> &'static str;
    fn failure(&self) -> &'static str;
    fn found(&self, title: &str, detail: &str) -> String;
    fn caused_by(&self, cause: &str) -> String;
    fn settings_remedy(&self) -> &'static str;
    fn settings_found(&self, companion: &str, source: &str, policy: &Path, exchange: &str, is_enrolled: bool) -> String;
    fn variables_ignored(&self, names: &str) -> String;
    fn key_there(&self) -> &'static str;
    fn no_key(&self) -> &'static str;
    fn keyring_locked(&self) -> &'static str;
    fn entry_unreadable(&self) -> &'static str;
    fn scheme_opened(&self, scheme: &str, handler: &str) -> String;
    fn scheme_needed(&self, scheme: &str) -> String;
    fn scheme_optional(&self, scheme: &str) -> String;
    fn loopback_refused(&self, fault: &str) -> String;
    fn loopback_silent(&self) -> &'static str;
    fn loopback_unowned(&self) -> &'static str;
    fn loopback_good(&self) -> &'static str;
    fn loopback_through_proxy(&self, proxy: &str) -> String;
    fn silent_address(&self, silent: IpAddr, answered: IpAddr) -> String;
    fn certificate(&self, presented: &Presented, believed: Believed) -> String;
    fn validity(&self, presented: &Presented, today: DateTime<Utc>) -> String;
    fn psc_reached(&self) -> &'static str;
    fn psc_not_reached(&self, what: &str) -> String;
    fn room(&self, folder: &Path, free: Free) -> String;
    fn companion_found(&self, name: &str, version: &str, environment: &str, milliseconds: u128) -> String;
    fn app_version(&self, own: &str) -> String;
    fn app_outdated(&self, own: &str, wanted: &str, required: bool) -> String;
    fn clock_good(&self, seconds: u64) -> String;
    fn clock_behind(&self, seconds: u64) -> String;
    fn clock_ahead(&self, seconds: u64) -> String;
    fn would_be_refused(&self, cause: &str) -> String;
    fn rules_untold(&self) -> &'static str;
    fn rules(&self, group: Option<&str>, exchanges: &str) -> String;
    fn no_exchange_in_common(&self, rules: &str, only: &str) -> String;
    fn another_scheme(&self, rules: &str, theirs: &str, ours: &str) -> String;
    fn in_the_window_only(&self, rules: &str) -> String;
    fn scheme_of_group_missing(&self, rules: &str, scheme: &str) -> String;

    fn activity(&self, source: ActivitySource, readable: bool) -> &'static str;

    fn log_folder(&self, folder: &Path, files: usize, kib: u64) -> String;
    fn log_folder_refused(&self, folder: &Path, fault: &str) -> String;
    fn no_log_line(&self, folder: &Path, sign_in: Option<&SignInId>) -> String;
    fn last_sign_in(&self, last: &LastSignIn) -> String;
    fn no_recent_sign_in(&self) -> &'static str;
    fn log_unreadable(&self, folder: &Path, fault: &str) -> String;

    // The support report.
    fn examined(&self, at: DateTime<Utc>, failures: &[&str], warnings: &[&str]) -> String;
    fn report_missing(&self, why: &str) -> String;
    fn report_cut(&self, bytes: u64) -> String;
    fn report_contents(&self, kib: u64) -> String;
    fn report_part(&self, name: &str, bytes: usize, missing: Option<&str>) -> String;
    fn report_lines_between(&self, count: usize) -> String;
    fn report_question(&self, path: &Path) -> String;
    fn report_written(&self, path: &Path) -> String;
    fn report_not_written(&self) -> &'static str;
    fn report_unwritten(&self, path: &Path, fault: &str) -> String;

    // Cards and their readers.
    fn presence(&self, presence: Presence) -> &'static str;
    fn in_reader(&self, reader: &str, card: Seen, interface: Option<Interface>) -> String;
    fn card_detection_off(&self) -> &'static str;
    fn card_service_there(&self) -> &'static str;
    fn card_removal_unseen(&self, found: &str, action: CardRemoval) -> String;
    fn card_readers(&self, names: &str) -> String;
    fn card_drivers(&self, names: &str) -> String;
    fn no_card_driver(&self) -> &'static str;

    // The desktop's notices.
    fn closes_soon(&self, service: &str) -> String;
    fn closes_when_idle(&self) -> &'static str;
    fn closes_at_the_latest(&self) -> &'static str;

    fn card_removed(&self, service: &str) -> String;
    fn after_card_removed(&self, action: CardRemoval) -> &'static str;

    // The icon beside the clock.
    fn tray_title(&self, service: &str, standing: Standing) -> String;
    fn tray_news(&self, standing: Standing) -> &'static str;
    fn tray_hidden(&self) -> &'static str;
    fn tray_open(&self) -> &'static str;
    fn tray_sign_in(&self) -> &'static str;
    fn tray_unlock(&self) -> &'static str;
    fn tray_sign_out(&self) -> &'static str;
    fn tray_cancel(&self) -> &'static str;
    fn tray_quit(&self) -> &'static str;
    fn tray_quit_session(&self) -> &'static str;

    // The window's program, before there is a window.
    fn window_help(&self, version: &str) -> String;
    fn no_screen(&self) -> &'static str;
    fn no_web_view(&self, code: ErrorCode, told: Explanation) -> String;
    fn no_log(&self, code: ErrorCode, told: Explanation) -> String;
}

#[cfg(test)]
mod tests;
