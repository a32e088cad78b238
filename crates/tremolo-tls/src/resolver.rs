//! Selects the certificate for a client: by the name that it asks for (SNI, RFC 6066 section 3), and
//! by the signatures that it understands.

use std::sync::Arc;

use rustls::client::verify_server_name;
use rustls::pki_types::ServerName;
use rustls::server::{ClientHello, ParsedCertificate, ResolvesServerCert};
use rustls::sign::CertifiedKey;

/// The certificates of a listener, in the order of the configuration.
#[derive(Debug)]
pub(crate) struct Resolver {
    identities: Vec<Arc<CertifiedKey>>,
}

impl Resolver {
    pub(crate) fn new(identities: Vec<Arc<CertifiedKey>>) -> Self {
        Self { identities }
    }
}

impl ResolvesServerCert for Resolver {
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        if let [single] = self.identities.as_slice() {
            return Some(Arc::clone(single));
        }
        let understood = |identity: &&Arc<CertifiedKey>| {
            identity.key.choose_scheme(hello.signature_schemes()).is_some()
        };
        let named = hello.server_name().and_then(|name| ServerName::try_from(name).ok());
        let candidates = || self.identities.iter().filter(understood);
        let fitting = named
            .and_then(|name| candidates().find(|identity| is_for(identity, &name)))
            .or_else(|| candidates().next());
        fitting.map(Arc::clone)
    }
}

/// Whether a certificate is valid for a name.
fn is_for(identity: &CertifiedKey, name: &ServerName<'_>) -> bool {
    let own = identity.end_entity_cert().and_then(ParsedCertificate::try_from);
    own.is_ok_and(|own| verify_server_name(&own, name).is_ok())
}
