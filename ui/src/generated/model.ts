// Generated from model/src/view.rs: do not edit.

/**
 * What a person asks for. The shell forwards it; the engine decides.
 */
export type AppRequest = { "name": "sign_in" } | { "name": "cancel" } | { "name": "reopen_browser" } | { "name": "use_another_browser" } | { "name": "confirm_code", code: string, } | { "name": "choose_situation", situation_id: string, } | { "name": "change_situation" } | { "name": "keep_situation" } | { "name": "lock" } | { "name": "sign_out" } | { "name": "not_me" } | { "name": "change_user" } | { "name": "show_own_sessions" } | { "name": "hide_own_sessions" } | { "name": "end_own_session", id: string, } | { "name": "end_other_sessions" } | { "name": "end_all_sessions" } | { "name": "activity" } | { "name": "dismiss" } | { "name": "go_on_without_keyring" } | { "name": "set_language", language: Language, } | { "name": "zoom", step: ZoomStep, } | { "name": "support", asked: SupportRequest, };

/**
 * Everything the window shows at one moment.
 */
export type AppView = { service: ServiceView, language: Language,
/**
 * How large the window draws, in percent.
 */
zoom_percent: number,
/**
 * `None` where nothing of cards can be told.
 */
card: CardView | null, screen: Screen,
/**
 * The page of settings and checks, while it lies over the screen.
 */
support: SupportView | null, };

/**
 * What there is to show of the readers.
 */
export type CardBadge = "reader_empty" | "cps_present" | "several_cps" | "unknown_card" | "mute_card";

/**
 * What becomes of a session when the card that was there leaves its reader. Each does more than the one before it.
 */
export type CardRemoval = "nothing" | "lock" | "end";

/**
 * What comes next.
 */
export type CardRemovalView = { action: CardRemoval,
/**
 * When, local wall clock, milliseconds since 1970.
 */
at_ms: number, };

/**
 * Cards in the readers of this workstation: a hint, never a proof, and nobody's.
 */
export type CardView = {
/**
 * `None` where nothing is seen any more.
 */
badge: CardBadge | null,
/**
 * The card of this session was pulled: what comes next, unless it is put back.
 */
removal: CardRemovalView | null, };

/**
 * In rising order of trouble.
 */
export type CheckVerdict = "ok" | "warning" | "failure";

/**
 * What one check found, in words.
 */
export type CheckView = { title: string, verdict: CheckVerdict,
/**
 * The same in a word.
 */
told: string, detail: string, cause: string | null, code: ErrorCode | null, remedy: string | null, };

/**
 * The field for the letters shown in the browser.
 */
export type CodeView = { sign_in_id: string,
/**
 * End of the code, local wall clock, milliseconds since 1970.
 */
ends_at_ms: number, tries_left: number,
/**
 * The last letters typed were not the right ones.
 */
last_refused: boolean,
/**
 * Letters were sent and the answer is awaited.
 */
checking: boolean, };

/**
 * How support is reached, as the administrator wants it read.
 */
export type ContactView = {
/**
 * An e-mail address, a page, an office.
 */
address: string | null, phone: string | null, };

/**
 * A stable code, written `VST-` and its number. Numbers are never given to another meaning.
 *
 * 1xxx workstation · 2xxx exchange between app and companion · 3xxx companion's configuration and storage · 4xxx Pro Santé Connect · 5xxx cards and their readers.
 */
export type ErrorCode = string;

/**
 * The roads by which a session may come from the browser to the app.
 */
export type Exchange = "loopback" | "scheme" | "polling";

/**
 * French first, English second.
 */
export type Language = "fr" | "en";

/**
 * One of them.
 */
export type OwnSessionView = { id: string,
/**
 * What its workstation calls itself.
 */
device_label: string | null,
/**
 * Local wall clock, milliseconds since 1970.
 */
opened_at_ms: number,
/**
 * When real input was last told there, same unit.
 */
active_at_ms: number,
/**
 * Whether it is the one of this workstation.
 */
is_this: boolean, locked: boolean, };

/**
 * Where she is signed in, on all her workstations.
 */
export type OwnSessionsView = {
/**
 * The one of this workstation.
 */
session: SessionView,
/**
 * The oldest first; `None` until the companion has told.
 */
sessions: Array<OwnSessionView> | null,
/**
 * An answer of the companion is awaited.
 */
busy: boolean,
/**
 * How many the last request ended elsewhere.
 */
ended: number | null,
/**
 * Why the last request gave nothing.
 */
problem: ProblemView | null, };

/**
 * A QR code: black squares on white.
 */
export type PictureView = {
/**
 * Squares on a side, with the margin that readers want.
 */
side: number,
/**
 * The black ones, as the path of an SVG of that many units.
 */
path: string, };

export type ProblemView = { code: ErrorCode,
/**
 * The catalogue's words, in the language of the window.
 */
title: string, cause: string, remedy: string,
/**
 * The thread for support; absent when nothing had started.
 */
sign_in_id: string | null,
/**
 * Whether trying again makes sense without anyone else acting.
 */
can_retry: boolean,
/**
 * Whether "my browser is on another machine" may get round it.
 */
can_use_another_browser: boolean, };

/**
 * Which Pro Santé Connect the companion talks to.
 */
export type PscEnvironment = "simulator" | "bas" | "production";

/**
 * The part that she reads: a page of it, word for word.
 */
export type ReadingView = { name: string, text: string,
/**
 * From 1.
 */
page: number, pages: number, };

/**
 * What would leave, before it does.
 */
export type ReadyReportView = { parts: Array<ReportPartView>,
/**
 * All of them together.
 */
bytes: number,
/**
 * Where it would be written.
 */
path: string, reading: ReadingView | null, writing: boolean, };

/**
 * A file of the report.
 */
export type ReportPartView = { name: string, bytes: number,
/**
 * Why it is missing.
 */
missing: string | null, };

/**
 * How far the support report is.
 */
export type ReportView = { "state": "none" } | { "state": "gathering" } | { "state": "ready" } & ReadyReportView | { "state": "written", path: string, };

/**
 * One screen, one decision.
 */
export type Screen = { "name": "resuming" } | { "name": "awaiting_keyring" } | { "name": "sign_in",
/**
 * What happened just before, when there is something to say.
 */
notice: SignInNotice | null, } | { "name": "opening_browser" } | { "name": "waiting_for_browser" } & WaitingView | { "name": "entering_code" } & CodeView | { "name": "choosing_situation", session: SessionView, situations: Array<SituationView>,
/**
 * The last choice on this workstation, to be offered first.
 */
suggested_id: string | null,
/**
 * Whether one was already chosen, so that the screen can be left without choosing.
 */
can_keep: boolean, } | { "name": "signed_in", session: SessionView, } | { "name": "own_sessions" } & OwnSessionsView | { "name": "locked",
/**
 * When it was locked, local wall clock, milliseconds since 1970.
 */
at_ms: number,
/**
 * When it ends if nobody comes back, same unit.
 */
ends_at_ms: number, } | { "name": "signing_out" } | { "name": "ended",
/**
 * `None` when the companion did not say and no clock of ours tells.
 */
reason: SessionEnd | null,
/**
 * Local wall clock, milliseconds since 1970.
 */
at_ms: number, idle_limit_s: number, } | { "name": "problem" } & ProblemView;

/**
 * The service whose door this is.
 */
export type ServiceView = {
/**
 * Given by the companion; until it answered, by the settings.
 */
name: string,
/**
 * `None` until the companion answered once.
 */
environment: PscEnvironment | null, app_version: string, companion_version: string | null,
/**
 * Another version of the app is wanted.
 */
update: UpdateView | null,
/**
 * What this workstation calls itself.
 */
device_label: string, shared_workstation: boolean,
/**
 * Whether a restart can resume the session: `false` when the keyring is out of reach and the key lives in memory only.
 */
resumable: boolean, contact: ContactView, };

/**
 * Why a service session ended.
 */
export type SessionEnd = "idle" | "expired" | "signed_out" | "closed" | "revoked" | "replaced" | "disowned" | "forgotten" | "administrator" | "ended_elsewhere";

/**
 * Who is signed in, how and until when.
 */
export type SessionView = { sign_in_id: string,
/**
 * For example `Dr`.
 */
title: string | null, given_name: string, family_name: string,
/**
 * Profession and speciality; empty for a person absent from the register.
 */
capacity: string,
/**
 * The chosen situation.
 */
situation: SituationView | null,
/**
 * How many situations she may choose from.
 */
situation_count: number, means: SignInMeans | null,
/**
 * Whether the previous person on this workstation was another one.
 */
identity_changed: boolean,
/**
 * Whether she signed in on this workstation for the first time.
 */
new_workstation: boolean,
/**
 * End for lack of activity, local wall clock, milliseconds since 1970.
 */
idle_ends_at_ms: number,
/**
 * End at the latest, same unit.
 */
ends_at_ms: number,
/**
 * Whether the companion answered when it was last asked.
 */
service_reachable: boolean, };

/**
 * A setting as it is in force.
 */
export type SettingView = {
/**
 * Its name in the files.
 */
key: string, value: string, about: string,
/**
 * Who set it, in words.
 */
source: string,
/**
 * Whether the administrator did: nobody else can change it.
 */
managed: boolean, };

/**
 * How the person proved who she is, as far as Pro Santé Connect said so (`authMode`); never guessed.
 */
export type SignInMeans = "card" | "e_cps";

/**
 * A line on the sign-in screen after a quiet outcome: not an error.
 */
export type SignInNotice = "cancelled" | "declined" | "timed_out" | "signed_out_everywhere" | "signed_out_browser_finishes" | "signed_out_browser_makes_sure" | "signed_out_service_only" | "signed_out_later" | "earlier_sign_out_done" | "earlier_sign_out_lost" | "card_removed";

export type SituationView = { id: string,
/**
 * Profession and speciality.
 */
capacity: string,
/**
 * Structure and locality; `None` when the register declares none.
 */
place: string | null,
/**
 * Self-employed, employed, volunteer.
 */
mode: string | null,
/**
 * Function held, when there is one.
 */
role: string | null, };

/**
 * A folder that the page can have shown.
 */
export type SupportFolder = "log" | "report";

/**
 * What a person asks of the page of settings and checks.
 */
export type SupportRequest = "show" | "hide" | "run_checks" | "gather_report" | { "read_part": { name: string, page: number, } } | "stop_reading" | "write_report" | "discard_report" | { "open_folder": { folder: SupportFolder, } };

/**
 * What went wrong on the page.
 */
export type SupportTroubleView = { problem: ProblemView,
/**
 * What the system says.
 */
detail: string | null, };

/**
 * Settings, checks, the log and the support report: about the workstation, and about nobody.
 */
export type SupportView = {
/**
 * Empty where they cannot be read.
 */
settings: Array<SettingView>,
/**
 * What is wrong with them.
 */
settings_error: string | null,
/**
 * Where the administrator's word was read.
 */
policy: string | null,
/**
 * `None` until they were asked for; those that are known so far.
 */
checks: Array<CheckView> | null, checking: boolean,
/**
 * What they found, as the support report says it, for support to read elsewhere: once all of them have answered.
 */
checks_text: string | null,
/**
 * `None` where the system names no home.
 */
log_folder: string | null, report: ReportView,
/**
 * The folder that the system did not show.
 */
unopened: SupportFolder | null, trouble: SupportTroubleView | null, };

/**
 * The version of the app that the companion's administrator wants, when it is not this one.
 */
export type UpdateView = { version: string,
/**
 * Whether no sign-in starts before.
 */
required: boolean, };

/**
 * How far the browser got.
 */
export type WaitingStage = "browser_asked" | "browser_open" | "at_provider" | "checking" | "confirming";

export type WaitingView = { sign_in_id: string,
/**
 * Local wall clock, milliseconds since 1970.
 */
ends_at_ms: number, stage: WaitingStage,
/**
 * Two digits, only while the confirmation page shows them too.
 */
match_number: string | null,
/**
 * Whether the page asks which of three numbers this is, rather than to compare it.
 */
picks_number: boolean,
/**
 * Set eight seconds after the browser was asked for and did not come: the help unfolds.
 */
browser_missing: boolean, exchange: Exchange,
/**
 * The page to open by hand: in the polling exchange on any machine, otherwise on this one, where no browser could be asked to open it. It
 * opens no session by itself.
 */
link: string | null,
/**
 * The same as a picture, where another machine may open it.
 */
link_picture: PictureView | null,
/**
 * Until when that page may be opened, local wall clock, milliseconds since 1970.
 */
link_ends_at_ms: number | null,
/**
 * Whether "my browser is on another machine" can be chosen.
 */
can_use_another_browser: boolean, };

/**
 * Which way the size of what is drawn goes.
 */
export type ZoomStep = "larger" | "smaller" | "default";
