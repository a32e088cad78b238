//! TLS for the fronts of Tremolo: certificates and keys, and the step between a socket and the
//! engine (RFC 8446, RFC 5246).
//!
//! The crate opens no socket and knows no runtime. A front makes a [`Session`] for each accepted
//! connection, and gives it the socket with each call. [`TlsContext`] has the certificates of one
//! listener.
#![forbid(unsafe_code)]

mod client_certificate;
mod context;
mod details;
mod error;
mod identity;
mod key;
mod resolver;
mod session;
mod wire;

pub use client_certificate::{AlternativeName, ClientCertificate};
pub use context::TlsContext;
pub use error::{Cause, TlsError};
pub use session::Session;
