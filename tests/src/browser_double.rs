//! A browser without a screen: it follows redirects, refreshes and forms as a person would, one decision at a time.
//!
//! It holds cookies by host and not by port, as real browsers do, and keeps `__Host-` cookies over plain http on loopback, as
//! Chromium was measured to do. It records every address it met, so that a test can say where a sign-in went.

use std::time::Duration;

use anyhow::{Context as _, anyhow, bail};
use reqwest::header::{COOKIE, HeaderValue, LOCATION, SET_COOKIE};
use reqwest::{Client, Method, StatusCode};
use scraper::{ElementRef, Html, Selector};
use url::Url;

/// More steps than any honest sign-in takes.
const STEP_LIMIT: usize = 40;

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

impl Person {
    /// Approves everything with the e-CPS app.
    pub fn named(persona: &str) -> Self {
        Self { persona: persona.to_owned(), means: "mobile".to_owned(), approves: true, confirms: true, number: None }
    }
}

/// Field names and the values that a person's gesture gives them.
type Replaced = Vec<(&'static str, String)>;

/// A page as it came back.
#[derive(Debug, Clone)]
pub struct Page {
    pub url: Url,
    pub status: StatusCode,
    pub body: String,
    pub headers: reqwest::header::HeaderMap,
}

/// A form with the values it would send if its button were pressed.
#[derive(Debug, Clone)]
pub struct Form {
    pub id: String,
    pub action: Url,
    pub method: Method,
    pub fields: Vec<(String, String)>,
    /// Name and value of each submit button.
    pub buttons: Vec<(String, String)>,
}

/// The browser. Dropped, it forgets everything, like a private window.
#[derive(Debug)]
pub struct ScriptedBrowser {
    client: Client,
    /// By host and name, the oldest first: the order in which browsers present them (RFC 6265 section 5.4).
    cookies: Vec<((String, String), String)>,
    /// What other sites of the same name left behind, sent before its own cookies to this origin.
    foreign: Option<(String, Vec<u8>)>,
    /// The origin whose cookies the person blocks.
    blocked: Option<String>,
    /// Every address met, in order, redirects and refreshes included.
    pub history: Vec<Url>,
}

impl ScriptedBrowser {
    /// A fresh profile.
    ///
    /// # Errors
    /// When no HTTP client can be built.
    pub fn new() -> anyhow::Result<Self> {
        Self::trusting(None)
    }

    /// A fresh profile that also trusts this authority (PEM).
    ///
    /// # Errors
    /// When the authority cannot be read or no HTTP client can be built.
    pub fn trusting(authority: Option<&[u8]>) -> anyhow::Result<Self> {
        let mut client = Client::builder().redirect(reqwest::redirect::Policy::none()).timeout(Duration::from_secs(30)).no_proxy();
        if let Some(authority) = authority {
            client = client.tls_certs_merge([reqwest::Certificate::from_pem(authority)?]);
        }
        let client = client.build()?;
        Ok(Self { client, cookies: Vec::new(), foreign: None, blocked: None, history: Vec::new() })
    }

    /// Opens an address and follows redirects and immediate refreshes until a page waits for a person.
    ///
    /// # Errors
    /// When an address does not answer or the chain does not end.
    pub async fn open(&mut self, address: &str) -> anyhow::Result<Page> {
        let url = Url::parse(address).with_context(|| "not an address")?;
        self.settle(Method::GET, url, Vec::new()).await
    }

    /// Submits a form with some of its fields replaced, then settles.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub async fn submit(&mut self, form: &Form, replaced: &[(&str, &str)]) -> anyhow::Result<Page> {
        let mut fields = form.fields.clone();
        for (name, value) in replaced {
            fields.retain(|(known, _)| known != name);
            fields.push(((*name).to_owned(), (*value).to_owned()));
        }
        self.settle(form.method.clone(), form.action.clone(), fields).await
    }

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
            match self.next_step(&page, person)? {
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

    fn next_step(&self, page: &Page, person: &Person) -> anyhow::Result<Option<(Form, Replaced)>> {
        let forms = page.forms()?;
        let form = |id: &str| forms.iter().find(|form| form.id == id).cloned();
        let decision = if person.approves { "approve" } else { "cancel" };
        Ok(if let Some(form) = form("continue") {
            Some((form, Vec::new()))
        } else if let Some(form) = form("means") {
            Some((form, vec![("means", person.means.clone())]))
        } else if let Some(form) = form("persona") {
            Some((form, vec![("persona", person.persona.clone())]))
        } else if let Some(form) = form("approve") {
            Some((form, vec![("decision", decision.to_owned())]))
        } else if let Some(form) = form("confirm") {
            Some((form, vec![("decision", decision.to_owned())]))
        } else if let Some(form) = form("confirmation") {
            let asks_for_number = form.buttons.iter().any(|(name, _)| name == "number");
            let answer = match &person.number {
                Some(number) if asks_for_number && person.confirms => ("number", number.clone()),
                _ if person.confirms && !asks_for_number => ("decision", "accept".to_owned()),
                _ => ("decision", "decline".to_owned()),
            };
            Some((form, vec![answer]))
        } else {
            None
        })
    }

    async fn settle(&mut self, method: Method, url: Url, fields: Vec<(String, String)>) -> anyhow::Result<Page> {
        let mut page = self.send(method, url, &fields).await?;
        for _ in 0..STEP_LIMIT {
            let next = if page.status.is_redirection() {
                let location = page.headers.get(LOCATION).context("a redirect without an address")?.to_str()?;
                Some(page.url.join(location)?)
            } else {
                page.refresh()?
            };
            match next {
                // The system hands it to the app that registered the scheme: no page comes of it.
                Some(next) if !matches!(next.scheme(), "http" | "https") => {
                    self.history.push(next);
                    return Ok(page);
                }
                Some(next) => page = self.send(Method::GET, next, &[]).await?,
                None => return Ok(page),
            }
        }
        bail!("redirects go round in circles")
    }

    async fn send(&mut self, method: Method, mut url: Url, fields: &[(String, String)]) -> anyhow::Result<Page> {
        let mut request = if method == Method::GET {
            if !fields.is_empty() {
                url.query_pairs_mut().clear().extend_pairs(fields);
            }
            self.client.get(url.clone())
        } else {
            self.client.request(method, url.clone()).form(fields)
        };
        self.history.push(url.clone());
        let host = url.host_str().unwrap_or_default().to_owned();
        let mut cookies = self.cookie_header(&host).into_bytes();
        if let Some((_, foreign)) = self.foreign.as_ref().filter(|(origin, _)| url.as_str().starts_with(origin.as_str())) {
            cookies = [foreign.as_slice(), b"; ", &cookies].concat();
        }
        if !cookies.is_empty() {
            request = request.header(COOKIE, HeaderValue::from_bytes(&cookies)?);
        }
        let keeps = self.blocked.as_ref().is_none_or(|origin| !url.as_str().starts_with(origin.as_str()));
        // The address may hold a secret of the exchange: only its path is told.
        let response = request.send().await.map_err(|error| anyhow!("no answer from {}: {}", url.path(), error.without_url()))?;
        for cookie in response.headers().get_all(SET_COOKIE).iter().filter(|_| keeps) {
            self.keep_cookie(&host, cookie.to_str()?);
        }
        let (status, headers) = (response.status(), response.headers().clone());
        Ok(Page { url, status, headers, body: response.text().await? })
    }

    /// Cookies that other sites of the same name set for this origin; a `Cookie` header's bytes, whatever they are.
    pub fn plant(&mut self, origin: &str, cookies: &[u8]) {
        self.foreign = Some((origin.to_owned(), cookies.to_vec()));
    }

    /// From now on no cookie of this origin is kept.
    pub fn block_cookies_of(&mut self, origin: &str) {
        self.blocked = Some(origin.to_owned());
    }

    /// The `Cookie` header that this host would be sent: for a test that forges a request of this browser.
    pub fn cookie_header(&self, host: &str) -> String {
        let mine = self.cookies.iter().filter(|((owner, _), _)| owner == host);
        mine.map(|((_, name), value)| format!("{name}={value}")).collect::<Vec<_>>().join("; ")
    }

    fn keep_cookie(&mut self, host: &str, cookie: &str) {
        let mut parts = cookie.split(';').map(str::trim);
        let Some((name, value)) = parts.next().and_then(|pair| pair.split_once('=')) else { return };
        let ends = parts.any(|attribute| attribute.eq_ignore_ascii_case("max-age=0"));
        let key = (host.to_owned(), name.to_owned());
        if ends || value.is_empty() {
            self.cookies.retain(|(kept, _)| *kept != key);
        } else if let Some((_, kept)) = self.cookies.iter_mut().find(|(kept, _)| *kept == key) {
            value.clone_into(kept);
        } else {
            self.cookies.push((key, value.to_owned()));
        }
    }
}

impl Page {
    /// Forms of the page, with the values they would send.
    ///
    /// # Errors
    /// When a form names an address that is none.
    pub fn forms(&self) -> anyhow::Result<Vec<Form>> {
        let document = Html::parse_document(&self.body);
        document.select(&selector("form")?).map(|form| self.read_form(&document, form)).collect()
    }

    /// Visible words of the page, in order.
    pub fn text(&self) -> anyhow::Result<String> {
        let document = Html::parse_document(&self.body);
        let words: Vec<String> = document
            .select(&selector("main")?)
            .flat_map(|main| main.text())
            .flat_map(|text| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>())
            .collect();
        Ok(words.join(" "))
    }

    /// The letters that the page shows to be typed into the app; empty when it shows none.
    ///
    /// # Errors
    /// Never for a page that can be parsed.
    pub fn letters(&self) -> anyhow::Result<String> {
        let document = Html::parse_document(&self.body);
        Ok(document.select(&selector("#letters span")?).flat_map(|letter| letter.text()).collect())
    }

    /// Address of an immediate refresh (`<meta http-equiv="refresh">`).
    fn refresh(&self) -> anyhow::Result<Option<Url>> {
        let document = Html::parse_document(&self.body);
        let Some(content) =
            document.select(&selector("meta[http-equiv=refresh]")?).next().and_then(|meta| meta.value().attr("content")).map(str::to_owned)
        else {
            return Ok(None);
        };
        let address = content.split_once(';').map(|(_, rest)| rest.trim()).unwrap_or_default();
        let address = address.strip_prefix("url=").or_else(|| address.strip_prefix("URL=")).context("a refresh without an address")?;
        Ok(Some(self.url.join(address.trim_matches(['\'', '"']))?))
    }

    fn read_form(&self, document: &Html, form: ElementRef<'_>) -> anyhow::Result<Form> {
        let id = form.value().attr("id").unwrap_or_default().to_owned();
        let mut fields = Vec::new();
        let mut buttons = Vec::new();
        let outside = format!("[form=\"{id}\"]");
        let outside = if id.is_empty() { Vec::new() } else { document.select(&selector(&outside)?).collect() };
        for control in form.select(&selector("input, select, button")?).chain(outside) {
            let attribute = |name: &str| control.value().attr(name).unwrap_or_default().to_owned();
            let (name, value, kind) = (attribute("name"), attribute("value"), attribute("type"));
            if name.is_empty() || control.value().attr("disabled").is_some() {
                continue;
            }
            match (control.value().name(), kind.as_str()) {
                ("button", _) | (_, "submit") => buttons.push((name, value)),
                (_, "radio" | "checkbox") if control.value().attr("checked").is_none() => {}
                ("select", _) => {
                    let chosen = control.select(&selector("option[selected]")?).next().or(control.select(&selector("option")?).next());
                    fields.push((name, chosen.and_then(|option| option.value().attr("value")).unwrap_or_default().to_owned()));
                }
                _ => fields.push((name, value)),
            }
        }
        let method =
            if form.value().attr("method").is_some_and(|method| method.eq_ignore_ascii_case("post")) { Method::POST } else { Method::GET };
        let action = self.url.join(form.value().attr("action").unwrap_or_default())?;
        Ok(Form { id, action, method, fields, buttons })
    }
}

fn selector(css: &str) -> anyhow::Result<Selector> {
    Selector::parse(css).map_err(|error| anyhow!("{css}: {error}"))
}
