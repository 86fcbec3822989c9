//! What a screen may know. The only types that cross to the interface: no token, no code, no national id, no address of Pro Santé Connect.

use serde::{Deserialize, Serialize};

use crate::error_code::ErrorCode;
use crate::exchange::Exchange;
use crate::language::Language;
use crate::session::{CardRemoval, PscEnvironment, SessionEnd, SignInMeans};

/// Everything the window shows at one moment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct AppView {
    pub service: ServiceView,
    pub language: Language,
    /// How large the window draws, in percent.
    pub zoom_percent: u32,
    /// `None` where nothing of cards can be told.
    pub card: Option<CardView>,
    pub screen: Screen,
    /// The page of settings and checks, while it lies over the screen.
    pub support: Option<SupportView>,
}

/// Cards in the readers of this workstation: a hint, never a proof, and nobody's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct CardView {
    /// `None` where nothing is seen any more.
    pub badge: Option<CardBadge>,
    /// The card of this session was pulled: what comes next, unless it is put back.
    pub removal: Option<CardRemovalView>,
}

/// What there is to show of the readers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub enum CardBadge {
    /// A reader, and no CPS card in it.
    ReaderEmpty,
    CpsPresent,
    /// Two or more: whoever signs in now is followed by none of them.
    SeveralCps,
    UnknownCard,
    MuteCard,
}

/// What comes next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct CardRemovalView {
    pub action: CardRemoval,
    /// When, local wall clock, milliseconds since 1970.
    pub at_ms: u64,
}

/// The service whose door this is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct ServiceView {
    /// Given by the companion; until it answered, by the settings.
    pub name: String,
    /// `None` until the companion answered once.
    pub environment: Option<PscEnvironment>,
    pub app_version: String,
    pub companion_version: Option<String>,
    /// Another version of the app is wanted.
    pub update: Option<UpdateView>,
    /// What this workstation calls itself.
    pub device_label: String,
    pub shared_workstation: bool,
    /// Whether a restart can resume the session: `false` when the keyring is out of reach and the key lives in memory only.
    pub resumable: bool,
    pub contact: ContactView,
}

/// How support is reached, as the administrator wants it read.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct ContactView {
    /// An e-mail address, a page, an office.
    pub address: Option<String>,
    pub phone: Option<String>,
}

/// The version of the app that the companion's administrator wants, when it is not this one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct UpdateView {
    pub version: String,
    /// Whether no sign-in starts before.
    pub required: bool,
}

/// One screen, one decision.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "name", rename_all = "snake_case")]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub enum Screen {
    /// The app starts and looks whether a session can go on.
    Resuming,
    /// The same, and the keyring has not answered yet: it may be unlocked, or done without.
    AwaitingKeyring,
    SignIn {
        /// What happened just before, when there is something to say.
        notice: Option<SignInNotice>,
    },
    /// The request is on its way to the companion; the browser opens next.
    OpeningBrowser,
    WaitingForBrowser(WaitingView),
    /// A person new to this workstation, where the way back proves nothing: the letters shown in the browser are typed here.
    EnteringCode(CodeView),
    ChoosingSituation {
        session: SessionView,
        situations: Vec<SituationView>,
        /// The last choice on this workstation, to be offered first.
        suggested_id: Option<String>,
        /// Whether one was already chosen, so that the screen can be left without choosing.
        can_keep: bool,
    },
    SignedIn {
        session: SessionView,
    },
    OwnSessions(OwnSessionsView),
    /// The session is hidden until its person signs in again. Nothing is said of it but its hours.
    Locked {
        /// When it was locked, local wall clock, milliseconds since 1970.
        at_ms: u64,
        /// When it ends if nobody comes back, same unit.
        ends_at_ms: u64,
    },
    SigningOut,
    /// The session ended without the person asking for it.
    Ended {
        /// `None` when the companion did not say and no clock of ours tells.
        reason: Option<SessionEnd>,
        /// Local wall clock, milliseconds since 1970.
        at_ms: u64,
        idle_limit_s: u32,
    },
    Problem(ProblemView),
}

/// A line on the sign-in screen after a quiet outcome: not an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub enum SignInNotice {
    /// She pressed "Annuler" here.
    Cancelled,
    /// She declined at Pro Santé Connect or on the confirmation page.
    Declined,
    /// Nothing came back from the browser in time (closed, or left alone).
    TimedOut,
    /// Both sessions are closed.
    SignedOutEverywhere,
    /// The service session is closed; Pro Santé Connect is being closed in the browser.
    SignedOutBrowserFinishes,
    /// The service session is closed; Pro Santé Connect answered without saying that its own is: the browser makes sure.
    SignedOutBrowserMakesSure,
    /// The service session is closed; Pro Santé Connect may still be open: nobody could reach it.
    SignedOutServiceOnly,
    /// Closed here; the companion could not be told, and will be as soon as it answers.
    SignedOutLater,
    /// A sign-out asked for earlier was sent at last: both sessions are closed.
    EarlierSignOutDone,
    /// A sign-out asked for earlier came too late: the service session had ended by itself, Pro Santé Connect may still be open.
    EarlierSignOutLost,
    /// Her card left its reader: the service session is closed, Pro Santé Connect may still be open.
    CardRemoved,
}

impl SignInNotice {
    /// Its one name, on the wire and in the log.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Cancelled => "cancelled",
            Self::Declined => "declined",
            Self::TimedOut => "timed_out",
            Self::SignedOutEverywhere => "signed_out_everywhere",
            Self::SignedOutBrowserFinishes => "signed_out_browser_finishes",
            Self::SignedOutBrowserMakesSure => "signed_out_browser_makes_sure",
            Self::SignedOutServiceOnly => "signed_out_service_only",
            Self::SignedOutLater => "signed_out_later",
            Self::EarlierSignOutDone => "earlier_sign_out_done",
            Self::EarlierSignOutLost => "earlier_sign_out_lost",
            Self::CardRemoved => "card_removed",
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct WaitingView {
    pub sign_in_id: String,
    /// Local wall clock, milliseconds since 1970.
    pub ends_at_ms: u64,
    pub stage: WaitingStage,
    /// Two digits, only while the confirmation page shows them too.
    pub match_number: Option<String>,
    /// Whether the page asks which of three numbers this is, rather than to compare it.
    pub picks_number: bool,
    /// Set eight seconds after the browser was asked for and did not come: the help unfolds.
    pub browser_missing: bool,
    pub exchange: Exchange,
    /// The page to open by hand: in the polling exchange on any machine, otherwise on this one, where no browser could be asked to open it. It
    /// opens no session by itself.
    pub link: Option<String>,
    /// The same as a picture, where another machine may open it.
    pub link_picture: Option<PictureView>,
    /// Until when that page may be opened, local wall clock, milliseconds since 1970.
    pub link_ends_at_ms: Option<u64>,
    /// Whether "my browser is on another machine" can be chosen.
    pub can_use_another_browser: bool,
}

/// A QR code: black squares on white.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct PictureView {
    /// Squares on a side, with the margin that readers want.
    pub side: u32,
    /// The black ones, as the path of an SVG of that many units.
    pub path: String,
}

/// The field for the letters shown in the browser.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct CodeView {
    pub sign_in_id: String,
    /// End of the code, local wall clock, milliseconds since 1970.
    pub ends_at_ms: u64,
    pub tries_left: u32,
    /// The last letters typed were not the right ones.
    pub last_refused: bool,
    /// Letters were sent and the answer is awaited.
    pub checking: bool,
}

/// How far the browser got.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub enum WaitingStage {
    /// Asked for, not seen.
    BrowserAsked,
    /// It came through our launch address.
    BrowserOpen,
    /// It is at Pro Santé Connect.
    AtProvider,
    /// Back at the companion; identity being checked.
    Checking,
    /// The confirmation page waits for her.
    Confirming,
}

/// Who is signed in, how and until when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct SessionView {
    pub sign_in_id: String,
    /// For example `Dr`.
    pub title: Option<String>,
    pub given_name: String,
    pub family_name: String,
    /// Profession and speciality; empty for a person absent from the register.
    pub capacity: String,
    /// The chosen situation.
    pub situation: Option<SituationView>,
    /// How many situations she may choose from.
    pub situation_count: usize,
    pub means: Option<SignInMeans>,
    /// Whether the previous person on this workstation was another one.
    pub identity_changed: bool,
    /// Whether she signed in on this workstation for the first time.
    pub new_workstation: bool,
    /// End for lack of activity, local wall clock, milliseconds since 1970.
    pub idle_ends_at_ms: u64,
    /// End at the latest, same unit.
    pub ends_at_ms: u64,
    /// Whether the companion answered when it was last asked.
    pub service_reachable: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct SituationView {
    pub id: String,
    /// Profession and speciality.
    pub capacity: String,
    /// Structure and locality; `None` when the register declares none.
    pub place: Option<String>,
    /// Self-employed, employed, volunteer.
    pub mode: Option<String>,
    /// Function held, when there is one.
    pub role: Option<String>,
}

/// Where she is signed in, on all her workstations.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct OwnSessionsView {
    /// The one of this workstation.
    pub session: SessionView,
    /// The oldest first; `None` until the companion has told.
    pub sessions: Option<Vec<OwnSessionView>>,
    /// An answer of the companion is awaited.
    pub busy: bool,
    /// How many the last request ended elsewhere.
    pub ended: Option<u32>,
    /// Why the last request gave nothing.
    pub problem: Option<ProblemView>,
}

/// One of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct OwnSessionView {
    pub id: String,
    /// What its workstation calls itself.
    pub device_label: Option<String>,
    /// Local wall clock, milliseconds since 1970.
    pub opened_at_ms: u64,
    /// When real input was last told there, same unit.
    pub active_at_ms: u64,
    /// Whether it is the one of this workstation.
    pub is_this: bool,
    pub locked: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct ProblemView {
    pub code: ErrorCode,
    /// The catalogue's words, in the language of the window.
    pub title: String,
    pub cause: String,
    pub remedy: String,
    /// The thread for support; absent when nothing had started.
    pub sign_in_id: Option<String>,
    /// Whether trying again makes sense without anyone else acting.
    pub can_retry: bool,
    /// Whether "my browser is on another machine" may get round it.
    pub can_use_another_browser: bool,
}

/// Settings, checks, the log and the support report: about the workstation, and about nobody.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct SupportView {
    /// Empty where they cannot be read.
    pub settings: Vec<SettingView>,
    /// What is wrong with them.
    pub settings_error: Option<String>,
    /// Where the administrator's word was read.
    pub policy: Option<String>,
    /// `None` until they were asked for; those that are known so far.
    pub checks: Option<Vec<CheckView>>,
    pub checking: bool,
    /// What they found, as the support report says it, for support to read elsewhere: once all of them have answered.
    pub checks_text: Option<String>,
    /// `None` where the system names no home.
    pub log_folder: Option<String>,
    pub report: ReportView,
    /// The folder that the system did not show.
    pub unopened: Option<SupportFolder>,
    pub trouble: Option<SupportTroubleView>,
}

/// A setting as it is in force.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct SettingView {
    /// Its name in the files.
    pub key: String,
    pub value: String,
    pub about: String,
    /// Who set it, in words.
    pub source: String,
    /// Whether the administrator did: nobody else can change it.
    pub managed: bool,
}

/// What one check found, in words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct CheckView {
    pub title: String,
    pub verdict: CheckVerdict,
    /// The same in a word.
    pub told: String,
    pub detail: String,
    pub cause: Option<String>,
    pub code: Option<ErrorCode>,
    pub remedy: Option<String>,
}

/// In rising order of trouble.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub enum CheckVerdict {
    Ok,
    Warning,
    Failure,
}

/// How far the support report is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub enum ReportView {
    None,
    Gathering,
    /// Shown, and not written.
    Ready(ReadyReportView),
    Written {
        path: String,
    },
}

/// What would leave, before it does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct ReadyReportView {
    pub parts: Vec<ReportPartView>,
    /// All of them together.
    pub bytes: u64,
    /// Where it would be written.
    pub path: String,
    pub reading: Option<ReadingView>,
    pub writing: bool,
}

/// A file of the report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct ReportPartView {
    pub name: String,
    pub bytes: u64,
    /// Why it is missing.
    pub missing: Option<String>,
}

/// The part that she reads: a page of it, word for word.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct ReadingView {
    pub name: String,
    pub text: String,
    /// From 1.
    pub page: usize,
    pub pages: usize,
}

/// A folder that the page can have shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub enum SupportFolder {
    Log,
    Report,
}

/// What went wrong on the page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct SupportTroubleView {
    pub problem: ProblemView,
    /// What the system says.
    pub detail: Option<String>,
}

/// What a person asks of the page of settings and checks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub enum SupportRequest {
    Show,
    Hide,
    RunChecks,
    GatherReport,
    /// Read a part, from this page of it.
    ReadPart {
        name: String,
        page: usize,
    },
    StopReading,
    /// She has seen what leaves: write it.
    WriteReport,
    /// Write nothing.
    DiscardReport,
    OpenFolder {
        folder: SupportFolder,
    },
}

/// What a person asks for. The shell forwards it; the engine decides.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "name", rename_all = "snake_case", deny_unknown_fields)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub enum AppRequest {
    SignIn,
    Cancel,
    ReopenBrowser,
    /// "Mon navigateur est sur un autre poste": go on by the polling exchange.
    UseAnotherBrowser,
    /// The letters typed; case and spaces do not matter.
    ConfirmCode {
        code: String,
    },
    ChooseSituation {
        situation_id: String,
    },
    /// Go back to the list of situations.
    ChangeSituation,
    /// Leave that list without choosing again.
    KeepSituation,
    /// Hide the session until its person signs in again.
    Lock,
    /// End both sessions (EXI 20).
    SignOut,
    /// The same, because the name on the screen is not hers: the companion keeps that.
    NotMe,
    /// End both sessions and start a sign-in at once.
    ChangeUser,
    /// Show where she is signed in, or ask for it again.
    ShowOwnSessions,
    /// Leave that list.
    HideOwnSessions,
    /// End one of its sessions that is not this one.
    EndOwnSession {
        id: String,
    },
    /// End all of them but this one.
    EndOtherSessions,
    /// End all of them: this one by a sign-out, once the others are closed.
    EndAllSessions,
    /// Real input happened in the window.
    Activity,
    /// Leave a problem, an ending or a notice.
    Dismiss,
    /// Wait for the keyring no longer: nothing is kept for a restart.
    GoOnWithoutKeyring,
    SetLanguage {
        language: Language,
    },
    /// Draw larger or smaller.
    Zoom {
        step: ZoomStep,
    },
    /// Something about the page of settings and checks.
    Support {
        asked: SupportRequest,
    },
}

/// Which way the size of what is drawn goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub enum ZoomStep {
    Larger,
    Smaller,
    /// Back to what the window opens with by itself.
    Default,
}

impl std::fmt::Debug for AppRequest {
    /// The name alone: letters typed are a secret for two minutes.
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(match self {
            Self::SignIn => "SignIn",
            Self::Cancel => "Cancel",
            Self::ReopenBrowser => "ReopenBrowser",
            Self::UseAnotherBrowser => "UseAnotherBrowser",
            Self::ConfirmCode { .. } => "ConfirmCode(redacted)",
            Self::ChooseSituation { .. } => "ChooseSituation",
            Self::ChangeSituation => "ChangeSituation",
            Self::KeepSituation => "KeepSituation",
            Self::Lock => "Lock",
            Self::SignOut => "SignOut",
            Self::NotMe => "NotMe",
            Self::ChangeUser => "ChangeUser",
            Self::ShowOwnSessions => "ShowOwnSessions",
            Self::HideOwnSessions => "HideOwnSessions",
            Self::EndOwnSession { .. } => "EndOwnSession",
            Self::EndOtherSessions => "EndOtherSessions",
            Self::EndAllSessions => "EndAllSessions",
            Self::Activity => "Activity",
            Self::Dismiss => "Dismiss",
            Self::GoOnWithoutKeyring => "GoOnWithoutKeyring",
            Self::SetLanguage { .. } => "SetLanguage",
            Self::Zoom { .. } => "Zoom",
            Self::Support { .. } => "Support",
        })
    }
}
