//! Doors through which a fuzzer reaches the real parsers.
