//! The configuration of a server: one flat table, the same names in every front.
//!
//! Every limit and every clock of the engine is named here, with its default, its unit and the
//! reason for its value. Nothing in the engine has a hidden bound.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use crate::forwarded::{Trust, TrustedProxies};

/// Limits, clocks and habits of a connection.
///
/// ```
/// use tremolo_core::Config;
///
/// let config = Config { client_max_body_size: 64 << 20, ..Config::default() };
/// assert!(config.validate().is_ok());
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Config {
    /// Workers. Default 1; 0: one for each processor.
    pub worker_num: usize,
    /// Threads of each worker for blocking handlers, and locks of the application. Default 5: a few
    /// that wait for a disk or a database; each is a whole thread (the original: 5).
    pub thread_pool_size: usize,
    /// Whether each worker has a listening socket of its own (`SO_REUSEPORT`). Default true. Then a
    /// second process of the same user can listen on the port as well, so that a restart has no
    /// moment in which clients are refused.
    pub reuse_port: bool,
    /// Connections that wait to be accepted. Default 1 024.
    pub backlog: u32,
    /// Whether every connection begins with a PROXY protocol header, version 1 or 2; a listener can
    /// have its own value. Default false. A connection without one is closed. The addresses in it
    /// are used only if the peer is one of the `trusted_proxies`.
    pub proxy_protocol: bool,
    /// Peers that may speak for others: by a PROXY protocol header, `X-Forwarded-For`, `-Proto` and
    /// `-Host`, and `Forwarded`. Default: loopback and Unix sockets, for a proxy on this machine.
    pub trusted_proxies: TrustedProxies,
    /// Whether `Forwarded` (RFC 7239) of a trusted proxy is read, and before the `X-` fields.
    /// Default false: common proxies write the `X-` fields and let a client's own `Forwarded`
    /// pass (nginx, Apache).
    pub trust_forwarded: bool,
    /// The mode of a Unix socket. Default `0o660`: owner and group.
    pub unix_socket_mode: u32,
    /// Open connections of the server; at the limit it stops accepting. Default: as many as
    /// `RLIMIT_NOFILE` allows, which is raised to its hard limit.
    pub max_connections: Option<usize>,
    /// Idle connections that a worker keeps; when more come, those idle longest are closed.
    /// Default 10 000.
    pub keepalive_connections: usize,
    /// How much is logged. Default [`LogLevel::Info`].
    ///
    /// It counts for the logger that the server sets up itself; `RUST_LOG` is not read.
    pub log_level: LogLevel,
    /// How log lines look. Default [`LogFormat::Text`].
    pub log_fmt: LogFormat,
    /// Whether each exchange is a line of the log, and how it looks. Default [`AccessLog::Off`].
    ///
    /// The lines have the level [`LogLevel::Info`].
    pub access_log: AccessLog,
    /// Bytes per read and write step. Default 16 384: one TLS record, one page run.
    ///
    /// `write` waits while more than four times this is queued, until less than half of it is.
    pub buffer_size: usize,
    /// Bytes of a request head, request line included. Default 8 192 (nginx 8 KiB, Apache 8 190
    /// bytes per line). More is answered with 431, a request line that alone is longer with 414.
    pub client_max_header_size: usize,
    /// Fields of a request head. Default 100 (Apache 100, hyper 100). More is answered with 431.
    pub client_max_header_fields: usize,
    /// Bytes of a request body, chunk framing not counted. Default 2 097 152 (2 MiB; nginx 1 MiB).
    /// More is answered with 413.
    pub client_max_body_size: u64,
    /// Pairs of a query string, and of a form that is read whole. Default 100 (the original: 100;
    /// Django 1 000). More is answered with 400.
    pub max_query_fields: usize,
    /// Bytes of an unread request body that are discarded to keep a connection. Default 262 144:
    /// about what is in flight anyway. A longer rest closes the connection.
    pub discard_limit: u64,
    /// Bytes per second that are read from a connection, bodies and heads alike. Default 0: no
    /// limit. The first four times `buffer_size` bytes after a pause are not delayed.
    pub upload_rate: u64,
    /// Bytes per second that are written to a connection; a response can set its own. Default 0:
    /// no limit (the original has 1 MiB/s in place of backpressure). As for `upload_rate`.
    pub download_rate: u64,
    /// Whether responses are compressed for clients that accept it (`Accept-Encoding`); a handler
    /// can have its own value. Default false: an attacker that sees the length of an encrypted
    /// response with both a secret and text of the attacker can guess the secret (BREACH), and
    /// often a proxy does it already.
    pub compression: bool,
    /// Bytes from which on a body is worth compressing, if its length is known. Default 1 024:
    /// below, one packet holds it anyway (nginx 20, Caddy 512).
    pub compression_min_size: u64,
    /// Buffers queued for one connection. Default 128.
    pub max_queue_size: usize,
    /// Time for a request head to be complete, and between two pieces of a body. Default 30 s.
    pub request_timeout: Duration,
    /// Time a connection may idle between requests. Default 30 s.
    pub keepalive_timeout: Duration,
    /// Time without progress while something is queued, after which a slow reader is cut.
    /// Default 30 s.
    pub write_timeout: Duration,
    /// Time that a handler may take without progress. Default 120 s. Progress is a piece that the
    /// handler reads or writes, or bytes that the client takes. The answer is 500, or 408 if the
    /// client was the slow side; a response that has begun is cut.
    pub app_handler_timeout: Duration,
    /// Time that a handler has for its clean-up after its client has gone. Default 30 s. A handler
    /// has it if it notices: by a read or a write that fails, or because it waits for the client to
    /// go. A handler that waits for something else is dropped at once.
    pub app_close_timeout: Duration,
    /// Whether a client that closes its sending half counts as gone. Default [`HalfClose::Grace`].
    pub half_close: HalfClose,
    /// Time between such a close and the moment at which the client counts as gone. Default 1 s:
    /// enough for a quick answer to `nc` and to scripts that close early.
    pub half_close_grace: Duration,
    /// Time in all for which we go on reading after an early answer. Default 10 s.
    pub lingering_time: Duration,
    /// Silence after which the lingering ends. Default 2 s.
    pub lingering_timeout: Duration,
    /// Time that running requests get when the server stops. Default 30 s.
    pub shutdown_timeout: Duration,
    /// The `Server` field; empty: none is sent. Default `Tremolo`.
    pub server_name: String,
    /// Show the text of unexpected errors to the client. Default false.
    pub debug: bool,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            worker_num: 1,
            thread_pool_size: 5,
            reuse_port: true,
            backlog: 1_024,
            proxy_protocol: false,
            trusted_proxies: TrustedProxies::default(),
            trust_forwarded: false,
            unix_socket_mode: 0o660,
            max_connections: None,
            keepalive_connections: 10_000,
            log_level: LogLevel::Info,
            log_fmt: LogFormat::Text,
            access_log: AccessLog::Off,
            buffer_size: 16_384,
            client_max_header_size: 8_192,
            client_max_header_fields: 100,
            client_max_body_size: 2 << 20,
            max_query_fields: 100,
            discard_limit: 256 << 10,
            upload_rate: 0,
            download_rate: 0,
            compression: false,
            compression_min_size: 1_024,
            max_queue_size: 128,
            request_timeout: Duration::from_secs(30),
            keepalive_timeout: Duration::from_secs(30),
            write_timeout: Duration::from_secs(30),
            app_handler_timeout: Duration::from_secs(120),
            app_close_timeout: Duration::from_secs(30),
            half_close: HalfClose::Grace,
            half_close_grace: Duration::from_secs(1),
            lingering_time: Duration::from_secs(10),
            lingering_timeout: Duration::from_secs(2),
            shutdown_timeout: Duration::from_secs(30),
            server_name: "Tremolo".to_owned(),
            debug: false,
        }
    }
}

impl Config {
    /// Checks every value; a server refuses to start with one that makes no sense.
    ///
    /// # Errors
    ///
    /// The name of the first bad value, and what is wrong with it.
    pub fn validate(&self) -> Result<(), ConfigError> {
        let at_least = |name, value: usize, least: usize| {
            if value < least { Err(ConfigError { name, reason: "too small" }) } else { Ok(()) }
        };
        at_least("buffer_size", self.buffer_size, 1_024)?;
        at_least("client_max_header_size", self.client_max_header_size, 64)?;
        at_least("client_max_header_fields", self.client_max_header_fields, 1)?;
        at_least("max_query_fields", self.max_query_fields, 1)?;
        at_least("backlog", self.backlog as usize, 1)?;
        at_least("max_connections", self.max_connections.unwrap_or(1), 1)?;
        at_least("thread_pool_size", self.thread_pool_size, 1)?;
        if self.thread_pool_size > 10_000 {
            return Err(ConfigError { name: "thread_pool_size", reason: "over 10 000" });
        }
        if self.unix_socket_mode > 0o777 {
            return Err(ConfigError { name: "unix_socket_mode", reason: "over 0o777" });
        }
        at_least("max_queue_size", self.max_queue_size, 1)?;
        // Field offsets inside a head are 32-bit numbers.
        if self.client_max_header_size > 1 << 24 {
            return Err(ConfigError { name: "client_max_header_size", reason: "over 16 MiB" });
        }
        for (name, value) in [
            ("request_timeout", self.request_timeout),
            ("keepalive_timeout", self.keepalive_timeout),
            ("write_timeout", self.write_timeout),
            ("app_handler_timeout", self.app_handler_timeout),
            ("app_close_timeout", self.app_close_timeout),
            ("half_close_grace", self.half_close_grace),
            ("lingering_time", self.lingering_time),
            ("lingering_timeout", self.lingering_timeout),
            ("shutdown_timeout", self.shutdown_timeout),
        ] {
            // A century: far enough, and no instant plus a duration can overflow.
            if value > Duration::from_secs(100 * 366 * 86_400) {
                return Err(ConfigError { name, reason: "over a hundred years" });
            }
        }
        if self.server_name.bytes().any(|b| b != b'\t' && !(0x20..0x7f).contains(&b)) {
            return Err(ConfigError { name: "server_name", reason: "not printable ASCII" });
        }
        Ok(())
    }

    /// The trusted proxies and the fields of theirs that are used: for
    /// [`forwarded::resolve`](crate::forwarded::resolve).
    #[must_use]
    pub fn trust(&self) -> Trust<'_> {
        Trust { proxies: &self.trusted_proxies, forwarded: self.trust_forwarded }
    }
}

/// What the end of a client's sending half (a FIN) behind a complete request means.
///
/// A program such as `nc` closes its sending half and still waits for the answer. A browser that
/// leaves closes its socket. Both look the same.
///
/// ```
/// use tremolo_core::HalfClose;
///
/// assert_eq!("close".parse(), Ok(HalfClose::Close));
/// assert!("never".parse::<HalfClose>().is_err());
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum HalfClose {
    /// The client counts as gone after `half_close_grace`, unless the handler has begun to write.
    #[default]
    Grace,
    /// The client waits for its answer, however long that takes.
    Allow,
    /// The client counts as gone at once, even while it is being answered. One that closes in the
    /// middle of its request still has `half_close_grace` for the error response.
    Close,
}

/// A text that is none of `grace`, `allow` and `close`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvalidHalfClose;

impl fmt::Display for InvalidHalfClose {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("none of grace, allow and close")
    }
}

impl std::error::Error for InvalidHalfClose {}

impl FromStr for HalfClose {
    type Err = InvalidHalfClose;

    fn from_str(text: &str) -> Result<Self, InvalidHalfClose> {
        match text {
            "grace" => Ok(Self::Grace),
            "allow" => Ok(Self::Allow),
            "close" => Ok(Self::Close),
            _ => Err(InvalidHalfClose),
        }
    }
}

/// How much is logged: each level has those before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LogLevel {
    /// Nothing.
    Off,
    /// What failed.
    Error,
    /// What looks wrong.
    Warn,
    /// What an operator wants to know.
    Info,
    /// What a developer wants to know.
    Debug,
    /// Everything.
    Trace,
}

/// How log lines look.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LogFormat {
    /// For people.
    Text,
    /// For programs: one JSON object a line.
    Json,
}

/// Whether and how exchanges are logged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AccessLog {
    /// They are not.
    Off,
    /// The combined format that servers share, and the duration behind it.
    Text,
    /// One JSON object a line.
    Json,
}

/// A value of the configuration that makes no sense.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ConfigError {
    /// The name of the value.
    pub name: &'static str,
    /// What is wrong with it.
    pub reason: &'static str,
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.name, self.reason)
    }
}

impl std::error::Error for ConfigError {}
