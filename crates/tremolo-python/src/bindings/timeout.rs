//! How long a read may take, where nothing else is said; set from any thread.

use std::sync::atomic::{AtomicU64, Ordering};

/// Seconds, or nothing.
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

/// No number has these bits.
const UNSET: u64 = u64::MAX;
