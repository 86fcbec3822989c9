//! The engine's task.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

mod attempt;
mod cards;
mod live;
mod notices;
mod own;
mod support;

use secrecy::SecretString;
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::sync::{Notify, oneshot, watch};
use tokio_util::sync::{CancellationToken, DropGuard};
use vestibule_model::exchange::{CompanionMetadata, Exchange, SignOutReason};
use vestibule_model::language::Language;
use vestibule_model::practitioner::SituationId;
use vestibule_model::view::{AppRequest, AppView, ContactView, ServiceView, SignInNotice, ZoomStep};

use self::notices::{Away, Notices};
use super::events::{Event, Events, Happening, Opened, OwnAsked};
use super::screens::screen;
use super::shown::Shown;
use super::state::{AfterSignOut, Attempting, Hidden, State, problem};
use super::support::Desk;
use super::tasks;
use super::{Call, Signals};
use crate::card::Watching;
use crate::clock::{Wakes, WallAhead};
use crate::companion::CompanionError;
use crate::exchange::Outcome;
use crate::exchange::scheme::Door;
use crate::link::Link;
use crate::outside::outside;
use crate::ports::Ports;
use crate::settings::{Chosen, Road, Settings, Zoom};
use crate::{update, workstation_kind};

/// The window does not wait longer for a goodbye.
const GOODBYE: Duration = Duration::from_secs(2);

pub(super) struct Core {
    settings: Settings,
    ports: Ports,
    service: ServiceView,
    language: Language,
    zoom: Zoom,
    /// What she chose in this window, to be found again at the next start.
    chosen: Arc<Mutex<Chosen>>,
    /// Held while that is written.
    writing: Arc<Mutex<()>>,
    state: State,
    link: Option<Link>,
    /// A session that is hidden until its person signs in again.
    behind: Option<Hidden>,
    /// What was last seen of the readers.
    cards: Option<Watching>,
    /// By how much the wall clock is ahead of the one that nobody sets, as what is shown counts on it.
    wall_ahead: WallAhead,
    /// Of the present attempt or session; events of another one are late.
    number: u64,
    /// She goes on without the keyring.
    without_keyring: CancellationToken,
    /// The keyring may remember a session that the companion could not be asked about yet.
    resume_due: bool,
    /// She asked for a sign-in, and resuming is being tried first.
    sign_in_wanted: bool,
    found: Events,
    events: UnboundedReceiver<Event>,
    view: watch::Sender<AppView>,
    shown: Shown,
    signals: Signals,
    /// When the machine woke up: what happens in a reader then is nobody's doing.
    wakes: Arc<Wakes>,
    /// Sends the sign-outs that are owed; told to hurry when somebody waits.
    settling: Option<Arc<Notify>>,
    /// Where the answer of the app's private-use scheme is brought.
    door: Arc<Door>,
    /// The exchange that brought the last session of this run: nobody shall have to find out twice.
    last_exchange: Option<Exchange>,
    notices: Notices,
    /// The page of settings and checks.
    desk: Desk,
    away: Away,
    /// Stops everything that runs beside this task.
    end: DropGuard,
    ended: CancellationToken,
}

impl Core {
    pub fn new(settings: Settings, ports: Ports, signals: Signals) -> (Self, watch::Receiver<AppView>) {
        let service = ServiceView {
            name: settings.service_name.clone(),
            environment: None,
            app_version: env!("CARGO_PKG_VERSION").to_owned(),
            companion_version: None,
            update: None,
            device_label: settings.device_label.clone(),
            shared_workstation: workstation_kind::is_shared(&settings.paths.shared_workstation),
            resumable: true,
            contact: ContactView { address: settings.support.address.clone(), phone: settings.support.phone.clone() },
        };
        let (found, events) = Events::channel();
        let (language, zoom, state, ended) = (settings.language, settings.zoom, State::Resuming, CancellationToken::new());
        let first = AppView {
            service: service.clone(),
            language,
            zoom_percent: zoom.percent(),
            card: None,
            screen: screen(&state, None, language),
            support: None,
        };
        let (view, receiver) = watch::channel(first);
        let end = ended.clone().drop_guard();
        let door = Door::new(&settings.return_scheme);
        let wall_ahead = WallAhead::of(ports.clock.as_ref());
        let wakes = Wakes::by(ports.clock.clone());
        let notices = Notices::by(ports.notifications.clone());
        let desk = Desk::new(Ok(settings.clone()), ports.clone(), found.clone());
        let core = Self {
            settings,
            ports,
            wakes,
            service,
            language,
            zoom,
            chosen: Arc::default(),
            writing: Arc::default(),
            state,
            link: None,
            behind: None,
            cards: None,
            wall_ahead,
            number: 0,
            without_keyring: CancellationToken::new(),
            resume_due: true,
            sign_in_wanted: false,
            found,
            events,
            view,
            shown: Shown::default(),
            signals,
            settling: None,
            door,
            last_exchange: None,
            notices,
            desk,
            away: Away::default(),
            end,
            ended,
        };
        (core, receiver)
    }

    pub async fn run(mut self, mut calls: UnboundedReceiver<Call>) {
        self.spawn(tasks::link(self.settings.clone(), self.ports.clone(), self.without_keyring.clone(), self.found.clone()));
        self.watch_cards();
        loop {
            tokio::select! {
                call = calls.recv() => match call {
                    Some(call) => {
                        self.follow_wall_clock();
                        match call {
                            Call::Request(request) => self.requested(request),
                            Call::Returned(argument) => self.returned(&argument),
                            Call::Active(since_input) => self.called_active(since_input),
                            Call::WindowIs(whereabouts) => self.window_is(whereabouts),
                            Call::Quit(done) => return self.quit(done).await,
                        }
                    }
                    None => return,
                },
                Some(event) = self.events.recv() => {
                    self.follow_wall_clock();
                    self.happened(event);
                }
            }
            self.show();
        }
    }

    /// Before anything is compared with the wall clock: somebody may have set it. What is waited for stays where it is, what is shown moves.
    fn follow_wall_clock(&mut self) {
        let Some(by_ms) = self.wall_ahead.moved(self.ports.clock.as_ref()) else { return };
        tracing::info!(by_ms, "The clock of this workstation was set");
        self.state.follow_wall_clock(by_ms);
        if let Some(locked) = &mut self.behind {
            locked.follow_wall_clock(by_ms);
        }
    }

    /// Runs beside this task and ends with it.
    fn spawn(&self, work: impl Future<Output = ()> + Send + 'static) -> tokio::task::JoinHandle<()> {
        let ended = self.ended.clone();
        tokio::spawn(async move {
            tokio::select! {
                () = ended.cancelled() => {}
                () = work => {}
            }
        })
    }

    /// The same, ending with the session.
    fn spawn_until(&self, end: CancellationToken, work: impl Future<Output = ()> + Send + 'static) {
        self.spawn(async move {
            tokio::select! {
                () = end.cancelled() => {}
                () = work => {}
            }
        });
    }

    fn show(&mut self) {
        let screen = screen(&self.state, self.behind.as_ref(), self.language);
        self.settle_page(&screen);
        let support = self.desk.view(self.language);
        let view = AppView {
            service: self.service.clone(),
            language: self.language,
            zoom_percent: self.zoom.percent(),
            card: self.card_view(),
            screen,
            support,
        };
        self.tell_who_does_not_see(&view);
        self.shown.follow(&view.screen);
        self.view.send_if_modified(|shown| {
            let changed = *shown != view;
            *shown = view;
            changed
        });
    }

    fn requested(&mut self, request: AppRequest) {
        match (request, &mut self.state) {
            (AppRequest::SetLanguage { language }, _) => self.set_language(language),
            (AppRequest::Zoom { step }, _) => self.set_zoom(step),
            (AppRequest::Support { asked }, _) => self.support_requested(asked),
            (AppRequest::GoOnWithoutKeyring, State::AwaitingKeyring) => {
                self.state = State::Resuming;
                self.without_keyring.cancel();
            }
            (AppRequest::SignIn, State::SignIn { .. } | State::Ended { .. } | State::Problem(_) | State::Locked) => self.sign_in(),
            (AppRequest::SignOut, State::Locked) => self.sign_out(AfterSignOut::Rest),
            (AppRequest::ChangeUser, State::Locked) => self.sign_out(AfterSignOut::NextPerson),
            (AppRequest::Cancel, State::Attempting(attempting)) => {
                attempting.cancel.cancel();
                self.rest(Some(SignInNotice::Cancelled));
            }
            (AppRequest::ReopenBrowser, State::Attempting(Attempting { waiting: Some(_), .. })) => self.reopen(),
            (AppRequest::UseAnotherBrowser, State::Attempting(Attempting { waiting: Some(waiting), cancel, .. }))
                if waiting.can_use_another_browser =>
            {
                cancel.cancel();
                self.attempt_by(Road::only(Exchange::Polling));
            }
            (AppRequest::UseAnotherBrowser, State::Problem(problem)) if problem.can_use_another_browser => {
                self.attempt_by(Road::only(Exchange::Polling));
            }
            (AppRequest::ConfirmCode { code }, State::Attempting(_)) => self.confirm(SecretString::from(code)),
            (AppRequest::Dismiss, State::SignIn { .. } | State::Ended { .. } | State::Problem(_)) => self.rest(None),
            (request, State::Live(_)) => self.requested_live(request),
            (request, _) => tracing::debug!(?request, "This screen does not offer that"),
        }
    }

    fn requested_live(&mut self, request: AppRequest) {
        let State::Live(live) = &mut self.state else { return };
        match request {
            AppRequest::Activity => self.active(),
            AppRequest::ChooseSituation { situation_id } => self.choose(SituationId(situation_id)),
            AppRequest::ChangeSituation => live.choosing = true,
            AppRequest::KeepSituation => live.choosing = false,
            AppRequest::ShowOwnSessions => self.show_own_sessions(),
            AppRequest::HideOwnSessions => self.hide_own_sessions(),
            AppRequest::EndOwnSession { id } => self.end_own_session(&id),
            AppRequest::EndOtherSessions => self.end_own_sessions(OwnAsked::Others),
            AppRequest::EndAllSessions => self.end_own_sessions(OwnAsked::All),
            AppRequest::Dismiss => live.trouble = None,
            // "Réessayer" under a problem of one call: the session itself is whole.
            AppRequest::SignIn if live.trouble.is_some() => live.trouble = None,
            AppRequest::Lock => self.lock_asked(),
            AppRequest::SignOut => self.sign_out(AfterSignOut::Rest),
            AppRequest::NotMe => self.sign_out_because(Some(SignOutReason::NotMe), AfterSignOut::Rest),
            AppRequest::ChangeUser => self.sign_out(AfterSignOut::NextPerson),
            AppRequest::SignIn
            | AppRequest::Cancel
            | AppRequest::ReopenBrowser
            | AppRequest::UseAnotherBrowser
            | AppRequest::ConfirmCode { .. }
            | AppRequest::GoOnWithoutKeyring
            | AppRequest::SetLanguage { .. }
            | AppRequest::Zoom { .. }
            | AppRequest::Support { .. } => {
                tracing::debug!(?request, "A signed-in screen does not offer that");
            }
        }
    }

    fn happened(&mut self, Event { of, what }: Event) {
        if self.behind.as_ref().is_some_and(|locked| of == Some(locked.number)) {
            return self.behind_the_lock(what);
        }
        if of.is_some_and(|of| of != self.number) {
            return self.came_late(what);
        }
        match what {
            Happening::KeyringSlow => {
                if matches!(self.state, State::Resuming) {
                    self.state = State::AwaitingKeyring;
                }
            }
            Happening::Linked(Ok(link)) => self.linked(link),
            Happening::Linked(Err(code)) => self.state = State::Problem(problem(code, None)),
            Happening::Companion(metadata) => self.introduced(&metadata),
            Happening::WorkstationShared(shared) => self.workstation_is_by_its_rules(shared),
            Happening::Resumed(resumed) => self.resumed(resumed),
            Happening::Progress(step) => self.progressed(step),
            Happening::AttemptEnded(outcome) => self.attempt_ended(outcome),
            Happening::Session(event) => self.session_changed(event),
            Happening::Clocks(clocks) => {
                self.reached(true);
                self.clocks_are(&clocks);
            }
            Happening::SessionOver(reason) => self.over(reason),
            Happening::Chosen(chosen) => self.chosen(chosen),
            Happening::Own(answer) => self.own_sessions_told(answer),
            Happening::InputElsewhere(since_input) => self.active_elsewhere(since_input),
            Happening::ReportDue => self.report(),
            Happening::ActivityUntold => self.activity_untold(),
            Happening::LocalEnd => self.over(None),
            Happening::Cards(cards) => self.cards_changed(cards),
            Happening::CardGone => self.card_gone(),
            Happening::Locked => self.locked(false),
            Happening::EndNear(near) => self.end_near(near),
            Happening::Reached(reachable) => self.reached(reachable),
            Happening::Owing => self.owing(),
            Happening::Settled(notice) => self.settled(notice),
            Happening::SignedOut(notice) => self.signed_out(notice),
            Happening::Support(news) => self.desk.found(news),
            // Followed before this was read.
            Happening::WallClockSet => {}
        }
    }

    /// Of an attempt or a session that was left. A sign-in that was withdrawn when its session was on its way here opens nothing.
    fn came_late(&self, what: Happening) {
        if let Happening::AttemptEnded(Outcome::SignedIn(late)) = what {
            self.spawn(async move { late.service.give_back().await });
        } else {
            tracing::debug!("Something late was dropped");
        }
    }

    fn linked(&mut self, link: Link) {
        self.service.resumable = link.device.kept_back().is_none();
        self.spawn(tasks::introduce(link.clone(), self.settings.enrolment_token.clone(), self.found.clone()));
        self.link = Some(link);
        self.resume();
    }

    fn introduced(&mut self, metadata: &CompanionMetadata) {
        self.service.name.clone_from(&metadata.service_name);
        self.service.environment = Some(metadata.psc_environment);
        self.service.companion_version = Some(metadata.companion_version.clone());
        self.service.update = update::wanted(metadata);
    }

    /// Back to the sign-in screen; to the lock, where a session stands behind it.
    fn rest(&mut self, notice: Option<SignInNotice>) {
        self.number += 1;
        self.state = if self.behind.is_some() { State::Locked } else { State::SignIn { notice } };
    }

    fn resume(&mut self) {
        let Some(link) = self.link.clone() else { return };
        self.number += 1;
        self.state = State::Resuming;
        self.spawn(tasks::resume(link, self.found.of(self.number)));
    }

    fn resumed(&mut self, resumed: Result<Option<Opened>, CompanionError>) {
        // What an earlier run could not tell the companion. Afterwards: nothing that she waits for stands behind it.
        self.settle();
        match resumed {
            Ok(Some(opened)) => self.live(opened),
            Ok(None) => self.not_resumed(),
            Err(error) => {
                self.sign_in_wanted = false;
                self.state = State::Problem(problem(error.code(), None));
            }
        }
    }

    fn not_resumed(&mut self) {
        self.resume_due = false;
        if std::mem::take(&mut self.sign_in_wanted) {
            self.attempt();
        } else {
            self.rest(None);
        }
    }

    fn sign_in(&mut self) {
        if let Some(hurry) = &self.settling {
            hurry.notify_one();
        }
        if self.resume_due {
            self.sign_in_wanted = true;
            self.resume();
        } else {
            self.attempt();
        }
    }

    fn set_language(&mut self, language: Language) {
        self.language = language;
        self.desk.begin_again();
        self.remember(|chosen| chosen.language = Some(language));
    }

    fn set_zoom(&mut self, step: ZoomStep) {
        let zoom = self.zoom.after(step);
        if zoom != self.zoom {
            self.zoom = zoom;
            self.remember(|chosen| chosen.zoom = Some(zoom));
        }
    }

    /// Writes what she chose: all of it each time, so that the last of several quick presses is what stays, whichever is written last.
    fn remember(&self, choose: impl FnOnce(&mut Chosen)) {
        choose(&mut self.chosen.lock().unwrap_or_else(PoisonError::into_inner));
        let (settings, chosen, writing) = (self.settings.clone(), self.chosen.clone(), self.writing.clone());
        self.spawn(async move {
            let write = move || {
                let _turn = writing.lock().unwrap_or_else(PoisonError::into_inner);
                // Read once it is this one's turn, and let go at once: a slow disk holds up nobody who chooses again.
                let chosen = *chosen.lock().unwrap_or_else(PoisonError::into_inner);
                settings.remember(chosen)
            };
            let written = outside(write).await;
            if !matches!(written, Ok(Ok(()))) {
                tracing::warn!(?written, "What was chosen in the window will be asked for again");
            }
        });
    }

    /// Ends the service session only (RECO 06), withdraws a sign-in, lets a sign-out finish: two seconds for all that.
    async fn quit(mut self, done: oneshot::Sender<()>) {
        self.notices.withdraw();
        let goodbye = async {
            if let Some(locked) = self.behind {
                tasks::end(&locked.live.service).await;
            }
            match self.state {
                State::Live(live) => tasks::end(&live.service).await,
                State::Attempting(attempting) => {
                    attempting.cancel.cancel();
                    let _ = attempting.task.await;
                }
                State::SigningOut { task, .. } => {
                    let _ = task.await;
                }
                State::Resuming
                | State::AwaitingKeyring
                | State::SignIn { .. }
                | State::Locked
                | State::Ended { .. }
                | State::Problem(_) => {}
            }
        };
        tokio::select! {
            () = goodbye => {}
            () = self.ports.clock.sleep(GOODBYE) => tracing::warn!("Quit without waiting any longer"),
        }
        drop(self.end);
        let _ = done.send(());
    }
}
