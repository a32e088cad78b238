//! The certificate of a listener.

use tremolo_core::config::Value;

use super::Listen;

impl Listen {
    /// Encrypts the connections of this listener, with a certificate and its key in PEM files.
    /// Several are lists with commas. Default: [`Config::tls_cert`](crate::Config::tls_cert).
    ///
    /// ```
    /// use tremolo::{Application, Listen};
    ///
    /// # let _ =
    /// Application::new()
    ///     .listen(Listen::new("0.0.0.0:443").tls("/etc/app/cert.pem", "/etc/app/key.pem"))
    /// # ;
    /// ```
    #[must_use]
    pub fn tls(self, certificate: impl Into<String>, key: impl Into<String>) -> Self {
        self.option("tls_cert", Value::Text(certificate.into()))
            .option("tls_key", Value::Text(key.into()))
    }
}
