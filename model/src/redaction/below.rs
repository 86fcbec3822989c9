//! Values that stand on the lines below their name: blocks and lists of YAML, objects and lists of JSON that is written over lines.

use super::values::end_of_text;
use super::view::View;
use super::{Kind, keyed, programs, wrapped};

/// Lines of one value at most.
const MOST_LINES: usize = 256;
/// Signs of YAML behind which a text stands below.
const BLOCKS: [&str; 6] = [">-", ">+", "|-", "|+", ">", "|"];

/// A value that goes on.
pub(super) struct Below {
    kind: Kind,
    until: Until,
    lines: usize,
    json: Json,
}

/// What JSON asks of what takes the place of a value, so that it stays JSON.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Json {
    /// It is none.
    No,
    /// A member, of the first line of an object.
    Member,
    /// An element, of the first line of a list.
    Element,
    /// Nothing any more.
    Said,
}

enum Until {
    /// A line that is no further from the margin than the name.
    Margin(usize),
    /// What closes the object or the list, and so many more in it.
    Closed(usize),
    /// The next part of a form; whether the empty line came that ends the headers of this one.
    Boundary(bool),
}

impl Below {
    /// What begins on the lines behind this one.
    pub(super) fn opened_by(line: &str) -> Option<Self> {
        let text = line.trim_end();
        if let Some(kind) = programs::begun_part(View::of(text).chars()) {
            return Some(Self { kind, until: Until::Boundary(false), lines: 0, json: Json::No });
        }
        if let Some(before) = text.strip_suffix(['{', '[']) {
            let is_json = before.trim_end().strip_suffix(':').is_some_and(|name| name.trim_end().ends_with('"'));
            let before = before.trim_end().trim_end_matches('>').trim_end_matches(['=', ':']);
            let (kind, _) = (before.len() < text.len() - 1).then(|| keyed::announced(View::of(before).chars())).flatten()?;
            let json = match text.chars().next_back() {
                _ if !is_json => Json::No,
                Some('[') => Json::Element,
                _ => Json::Member,
            };
            return Some(Self { kind, until: Until::Closed(1), lines: 0, json });
        }
        let name = BLOCKS.iter().find_map(|block| text.strip_suffix(block)).unwrap_or(text).trim_end().strip_suffix(':')?;
        let (kind, is_alone) = keyed::announced(View::of(name).chars())?;
        is_alone.then(|| Self { kind, until: Until::Margin(margin(line)), lines: 0, json: Json::No })
    }

    /// The part of this line that is of the value, in bytes; `None` where none is, and nothing of what follows.
    pub(super) fn part(&mut self, line: &str) -> Option<(usize, usize)> {
        self.lines += 1;
        if self.lines > MOST_LINES || wrapped::begins_anew(line) {
            return None;
        }
        let (begin, end) = (margin(line), line.trim_end().len());
        let end = end.max(begin);
        match &mut self.until {
            Until::Margin(least) => {
                let is_of_list = begin == *least && line[begin..].starts_with("- ");
                (begin > *least || is_of_list || begin == end).then_some((begin, end))
            }
            Until::Boundary(is_value) => {
                if begin == end {
                    *is_value = true;
                    return Some((begin, end));
                }
                // Headers of the part: `Content-Type: text/plain`.
                let is_header = || line.split_once(": ").is_some_and(|(name, _)| name.starts_with("Content-") && !name.contains(' '));
                let is_within = if *is_value { !line.starts_with("--") } else { is_header() };
                is_within.then_some((begin, end))
            }
            Until::Closed(depth) => {
                let Some(close) = closed(line, depth) else { return Some((begin, end)) };
                self.lines = MOST_LINES;
                // What closes it stays.
                let end = line[..close].trim_end().len();
                (end > begin).then_some((begin, end))
            }
        }
    }

    /// The line without its part of the value.
    pub(super) fn without(&mut self, line: &str, (start, end): (usize, usize)) -> String {
        if start == end {
            return line.to_owned();
        }
        let label = self.kind.label();
        let instead = match self.json {
            Json::No => label.to_owned(),
            Json::Member => format!("\"{label}\": null"),
            Json::Element => format!("\"{label}\""),
            Json::Said => String::new(),
        };
        if self.json != Json::No {
            self.json = Json::Said;
        }
        format!("{}{instead}{}", &line[..start], &line[end..])
    }
}

/// Where the line closes what is so deep, in bytes. A text ends on its own line.
fn closed(line: &str, depth: &mut usize) -> Option<usize> {
    let signs: Vec<(usize, char)> = line.char_indices().collect();
    let chars: Vec<char> = signs.iter().map(|(_, sign)| *sign).collect();
    let mut at = 0;
    while at < chars.len() {
        match chars[at] {
            '{' | '[' => *depth += 1,
            '}' | ']' => *depth -= 1,
            '"' => at = end_of_text(&chars, at) - 1,
            _ => {}
        }
        if *depth == 0 {
            return Some(signs[at].0);
        }
        at += 1;
    }
    None
}

fn margin(line: &str) -> usize {
    line.len() - line.trim_start().len()
}
