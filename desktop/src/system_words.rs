//! What the operating system says of a file, a folder or a stream, in French: its own words are another language's.

use std::io::{self, ErrorKind};

/// Why the system refused, without its text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SystemFault {
    kind: ErrorKind,
    number: Option<i32>,
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
    /// For people. What is not usual is given by its number, which support can look up.
    pub fn in_french(self) -> String {
        let usual = [
            (ErrorKind::PermissionDenied, "accès refusé"),
            (ErrorKind::NotFound, "fichier ou dossier absent"),
            (ErrorKind::IsADirectory, "c’est un dossier, non un fichier"),
            (ErrorKind::NotADirectory, "un dossier du chemin est en fait un fichier"),
            (ErrorKind::StorageFull, "le disque est plein"),
            (ErrorKind::QuotaExceeded, "le quota de disque est atteint"),
            (ErrorKind::FileTooLarge, "la taille permise pour un fichier est dépassée"),
            (ErrorKind::ReadOnlyFilesystem, "le disque est en lecture seule"),
            (ErrorKind::InvalidFilename, "le nom n’est pas permis par le système"),
            (ErrorKind::InvalidInput, "ce n’est pas un fichier ordinaire"),
            (ErrorKind::TimedOut, "pas de réponse à temps"),
            (ErrorKind::BrokenPipe, "plus personne ne lit la sortie"),
        ];
        match usual.into_iter().find(|(kind, _)| *kind == self.kind) {
            Some((_, words)) => words.to_owned(),
            None => self.number.map_or_else(|| "refus du système".to_owned(), |number| format!("erreur {number} du système")),
        }
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

    #[test]
    fn what_the_system_says_is_told_in_french_whatever_its_own_language() {
        for (number, words) in
            [(13, "accès refusé"), (2, "fichier ou dossier absent"), (28, "le disque est plein"), (5, "erreur 5 du système")]
        {
            assert_eq!(SystemFault::from(&Error::from_raw_os_error(number)).in_french(), words);
        }
        let own = SystemFault::from(&Error::other("English text of a library"));
        assert_eq!(own.in_french(), "refus du système");
        assert!(!own.to_string().contains("English"), "{own}");
        assert!(SystemFault::from(ErrorKind::StorageFull).is_full() && !own.is_full());
    }
}
