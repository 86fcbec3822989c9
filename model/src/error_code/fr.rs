use super::{ErrorCode, Explanation};

pub(super) const fn explanation(_code: ErrorCode) -> Explanation {
    Explanation { title: "", cause: "", remedy: "" }
}
