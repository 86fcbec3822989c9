//! Pages as a browser reads them.

use anyhow::{Context as _, anyhow, ensure};
use reqwest::header::{HeaderMap, LOCATION};
use reqwest::{Method, Response, StatusCode};
use scraper::{ElementRef, Html, Selector};
use url::Url;

/// A page as it came back.
#[derive(Debug, Clone)]
pub struct Page {
    pub url: Url,
    pub status: StatusCode,
    pub body: String,
    pub headers: HeaderMap,
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

impl Page {
    /// Reads the rest of an answer whose head has come.
    ///
    /// # Errors
    /// When it breaks off.
    pub async fn read(response: Response) -> anyhow::Result<Self> {
        let (url, status, headers) = (response.url().clone(), response.status(), response.headers().clone());
        Ok(Self { url, status, headers, body: response.text().await.map_err(reqwest::Error::without_url)? })
    }

    /// Forms of the page, with the values they would send.
    ///
    /// # Errors
    /// When a form names an address that is none.
    pub fn forms(&self) -> anyhow::Result<Vec<Form>> {
        let document = self.document();
        document.select(&selector("form")?).map(|form| self.read_form(&document, form)).collect()
    }

    /// Visible words of the page, in order.
    ///
    /// # Errors
    /// Never for a page that can be parsed.
    pub fn text(&self) -> anyhow::Result<String> {
        let document = self.document();
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
        Ok(self.document().select(&selector("#letters span")?).flat_map(|letter| letter.text()).collect())
    }

    /// The numbers that the page offers, in order.
    ///
    /// # Errors
    /// As [`Self::forms`].
    pub fn numbers(&self) -> anyhow::Result<Vec<String>> {
        let buttons = self.forms()?.into_iter().flat_map(|form| form.buttons);
        Ok(buttons.filter(|(name, _)| name == "number").map(|(_, value)| value).collect())
    }

    /// Value of a hidden field.
    ///
    /// # Errors
    /// When the page has none of this name.
    pub fn hidden_field(&self, name: &str) -> anyhow::Result<String> {
        let document = self.document();
        let field = document.select(&selector(&format!("input[type=hidden][name=\"{name}\"]"))?).next();
        let field = field.with_context(|| format!("no {name}: {self:?}"))?;
        Ok(field.value().attr("value").unwrap_or_default().to_owned())
    }

    /// Where a redirect leads; `None` of a page.
    ///
    /// # Errors
    /// When a redirect has no address, or one that is none.
    pub fn location(&self) -> anyhow::Result<Option<Url>> {
        if !self.status.is_redirection() {
            return Ok(None);
        }
        let location = self.headers.get(LOCATION).context("a redirect without an address")?.to_str()?;
        Ok(Some(self.url.join(location)?))
    }

    /// The links whose address has this parameter, in the order of the page.
    ///
    /// # Errors
    /// When a link names an address that is none.
    pub fn links_with(&self, parameter: &str) -> anyhow::Result<Vec<Url>> {
        let links: Vec<Url> = self
            .document()
            .select(&selector("a[href]")?)
            .map(|link| self.url.join(link.value().attr("href").unwrap_or_default()))
            .collect::<Result<_, _>>()?;
        Ok(links.into_iter().filter(|link| link.query_pairs().any(|(name, _)| name == parameter)).collect())
    }

    /// Where an interstitial leads.
    ///
    /// # Errors
    /// When the page is none.
    pub fn way_on(&self) -> anyhow::Result<Url> {
        ensure!(self.status == StatusCode::OK, "no way on: {self:?}");
        self.refresh()?.with_context(|| format!("no way on: {self:?}"))
    }

    /// Address of an immediate refresh (`<meta http-equiv="refresh">`).
    pub(super) fn refresh(&self) -> anyhow::Result<Option<Url>> {
        let document = self.document();
        let meta = document.select(&selector("meta[http-equiv=refresh]")?).next();
        let Some(content) = meta.and_then(|meta| meta.value().attr("content")) else { return Ok(None) };
        let address = content.split_once(';').map(|(_, rest)| rest.trim()).unwrap_or_default();
        let address = address.strip_prefix("url=").or_else(|| address.strip_prefix("URL=")).context("a refresh without an address")?;
        Ok(Some(self.url.join(address.trim_matches(['\'', '"']))?))
    }

    fn document(&self) -> Html {
        Html::parse_document(&self.body)
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
