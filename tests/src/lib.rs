//! Everything that needs two parts of Vestibule at once.
//!
//! | module | what it is |
//! |---|---|
//! | [`browser_double`] | the one browser: it keeps cookies, sends as it is told, and walks the pages as a person would |
//! | [`raw_client`] | the one app: a stranger's thick client, written from the RFCs alone |
//! | [`http`] | the HTTP client of both |
//! | [`stack`] | simulator and companion inside the test, with clocks that it moves |
//! | [`attacks`] | the attack table of the exchange, and the tests that bear its numbers |
//! | [`requirements`] | the référentiel, and the tests that bear its numbers |
//! | [`declared`] | the tests that the sources declare |
//! | [`results`] | what a run said of each test |
//! | [`proofs`] | the pages that name tests as proofs |
//! | [`servers`] | simulator and companion as real processes: what the program `stack` and every suite start |
//! | [`cluster`] | the same with two companions over one PostgreSQL database, behind HAProxy |
//! | [`programs`] | the same in a folder of their own, with the command lines |
//! | [`shipped`] | what a package or a program holds, laid open |
//! | [`known_secrets`] | recognises in a log what only the companion knows, by its hash |
//! | [`proxy_double`] | an outgoing proxy that tunnels (CONNECT), and wants an account if told to |
//! | [`real_proxy`] | the outgoing proxies that hospitals have: Squid, which may open TLS, and Tinyproxy |
//! | [`wire`] | the network between workstation and companion, which fails |
//! | [`psc_link`] | mutual TLS between companion and simulator |

pub mod attacks;
pub mod browser_double;
mod claim;
pub mod cluster;
pub mod declared;
pub mod http;
pub mod known_secrets;
pub mod machine;
pub mod package_guide;
pub mod programs;
pub mod proofs;
pub mod proxy_double;
pub mod psc_link;
pub mod raw_client;
pub mod real_proxy;
pub mod requirements;
pub mod results;
pub mod servers;
pub mod shipped;
pub mod stack;
pub mod wire;
pub mod workplace;
