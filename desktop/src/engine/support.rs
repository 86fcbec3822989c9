//! The page of settings and checks, which lies over whatever screen there is: what she asked of it, and what its slow work found.
//!
//! It is about the workstation and about nobody. The page goes with the screen that it lies over, and takes with it what is still being found.

use std::path::PathBuf;
use std::sync::Arc;

use tokio::runtime::Handle;
use tokio_util::sync::{CancellationToken, DropGuard};
use vestibule_model::ErrorCode;
use vestibule_model::language::Language;
use vestibule_model::view::{
    CheckView, ReadingView, ReadyReportView, ReportPartView, ReportView, SupportFolder, SupportRequest, SupportTroubleView, SupportView,
};

use super::events::{Events, Found, Happening, News};
use super::screens::problem_view;
use super::state::{Trouble, problem};
use crate::doctor;
use crate::outside::outside;
use crate::paths::Paths;
use crate::ports::Ports;
use crate::report::{self, Asked, Report, ReportError};
use crate::settings::{Settings, SettingsError};
use crate::standing::Standing;
use crate::words;

mod told;

/// What is shown of a part at once, in bytes: more would hold up the window.
const PAGE: usize = 64 << 10;

/// Keeps the page, while there is one.
pub(super) struct Desk {
    about: Arc<Workstation>,
    page: Option<Page>,
    /// Pages so far: what was found for another one is late.
    opened: u64,
    found: Events,
}

struct Workstation {
    settings: Result<Settings, SettingsError>,
    ports: Ports,
    /// Whatever the settings say. Looked up once: that performs I/O.
    paths: Option<Paths>,
}

struct Page {
    checks: Option<Vec<CheckView>>,
    checking: bool,
    checks_text: Option<String>,
    paper: Paper,
    unopened: Option<SupportFolder>,
    trouble: Option<(Trouble, Option<String>)>,
    end: CancellationToken,
    /// Stops what is being found when the page is left.
    _end: DropGuard,
}

/// How far the report is.
enum Paper {
    None,
    Gathering,
    Ready(Ready),
    Written(PathBuf),
}

struct Ready {
    report: Arc<Report>,
    /// Where it would be written.
    path: PathBuf,
    reading: Option<ReadingView>,
    writing: bool,
}

/// Who asks, and where she stands.
pub(super) struct Moment {
    pub language: Language,
    pub standing: Standing,
    /// Her names, when somebody is signed in.
    pub names: Vec<String>,
}

impl Desk {
    pub fn new(settings: Result<Settings, SettingsError>, ports: Ports, found: Events) -> Self {
        let paths = settings.as_ref().map_or_else(|_| Paths::of_this_user().ok(), |settings| Some(settings.paths.clone()));
        Self { about: Arc::new(Workstation { settings, ports, paths }), page: None, opened: 0, found }
    }

    pub fn close(&mut self) {
        self.page = None;
    }

    /// What was found is in the words of another language.
    pub fn begin_again(&mut self) {
        if self.page.is_some() {
            self.open();
        }
    }

    fn open(&mut self) {
        self.opened += 1;
        let end = CancellationToken::new();
        self.page = Some(Page {
            checks: None,
            checking: false,
            checks_text: None,
            paper: Paper::None,
            unopened: None,
            trouble: None,
            _end: end.clone().drop_guard(),
            end,
        });
    }

    pub fn requested(&mut self, asked: SupportRequest, moment: Moment) {
        match (asked, &mut self.page) {
            (SupportRequest::Show, None) => self.open(),
            (SupportRequest::Hide, _) => self.close(),
            (SupportRequest::RunChecks, Some(page)) if !page.checking => self.check(moment),
            (SupportRequest::GatherReport, Some(page)) if matches!(page.paper, Paper::None | Paper::Written(_)) => self.gather(moment),
            (SupportRequest::ReadPart { name, page: number }, Some(page)) => page.read(&name, number),
            (SupportRequest::StopReading, Some(Page { paper: Paper::Ready(ready), .. })) => ready.reading = None,
            (SupportRequest::WriteReport, Some(Page { paper: Paper::Ready(ready), .. })) if !ready.writing => self.write(moment.language),
            (SupportRequest::DiscardReport, Some(page)) => page.discard(),
            (SupportRequest::OpenFolder { folder }, Some(_)) => self.open_folder(folder),
            (asked, _) => tracing::debug!(?asked, "The page does not offer that"),
        }
    }

    fn check(&mut self, Moment { language, names, .. }: Moment) {
        let Some(page) = &mut self.page else { return };
        (page.checking, page.checks, page.checks_text) = (true, Some(Vec::new()), None);
        let (about, tell) = (self.about.clone(), self.teller());
        self.beside(async move {
            let words = words::of(language);
            let mut found = |check: &doctor::Check| tell(Found::Check(told::check(check, words)));
            let diagnosis = doctor::examine(about.settings.as_ref(), &about.ports, words, &mut found).await;
            tell(Found::AllChecks(report::diagnosis_text(&diagnosis, about.settings.as_ref().ok(), &names, &about.ports, words)));
        });
    }

    fn gather(&mut self, Moment { language, standing, names }: Moment) {
        let Some(page) = &mut self.page else { return };
        (page.paper, page.trouble) = (Paper::Gathering, None);
        let (about, tell) = (self.about.clone(), self.teller());
        self.beside(async move {
            let settings = about.settings.clone().map(|settings| Settings { language, ..settings });
            let (window, personal) = (Some(standing), names.as_slice());
            let asked = Asked { settings: settings.as_ref(), ports: &about.ports, days: report::DAYS, window, personal };
            tell(Found::Report(Box::new(report::gather(&asked).await)));
        });
    }

    fn write(&mut self, language: Language) {
        let Some(Page { paper: Paper::Ready(ready), trouble, .. }) = &mut self.page else { return };
        (ready.writing, ready.reading, *trouble) = (true, None, None);
        let (report, path, tell) = (ready.report.clone(), ready.path.clone(), self.teller());
        // Once begun it ends, whether the page is still there or not: whole or not at all.
        tokio::spawn(async move {
            let written = outside(move || report::write(&report, &path)).await;
            tell(written.map_or(Found::Nothing, |written| Found::Written(written.map_err(|error| unwritten(&error, language)))));
        });
    }

    fn open_folder(&mut self, folder: SupportFolder) {
        let Some(page) = &mut self.page else { return };
        page.unopened = None;
        let path = match (folder, &page.paper) {
            (SupportFolder::Log, _) => self.about.paths.as_ref().map(|paths| paths.logs.clone()),
            (SupportFolder::Report, Paper::Written(path)) => path.parent().map(ToOwned::to_owned),
            (SupportFolder::Report, Paper::None | Paper::Gathering | Paper::Ready(_)) => None,
        };
        let Some(path) = path else { return };
        let (files, tell) = (self.about.ports.file_manager.clone(), self.teller());
        tokio::spawn(async move {
            if let Err(error) = files.show(&path).await {
                tracing::warn!(%error, "The system shows no folder");
                tell(Found::Unopened(folder));
            }
        });
    }

    pub fn found(&mut self, News { page, what }: News) {
        let Some(page) = self.page.as_mut().filter(|_| page == self.opened) else { return };
        match what {
            Found::Check(check) => page.checks.get_or_insert_default().push(check),
            Found::AllChecks(text) => (page.checking, page.checks_text) = (false, Some(text)),
            Found::Report(report) => match &self.about.paths {
                Some(paths) => {
                    let path = paths.reports.join(report.file_name());
                    page.paper = Paper::Ready(Ready { report: Arc::new(*report), path, reading: None, writing: false });
                }
                None => page.fails(ErrorCode::HomeUnknown, None),
            },
            Found::Written(Ok(path)) => {
                tracing::info!("A support report was written");
                page.paper = Paper::Written(path);
            }
            Found::Written(Err((code, detail))) => page.fails(code, Some(detail)),
            Found::Unopened(folder) => page.unopened = Some(folder),
            Found::Nothing => page.fails(ErrorCode::AppFault, None),
        }
    }

    /// Brings what is found to the page that is open now.
    fn teller(&self) -> impl Fn(Found) + Send + Sync + use<> {
        let (page, found) = (self.opened, self.found.clone());
        move |what| found.send(Happening::Support(News { page, what }))
    }

    /// On a thread of its own: reading many files holds up nobody. It ends with the page.
    fn beside(&self, work: impl Future<Output = ()> + Send + 'static) {
        let Some(page) = &self.page else { return };
        let (runtime, end, tell) = (Handle::current(), page.end.clone(), self.teller());
        tokio::spawn(async move {
            let ended = outside(move || {
                runtime.block_on(async {
                    tokio::select! {
                        biased;
                        () = end.cancelled() => {}
                        () = work => {}
                    }
                });
            });
            if ended.await.is_err() {
                tell(Found::Nothing);
            }
        });
    }

    /// What the window shows of it.
    pub fn view(&self, language: Language) -> Option<SupportView> {
        let page = self.page.as_ref()?;
        let (words, settings) = (words::of(language), self.about.settings.as_ref());
        let trouble = page
            .trouble
            .as_ref()
            .map(|(trouble, detail)| SupportTroubleView { problem: problem_view(trouble, language), detail: detail.clone() });
        Some(SupportView {
            settings: settings.map(|settings| told::settings(settings, language)).unwrap_or_default(),
            settings_error: settings.err().map(|error| words.settings_error(error)),
            policy: settings.ok().map(|settings| settings.sources.policy_file.display().to_string()),
            checks: page.checks.clone(),
            checking: page.checking,
            checks_text: page.checks_text.clone(),
            log_folder: self.about.paths.as_ref().map(|paths| paths.logs.display().to_string()),
            report: page.paper.view(),
            unopened: page.unopened,
            trouble,
        })
    }
}

impl Page {
    fn fails(&mut self, code: ErrorCode, detail: Option<String>) {
        self.checking = false;
        self.trouble = Some((problem(code, None), detail));
        match &mut self.paper {
            Paper::Ready(ready) => ready.writing = false,
            Paper::Gathering => self.paper = Paper::None,
            Paper::None | Paper::Written(_) => {}
        }
    }

    fn discard(&mut self) {
        if matches!(&self.paper, Paper::Ready(ready) if !ready.writing) {
            (self.paper, self.trouble) = (Paper::None, None);
        }
    }

    fn read(&mut self, name: &str, number: usize) {
        let Paper::Ready(ready) = &mut self.paper else { return };
        let Some(part) = ready.report.parts.iter().find(|part| part.name == name) else { return };
        let pages = pages(&part.text);
        let page = number.clamp(1, pages.len());
        let text = pages.get(page - 1).copied().unwrap_or_default().to_owned();
        ready.reading = Some(ReadingView { name: part.name.clone(), text, page, pages: pages.len() });
    }
}

impl Paper {
    fn view(&self) -> ReportView {
        match self {
            Self::None => ReportView::None,
            Self::Gathering => ReportView::Gathering,
            Self::Ready(ready) => ReportView::Ready(ready.view()),
            Self::Written(path) => ReportView::Written { path: path.display().to_string() },
        }
    }
}

impl Ready {
    fn view(&self) -> ReadyReportView {
        let part =
            |part: &report::Part| ReportPartView { name: part.name.clone(), bytes: part.text.len() as u64, missing: part.missing.clone() };
        ReadyReportView {
            parts: self.report.parts.iter().map(part).collect(),
            bytes: self.report.bytes(),
            path: self.path.display().to_string(),
            reading: self.reading.clone(),
            writing: self.writing,
        }
    }
}

fn unwritten(error: &ReportError, language: Language) -> (ErrorCode, String) {
    let (ReportError::Unwritten { path, fault }, words) = (error, words::of(language));
    tracing::warn!(error.code = %error.code(), %fault, "The support report was not written");
    (error.code(), words.report_unwritten(path, &words.system_fault(*fault)))
}

/// All of a text, cut between its lines where that can be; one page at least.
fn pages(text: &str) -> Vec<&str> {
    let (mut pages, mut rest) = (Vec::new(), text);
    while rest.len() > PAGE {
        let most = rest.floor_char_boundary(PAGE);
        let end = rest[..most].rfind('\n').map_or(most, |end| end + 1);
        let (page, after) = rest.split_at(end);
        pages.push(page);
        rest = after;
    }
    if !rest.is_empty() || pages.is_empty() {
        pages.push(rest);
    }
    pages
}

#[cfg(test)]
mod tests {
    use super::{PAGE, pages};

    #[test]
    fn a_part_is_read_whole_page_by_page_and_cut_between_its_lines() {
        assert_eq!(pages(""), [""]);
        assert_eq!(pages("a\nb"), ["a\nb"]);
        let lines = "une ligne\n".repeat(20_000);
        let cut = pages(&lines);
        assert!(cut.len() == 4 && cut.iter().all(|page| page.len() <= PAGE && page.ends_with('\n')), "{}", cut.len());
        assert_eq!(cut.concat(), lines);
        let one = "é".repeat(PAGE);
        let cut = pages(&one);
        assert!(cut.len() > 1 && cut.iter().all(|page| page.len() <= PAGE));
        assert_eq!(cut.concat(), one);
    }
}
