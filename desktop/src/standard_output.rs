//! Where the results of a command go, and what stands beside them, as far as it matters who reads them.

use std::io::IsTerminal as _;

/// The standard output.
pub trait StandardOutput: std::fmt::Debug + Send + Sync {
    /// Whether a person sees it as it is written.
    fn is_terminal(&self) -> bool;
    /// Whether whoever read it has gone, asked without writing: what only waits would wait on for nobody.
    fn is_unheard(&self) -> bool;
    /// Whether a person sees what stands beside it, on standard error, in the colours that are asked for.
    fn shows_pictures(&self) -> bool;
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
    fn shows_pictures(&self) -> bool {
        std::io::stderr().is_terminal()
    }

    /// A console has to be told to take colours; it is where both outputs lead to it.
    #[cfg(windows)]
    fn shows_pictures(&self) -> bool {
        std::io::stderr().is_terminal() && anstyle_query::windows::enable_ansi_colors() == Some(true)
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
