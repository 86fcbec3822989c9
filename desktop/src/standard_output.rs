//! Where the results of a command go, and what stands beside them, as far as it matters who reads them.

use std::io::IsTerminal as _;

use terminal_size::{Height, Width, terminal_size_of};

/// The standard output.
pub trait StandardOutput: std::fmt::Debug + Send + Sync {
    /// Whether a person sees it as it is written.
    fn is_terminal(&self) -> bool;
    /// Whether whoever read it has gone, asked without writing: what only waits would wait on for nobody.
    fn is_unheard(&self) -> bool;
    /// Where a person sees what stands beside it, on standard error, in the colours that are asked for; `None` where nobody does.
    fn canvas(&self) -> Option<Canvas>;
}

/// A terminal that shows pictures, by the signs that it is wide and high.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Canvas {
    pub columns: u16,
    pub rows: u16,
}

impl Canvas {
    /// For a terminal that does not tell its size: a picture is drawn there.
    pub const UNKNOWN: Self = Self { columns: u16::MAX, rows: u16::MAX };

    fn of_standard_error() -> Self {
        terminal_size_of(std::io::stderr()).map_or(Self::UNKNOWN, |(Width(columns), Height(rows))| Self { columns, rows })
    }
}

/// That of this process.
#[derive(Debug)]
pub struct SystemStandardOutput;

impl StandardOutput for SystemStandardOutput {
    fn is_terminal(&self) -> bool {
        std::io::stdout().is_terminal()
    }

    #[cfg(unix)]
    fn is_unheard(&self) -> bool {
        unix::is_unheard(std::io::stdout())
    }

    #[cfg(not(windows))]
    fn canvas(&self) -> Option<Canvas> {
        std::io::stderr().is_terminal().then(Canvas::of_standard_error)
    }

    /// A console has to be told to take colours; it is where both outputs lead to it.
    #[cfg(windows)]
    fn canvas(&self) -> Option<Canvas> {
        let takes_colours = std::io::stderr().is_terminal() && anstyle_query::windows::enable_ansi_colors() == Some(true);
        takes_colours.then(Canvas::of_standard_error)
    }

    /// Known by the next line that is written.
    #[cfg(not(unix))]
    fn is_unheard(&self) -> bool {
        false
    }
}

#[cfg(unix)]
mod unix {
    use std::os::fd::AsFd;

    use rustix::event::{PollFd, PollFlags, Timespec, poll};

    /// A pipe whose other end is closed, a terminal that is no more.
    pub fn is_unheard(end: impl AsFd) -> bool {
        let mut asked = [PollFd::new(&end, PollFlags::empty())];
        let at_once = Timespec { tv_sec: 0, tv_nsec: 0 };
        poll(&mut asked, Some(&at_once)).is_ok() && asked.iter().any(|end| end.revents().intersects(PollFlags::ERR | PollFlags::HUP))
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::unix::is_unheard;

    #[test]
    fn a_pipe_is_heard_as_long_as_somebody_holds_its_other_end() {
        let (reader, writer) = std::io::pipe().expect("a pipe");
        assert!(!is_unheard(&writer));
        drop(reader);
        assert!(is_unheard(&writer));
        let file = tempfile::tempfile().expect("a file");
        assert!(!is_unheard(&file), "a file is read later");
    }
}
