//! What a Rust file declares and names, read as the compiler would: comments, texts and what only its own tests see apart.

/// One file.
#[derive(Default)]
pub struct Source {
    /// Its modules that are files, with the `#[path]` of those that have one.
    pub modules: Vec<(String, Option<String>)>,
    pub imports: Vec<Import>,
    /// Paths in its code, imports apart; of one segment too.
    pub paths: Vec<Vec<String>>,
}

/// One leaf of a `use`.
pub struct Import {
    pub path: Vec<String>,
    /// Under which name this file knows it.
    pub name: String,
}

impl Source {
    pub fn read(text: &str) -> Self {
        let mut reader = Reader { tokens: shipped(&tokens(text)), at: 0 };
        let (mut source, mut path_of) = (Self::default(), None);
        // How deep each module stands that is written out in the file: `super` means the file itself there.
        let (mut depth, mut inner) = (0_usize, Vec::new());
        while let Some(token) = reader.next() {
            match token.as_str() {
                // `pub(in crate::room)` takes nothing from there.
                "pub" if reader.peek() == "(" => reader.skip_group(),
                "#" => {
                    let attribute = reader.attribute();
                    if let [_, key, _, value, _] = attribute
                        && key == "path"
                    {
                        path_of = Some(unquoted(value).to_owned());
                    }
                    // What a derive is told to call stands between quotes there.
                    let named = attribute.iter().filter(|token| token.starts_with('"') && token.contains("::"));
                    source.paths.extend(named.map(|path| unquoted(path).split("::").map(str::to_owned).collect()));
                }
                "use" => {
                    let leaves = reader.tree(&[]).into_iter();
                    if inner.is_empty() {
                        source.imports.extend(leaves.map(|(path, name)| Import { path, name }));
                    } else {
                        source.paths.extend(leaves.filter_map(|(path, _)| outside(path, inner.len())));
                    }
                }
                "mod" => {
                    let name = reader.next().unwrap_or_default();
                    if reader.next().as_deref() == Some("{") {
                        depth += 1;
                        inner.push(depth);
                    } else {
                        source.modules.push((name, path_of.take()));
                    }
                }
                "{" => depth += 1,
                "}" => {
                    inner.pop_if(|level| *level == depth);
                    depth = depth.saturating_sub(1);
                }
                "." => {
                    // A field or a method: nothing that an import names.
                    reader.next();
                }
                word if is_word(word) => source.paths.extend(outside(reader.path(token), inner.len())),
                _ => {}
            }
        }
        source
    }
}

/// The same path, seen from the file; `None` when it stays in a module that the file writes out.
fn outside(path: Vec<String>, depth: usize) -> Option<Vec<String>> {
    let up = path.iter().take_while(|segment| *segment == "super").count();
    match (depth, path.first().map(String::as_str)) {
        (0, _) | (_, Some("crate")) => Some(path),
        (_, Some("self")) => None,
        _ if up < depth => None,
        _ if up == depth => Some([vec!["self".to_owned()], path[up..].to_vec()].concat()),
        _ => Some(path[depth..].to_vec()),
    }
}

struct Reader {
    tokens: Vec<String>,
    at: usize,
}

impl Reader {
    fn next(&mut self) -> Option<String> {
        self.at += 1;
        self.tokens.get(self.at - 1).cloned()
    }

    fn peek(&self) -> &str {
        self.tokens.get(self.at).map_or("", String::as_str)
    }

    /// Past a group whose opening stands next.
    fn skip_group(&mut self) {
        self.at = end_of_group(&self.tokens, self.at);
    }

    /// The attribute whose `#` was read.
    fn attribute(&self) -> &[String] {
        &self.tokens[self.at..end_of_group(&self.tokens, self.at)]
    }

    /// What follows the first segment of a path.
    fn path(&mut self, first: String) -> Vec<String> {
        let mut path = vec![first];
        while self.peek() == "::" && self.tokens.get(self.at + 1).is_some_and(|next| is_word(next)) {
            path.push(self.tokens[self.at + 1].clone());
            self.at += 2;
        }
        path
    }

    /// The leaves of a `use`, below `root`, with the names they are known by.
    fn tree(&mut self, root: &[String]) -> Vec<(Vec<String>, String)> {
        let mut path = root.to_vec();
        while let Some(token) = self.next() {
            match token.as_str() {
                "::" => {}
                "{" => {
                    let mut leaves = Vec::new();
                    while !["}", ""].contains(&self.peek()) {
                        leaves.extend(self.tree(&path));
                        if self.peek() == "," {
                            self.at += 1;
                        }
                    }
                    self.at += 1;
                    return leaves;
                }
                "as" => {
                    let name = self.next().unwrap_or_default();
                    return vec![(path, name)];
                }
                "self" if !path.is_empty() => {}
                _ => path.push(token),
            }
            if [",", "}", ";", ""].contains(&self.peek()) {
                break;
            }
        }
        let name = path.last().cloned().unwrap_or_default();
        vec![(path, name)]
    }
}

/// Without what is compiled for tests alone.
fn shipped(tokens: &[String]) -> Vec<String> {
    let (mut kept, mut at) = (Vec::new(), 0);
    while at < tokens.len() {
        let is_for_tests = |form: &[&str]| tokens[at..].iter().map(String::as_str).take(form.len()).eq(form.iter().copied());
        if is_for_tests(&["#", "[", "cfg", "(", "test", ")"]) || is_for_tests(&["#", "[", "cfg", "(", "all", "(", "test", ","]) {
            at = end_of_item(tokens, end_of_group(tokens, at + 1));
        } else {
            kept.push(tokens[at].clone());
            at += 1;
        }
    }
    kept
}

/// Past the item that begins at `at`: its semicolon, or its braces.
fn end_of_item(tokens: &[String], mut at: usize) -> usize {
    while at < tokens.len() {
        match tokens[at].as_str() {
            ";" => return at + 1,
            "{" => return end_of_group(tokens, at),
            "(" | "[" => at = end_of_group(tokens, at),
            _ => at += 1,
        }
    }
    at
}

/// Past the group that opens at `at`.
fn end_of_group(tokens: &[String], mut at: usize) -> usize {
    let mut depth = 0_usize;
    while at < tokens.len() {
        match tokens[at].as_str() {
            "(" | "[" | "{" => depth += 1,
            ")" | "]" | "}" => depth = depth.saturating_sub(1),
            _ => {}
        }
        at += 1;
        if depth == 0 {
            break;
        }
    }
    at
}

/// Without its quotes.
fn unquoted(token: &str) -> &str {
    token.trim_matches('"')
}

fn is_word(token: &str) -> bool {
    token.starts_with(|sign: char| sign.is_alphabetic() || sign == '_')
}

/// Words, `::`, texts between their quotes, and single signs; no comments.
fn tokens(text: &str) -> Vec<String> {
    let (mut found, mut rest) = (Vec::new(), text);
    while let Some(sign) = rest.chars().next() {
        let length = if sign.is_whitespace() {
            sign.len_utf8()
        } else if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if rest.starts_with("/*") {
            rest.find("*/").map_or(rest.len(), |end| end + 2)
        } else {
            let length = length_of_token(rest);
            found.push(rest[..length].to_owned());
            length
        };
        rest = &rest[length..];
    }
    found
}

fn length_of_token(rest: &str) -> usize {
    if let Some(length) = length_of_text(rest) {
        return length;
    }
    let word = rest.find(|sign: char| !sign.is_alphanumeric() && sign != '_').unwrap_or(rest.len());
    if word > 0 {
        word
    } else if rest.starts_with("::") {
        2
    } else {
        rest.chars().next().map_or(0, char::len_utf8)
    }
}

/// Of a text or a character between its quotes; `None` for anything else.
fn length_of_text(rest: &str) -> Option<usize> {
    let body = rest.trim_start_matches(['b', 'c']);
    let before = rest.len() - body.len();
    if let Some(raw) = body.strip_prefix('r') {
        let hashes = raw.chars().take_while(|sign| *sign == '#').count();
        if raw[hashes..].starts_with('"') {
            let start = before + 1 + hashes + 1;
            let end = format!("\"{}", "#".repeat(hashes));
            return Some(rest[start..].find(&end).map_or(rest.len(), |at| start + at + end.len()));
        }
    }
    let quote = body.chars().next().filter(|sign| ['"', '\''].contains(sign))?;
    let mut signs = body.char_indices().skip(1);
    // A lifetime has no closing quote.
    if quote == '\'' && !body[1..].starts_with('\\') && body.chars().nth(2) != Some('\'') {
        return None;
    }
    while let Some((at, sign)) = signs.next() {
        if sign == '\\' {
            signs.next();
        } else if sign == quote {
            return Some(before + at + 1);
        }
    }
    Some(rest.len())
}
