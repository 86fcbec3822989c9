//! The way through the pages, as a person would go it, one decision at a time.

use anyhow::bail;

use super::{Form, Page, STEP_LIMIT, ScriptedBrowser};

/// What the person would do on the way.
#[derive(Debug, Clone)]
pub struct Person {
    /// The simulator's name of the persona.
    pub persona: String,
    /// `card` or `mobile`.
    pub means: String,
    /// Whether she approves at the provider; otherwise she cancels.
    pub approves: bool,
    /// Whether she recognises herself on the companion's confirmation page.
    pub confirms: bool,
    /// The number that she reads in the app, when the page asks which one it is.
    pub number: Option<String>,
}

/// Field names and the values that a person's gesture gives them.
type Replaced = Vec<(&'static str, String)>;

impl Person {
    /// Approves everything with the e-CPS app.
    pub fn named(persona: &str) -> Self {
        Self { persona: persona.to_owned(), means: "mobile".to_owned(), approves: true, confirms: true, number: None }
    }

    fn next_step(&self, page: &Page) -> anyhow::Result<Option<(Form, Replaced)>> {
        let forms = page.forms()?;
        let form = |id: &str| forms.iter().find(|form| form.id == id).cloned();
        let decision = if self.approves { "approve" } else { "cancel" };
        Ok(if let Some(form) = form("continue") {
            Some((form, Vec::new()))
        } else if let Some(form) = form("means") {
            Some((form, vec![("means", self.means.clone())]))
        } else if let Some(form) = form("persona") {
            Some((form, vec![("persona", self.persona.clone())]))
        } else if let Some(form) = form("approve") {
            Some((form, vec![("decision", decision.to_owned())]))
        } else if let Some(form) = form("confirm") {
            Some((form, vec![("decision", decision.to_owned())]))
        } else if let Some(form) = form("confirmation") {
            let asks_for_number = form.buttons.iter().any(|(name, _)| name == "number");
            let answer = match &self.number {
                Some(number) if asks_for_number && self.confirms => ("number", number.clone()),
                _ if self.confirms && !asks_for_number => ("decision", "accept".to_owned()),
                _ => ("decision", "decline".to_owned()),
            };
            Some((form, vec![answer]))
        } else {
            None
        })
    }
}

impl ScriptedBrowser {
    /// Walks from an address to the page where nothing is left to do, as `person` would.
    ///
    /// # Errors
    /// When a page offers nothing this person knows how to do.
    pub async fn walk(&mut self, address: &str, person: &Person) -> anyhow::Result<Page> {
        self.walk_until(address, person, "").await
    }

    /// As [`Self::walk`], but stops before it submits the form `stop`.
    ///
    /// # Errors
    /// As [`Self::walk`], and when that form never comes.
    pub async fn walk_until(&mut self, address: &str, person: &Person, stop: &str) -> anyhow::Result<Page> {
        let page = self.open(address).await?;
        self.go_on(page, person, stop).await
    }

    /// Goes on from a page where an earlier walk stopped, to the form `stop`, or to the end when that is empty.
    ///
    /// # Errors
    /// As [`Self::walk_until`].
    pub async fn go_on(&mut self, mut page: Page, person: &Person, stop: &str) -> anyhow::Result<Page> {
        for _ in 0..STEP_LIMIT {
            match person.next_step(&page)? {
                Some((form, _)) if form.id == stop => return Ok(page),
                Some((form, replaced)) => {
                    let replaced: Vec<(&str, &str)> = replaced.iter().map(|(name, value)| (*name, value.as_str())).collect();
                    page = self.submit(&form, &replaced).await?;
                }
                None if stop.is_empty() => return Ok(page),
                None => bail!("the walk ended at {} ({}) without a form {stop:?}", page.url.path(), page.status),
            }
        }
        bail!("the pages go round in circles, last at {}", page.url.path())
    }
}
