//! The configuration of TLS of one listener, and how it is replaced when its files change.

use std::fmt;
use std::fs::Metadata;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::{Duration, Instant};

use rustls::server::{NoClientAuth, WebPkiClientVerifier};
use rustls::{ServerConfig, ServerConnection};
use tremolo_core::Config;

use crate::error::{Cause, TlsError};
use crate::identity::{CERT, CLIENT_CA, Files, refused};
use crate::resolver::Resolver;
use crate::session::Session;

/// Certificates, keys and the state of resumption of a listener; shared by all its workers.
///
/// ```
/// use tremolo_core::Config;
/// use tremolo_tls::TlsContext;
///
/// assert!(TlsContext::load(&Config::default())?.is_none(), "not encrypted");
/// let config = Config { tls_cert: "/no/such/file".into(), ..Config::default() };
/// let error = TlsContext::load(&config).unwrap_err().to_string();
/// assert!(error.starts_with("tls_cert: /no/such/file: "), "{error}");
/// # Ok::<(), tremolo_tls::TlsError>(())
/// ```
pub struct TlsContext {
    files: Files,
    client_required: bool,
    current: RwLock<Arc<ServerConfig>>,
    checked: Mutex<Checked>,
    /// Held while files are read: of two calls the later one must not set older files.
    reloading: Mutex<()>,
}

/// What the files were when they were last looked at.
#[derive(Debug)]
struct Checked {
    /// `None`: not since the start.
    at: Option<Instant>,
    stamps: Vec<Option<Stamp>>,
}

impl TlsContext {
    /// Reads the files that the options name. `None` if there is no certificate: the listener is not
    /// encrypted.
    ///
    /// # Errors
    ///
    /// A file that cannot be read or used.
    pub fn load(config: &Config) -> Result<Option<Self>, TlsError> {
        if !config.is_tls() {
            return Ok(None);
        }
        let files = Files::new(config)?;
        let client_required = config.tls_client_required;
        // The stamps first: a file that changes while it is read is read again.
        let checked = Checked { at: None, stamps: stamps(&files) };
        let current = RwLock::new(Arc::new(server_config(&files, client_required)?));
        let (checked, reloading) = (Mutex::new(checked), Mutex::default());
        Ok(Some(Self { files, client_required, current, checked, reloading }))
    }

    /// The session of a connection that was accepted.
    ///
    /// # Errors
    ///
    /// TLS cannot begin one; most likely there is no memory.
    pub fn session(&self) -> Result<Session, TlsError> {
        let current = Arc::clone(&self.current.read().unwrap_or_else(PoisonError::into_inner));
        let tls = ServerConnection::new(current);
        tls.map(Session::new)
            .map_err(|error| TlsError::about(CERT, Cause::Refused(error.to_string())))
    }

    /// Reads the files again if one has changed. They are looked at once in a second at most. `None`
    /// if nothing has changed.
    pub fn reload_if_changed(&self, now: Instant) -> Option<Result<(), TlsError>> {
        let mut checked = self.checked.lock().unwrap_or_else(PoisonError::into_inner);
        let is_early = |at: Instant| now.saturating_duration_since(at) < CHECK_INTERVAL;
        if checked.at.is_some_and(is_early) {
            return None;
        }
        checked.at = Some(now);
        let stamps = stamps(&self.files);
        if stamps == checked.stamps {
            return None;
        }
        checked.stamps = stamps;
        drop(checked);
        Some(self.reload())
    }

    /// Reads the files again. Connections that are open keep what they began with.
    ///
    /// # Errors
    ///
    /// A file that cannot be read or used; what was loaded before remains.
    pub fn reload(&self) -> Result<(), TlsError> {
        let _reloading = self.reloading.lock().unwrap_or_else(PoisonError::into_inner);
        let next = Arc::new(server_config(&self.files, self.client_required)?);
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = next;
        Ok(())
    }
}

impl fmt::Debug for TlsContext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Without the password.
        let paths: Vec<_> = self.files.paths().collect();
        f.debug_struct("TlsContext").field("paths", &paths).finish_non_exhaustive()
    }
}

fn server_config(files: &Files, client_required: bool) -> Result<ServerConfig, TlsError> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let identities = files.identities(&provider)?;
    let internal = |error: rustls::Error| TlsError::about(CERT, Cause::Refused(error.to_string()));
    let verifier = match files.authorities()? {
        None => Arc::new(NoClientAuth),
        Some(roots) => {
            let builder =
                WebPkiClientVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&provider));
            let builder = if client_required { builder } else { builder.allow_unauthenticated() };
            builder.build().map_err(|error| refused(CLIENT_CA, Path::new(""), &error))?
        }
    };
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&rustls::version::TLS13, &rustls::version::TLS12])
        .map_err(internal)?
        .with_client_cert_verifier(verifier)
        .with_cert_resolver(Arc::new(Resolver::new(identities)));
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    config.ticketer = rustls::crypto::ring::Ticketer::new().map_err(internal)?;
    // The server's order of ciphers does not count: a client without AES in hardware knows better.
    config.ignore_client_order = false;
    Ok(config)
}

/// What distinguishes a version of a file: time of modification and of change, inode, length.
type Stamp = (i64, i64, i64, i64, u64, u64);

fn stamps(files: &Files) -> Vec<Option<Stamp>> {
    files.paths().map(|path| std::fs::metadata(path).ok().map(|file| stamp(&file))).collect()
}

fn stamp(file: &Metadata) -> Stamp {
    use std::os::unix::fs::MetadataExt;

    let (modified, changed) = (file.mtime_nsec(), file.ctime_nsec());
    (file.mtime(), modified, file.ctime(), changed, file.ino(), file.len())
}

/// Changed files are noticed within this time.
const CHECK_INTERVAL: Duration = Duration::from_secs(1);
