//! The authorization server for the desktop apps (OAuth 2.1): pushed requests, the browser's pages, tokens, proofs of possession.

pub mod dpop;
