//! The words that the caller knows to be personal: the person's names, the account, the machine.

use super::{Found, Kind};

/// Words that are looked for.
const MOST: usize = 64;
/// Shorter ones are in every text.
const SHORTEST: usize = 2;
const SHORTEST_PART: usize = 3;
/// Accounts and machines that are called like a thing.
const OF_NOBODY: [&str; 6] = ["root", "localhost", "localdomain", "user", "admin", "vestibule"];

/// Words of our programs and of every log: an account or a machine that is called so is hidden by none of them.
const OF_THE_PRODUCT: [&str; 30] = [
    "companion",
    "compagnon",
    "desktop",
    "server",
    "serveur",
    "vst",
    "psc",
    "info",
    "warn",
    "warning",
    "error",
    "debug",
    "trace",
    "fatal",
    "notice",
    "poste",
    "session",
    "connexion",
    "service",
    "doctor",
    "report",
    "sante",
    "connect",
    "sign",
    "proxy",
    "postgres",
    "sqlite",
    "nginx",
    "https",
    "http",
];

/// Words that may not leave, with or without accents, in whatever case.
#[derive(Clone, Default)]
pub struct KnownWords(Vec<Vec<char>>);

impl std::fmt::Debug for KnownWords {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "KnownWords({})", self.0.len())
    }
}

impl KnownWords {
    /// Names of persons: each as it is, and each of the names that it is made of.
    pub fn names<T: AsRef<str>>(names: impl IntoIterator<Item = T>) -> Self {
        let mut known = Self::default();
        for name in names {
            let name = name.as_ref().trim();
            known.add(name);
            let parts = name.split(|character: char| character.is_whitespace() || matches!(character, '-' | '\'' | '’'));
            let is_name = |part: &&str| part.chars().count() >= SHORTEST_PART && part.chars().all(char::is_alphabetic);
            parts.filter(is_name).for_each(|part| known.add(part));
        }
        known
    }

    /// Names of things beside them, an account or a machine: parts of these may be any word.
    #[must_use]
    pub fn and_things<T: AsRef<str>>(mut self, things: impl IntoIterator<Item = T>) -> Self {
        let of_product = |thing: &str| OF_THE_PRODUCT.contains(&thing.to_lowercase().as_str());
        things.into_iter().for_each(|thing| {
            let thing = thing.as_ref().trim();
            if !of_product(thing) {
                self.add(thing);
            }
        });
        self
    }

    /// Secrets, whatever words they are.
    #[must_use]
    pub fn and_secrets<T: AsRef<str>>(mut self, secrets: impl IntoIterator<Item = T>) -> Self {
        secrets.into_iter().for_each(|secret| self.add(secret.as_ref().trim()));
        self
    }

    fn add(&mut self, word: &str) {
        let is_of_nobody = OF_NOBODY.contains(&word.to_lowercase().as_str());
        let folded: Vec<char> = word.chars().filter(|sign| !is_accent(*sign)).map(folded).collect();
        if folded.len() < SHORTEST
            || is_of_nobody
            || self.0.len() == MOST
            || self.0.contains(&folded)
            || !word.contains(char::is_alphabetic)
        {
            return;
        }
        self.0.push(folded);
        // The longest first: what is left of a name would say it.
        self.0.sort_by_key(|word| std::cmp::Reverse(word.len()));
    }

    pub(super) fn find(&self, chars: &[char], found: &mut Vec<Found>) {
        if self.0.is_empty() {
            return;
        }
        let text: Vec<char> = chars.iter().copied().map(folded).collect();
        let is_word = |at: usize| text.get(at).is_some_and(|character| character.is_alphanumeric());
        let mut at = 0;
        while at < text.len() {
            let is_start = is_word(at) && (at == 0 || !is_word(at - 1));
            let fits = |word: &&Vec<char>| text[at..].starts_with(word) && !is_word(at + word.len());
            match self.0.iter().find(|word| is_start && fits(word)) {
                Some(word) => {
                    found.push(Found { start: at, end: at + word.len(), kind: Kind::Name });
                    at += word.len();
                }
                None => at += 1,
            }
        }
    }
}

/// An accent that is a sign of its own, behind its letter.
pub(super) const fn is_accent(character: char) -> bool {
    matches!(character, '\u{300}'..='\u{36f}')
}

/// In lower case and without its accent: names are written both ways.
pub(super) fn folded(character: char) -> char {
    if character.is_ascii() {
        return if character.is_ascii_whitespace() { ' ' } else { character.to_ascii_lowercase() };
    }
    let small = character.to_lowercase().next().unwrap_or(character);
    match small {
        'à' | 'á' | 'â' | 'ã' | 'ä' | 'å' => 'a',
        'ç' => 'c',
        'è' | 'é' | 'ê' | 'ë' => 'e',
        'ì' | 'í' | 'î' | 'ï' => 'i',
        'ñ' => 'n',
        'ò' | 'ó' | 'ô' | 'õ' | 'ö' => 'o',
        'ù' | 'ú' | 'û' | 'ü' => 'u',
        'ý' | 'ÿ' => 'y',
        space if space.is_whitespace() => ' ',
        other => other,
    }
}
