//! One style for what logs say: a sentence, its first letter large, no full stop, for the fields that follow it. What varies is a field.

use std::fs;
use std::path::{Path, PathBuf};

const LEVELS: [&str; 5] = ["error", "warn", "info", "debug", "trace"];

/// The last text of each call of a logging macro in a source: its message.
fn messages(source: &str) -> Vec<String> {
    let starts = LEVELS.iter().flat_map(|level| {
        let call = format!("tracing::{level}!(");
        source.match_indices(&call).map(|(at, _)| at + call.len()).collect::<Vec<_>>()
    });
    starts.filter_map(|start| last_text(&source[start..])).collect()
}

/// The last text before the parenthesis that closes the call.
fn last_text(call: &str) -> Option<String> {
    let (mut depth, mut last, mut text) = (1_usize, None, None::<String>);
    let mut signs = call.chars();
    while let Some(sign) = signs.next() {
        match (&mut text, sign) {
            (Some(text), '\\') => text.extend(signs.next()),
            (Some(_), '"') => last = text.take(),
            (Some(text), sign) => text.push(sign),
            (None, '"') => text = Some(String::new()),
            (None, '(') => depth += 1,
            (None, ')') if depth == 1 => return last,
            (None, ')') => depth -= 1,
            (None, _) => {}
        }
    }
    None
}

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

#[test]
fn every_message_of_a_log_is_a_sentence_without_a_full_stop() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the workspace");
    let mut files = Vec::new();
    ["companion-server", "desktop", "src-tauri", "psc-simulator"]
        .iter()
        .for_each(|member| sources(&root.join(member).join("src"), &mut files));
    let (mut seen, mut wrong) = (0, Vec::new());
    for file in files {
        for message in messages(&fs::read_to_string(&file).expect("text")) {
            seen += 1;
            if message.starts_with(char::is_lowercase) || message.ends_with('.') {
                wrong.push(format!("{}: {message}", file.strip_prefix(root).expect("below").display()));
            }
        }
    }
    assert!(seen > 200, "the search reads {seen} messages");
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// Orders between parts of the program, which have no other name.
const ORDERS: [&str; 4] = ["?asked", "?request", "?told", "?written"];

/// Fields of the calls of a source that are written as the program calls their value.
fn fields_for_programmers(source: &str) -> Vec<String> {
    let starts = LEVELS.iter().flat_map(|level| {
        let call = format!("tracing::{level}!(");
        source.match_indices(&call).map(|(at, _)| at + call.len()).collect::<Vec<_>>()
    });
    let fields = starts.flat_map(|start| {
        let call = source[start..].split(");").next().unwrap_or_default();
        call.split('"').step_by(2).flat_map(|code| code.split(',')).map(str::trim).collect::<Vec<_>>()
    });
    fields.filter(|field| field.starts_with('?') || field.contains("= ?")).map(ToOwned::to_owned).collect()
}

/// Whoever looks for `exchange="loopback"` finds every line of it: a value has one name in logs, JSON and pages.
#[test]
fn no_field_of_a_log_is_a_value_as_the_program_calls_it() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the workspace");
    let mut files = Vec::new();
    ["companion-server", "desktop", "src-tauri"].iter().for_each(|member| sources(&root.join(member).join("src"), &mut files));
    let wrong: Vec<String> = files
        .iter()
        .flat_map(|file| {
            let fields = fields_for_programmers(&fs::read_to_string(file).expect("text"));
            fields
                .into_iter()
                .filter(|field| !ORDERS.contains(&field.as_str()))
                .map(|field| format!("{}: {field}", file.strip_prefix(root).expect("below").display()))
        })
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
    let planted = r#"tracing::info!(a = ?b, ?c, d = of(e)?, "Is it ?f, g = ?h"); tracing::debug!(i = %j, "k");"#;
    assert_eq!(fields_for_programmers(planted), ["a = ?b", "?c"]);
}

#[test]
fn a_message_is_found_whatever_stands_around_it() {
    let source = r#"tracing::warn!(error.code = %code("x"), %error, "It \"failed\" (once)."); tracing::info!("Ready");"#;
    assert_eq!(messages(source), ["It \"failed\" (once).", "Ready"]);
}
