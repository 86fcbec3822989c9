//! The edge: router, limits, one mapping from error to answer.

pub mod answer;
pub mod cookie;
pub mod params;
