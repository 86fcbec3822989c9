//! The tests that the sources declare. Whether they ran, and how they ended, is for [`crate::results`] to say.

use std::collections::BTreeSet;
use std::fs;
use std::io::Result;
use std::path::Path;

/// Folders that hold no source of ours.
const FOREIGN: [&str; 7] = ["target", "node_modules", "generated", "dist", "dist-fake", "seeds", "art"];

/// Names of every test of the repository: `exi_20_…` in Rust, `exi_20: …` in JavaScript. What is ignored or skipped is none.
///
/// # Errors
/// When a source file cannot be read.
pub fn tests(root: &Path) -> Result<BTreeSet<String>> {
    let mut names = BTreeSet::new();
    collect(root, &mut names)?;
    Ok(names)
}

fn collect(folder: &Path, names: &mut BTreeSet<String>) -> Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if path.is_dir() {
            if !name.starts_with('.') && !FOREIGN.contains(&name.as_str()) {
                collect(&path, names)?;
            }
        } else if name.ends_with(".rs") {
            names.extend(in_rust(&fs::read_to_string(&path)?));
        } else if name.ends_with(".test.js") || name.ends_with(".test.mjs") {
            names.extend(fs::read_to_string(&path)?.lines().filter_map(in_javascript));
        }
    }
    Ok(())
}

/// Functions under `#[test]` or `#[tokio::test…]`, unless they are ignored.
fn in_rust(source: &str) -> Vec<String> {
    let mut names = Vec::new();
    let mut attributes: Vec<&str> = Vec::new();
    for line in source.lines().map(str::trim) {
        if line.starts_with("#[") {
            attributes.push(line);
        } else if !line.starts_with("//") {
            let is_test = attributes.iter().any(|attribute| attribute.starts_with("#[test]") || attribute.starts_with("#[tokio::test"));
            if is_test && !attributes.iter().any(|attribute| attribute.contains("ignore")) {
                names.extend(function(line));
            }
            attributes.clear();
        }
    }
    names
}

fn function(line: &str) -> Option<String> {
    let (before, rest) = line.split_once("fn ")?;
    let is_signature = before.split_whitespace().all(|word| matches!(word, "async" | "pub"));
    is_signature.then(|| rest.split('(').next().unwrap_or_default().to_owned())
}

/// `test('…'` and `t.test('…'`, at the beginning of a line.
fn in_javascript(line: &str) -> Option<String> {
    let (before, rest) = line.split_once("test(")?;
    let quote = rest.chars().next().filter(|first| matches!(first, '\'' | '"' | '`'))?;
    let is_call = matches!(before.trim(), "" | "t." | "await" | "await t.");
    is_call.then(|| rest[1..].split(quote).next().unwrap_or_default().to_owned())
}

#[cfg(test)]
mod tests {
    use super::{in_javascript, in_rust};

    #[test]
    fn only_what_the_runner_would_run_is_a_test() {
        let source = "
            #[test]
            fn plain() {}
            #[tokio::test(flavor = \"multi_thread\")]
            #[cfg(unix)]
            // Why it is so.
            async fn awaited() {}
            fn exi_20_a_function_like_any_other() {}
            #[test]
            #[ignore = \"slow\"]
            fn exi_20_ignored() {}
            #[cfg_attr(unix, ignore)]
            #[test]
            fn exi_20_ignored_here() {}
            // #[test]
            // fn exi_20_in_a_comment() {}
            #[test]
            const NOTHING: u8 = 0;
            fn exi_20_after_something_else() {}
        ";
        assert_eq!(in_rust(source), ["plain", "awaited"]);
    }

    #[test]
    fn a_javascript_test_is_a_call_at_the_beginning_of_a_line() {
        assert_eq!(in_javascript("test('exi_20: l’une', async () => {").as_deref(), Some("exi_20: l’une"));
        assert_eq!(in_javascript("  await t.test(\"attack_39: a\", () => {").as_deref(), Some("attack_39: a"));
        for none in
            ["test.skip('exi_20: no', () => {", "// test('exi_20: no', () => {", "  if (pattern.test('exi_20')) {", "test(name, () => {"]
        {
            assert_eq!(in_javascript(none), None, "{none}");
        }
    }
}
