//! The commands that pages name in a sentence: each is one of the program's, with the options that it has.

use std::collections::BTreeMap;
use std::fs;

use vestibule_tests::programs::program;
use vestibule_tests::servers::any_ending_with_us;

use super::examples::{pages, read, root};

/// Told of the past: what a command was called then.
const PAST: [&str; 2] = ["CHANGELOG.md", "docs/adr/"];
const PROGRAMS: [&str; 3] = ["companion-server", "vestibule", "psc-simulator"];

/// What a page writes between backquotes, outside its examples.
fn spans(text: &str) -> Vec<&str> {
    let outside = text.split("\n```").step_by(2);
    outside.flat_map(|part| part.split('`').skip(1).step_by(2)).collect()
}

/// The help of programs and of their commands, asked once for each.
struct Helps(BTreeMap<String, String>);

impl Helps {
    async fn of(&mut self, words: &[&str]) -> String {
        let line = words.join(" ");
        if !self.0.contains_key(&line) {
            let mut command = any_ending_with_us(program(words[0]).expect("built"));
            let output = command.args(&words[1..]).arg("--help").output().await.expect("it ends");
            assert!(output.status.success(), "{line} --help: {output:?}");
            self.0.insert(line.clone(), String::from_utf8_lossy(&output.stdout).into_owned());
        }
        self.0[&line].clone()
    }

    /// What is wrong with a command line, if anything.
    async fn fault(&mut self, line: &str) -> Option<String> {
        let words: Vec<&str> = line.split_whitespace().collect();
        let mut path = vec![words[0]];
        for word in &words[1..] {
            let help = self.of(&path).await;
            if help.lines().any(|line| {
                line.strip_prefix("  ").is_some_and(|rest| rest.split_whitespace().next() == Some(word) && !rest.starts_with(' '))
            }) {
                path.push(word);
                continue;
            }
            // An option, or what a command is given, ends the path. A word where a command is due is none.
            let is_a_word = word.chars().all(|sign| sign.is_ascii_lowercase() || sign == '-') && !word.starts_with('-');
            if is_a_word && help.contains("<COMMANDE>") {
                return Some(format!("{} has no command {word}", path.join(" ")));
            }
            break;
        }
        let help = self.of(&path).await;
        let options = words.iter().filter(|word| word.starts_with("--")).map(|word| word.split('=').next().unwrap_or(word));
        let known = |option: &str| help.split(|sign: char| !(sign.is_ascii_alphanumeric() || sign == '-')).any(|word| word == option);
        options.into_iter().find(|option| !known(option)).map(|option| format!("{} has no option {option}", path.join(" ")))
    }
}

#[tokio::test]
async fn every_command_that_a_page_names_is_one_of_its_program() {
    let (mut helps, mut read_of, mut faults) = (Helps(BTreeMap::new()), 0, Vec::new());
    for page in pages().into_iter().filter(|page| !PAST.iter().any(|past| page.starts_with(past))) {
        let text = read(&page);
        for span in spans(&text).into_iter().filter(|span| PROGRAMS.iter().any(|name| span.starts_with(&format!("{name} ")))) {
            read_of += 1;
            faults.extend(helps.fault(span).await.map(|fault| format!("{page}: `{span}`: {fault}")));
        }
    }
    assert!(read_of > 60, "{read_of}");
    assert_eq!(faults, Vec::<String>::new());
    for wrong in ["vestibule sing-in", "vestibule login --jason", "companion-server sessions lst", "companion-server doctor --wide"] {
        assert!(helps.fault(wrong).await.is_some(), "{wrong}");
    }
}

#[test]
fn every_task_that_a_page_names_is_one_of_dev() {
    let usage = fs::read_to_string(root().join("dev")).expect("the tasks");
    let files = fs::read_dir(root().join("packaging/dev")).expect("the steps");
    let steps: String = files.map(|file| fs::read_to_string(file.expect("an entry").path()).expect("text")).collect();
    let (mut read_of, mut faults) = (0, Vec::new());
    for page in pages().into_iter().filter(|page| !PAST.iter().any(|past| page.starts_with(past))) {
        for span in spans(&read(&page)) {
            let Some((_, line)) = span.split_once("./dev ") else { continue };
            read_of += 1;
            let words: Vec<&str> = line.split_whitespace().collect();
            let is_task = usage.contains(&format!("\n  {})", words[0])) || usage.contains(&format!("\n  {}|", words[0]));
            let are_steps = words[0] != "test" || words[1..].iter().all(|step| steps.contains(&format!("\ntest_{step}()")));
            let mut options = words.iter().filter(|word| word.starts_with("--"));
            if !(is_task && are_steps && options.all(|option| usage.contains(option) || steps.contains(option))) {
                faults.push(format!("{page}: `{span}`"));
            }
        }
    }
    assert!(read_of > 20, "{read_of}");
    assert_eq!(faults, Vec::<String>::new());
}
