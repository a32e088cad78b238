//! Takes the place of `tls.rs` in a build without the feature `tls`: a listener with a certificate
//! does not start, so that there is no context and no session.

use std::convert::Infallible;
pub(crate) use std::io::Error as TlsError;
use std::io::ErrorKind;
use std::time::Instant;

use tremolo_core::Config;

/// The certificates of a listener: there are none.
#[derive(Debug)]
pub(crate) struct TlsContext(Infallible);

/// The encryption of a connection: there is none.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Session(pub(crate) Infallible);

impl TlsContext {
    pub(crate) fn load(config: &Config) -> Result<Option<Self>, TlsError> {
        let why = "tls_cert: this program was built without the feature `tls` of Tremolo";
        if config.is_tls() { Err(TlsError::new(ErrorKind::Unsupported, why)) } else { Ok(None) }
    }

    pub(crate) fn reload(&self) -> Result<(), TlsError> {
        match self.0 {}
    }

    pub(crate) fn reload_if_changed(&self, _now: Instant) -> Option<Result<(), TlsError>> {
        match self.0 {}
    }

    pub(crate) fn session(&self) -> Result<Session, TlsError> {
        match self.0 {}
    }
}
