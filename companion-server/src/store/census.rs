use vestibule_model::exchange::{Exchange, SignInState};

/// How many there are of each, without anything that names a person, a workstation or an address.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Census {
    /// Sign-ins still remembered, by state.
    pub sign_ins: Vec<(SignInState, u64)>,
    /// The same, by exchange.
    pub exchanges: Vec<(Exchange, u64)>,
    /// Sessions that did not end.
    pub live_sessions: u64,
}
