//! `RateLimiter`: the requests of each client in a time, for `tremolo.RateLimit`.

use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use tremolo_core::client_network;

/// Counts the requests of each client.
#[pyclass(frozen, module = "tremolo._tremolo")]
#[derive(Debug)]
pub(super) struct RateLimiter {
    limiter: Mutex<tremolo_core::RateLimiter>,
}

#[derive(Hash)]
enum Client<'a> {
    Network(Option<IpAddr>),
    Key(&'a str),
}

#[pymethods]
impl RateLimiter {
    /// So many requests in a period of seconds, at most `burst` at once.
    #[new]
    fn new(count: u32, period: f64, burst: u32, clients: usize) -> PyResult<Self> {
        let period = Duration::try_from_secs_f64(period)
            .map_err(|_| PyValueError::new_err("per: seconds, 0 or more"))?;
        let limiter = tremolo_core::RateLimiter::new(count, period, burst, clients);
        Ok(Self { limiter: Mutex::new(limiter) })
    }

    /// Counts a request. If it is one too many: the whole seconds until the next one is admitted.
    #[pyo3(signature = (ip, key=None))]
    fn admit(&self, ip: &[u8], key: Option<&str>) -> Option<u64> {
        let address = || std::str::from_utf8(ip).ok()?.parse().ok().map(client_network);
        let client = key.map_or_else(|| Client::Network(address()), Client::Key);
        let now = Instant::now();
        let mut limiter = self.limiter.lock().unwrap_or_else(PoisonError::into_inner);
        let wait = limiter.admit(&client, now).err()?;
        Some(wait.as_secs() + u64::from(wait.subsec_nanos() > 0))
    }
}
