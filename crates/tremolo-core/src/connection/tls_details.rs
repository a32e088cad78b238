//! What a driver of an encrypted connection reports about its session.

/// What a TLS handshake has agreed on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct TlsDetails {
    /// The version of the protocol: `TLSv1.2` or `TLSv1.3`.
    pub version: &'static str,
    /// The same as a number: 0x0303 is TLS 1.2, 0x0304 is TLS 1.3.
    pub version_number: u16,
    /// The name of the cipher suite in the registry of the IANA, such as `TLS_AES_128_GCM_SHA256`.
    pub cipher: &'static str,
    /// Its number there (RFC 8446 appendix B.4).
    pub cipher_number: u16,
    /// The name that the client asked for (SNI, RFC 6066 section 3), in lower case. It is not
    /// compared with the `Host` of the requests.
    pub server_name: Option<Box<str>>,
    /// The certificate of the client in DER, if it has sent one. It was verified.
    pub client_certificate: Option<Box<[u8]>>,
}
