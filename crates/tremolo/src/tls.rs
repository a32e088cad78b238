//! Encryption, from `tremolo-tls`.

pub(crate) use tremolo_tls::{Session, TlsContext, TlsError};
