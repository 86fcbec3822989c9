//! The token of the administration, drawn and compared.

use super::*;
use crate::random::SystemRandom;

#[test]
fn what_is_drawn_is_strong() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("token");
    prepare(&file, &SystemRandom).expect("drawn");
    token_file::read_own(&file, Some(&folder.path().join("database"))).expect("it serves");
}

#[test]
fn the_scheme_is_written_in_any_case() {
    for written in ["Bearer x", "bearer x", "BEARER  x"] {
        assert_eq!(bearer(written), Some("x"), "{written}");
    }
    for wrong in ["Bearer", "Bearer ", "Basic x", "x", ""] {
        assert_eq!(bearer(wrong), None, "{wrong}");
    }
}
