//! How many requests each client may send, as middleware or for a part of an application.

use std::fmt;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tremolo_core::{RateLimiter, client_network};

use crate::application::{Application, Middleware};
use crate::clock;
use crate::error::HttpError;
use crate::request::Request;

/// Limits how many requests each client may send; one too many is a 429 with `Retry-After`.
///
/// A client is its address ([`Request::ip`]: behind a proxy that is one of the `trusted_proxies`),
/// or what [`RateLimit::key`] makes of a request. An IPv6 address counts with its network of 64
/// bits. Requests without an address, by a Unix socket, count as one client. All workers count
/// together; several processes or machines do not.
///
/// ```
/// use std::time::Duration;
/// use tremolo::{Application, Group, RateLimit, Request};
///
/// let logins = RateLimit::new(5, Duration::from_secs(60));
///
/// # let _ =
/// Application::new()
///     .middleware(RateLimit::new(1_000, Duration::from_secs(60)).burst(50))
///     .group(
///         Group::new()
///             .on_request(async move |request: Request| logins.check(&request))
///             .route("/login", async || "welcome"),
///     )
/// # ;
/// ```
///
/// As middleware it runs before other middleware (priority -400).
#[derive(Clone)]
#[must_use = "it does nothing until it is added to an application"]
pub struct RateLimit {
    count: u32,
    period: Duration,
    burst: u32,
    clients: usize,
    key: Option<Arc<Key>>,
    limiter: Arc<Mutex<RateLimiter>>,
}

#[derive(Hash)]
enum Client {
    Network(Option<IpAddr>),
    Key(String),
}

type Key = dyn Fn(&Request) -> Option<String> + Send + Sync;

impl RateLimit {
    /// So many requests of each client in a period, and all of them at once at most.
    pub fn new(count: u32, period: Duration) -> Self {
        let (burst, clients) = (count, CLIENTS);
        let limiter = limiter(count, period, burst, clients);
        Self { count, period, burst, clients, key: None, limiter }
    }

    /// How many requests a client that was silent may send at once. Default: the whole count.
    pub fn burst(mut self, burst: u32) -> Self {
        self.burst = burst;
        self.renew()
    }

    /// How many clients are remembered, 50 bytes for each; those that were silent for the longest
    /// time are forgotten first. Default: 65 536.
    pub fn clients(mut self, clients: usize) -> Self {
        self.clients = clients;
        self.renew()
    }

    /// Counts by a text instead of the address: by a token, or by the name of a user. `None` is the
    /// address. Texts that clients can make up are no limit: check them before.
    ///
    /// ```
    /// use std::time::Duration;
    /// use tremolo::{RateLimit, Request};
    ///
    /// # let _ =
    /// RateLimit::new(100, Duration::from_secs(1))
    ///     .key(|request: &Request| request.extensions().get::<String>())
    /// # ;
    /// ```
    pub fn key(mut self, key: impl Fn(&Request) -> Option<String> + Send + Sync + 'static) -> Self {
        self.key = Some(Arc::new(key));
        self
    }

    /// Counts a request, where a limit holds for a part of an application only.
    ///
    /// # Errors
    ///
    /// 429 with `Retry-After` for one too many, which does not count.
    pub fn check(&self, request: &Request) -> Result<(), HttpError> {
        let key = self.key.as_ref().and_then(|key| key(request));
        let client = match key {
            Some(key) => Client::Key(key),
            None => Client::Network(request.ip().map(client_network)),
        };
        let now = clock::instant();
        let admitted = {
            let mut limiter = self.limiter.lock().unwrap_or_else(PoisonError::into_inner);
            limiter.admit(&client, now)
        };
        admitted.map_err(|wait| {
            let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
            HttpError::new(429).with_header("Retry-After", seconds.to_string())
        })
    }

    /// With new numbers nothing is counted yet.
    fn renew(mut self) -> Self {
        self.limiter = limiter(self.count, self.period, self.burst, self.clients);
        self
    }
}

impl Middleware for RateLimit {
    fn add_to(self, application: Application) -> Application {
        application.on_request_at(EARLY, async move |request: Request| self.check(&request))
    }
}

impl fmt::Debug for RateLimit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RateLimit")
            .field("count", &self.count)
            .field("period", &self.period)
            .field("burst", &self.burst)
            .finish_non_exhaustive()
    }
}

fn limiter(count: u32, period: Duration, burst: u32, clients: usize) -> Arc<Mutex<RateLimiter>> {
    Arc::new(Mutex::new(RateLimiter::new(count, period, burst, clients)))
}

/// The default of [`RateLimit::clients`].
const CLIENTS: usize = 65_536;

/// After CORS, whose fields a page needs to read the 429.
const EARLY: i32 = -400;
