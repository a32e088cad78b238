//! The default timeout of reads, which any thread can set.

use std::sync::atomic::{AtomicU64, Ordering};

/// Seconds, or `None`.
#[derive(Debug)]
pub(super) struct Timeout(AtomicU64);

impl Default for Timeout {
    fn default() -> Self {
        Self(AtomicU64::new(UNSET))
    }
}

impl Timeout {
    pub(super) fn get(&self) -> Option<f64> {
        Some(self.0.load(Ordering::Relaxed)).filter(|bits| *bits != UNSET).map(f64::from_bits)
    }

    pub(super) fn set(&self, seconds: f64) {
        self.0.store(seconds.to_bits(), Ordering::Relaxed);
    }
}

/// The bits of a NaN, which is never set.
const UNSET: u64 = u64::MAX;
