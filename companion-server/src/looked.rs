//! What became of files that may be replaced while the companion serves.

/// At one look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Looked {
    /// They hold what serves.
    Same,
    /// What they hold serves from now on.
    Taken,
    /// What they hold cannot serve: the former content still does.
    Refused,
}
