//! Certificates of clients, as handlers see them (RFC 5280, RFC 4514).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use sha2::{Digest as _, Sha256};
use tremolo_core::TlsDetails;
use x509_cert::Certificate;
use x509_cert::attr::AttributeTypeAndValue;
use x509_cert::der::Decode as _;
use x509_cert::der::asn1::{PrintableStringRef, Utf8StringRef};
use x509_cert::der::oid::db::rfc4519::CN;
use x509_cert::ext::pkix::SubjectAltName;
use x509_cert::ext::pkix::name::GeneralName;

/// The certificate of a client. The handshake has verified that one of the authorities of
/// `tls_client_ca` has issued it, and that the client has its key.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ClientCertificate {
    /// The subject, as RFC 4514 writes it: `CN=alice,O=Example`. Commas and other special
    /// characters in values are escaped.
    pub subject: String,
    /// The common name of the subject, if it has one.
    pub common_name: Option<String>,
    /// The authority that has issued it, written like the subject.
    pub issuer: String,
    /// The serial number in upper-case hexadecimal digits. It is unique for its issuer.
    pub serial_number: String,
    /// The SHA-256 checksum of the certificate, in lower-case hexadecimal digits.
    pub fingerprint: String,
    /// The alternative names of the subject. Those of other kinds are left out.
    pub alternative_names: Vec<AlternativeName>,
    /// The certificate in DER.
    pub der: Box<[u8]>,
}

/// An alternative name of the subject of a certificate (RFC 5280 section 4.2.1.6).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum AlternativeName {
    /// A name in the DNS.
    Dns(String),
    /// The address of a mailbox.
    Email(String),
    /// A URI, such as a SPIFFE ID.
    Uri(String),
    /// An IP address.
    Ip(IpAddr),
}

impl ClientCertificate {
    /// The certificate of the client of a session. `None` if it has sent none, or one that is not
    /// valid DER of X.509: such a client counts as one without a certificate.
    #[must_use]
    pub fn of(details: &TlsDetails) -> Option<Self> {
        Self::from_der(details.client_certificate.as_deref()?)
    }

    /// Reads a certificate in DER; `None` if it is not valid.
    ///
    /// ```
    /// assert!(tremolo_tls::ClientCertificate::from_der(b"not a certificate").is_none());
    /// ```
    #[must_use]
    pub fn from_der(der: &[u8]) -> Option<Self> {
        let parsed = Certificate::from_der(der).ok()?.tbs_certificate;
        let names = parsed.get::<SubjectAltName>().ok()?;
        let names = names.map(|(_, SubjectAltName(names))| names).unwrap_or_default();
        let mut attributes = parsed.subject.0.iter().flat_map(|set| set.0.iter());
        Some(Self {
            common_name: attributes.find(|attribute| attribute.oid == CN).and_then(text),
            subject: parsed.subject.to_string(),
            issuer: parsed.issuer.to_string(),
            serial_number: hex(parsed.serial_number.as_bytes()).to_ascii_uppercase(),
            fingerprint: hex(&Sha256::digest(der)),
            alternative_names: names.iter().filter_map(alternative_name).collect(),
            der: der.into(),
        })
    }
}

fn alternative_name(name: &GeneralName) -> Option<AlternativeName> {
    Some(match name {
        GeneralName::DnsName(name) => AlternativeName::Dns(name.to_string()),
        GeneralName::Rfc822Name(address) => AlternativeName::Email(address.to_string()),
        GeneralName::UniformResourceIdentifier(uri) => AlternativeName::Uri(uri.to_string()),
        GeneralName::IpAddress(address) => AlternativeName::Ip(ip(address.as_bytes())?),
        _ => return None,
    })
}

fn ip(bytes: &[u8]) -> Option<IpAddr> {
    let v4 = <[u8; 4]>::try_from(bytes).map(Ipv4Addr::from).map(IpAddr::from);
    v4.or_else(|_| <[u8; 16]>::try_from(bytes).map(Ipv6Addr::from).map(IpAddr::from)).ok()
}

/// The text of an attribute of a name, in one of the types that are in use.
fn text(attribute: &AttributeTypeAndValue) -> Option<String> {
    let value = &attribute.value;
    let utf8 = value.decode_as::<Utf8StringRef<'_>>().map(|text| text.to_string());
    let printable = || value.decode_as::<PrintableStringRef<'_>>().map(|text| text.to_string());
    utf8.or_else(|_| printable()).ok()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
