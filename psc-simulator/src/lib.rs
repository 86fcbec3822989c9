//! psc-simulator
