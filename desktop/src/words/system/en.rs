//! In English.

use vestibule_model::ErrorCode;
use vestibule_model::error_code::Explanation;
use vestibule_model::language::Language;
use vestibule_model::session::PscEnvironment;

use super::SystemWords;
use crate::system_words::{SystemFault, UsualFault};
use crate::words::English;

impl SystemWords for English {
    fn explanation(&self, code: ErrorCode) -> Explanation {
        code.explanation(Language::En)
    }

    fn system_fault(&self, fault: SystemFault) -> String {
        let Some(usual) = fault.usual() else {
            return fault.number().map_or_else(|| "refused by the system".to_owned(), |number| format!("system error {number}"));
        };
        let usual = match usual {
            UsualFault::AccessDenied => "access denied",
            UsualFault::Missing => "file or folder missing",
            UsualFault::IsFolder => "this is a folder, not a file",
            UsualFault::PathThroughFile => "a folder of the path is in fact a file",
            UsualFault::DiskFull => "the disk is full",
            UsualFault::QuotaReached => "the disk quota is reached",
            UsualFault::FileTooLarge => "the size allowed for a file is exceeded",
            UsualFault::DiskReadOnly => "the disk is read-only",
            UsualFault::NameNotAllowed => "the system does not allow this name",
            UsualFault::NoOrdinaryFile => "this is no ordinary file",
            UsualFault::NoAnswer => "no answer in time",
            UsualFault::AlreadyThere => "a file of this name is there already",
            UsualFault::NotText => "this is no text in UTF-8 (a binary or packed file, or one saved in UTF-16)",
            UsualFault::NobodyReads => "nobody reads the output any more",
        };
        usual.to_owned()
    }

    fn no_random(&self) -> &'static str {
        "the system gives no random numbers"
    }

    fn environment(&self, environment: PscEnvironment) -> &'static str {
        match environment {
            PscEnvironment::Simulator => "simulator",
            PscEnvironment::Bas => "sandbox",
            PscEnvironment::Production => "production",
        }
    }
}
