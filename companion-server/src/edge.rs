//! The words of the faces: parameters, cookies, what is asked of a request, and one mapping from refusal to answer.

pub mod answer;
pub mod cookie;
pub mod language;
pub mod params;
mod request;

/// An answer that every workstation hears all day long, and that nobody reads of.
#[derive(Debug, Clone, Copy)]
pub struct Routine;

pub use request::{client_address, client_of, method_and_path, to_completion};
