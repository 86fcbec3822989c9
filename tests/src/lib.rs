//! Everything that needs two parts of Vestibule at once.
//!
//! | module | what it is |
//! |---|---|
//! | [`browser_double`] | a scripted HTTP browser that walks the pages as a person would |
//! | [`raw_client`] | a stranger's thick client, written from the RFCs alone |
//! | [`stack`] | simulator and companion inside the test, with clocks that it moves |
//! | [`attacks`] | the attack table of the exchange, and the tests that bear its numbers |
//! | [`requirements`] | the référentiel, and the tests that bear its numbers |
//! | [`programs`] | simulator, companion and command line as real processes |
//! | [`psc_link`] | mutual TLS between companion and simulator |

pub mod attacks;
pub mod browser_double;
pub mod programs;
pub mod psc_link;
pub mod raw_client;
pub mod requirements;
pub mod stack;
