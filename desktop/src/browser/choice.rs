//! The browser that the policy names, and its profile as its command line takes it.

use std::path::{Path, PathBuf};

/// Longest name of a profile, in characters.
const LONGEST_PROFILE: usize = 64;

/// A program, and one of its profiles where its command line admits one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BrowserChoice {
    pub program: PathBuf,
    pub profile: Option<Profile>,
}

/// A profile of a browser.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Profile {
    pub name: String,
    /// What stands before the address.
    pub arguments: Vec<String>,
}

impl BrowserChoice {
    /// `None` for a profile of a program whose command line is not known here, or whose name could be anything else.
    pub fn new(program: PathBuf, profile: Option<String>) -> Option<Self> {
        let profile = match profile {
            Some(name) => Some(Profile { arguments: arguments(&program, &name)?, name }),
            None => None,
        };
        Some(Self { program, profile })
    }
}

/// As Firefox and those made of Chromium take it.
fn arguments(program: &Path, name: &str) -> Option<Vec<String>> {
    let is_plain = |sign: char| sign.is_alphanumeric() || matches!(sign, ' ' | '-' | '_' | '.');
    if name.is_empty() || name.starts_with(['-', '.', ' ']) || name.chars().count() > LONGEST_PROFILE || !name.chars().all(is_plain) {
        return None;
    }
    let program = program.file_stem()?.to_string_lossy().to_lowercase();
    let is_of = |family: &[&str]| family.iter().any(|word| program.contains(word));
    if is_of(&["firefox", "librewolf"]) {
        Some(vec!["-P".to_owned(), name.to_owned()])
    } else if is_of(&["chrom", "edge", "brave", "vivaldi"]) {
        Some(vec![format!("--profile-directory={name}")])
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_profile_is_given_as_the_program_takes_it_and_never_as_anything_else() {
        let of = |program: &str, name: &str| arguments(Path::new(program), name);
        assert_eq!(of("/usr/bin/firefox-esr", "sante"), Some(vec!["-P".to_owned(), "sante".to_owned()]));
        assert_eq!(of("/opt/microsoft/msedge/msedge", "Profile 1"), Some(vec!["--profile-directory=Profile 1".to_owned()]));
        assert_eq!(of("/usr/bin/chromium", "Sante").map(|all| all.len()), Some(1));
        assert_eq!(of("/usr/bin/epiphany", "sante"), None, "its command line is not known");
        for name in ["", "-P", "--no-sandbox", "../x", "a/b", "a\\b", "a\nb", "a\"b", ".x", &"x".repeat(65)] {
            assert_eq!(of("/usr/bin/firefox", name), None, "{name:?}");
        }
        assert!(BrowserChoice::new("/usr/bin/epiphany".into(), None).is_some());
        assert!(BrowserChoice::new("/usr/bin/epiphany".into(), Some("x".into())).is_none());
    }
}
