//! Signed cookies: values that clients can read and cannot change (HMAC-SHA-256, RFC 2104).

use std::fmt;
use std::fmt::Write as _;
use std::sync::Arc;

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use tremolo_core::MultiMap;
use tremolo_core::cookie::SetCookie;

use crate::error::{Error, Result};

/// A secret that signs cookies, so that clients cannot change them or make up their own.
///
/// A value is signed together with the name of its cookie. It is not encrypted, and it has no end:
/// a client that has copied it can send it again. For a login the value should name a session that the
/// server can end. `CookieSigner` of the Python front has the same format.
///
/// ```
/// use tremolo::{Application, CookieKey, HttpError, Request, Response, SetCookie, State};
///
/// async fn login(State(key): State<CookieKey>, response: Response) -> Result<(), HttpError> {
///     let cookie = SetCookie::new("user", "ada").secure().http_only();
///     response.set_cookie(key.sign(cookie))?;
///     Ok(())
/// }
///
/// async fn whoami(State(key): State<CookieKey>, request: Request) -> Result<String, HttpError> {
///     let user = key.verified(request.cookies(), "user").ok_or_else(HttpError::unauthorized)?;
///     Ok(user.to_owned())
/// }
///
/// # fn main() -> tremolo::Result<()> {
/// # let secret = [7; 32];
/// let key = CookieKey::new(secret)?; // read from where your secrets are
/// # let _ =
/// Application::new().state(key).route("/login", login).route("/whoami", whoami)
/// # ;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct CookieKey {
    /// The first one signs, all of them verify.
    keys: Arc<[Hmac<Sha256>]>,
}

impl CookieKey {
    /// A key of at least 32 random bytes.
    ///
    /// # Errors
    ///
    /// [`Error::Setup`] for a shorter secret.
    pub fn new(secret: impl AsRef<[u8]>) -> Result<Self> {
        Ok(Self { keys: [key(secret.as_ref())?].into() })
    }

    /// Accepts also what this earlier secret has signed: for the time in which cookies of both are
    /// in use.
    ///
    /// # Errors
    ///
    /// [`Error::Setup`] for a secret of fewer than 32 bytes.
    pub fn with_earlier(self, secret: impl AsRef<[u8]>) -> Result<Self> {
        let earlier = key(secret.as_ref())?;
        Ok(Self { keys: self.keys.iter().cloned().chain([earlier]).collect() })
    }

    /// The same cookie with a signed value.
    #[must_use]
    pub fn sign<'a>(&self, cookie: impl Into<SetCookie<'a>>) -> SetCookie<'a> {
        let mut cookie = cookie.into();
        let Some(key) = self.keys.first() else { return cookie };
        let mut value = String::with_capacity(SIGNATURE + 1 + cookie.value.len());
        for byte in signed(key, &cookie.name, &cookie.value).finalize().into_bytes() {
            // A string takes all that is written.
            let _ = write!(value, "{byte:02x}");
        }
        value.push('.');
        value.push_str(&cookie.value);
        cookie.value = value.into();
        cookie
    }

    /// The value of the first cookie of this name whose signature is right.
    #[must_use]
    pub fn verified<'a>(&self, cookies: &'a MultiMap, name: &str) -> Option<&'a str> {
        cookies.get_all(name).find_map(|value| {
            let (signature, value) = value.split_once('.')?;
            let signature = bytes_of(signature)?;
            let is_right =
                |key: &Hmac<Sha256>| signed(key, name, value).verify_slice(&signature).is_ok();
            self.keys.iter().any(is_right).then_some(value)
        })
    }
}

impl fmt::Debug for CookieKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CookieKey").finish_non_exhaustive()
    }
}

fn key(secret: &[u8]) -> Result<Hmac<Sha256>> {
    let key = Hmac::new_from_slice(secret).ok().filter(|_| secret.len() >= SHORTEST);
    let short = || Error::Setup("the secret of a CookieKey has fewer than 32 bytes".to_owned());
    key.ok_or_else(short)
}

/// What is signed. No name of a cookie contains `=`.
fn signed(key: &Hmac<Sha256>, name: &str, value: &str) -> Hmac<Sha256> {
    key.clone().chain_update(name).chain_update("=").chain_update(value)
}

/// The bytes of a signature in lower-case hexadecimal.
fn bytes_of(text: &str) -> Option<[u8; SIGNATURE / 2]> {
    let mut bytes = [0; SIGNATURE / 2];
    if text.len() != SIGNATURE {
        return None;
    }
    let digit = |digit: &u8| match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        _ => None,
    };
    for (byte, pair) in bytes.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
        let [high, low] = pair else { return None };
        *byte = digit(high)? << 4 | digit(low)?;
    }
    Some(bytes)
}

/// The length of a signature in hexadecimal.
const SIGNATURE: usize = 64;

/// The shortest secret in bytes: as long as the digest (RFC 2104 section 3).
const SHORTEST: usize = 32;
