//! What runs where the settings cannot be used: the problem is all there is to see, and the page of settings and checks says more of it.

use tokio::sync::mpsc::{self, UnboundedReceiver};
use tokio::sync::watch;
use vestibule_model::ErrorCode;
use vestibule_model::language::Language;
use vestibule_model::view::{AppRequest, AppView, ContactView, Screen, ServiceView};

use super::Call;
use super::events::{Event, Events, Happening};
use super::screens::problem_view;
use super::shown::Shown;
use super::state::Trouble;
use super::support::{Desk, Moment};
use crate::ports::Ports;
use crate::settings::{SettingsError, Zoom};
use crate::standing::Standing;

pub(super) struct Refused {
    code: ErrorCode,
    language: Language,
    zoom: Zoom,
    desk: Desk,
    events: mpsc::UnboundedReceiver<Event>,
    view: watch::Sender<AppView>,
}

impl Refused {
    pub fn new(error: SettingsError, ports: Ports) -> (Self, watch::Receiver<AppView>) {
        let (code, language) = (error.code(), Language::default());
        let (found, events) = Events::channel();
        let (view, receiver) = watch::channel(view(code, language));
        (Self { code, language, zoom: Zoom::default(), desk: Desk::new(Err(error), ports, found), events, view }, receiver)
    }

    pub async fn run(mut self, mut calls: UnboundedReceiver<Call>) {
        Shown::default().follow(&self.view.borrow().screen);
        loop {
            tokio::select! {
                call = calls.recv() => match call {
                    Some(Call::Request(request)) => self.requested(request),
                    Some(Call::Quit(done)) => {
                        // Whoever asked may have left.
                        let _ = done.send(());
                        return;
                    }
                    Some(Call::Returned(_) | Call::Active(_) | Call::WindowIs(_)) => {}
                    None => return,
                },
                Some(Event { what, .. }) = self.events.recv() => {
                    if let Happening::Support(news) = what {
                        self.desk.found(news);
                    }
                }
            }
            let support = self.desk.view(self.language);
            self.view.send_replace(AppView { support, zoom_percent: self.zoom.percent(), ..view(self.code, self.language) });
        }
    }

    fn requested(&mut self, request: AppRequest) {
        if let AppRequest::SetLanguage { language } = request {
            self.language = language;
            self.desk.begin_again();
        } else if let AppRequest::Zoom { step } = request {
            self.zoom = self.zoom.after(step);
        } else if let AppRequest::Support { asked } = request {
            self.desk.requested(asked, Moment { language: self.language, standing: Standing::Problem, names: Vec::new() });
        } else {
            tracing::debug!(?request, "Nothing works without settings");
        }
    }
}

/// The problem alone.
pub(crate) fn view(code: ErrorCode, language: Language) -> AppView {
    let service = ServiceView {
        name: vestibule_branding::SERVICE_NAME.to_owned(),
        environment: None,
        app_version: env!("CARGO_PKG_VERSION").to_owned(),
        companion_version: None,
        update: None,
        device_label: String::new(),
        shared_workstation: false,
        resumable: false,
        contact: ContactView::default(),
    };
    let trouble = Trouble { code, sign_in_id: None, can_retry: false, can_use_another_browser: false };
    let screen = Screen::Problem(problem_view(&trouble, language));
    AppView { service, language, zoom_percent: Zoom::default().percent(), card: None, screen, support: None }
}
