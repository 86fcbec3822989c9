//! What became of files that may be replaced while the companion serves.

use vestibule_model::named;

named! {
    /// At one look.
    pub enum Looked {
        /// They hold what serves.
        Same = "same",
        /// What they hold serves from now on.
        Taken = "taken",
        /// What they hold cannot serve: the former content still does.
        Refused = "refused",
    }
}
