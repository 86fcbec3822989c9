//! psc
