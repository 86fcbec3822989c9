//! What the command lines of our programs have in common, whatever reads them.

/// `help`, `help COMMAND` and `COMMAND help` are ways of asking that people know from elsewhere: the arguments, program first, as `--help` would
/// ask the same. `find` gives a command that stands below another one by its name; `has_commands` tells whether any does.
#[must_use]
pub fn with_help_as_an_option<Command, Word>(
    program: &Command,
    mut arguments: Vec<Word>,
    find: impl for<'a> Fn(&'a Command, &Word) -> Option<&'a Command>,
    has_commands: impl Fn(&Command) -> bool,
) -> Vec<Word>
where
    Word: PartialEq<str> + From<&'static str>,
{
    let (mut command, mut index) = (program, 1);
    let mut asks = false;
    while let Some(word) = arguments.get(index) {
        if word == "help" && has_commands(command) {
            arguments.remove(index);
            asks = true;
        } else if let Some(named) = find(command, word) {
            (command, index) = (named, index + 1);
        } else {
            break;
        }
    }
    if asks {
        arguments.push("--help".into());
    }
    arguments
}

#[cfg(test)]
mod tests {
    use super::with_help_as_an_option;

    /// A command, and those below it.
    struct Node(&'static str, Vec<Node>);

    fn read(line: &str) -> String {
        let program = Node("p", vec![Node("sessions", vec![Node("end", Vec::new())]), Node("serve", Vec::new())]);
        let words: Vec<String> = line.split(' ').map(ToOwned::to_owned).collect();
        let find = |node: &Node, word: &String| node.1.iter().position(|below| word == below.0);
        with_help_as_an_option(&program, words, |node, word| find(node, word).map(|at| &node.1[at]), |node| !node.1.is_empty()).join(" ")
    }

    #[test]
    fn help_by_its_word_is_help_by_its_option_wherever_a_command_is_awaited() {
        for (line, same) in [
            ("p help", "p --help"),
            ("p help sessions end", "p sessions end --help"),
            ("p sessions help", "p sessions --help"),
            ("p sessions help end", "p sessions end --help"),
            // Behind a command without any below it, a word is its own.
            ("p serve help", "p serve help"),
            ("p --config help", "p --config help"),
            ("p", "p"),
        ] {
            assert_eq!(read(line), same, "{line}");
        }
    }
}
