//! The certificate that the client has sent in its TLS handshake.

use tremolo_tls::ClientCertificate;

use super::Request;

impl Request {
    /// The certificate of the client, if it has sent one: see
    /// [`Config::tls_client_ca`](crate::Config::tls_client_ca). Each call parses it.
    ///
    /// ```
    /// use tremolo::{HttpError, Request};
    ///
    /// async fn whoami(request: Request) -> Result<String, HttpError> {
    ///     let certificate = request.client_certificate().ok_or_else(HttpError::forbidden)?;
    ///     Ok(certificate.common_name.unwrap_or(certificate.subject))
    /// }
    /// # tremolo::Application::new().route("/", whoami);
    /// ```
    #[must_use]
    pub fn client_certificate(&self) -> Option<ClientCertificate> {
        self.tls().and_then(|tls| ClientCertificate::of(&tls))
    }
}
