//! Private keys in PEM files: PKCS #1, SEC 1 and PKCS #8, the last also encrypted (RFC 5958,
//! RFC 8018).

use pkcs8::{EncryptedPrivateKeyInfo, SecretDocument};
use rustls::pki_types::pem::{self, PemObject};
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};

use crate::error::Cause;

/// The first private key of a PEM file.
pub(crate) fn parse(pem: &[u8], password: &str) -> Result<PrivateKeyDer<'static>, Cause> {
    let text = String::from_utf8_lossy(pem);
    if let Some(section) = section(&text, ENCRYPTED_BEGIN, ENCRYPTED_END) {
        return decrypt(section, password);
    }
    if text.contains(OLD_ENCRYPTION) {
        return Err(Cause::OldEncryption);
    }
    PrivateKeyDer::from_pem_slice(pem).map_err(|error| match error {
        pem::Error::NoItemsFound => Cause::Missing("private key"),
        _ => Cause::InvalidPem,
    })
}

fn decrypt(section: &str, password: &str) -> Result<PrivateKeyDer<'static>, Cause> {
    if password.is_empty() {
        return Err(Cause::NoPassword);
    }
    let (_, document) = SecretDocument::from_pem(section).map_err(|_| Cause::InvalidPem)?;
    let encrypted =
        EncryptedPrivateKeyInfo::try_from(document.as_bytes()).map_err(|_| Cause::WrongPassword)?;
    let opened = encrypted.decrypt(password).map_err(|_| Cause::WrongPassword)?;
    Ok(PrivatePkcs8KeyDer::from(opened.as_bytes().to_vec()).into())
}

/// The part of a text from one mark to another, marks included.
fn section<'a>(text: &'a str, begin: &str, end: &str) -> Option<&'a str> {
    let start = text.find(begin)?;
    let rest = text.get(start..)?;
    rest.get(..rest.find(end)? + end.len())
}

const ENCRYPTED_BEGIN: &str = "-----BEGIN ENCRYPTED PRIVATE KEY-----";
const ENCRYPTED_END: &str = "-----END ENCRYPTED PRIVATE KEY-----";
/// The header of RFC 1421, as OpenSSL uses it.
const OLD_ENCRYPTION: &str = "Proc-Type: 4,ENCRYPTED";
