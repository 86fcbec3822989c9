//! A browser without a screen. It sends and keeps cookies ([`ScriptedBrowser::send`]); it follows redirects, refreshes and forms
//! ([`ScriptedBrowser::open`]); it walks the pages as a person would ([`ScriptedBrowser::walk`]).
//!
//! It records every address it met, so that a test can say where a sign-in went.

use std::time::Duration;

use anyhow::{anyhow, bail};
use reqwest::header::{ACCEPT, COOKIE, ORIGIN, SET_COOKIE};
use reqwest::{Client, Method, RequestBuilder};
use url::Url;

use crate::http;
use crate::raw_client::CLIENT_ID;

mod cookies;
mod page;
mod walk;

use cookies::Cookies;
pub use page::{Form, Page};
pub use walk::Person;

/// More steps than any honest sign-in takes.
const STEP_LIMIT: usize = 40;

/// The browser. Dropped, it forgets everything, like a private window.
#[derive(Debug)]
pub struct ScriptedBrowser {
    client: Client,
    /// Where addresses begin that are only paths.
    site: String,
    /// Whether it says of a form where it comes from (Fetch Metadata), which older ones do not.
    is_recent: bool,
    cookies: Cookies,
    /// What other sites of the same name left behind, sent before its own cookies to this origin.
    foreign: Option<(String, Vec<u8>)>,
    /// The origin whose cookies the person blocks.
    blocked: Option<String>,
    /// Every address met, in order, redirects and refreshes included.
    pub history: Vec<Url>,
}

impl ScriptedBrowser {
    /// A fresh profile of an older browser.
    ///
    /// # Errors
    /// When no HTTP client can be built.
    pub fn new() -> anyhow::Result<Self> {
        Self::trusting(None)
    }

    /// The same, which trusts this authority (PEM).
    ///
    /// # Errors
    /// When the authority cannot be read or no HTTP client can be built.
    pub fn trusting(authority: Option<&[u8]>) -> anyhow::Result<Self> {
        let mut client = http::builder().timeout(Duration::from_secs(60));
        if let Some(authority) = authority {
            client = client.tls_certs_only([reqwest::Certificate::from_pem(authority)?]);
        }
        let (client, site, cookies, history) = (client.build()?, String::new(), Cookies::default(), Vec::new());
        Ok(Self { client, site, is_recent: false, cookies, foreign: None, blocked: None, history })
    }

    /// A fresh profile of a recent browser, for which a path is one of this site.
    ///
    /// # Errors
    /// As [`Self::new`].
    pub fn at(site: &str) -> anyhow::Result<Self> {
        Ok(Self { site: site.to_owned(), is_recent: true, ..Self::new()? })
    }

    /// Opens an address and follows redirects and immediate refreshes until a page waits for a person.
    ///
    /// # Errors
    /// When an address does not answer or the chain does not end.
    pub async fn open(&mut self, address: &str) -> anyhow::Result<Page> {
        let page = self.get(address).await?;
        self.settle(page).await
    }

    /// Submits a form with some of its fields replaced, then settles.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub async fn submit(&mut self, form: &Form, replaced: &[(&str, &str)]) -> anyhow::Result<Page> {
        let kept = form.fields.iter().filter(|(known, _)| replaced.iter().all(|(name, _)| name != known));
        let fields: Vec<(&str, &str)> = kept.map(|(name, value)| (name.as_str(), value.as_str())).chain(replaced.iter().copied()).collect();
        let page = if form.method == Method::GET {
            let mut address = form.action.clone();
            if !fields.is_empty() {
                address.query_pairs_mut().clear().extend_pairs(fields);
            }
            self.get(address.as_str()).await?
        } else {
            self.post(form.action.as_str(), &fields).await?
        };
        self.settle(page).await
    }

    async fn settle(&mut self, mut page: Page) -> anyhow::Result<Page> {
        for _ in 0..STEP_LIMIT {
            let next = match page.location()? {
                Some(address) => Some(address),
                None => page.refresh()?,
            };
            match next {
                // The system hands it to the app that registered the scheme: no page comes of it.
                Some(next) if !matches!(next.scheme(), "http" | "https") => {
                    self.history.push(next);
                    return Ok(page);
                }
                Some(next) => page = self.get(next.as_str()).await?,
                None => return Ok(page),
            }
        }
        bail!("redirects go round in circles")
    }

    /// Fetches an address and goes nowhere from there.
    ///
    /// # Errors
    /// As [`Self::send`].
    pub async fn get(&mut self, address: &str) -> anyhow::Result<Page> {
        self.send(self.request(Method::GET, address)).await
    }

    /// Sends a form, as one of the same site, and goes nowhere from there.
    ///
    /// # Errors
    /// As [`Self::send`].
    pub async fn post(&mut self, address: &str, form: &[(&str, &str)]) -> anyhow::Result<Page> {
        let request = self.request(Method::POST, address).form(form);
        // No page of ours lets its address be told: the origin of its forms is said to be none.
        let request = if self.is_recent { request.header("Sec-Fetch-Site", "same-origin").header(ORIGIN, "null") } else { request };
        self.send(request).await
    }

    /// A request with what this browser says in each, its cookies among them; to be completed.
    pub fn request(&self, method: Method, address: &str) -> RequestBuilder {
        let address = if address.starts_with('/') { format!("{}{address}", self.site) } else { address.to_owned() };
        let request = self.client.request(method, &address).header(ACCEPT, "text/html,*/*;q=0.8");
        let host = Url::parse(&address).ok().and_then(|url| url.host_str().map(str::to_owned)).unwrap_or_default();
        let mut cookies = self.cookie_header(&host).into_bytes();
        if let Some((_, foreign)) = self.foreign.as_ref().filter(|(origin, _)| address.starts_with(origin.as_str())) {
            cookies = [foreign.as_slice(), b"; ", &cookies].concat();
        }
        if cookies.is_empty() { request } else { request.header(COOKIE, cookies) }
    }

    /// Sends a request and keeps the cookies that its answer sets.
    ///
    /// # Errors
    /// When nothing answers, or a cookie is not as ours are.
    pub async fn send(&mut self, request: RequestBuilder) -> anyhow::Result<Page> {
        let (client, request) = request.build_split();
        let request = request.map_err(reqwest::Error::without_url)?;
        let url = request.url().clone();
        self.history.push(url.clone());
        // The address may hold a secret of the exchange: only its path is told.
        let response = client.execute(request).await.map_err(|error| anyhow!("no answer from {}: {}", url.path(), error.without_url()))?;
        let keeps = self.blocked.as_ref().is_none_or(|origin| !url.as_str().starts_with(origin.as_str()));
        for cookie in response.headers().get_all(SET_COOKIE) {
            let cookie = cookie.to_str()?;
            if keeps {
                self.cookies.take(url.host_str().unwrap_or_default(), cookie)?;
            } else {
                cookies::checked(cookie)?;
            }
        }
        Page::read(response).await
    }

    /// The page of a pushed request, which posts itself.
    ///
    /// # Errors
    /// As [`Self::send`].
    pub async fn open_request(&mut self, request_uri: &str) -> anyhow::Result<Page> {
        self.get(&authorize_path(request_uri)).await?;
        self.post("/oauth/authorize", &[("client_id", CLIENT_ID), ("request_uri", request_uri)]).await
    }

    /// The page of the sign-in that the latest cookie is for.
    ///
    /// # Errors
    /// As [`Self::send`].
    pub async fn confirmation(&mut self) -> anyhow::Result<Page> {
        self.get(&format!("/sign-in/confirm?id={}", self.sign_in())).await
    }

    /// The form of that page; the page that its answer says to look at.
    ///
    /// # Errors
    /// As [`Self::send`].
    pub async fn answer(&mut self, form: &[(&str, &str)]) -> anyhow::Result<Page> {
        let id = self.sign_in().to_owned();
        let form: Vec<_> = [("id", id.as_str())].into_iter().chain(form.iter().copied()).collect();
        let page = self.post("/sign-in/confirm", &form).await?;
        self.looked_at(page).await
    }

    /// Where the answer to a form says that its outcome is looked at; the answer itself where that is a page.
    ///
    /// # Errors
    /// As [`Self::send`].
    pub async fn looked_at(&mut self, page: Page) -> anyhow::Result<Page> {
        match page.location()? {
            Some(address) => self.get(address.as_str()).await,
            None => Ok(page),
        }
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
        self.cookies.header(host)
    }

    /// Value of the companion's latest cookie.
    pub fn cookie(&self) -> Option<&str> {
        self.cookies.latest().map(|(_, value)| value)
    }

    /// The sign-in that this cookie is for; one that never was, without any.
    pub fn sign_in(&self) -> &str {
        self.cookies.latest().map_or("2222-2222", |(id, _)| id)
    }
}

/// Path of the page of a pushed request.
pub fn authorize_path(request_uri: &str) -> String {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    query.append_pair("client_id", CLIENT_ID).append_pair("request_uri", request_uri);
    format!("/oauth/authorize?{}", query.finish())
}
