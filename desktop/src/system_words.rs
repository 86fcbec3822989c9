//! What the operating system says of a file, a folder or a stream, without its text: its own words are another language's.

use std::io::{self, ErrorKind};

/// Why the system refused, without its text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SystemFault {
    kind: ErrorKind,
    number: Option<i32>,
}

/// What is usually wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UsualFault {
    AccessDenied,
    Missing,
    IsFolder,
    /// A folder of the path is in fact a file.
    PathThroughFile,
    DiskFull,
    QuotaReached,
    FileTooLarge,
    DiskReadOnly,
    NameNotAllowed,
    NoOrdinaryFile,
    NoAnswer,
    AlreadyThere,
    /// What is in the file is no text, or none in UTF-8.
    NotText,
    /// Whoever read the output has gone.
    NobodyReads,
}

impl From<&io::Error> for SystemFault {
    fn from(error: &io::Error) -> Self {
        Self { kind: error.kind(), number: error.raw_os_error() }
    }
}

impl From<ErrorKind> for SystemFault {
    fn from(kind: ErrorKind) -> Self {
        Self { kind, number: None }
    }
}

impl SystemFault {
    /// What it is, when that is usual.
    pub fn usual(self) -> Option<UsualFault> {
        let usual = [
            (ErrorKind::PermissionDenied, UsualFault::AccessDenied),
            (ErrorKind::NotFound, UsualFault::Missing),
            (ErrorKind::IsADirectory, UsualFault::IsFolder),
            (ErrorKind::NotADirectory, UsualFault::PathThroughFile),
            (ErrorKind::StorageFull, UsualFault::DiskFull),
            (ErrorKind::QuotaExceeded, UsualFault::QuotaReached),
            (ErrorKind::FileTooLarge, UsualFault::FileTooLarge),
            (ErrorKind::ReadOnlyFilesystem, UsualFault::DiskReadOnly),
            (ErrorKind::InvalidFilename, UsualFault::NameNotAllowed),
            (ErrorKind::InvalidInput, UsualFault::NoOrdinaryFile),
            (ErrorKind::TimedOut, UsualFault::NoAnswer),
            (ErrorKind::AlreadyExists, UsualFault::AlreadyThere),
            (ErrorKind::InvalidData, UsualFault::NotText),
            (ErrorKind::BrokenPipe, UsualFault::NobodyReads),
        ];
        usual.into_iter().find(|(kind, _)| *kind == self.kind).map(|(_, usual)| usual)
    }

    /// The system's own number, which support can look up.
    pub const fn number(self) -> Option<i32> {
        self.number
    }

    /// Whether there is no room, by disk or by quota.
    pub fn is_full(self) -> bool {
        matches!(self.kind, ErrorKind::StorageFull | ErrorKind::QuotaExceeded | ErrorKind::FileTooLarge)
    }
}

impl std::fmt::Display for SystemFault {
    /// For the log.
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{}", self.kind)?;
        self.number.map_or(Ok(()), |number| write!(formatter, " (system error {number})"))
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Error, ErrorKind};

    use super::SystemFault;

    fn told(fault: SystemFault) -> String {
        crate::words::of(vestibule_model::language::Language::Fr).system_fault(fault)
    }

    #[test]
    fn what_the_system_says_is_told_in_french_whatever_its_own_language() {
        let [denied, full, other] = if cfg!(windows) { [5, 112, 4000] } else { [13, 28, 5] };
        let other_told = format!("erreur {other} du système");
        for (number, words) in
            [(denied, "accès refusé"), (2, "fichier ou dossier absent"), (full, "le disque est plein"), (other, other_told.as_str())]
        {
            assert_eq!(told(SystemFault::from(&Error::from_raw_os_error(number))), words);
        }
        let own = SystemFault::from(&Error::other("English text of a library"));
        assert_eq!(told(own), "refus du système");
        assert!(!own.to_string().contains("English"), "{own}");
        assert!(SystemFault::from(ErrorKind::StorageFull).is_full() && !own.is_full());
    }
}
