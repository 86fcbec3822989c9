//! The one shape of request that is read at all.

use secrecy::SecretString;

/// Most headers a request may have.
const HEADER_CAP: usize = 64;

/// A plain GET.
#[derive(Debug)]
pub(super) struct Request {
    pub host: String,
    pub path: String,
    pub query: Option<String>,
}

/// Takes a complete head apart; the error says what is wrong without quoting any of it.
pub(super) fn parse(head: &[u8]) -> Result<Request, &'static str> {
    let mut headers = [httparse::EMPTY_HEADER; HEADER_CAP];
    let mut request = httparse::Request::new(&mut headers);
    match request.parse(head) {
        Ok(httparse::Status::Complete(end)) if end == head.len() => {}
        Ok(httparse::Status::Complete(_)) => return Err("with a body"),
        Ok(httparse::Status::Partial) | Err(_) => return Err("not HTTP"),
    }
    if request.method != Some("GET") {
        return Err("not a GET");
    }
    let mut host = None;
    for header in request.headers.iter() {
        let name = header.name.to_ascii_lowercase();
        match name.as_str() {
            "host" if host.is_some() => return Err("with two hosts"),
            "host" => host = Some(std::str::from_utf8(header.value).map_err(|_| "with an unreadable host")?),
            // Only scripts and forms send one; a person's browser that was sent here does not.
            "origin" => return Err("with an origin"),
            "transfer-encoding" | "upgrade" | "expect" => return Err("with a body or an upgrade"),
            "content-length" if header.value != b"0" => return Err("with a body"),
            // Present in current browsers only; when present it must be a page being opened.
            "sec-fetch-mode" if header.value != b"navigate" => return Err("not a navigation"),
            "sec-fetch-dest" if header.value != b"document" => return Err("not a page"),
            _ => {}
        }
    }
    let target = request.path.unwrap_or_default();
    let (path, query) = target.split_once('?').map_or((target, None), |(path, query)| (path, Some(query)));
    Ok(Request { host: host.ok_or("without a host")?.to_owned(), path: path.to_owned(), query: query.map(str::to_owned) })
}

/// The parameters of an authorization answer (RFC 6749 section 4.1.2, RFC 9207, and our `error_code`). Others are ignored.
#[derive(Debug, Default)]
pub(super) struct Query {
    pub code: Option<SecretString>,
    pub state: Option<SecretString>,
    pub iss: Option<String>,
    pub error: Option<String>,
    pub error_code: Option<String>,
}

impl Query {
    /// Reads them; a parameter that is given twice makes the whole unusable.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        let mut query = Self::default();
        for (name, value) in url::form_urlencoded::parse(text.as_bytes()) {
            let value = value.into_owned();
            let taken = match name.as_ref() {
                "code" => query.code.replace(SecretString::from(value)).is_some(),
                "state" => query.state.replace(SecretString::from(value)).is_some(),
                "iss" => query.iss.replace(value).is_some(),
                "error" => query.error.replace(value).is_some(),
                "error_code" => query.error_code.replace(value).is_some(),
                _ => false,
            };
            if taken {
                return Err("an answer with a parameter given twice");
            }
        }
        Ok(query)
    }
}
