//! The words of the faces: parameters, cookies, what is asked of a request, and one mapping from refusal to answer.

pub mod answer;
pub mod cookie;
pub mod params;
mod request;

pub use request::{client_address, client_of, method_and_path, to_completion};
