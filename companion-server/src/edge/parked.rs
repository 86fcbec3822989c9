//! How many requests wait for an event, for the metrics.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Counts the requests that wait; cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Parked(Arc<AtomicUsize>);

/// One waiting request; it counts as long as it lives.
#[derive(Debug)]
pub struct ParkedRequest(Arc<AtomicUsize>);

impl Parked {
    /// Counts one more request until the guard is dropped.
    pub fn enter(&self) -> ParkedRequest {
        self.0.fetch_add(1, Ordering::Relaxed);
        ParkedRequest(Arc::clone(&self.0))
    }

    /// How many wait now.
    pub fn count(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }
}

impl Drop for ParkedRequest {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::Parked;

    #[test]
    fn a_request_counts_while_it_waits() {
        let parked = Parked::default();
        let (first, second) = (parked.enter(), parked.enter());
        assert_eq!(parked.count(), 2);
        drop(first);
        assert_eq!(parked.count(), 1);
        drop(second);
        assert_eq!(parked.count(), 0);
    }
}
