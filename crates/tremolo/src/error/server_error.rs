//! The error of a server that does not start, or that ends.

use std::error::Error as StdError;
use std::panic::Location;
use std::{fmt, io};

use tremolo_core::routing::RouteError;
use tremolo_core::{ConfigError, LoadError};
use tremolo_files::FolderError;

use crate::tls::TlsError;

/// Why a server does not start, or has ended.
///
/// Its `Debug` form is the sentence of its `Display`, because that is what a `main` that returns
/// it prints.
#[non_exhaustive]
pub enum Error {
    /// A value of the configuration makes no sense.
    Config(ConfigError),
    /// The environment or a file of the configuration has a mistake.
    Load(LoadError),
    /// The application cannot be served: a handler needs a value that is missing, or an option is
    /// not valid.
    Setup(String),
    /// The address cannot be understood.
    InvalidAddress(String),
    /// The URL of Redis cannot be understood: why.
    InvalidRedisUrl(&'static str),
    /// The address cannot be listened on; in use, for instance.
    Listen {
        /// The address as it was given.
        address: String,
        /// The error of the system.
        source: io::Error,
    },
    /// The `pid_file` cannot be written, or belongs to a process that runs.
    PidFile {
        /// Its path as it was given.
        path: String,
        /// The error of the system.
        source: io::Error,
    },
    /// [`Application::run`](crate::Application::run) was called on a thread of a tokio runtime,
    /// which it would block. Start the server with
    /// [`Application::start`](crate::Application::start) there.
    InsideRuntime,
    /// A worker could not be started, or failed.
    Worker(io::Error),
    /// The server has ended before so many requests were complete: `shutdown_timeout` has passed, or
    /// it was ended at once.
    Unfinished(usize),
    /// A certificate or a key cannot be used.
    Tls(TlsError),
    /// A folder cannot be served.
    Folder(FolderError),
    /// A route cannot be used, or all of them together.
    Route {
        /// What is wrong.
        reason: RouteError,
        /// The line that added it, if it is a single one.
        at: Option<&'static Location<'static>>,
    },
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Config(error) => write!(f, "bad configuration: {error}"),
            Self::Load(error) => write!(f, "bad configuration: {error}"),
            Self::Setup(why) => f.write_str(why),
            Self::InvalidAddress(address) => write!(
                f,
                "not an address to listen on: {address:?}; one is host:port, the path of a Unix \
                 socket, fd://N or systemd://"
            ),
            Self::InvalidRedisUrl(why) => write!(
                f,
                "not a URL of Redis: {why}; one is redis://user:password@host:port or unix:///path"
            ),
            Self::Listen { address, source } => write!(f, "cannot listen on {address}: {source}"),
            Self::PidFile { path, source } => write!(f, "cannot use the pid file {path}: {source}"),
            Self::InsideRuntime => f.write_str(
                "Application::run was called inside a tokio runtime, whose thread it would block; \
                 in an async function write `let server = application.listen(address).start()?;`, \
                 await what ends the program, then call `server.stop()` and `server.wait()` \
                 (see Application::start)",
            ),
            Self::Worker(source) => write!(f, "a worker failed: {source}"),
            Self::Unfinished(1) => f.write_str("1 request was cancelled when the server ended"),
            Self::Unfinished(count) => {
                write!(f, "{count} requests were cancelled when the server ended")
            }
            Self::Tls(error) => write!(f, "bad configuration: {error}"),
            Self::Folder(error) => error.fmt(f),
            Self::Route { reason, at: Some(at) } => write!(f, "{reason} ({at})"),
            Self::Route { reason, at: None } => write!(f, "{reason}"),
        }
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        match self {
            Self::Config(error) => Some(error),
            Self::Load(error) => Some(error),
            Self::Listen { source, .. } | Self::PidFile { source, .. } | Self::Worker(source) => {
                Some(source)
            }
            Self::Tls(error) => Some(error),
            Self::Folder(error) => Some(error),
            Self::Setup(_)
            | Self::InvalidAddress(_)
            | Self::InvalidRedisUrl(_)
            | Self::InsideRuntime
            | Self::Unfinished(_)
            | Self::Route { .. } => None,
        }
    }
}

impl From<ConfigError> for Error {
    fn from(error: ConfigError) -> Self {
        Self::Config(error)
    }
}

impl From<LoadError> for Error {
    fn from(error: LoadError) -> Self {
        Self::Load(error)
    }
}
