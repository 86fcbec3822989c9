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
        let told = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        let rest = fields.iter().map(|(key, value)| format!(" {key}={}", told(value)));
        Some(Self { timestamp, level, target, text: message.unwrap_or_default() + &rest.collect::<String>() })
    }

    fn of_text(line: &str) -> Option<Self> {
        let (timestamp, rest) = line.split_once(' ')?;
        let (level, rest) = rest.trim_start().split_once(' ')?;
        let (target, text) = rest.split_once(": ")?;
        let is_usual = timestamp.ends_with('Z') && matches!(level, "ERROR" | "WARN" | "INFO" | "DEBUG" | "TRACE");
        let owned = |text: &str| Some(text.to_owned());
        is_usual.then(|| Self { timestamp: owned(timestamp), level: owned(level), target: owned(target), text: text.to_owned() })
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

#[cfg(test)]
mod tests {
    use super::LogLine;

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
