//! Everything that needs two parts of Vestibule at once.
//!
//! | module | what it is |
//! |---|---|
//! | [`browser_double`] | a scripted HTTP browser that walks the pages as a person would |
//! | [`stack`] | simulator, companion and engine, started on free ports |
//! | [`programs`] | the same as real processes |

pub mod browser_double;
pub mod programs;
pub mod stack;
