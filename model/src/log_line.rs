//! A line of a log, as our programs write it: for a person, or as one JSON document.

use serde::Serialize;
use serde_json::{Map, Value};

/// What one line says, whichever form it was written in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LogLine {
    /// RFC 3339 in UTC; none for a line that is not of the usual form.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timestamp: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub level: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target: Option<String>,
    /// The sentence and its fields.
    pub text: String,
}

impl LogLine {
    /// Of a line as it stands in a file.
    #[must_use]
    pub fn parse(line: &str) -> Self {
        Self::of_json(line).or_else(|| Self::of_text(line)).unwrap_or_else(|| Self {
            timestamp: None,
            level: None,
            target: None,
            text: line.to_owned(),
        })
    }

    fn of_json(line: &str) -> Option<Self> {
        let mut fields: Map<String, Value> = line.starts_with('{').then(|| serde_json::from_str(line).ok())??;
        let mut text_of = |key: &str| fields.remove(key).and_then(|value| value.as_str().map(str::to_owned));
        let (timestamp, level, target, message) = (text_of("timestamp"), text_of("level"), text_of("target"), text_of("message"));
        // The innermost is told twice.
        let (innermost, spans) = (fields.remove("span"), fields.remove("spans"));
        let spans = match spans {
            Some(Value::Array(spans)) => spans,
            _ => innermost.into_iter().collect(),
        };
        let spans = spans.iter().filter_map(Value::as_object).flatten().filter(|(key, _)| *key != "name");
        let rest: String = fields.iter().chain(spans).map(|(key, value)| field(key, value)).collect();
        Some(Self { timestamp, level, target, text: message.unwrap_or_default() + &rest })
    }

    fn of_text(line: &str) -> Option<Self> {
        let (timestamp, rest) = line.split_once(' ')?;
        let (level, rest) = rest.trim_start().split_once(' ')?;
        let (spans, rest) = behind_spans(rest);
        let (target, text) = rest.split_once(": ")?;
        let is_usual = timestamp.ends_with('Z') && matches!(level, "ERROR" | "WARN" | "INFO" | "DEBUG" | "TRACE");
        let owned = |text: &str| Some(text.to_owned());
        is_usual.then(|| Self { timestamp: owned(timestamp), level: owned(level), target: owned(target), text: text.to_owned() + &spans })
    }

    /// As a log for a person has it.
    #[must_use]
    pub fn to_text(&self) -> String {
        match (&self.timestamp, &self.level, &self.target) {
            (Some(timestamp), Some(level), Some(target)) => format!("{timestamp} {level:>5} {target}: {}", self.text),
            _ => self.text.clone(),
        }
    }
}

/// One field, as a log for a person has it.
fn field(key: &str, value: &Value) -> String {
    let told = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    format!(" {key}={}", if key == PATH { without_query(&told) } else { &told })
}

/// Of the request that a line was written in.
const PATH: &str = "path";

/// Our programs write none; what others may have put there is not for a story.
fn without_query(path: &str) -> &str {
    path.split(['?', '#']).next().unwrap_or_default()
}

/// The fields of what the line was written in (`request{method=GET path="/x"}: `), and the line from its target on.
fn behind_spans(line: &str) -> (String, &str) {
    let (mut fields, mut rest) = (String::new(), line);
    while let Some((name, inner)) = rest.split_once('{')
        && !name.is_empty()
        && name.chars().all(|sign| sign.is_alphanumeric() || sign == '_')
        && let Some((inner, after)) = inner.split_once("}:")
    {
        // What stands in quotes is one word: a path has no blanks.
        for told in inner.split(' ') {
            match told.split_once('=') {
                Some((PATH, path)) => fields.push_str(&format!(" {PATH}={}", without_query(path.trim_matches('"')))),
                _ => fields.push_str(&format!(" {told}")),
            }
        }
        rest = after.trim_start();
    }
    (fields, rest)
}

#[cfg(test)]
mod tests {
    use super::LogLine;

    #[test]
    fn a_line_of_a_request_says_which_one_in_either_format_and_never_its_query() {
        let text = "2026-11-28T15:28:23.123456Z  INFO request{method=GET path=\"/api/v1/session?code=abc\"}: companion_server::http: A request \
                    was answered status=200";
        let json = "{\"timestamp\":\"2026-11-28T15:28:23.123456Z\",\"level\":\"INFO\",\"message\":\"A request was answered\",\"status\":200,\
                    \"target\":\"companion_server::http\",\"span\":{\"method\":\"GET\",\"path\":\"/api/v1/session?code=abc\",\"name\":\"request\"},\
                    \"spans\":[{\"method\":\"GET\",\"path\":\"/api/v1/session?code=abc\",\"name\":\"request\"}]}";
        let read = LogLine::parse(text);
        assert_eq!(read.text, "A request was answered status=200 method=GET path=/api/v1/session");
        assert_eq!(read.target.as_deref(), Some("companion_server::http"));
        assert_eq!(LogLine::parse(json), read);
    }

    #[test]
    fn a_line_of_either_format_says_the_same() {
        let text = "2026-11-28T15:28:23.123456Z  WARN vestibule_desktop::cli: The command stopped error.code=VST-2041";
        let json = "{\"timestamp\":\"2026-11-28T15:28:23.123456Z\",\"level\":\"WARN\",\"message\":\"The command stopped\",\
                    \"error.code\":\"VST-2041\",\"target\":\"vestibule_desktop::cli\"}";
        assert_eq!(LogLine::parse(text), LogLine::parse(json));
        assert_eq!(LogLine::parse(json).to_text(), text);
        for odd in ["", "a panic: at once", "{\"half", "2026 WARN x: y"] {
            assert_eq!((LogLine::parse(odd).to_text().as_str(), LogLine::parse(odd).level), (odd, None));
        }
    }
}
