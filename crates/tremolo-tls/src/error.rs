//! Why certificates and keys cannot be used: one line that names the option and the file.

use std::error::Error;
use std::path::PathBuf;
use std::{fmt, io};

/// A certificate, a key or another part of the configuration of TLS that cannot be used.
#[derive(Debug)]
pub struct TlsError {
    /// The name of the option.
    pub option: &'static str,
    /// The file, if the error concerns one.
    pub path: Option<PathBuf>,
    /// What is wrong with it.
    pub cause: Cause,
}

/// What is wrong with a part of the configuration of TLS.
#[derive(Debug)]
#[non_exhaustive]
pub enum Cause {
    /// The file cannot be read.
    Unreadable(io::Error),
    /// The file has no part of this kind.
    Missing(&'static str),
    /// The file is not valid PEM.
    InvalidPem,
    /// The key is encrypted, and there is no password.
    NoPassword,
    /// The password does not open the key, or its encryption is not supported.
    WrongPassword,
    /// The key is in the old encrypted format of OpenSSL, which is weak.
    OldEncryption,
    /// There are so many certificates, and so many keys.
    Count(usize, usize),
    /// The key does not belong to the certificate.
    KeyMismatch,
    /// TLS refuses it for this reason.
    Refused(String),
}

impl TlsError {
    pub(crate) fn of(option: &'static str, path: impl Into<PathBuf>, cause: Cause) -> Self {
        Self { option, path: Some(path.into()), cause }
    }

    pub(crate) fn about(option: &'static str, cause: Cause) -> Self {
        Self { option, path: None, cause }
    }
}

impl fmt::Display for TlsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.option)?;
        if let Some(path) = &self.path {
            write!(f, "{}: ", path.display())?;
        }
        match &self.cause {
            Cause::Unreadable(error) => error.fmt(f),
            Cause::Missing(kind) => write!(f, "the file has no {kind} in PEM format"),
            Cause::InvalidPem => f.write_str("not a valid PEM file"),
            Cause::NoPassword => f.write_str("the key is encrypted: set `tls_key_password`"),
            Cause::WrongPassword => {
                f.write_str("`tls_key_password` does not open the key, or its cipher is unknown")
            }
            Cause::OldEncryption => f.write_str(
                "the key is encrypted in the old format of OpenSSL: convert it with \
                 `openssl pkcs8 -topk8 -in OLD -out NEW`",
            ),
            Cause::Count(certificates, keys) => {
                write!(f, "{keys} keys for {certificates} certificates: one each is needed")
            }
            Cause::KeyMismatch => f.write_str("the key does not belong to the certificate"),
            Cause::Refused(reason) => f.write_str(reason),
        }
    }
}

impl Error for TlsError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match &self.cause {
            Cause::Unreadable(error) => Some(error),
            _ => None,
        }
    }
}
