//! The opening handshake (RFC 6455 section 4.2): which requests are accepted, and the fields of the
//! response.

mod deflate_offer;
mod extensions;

use std::fmt;

use base64::Engine as _;
use base64::alphabet::STANDARD as ALPHABET;
use base64::engine::general_purpose::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use http::{Method, StatusCode};
use sha1_smol::Sha1;

use super::deflate::DeflateParams;
use super::options::Options;
use crate::http1::fields::Fields;
use crate::http1::grammar::is_token;
use crate::http1::request::{BodyLength, RequestHead, Version};

/// A request that can become a WebSocket, and what the response depends on.
///
/// ```
/// use bytes::BytesMut;
/// use tremolo_core::Config;
/// use tremolo_core::http1::request::{HeadParser, RequestHead};
/// use tremolo_core::websocket::{Handshake, Options};
///
/// let mut input = BytesMut::from(
///     "GET /chat HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
///      Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\
///      Sec-WebSocket-Protocol: chat, superchat\r\n\r\n",
/// );
/// let (config, mut head) = (Config::default(), RequestHead::default());
/// HeadParser::default().parse(&mut input, &config, &mut head)?;
///
/// let handshake = Handshake::read(&head, &Options::new(&config), "")?;
/// assert!(handshake.subprotocols().eq(["chat", "superchat"]));
/// let mut fields = Vec::new();
/// handshake.response_fields(Some("chat"), |name, value| fields.push(format!("{name}: {value}")));
/// assert_eq!(fields, [
///     "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=",
///     "Sec-WebSocket-Protocol: chat",
/// ]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Handshake {
    accept: [u8; ACCEPT_LENGTH],
    subprotocols: Box<[Box<str>]>,
    deflate: Option<DeflateParams>,
}

impl Handshake {
    /// Checks the head of a request. `allowed_origins` is a list with commas, or empty: then every
    /// origin is allowed. A request without `Origin` does not come from a page, and is allowed.
    ///
    /// # Errors
    ///
    /// Why the request is refused. [`Refusal::NotAnUpgrade`] for ordinary requests.
    pub fn read(
        head: &RequestHead,
        options: &Options,
        allowed_origins: &str,
    ) -> Result<Self, Refusal> {
        let fields = head.fields();
        let is_upgrade = head.upgrade().any(|protocol| protocol.eq_ignore_ascii_case(PROTOCOL));
        if !is_upgrade || head.version() < Version::Http11 {
            return Err(Refusal::NotAnUpgrade);
        }
        if head.method() != Method::GET {
            return Err(Refusal::InvalidMethod);
        }
        if head.body_length() != BodyLength::None {
            return Err(Refusal::HasBody);
        }
        if single(fields, "sec-websocket-version") != Some(VERSION.as_bytes()) {
            return Err(Refusal::UnsupportedVersion);
        }
        let key = single(fields, "sec-websocket-key").filter(|key| is_key(key));
        let key = key.ok_or(Refusal::InvalidKey)?;
        if !is_origin_allowed(fields, allowed_origins) {
            return Err(Refusal::ForbiddenOrigin);
        }
        let deflate = deflate_offer::negotiate(fields, options)?;
        Ok(Self { accept: accept(key), subprotocols: subprotocols(fields)?, deflate })
    }

    /// The subprotocols that the client offers, in its order of preference (section 11.3.4).
    #[must_use]
    pub fn subprotocols(&self) -> impl ExactSizeIterator<Item = &str> + Clone {
        self.subprotocols.iter().map(|name| &**name)
    }

    /// What was negotiated about compression; for [`Session::new`](super::Session::new).
    #[must_use]
    pub fn deflate(&self) -> Option<DeflateParams> {
        self.deflate
    }

    /// Passes on the fields of the `101`, apart from `Upgrade` and `Connection` (section 4.2.2). A
    /// subprotocol that the client has not offered is left out: the client would have to close.
    pub fn response_fields(&self, subprotocol: Option<&str>, mut add: impl FnMut(&str, &str)) {
        if let Ok(accept) = std::str::from_utf8(&self.accept) {
            add("Sec-WebSocket-Accept", accept);
        }
        let chosen = self.subprotocols().find(|offered| Some(*offered) == subprotocol);
        if let Some(chosen) = chosen {
            add("Sec-WebSocket-Protocol", chosen);
        }
        if let Some(deflate) = self.deflate {
            add("Sec-WebSocket-Extensions", &deflate.to_string());
        }
    }
}

/// Why a request cannot become a WebSocket. [`Refusal::status`] and [`Refusal::fields`] make the
/// response.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Refusal {
    /// `Upgrade` does not list `websocket`, `Connection` does not list `upgrade`, or HTTP/1.0
    /// (RFC 9110 section 7.8): 426 where only a WebSocket is served.
    NotAnUpgrade,
    /// The method is not GET (section 4.2.1).
    InvalidMethod,
    /// The request has a body.
    HasBody,
    /// `Sec-WebSocket-Version` is not 13 (section 4.4): 426.
    UnsupportedVersion,
    /// `Sec-WebSocket-Key` is missing, repeated, or not 16 bytes in base64 (section 4.2.1).
    InvalidKey,
    /// The origin is not one of `ws_allowed_origins` (section 10.2): 403.
    ForbiddenOrigin,
    /// `Sec-WebSocket-Protocol` contains something other than tokens (section 11.3.4).
    InvalidSubprotocol,
    /// `Sec-WebSocket-Extensions` breaks the grammar (section 9.1).
    InvalidExtensions,
}

impl Refusal {
    /// The status of the response.
    #[must_use]
    pub fn status(self) -> StatusCode {
        match self {
            Self::NotAnUpgrade | Self::UnsupportedVersion => StatusCode::UPGRADE_REQUIRED,
            Self::ForbiddenOrigin => StatusCode::FORBIDDEN,
            Self::InvalidMethod
            | Self::HasBody
            | Self::InvalidKey
            | Self::InvalidSubprotocol
            | Self::InvalidExtensions => StatusCode::BAD_REQUEST,
        }
    }

    /// The fields that the response needs (RFC 9110 section 15.5.22, RFC 6455 section 4.4).
    #[must_use]
    pub fn fields(self) -> &'static [(&'static str, &'static str)] {
        match self.status() {
            StatusCode::UPGRADE_REQUIRED => {
                &[("Upgrade", "websocket"), ("Sec-WebSocket-Version", VERSION)]
            }
            _ => &[],
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotAnUpgrade => "a WebSocket upgrade is required",
            Self::InvalidMethod => "a WebSocket upgrade needs the method GET",
            Self::HasBody => "a WebSocket upgrade with a body",
            Self::UnsupportedVersion => "the WebSocket version is not 13",
            Self::InvalidKey => "invalid Sec-WebSocket-Key",
            Self::ForbiddenOrigin => "the origin is not allowed",
            Self::InvalidSubprotocol => "invalid Sec-WebSocket-Protocol",
            Self::InvalidExtensions => "invalid Sec-WebSocket-Extensions",
        })
    }
}

impl std::error::Error for Refusal {}

/// The value of a field that occurs once.
fn single<'a>(fields: Fields<'a>, name: &str) -> Option<&'a [u8]> {
    let mut values = fields.get_all(name);
    values.next().filter(|_| values.next().is_none())
}

fn is_key(key: &[u8]) -> bool {
    // Some clients leave bits in the last character that belong to no byte.
    let config = GeneralPurposeConfig::new()
        .with_decode_allow_trailing_bits(true)
        .with_decode_padding_mode(DecodePaddingMode::RequireCanonical);
    let mut bytes = [0; 18];
    let decoded = GeneralPurpose::new(&ALPHABET, config).decode_slice(key, &mut bytes);
    key.len() == KEY_LENGTH && decoded == Ok(16)
}

fn accept(key: &[u8]) -> [u8; ACCEPT_LENGTH] {
    let mut hash = Sha1::from(key);
    hash.update(KEY_SUFFIX);
    let mut accept = [0; ACCEPT_LENGTH];
    // 20 bytes are 28 characters.
    let _ = STANDARD.encode_slice(hash.digest().bytes(), &mut accept);
    accept
}

fn is_origin_allowed(fields: Fields<'_>, allowed: &str) -> bool {
    let allowed = || allowed.split(',').map(str::trim).filter(|origin| !origin.is_empty());
    let is_allowed =
        |origin: &[u8]| allowed().any(|other| origin.eq_ignore_ascii_case(other.as_bytes()));
    allowed().next().is_none() || fields.get_all("origin").all(is_allowed)
}

fn subprotocols(fields: Fields<'_>) -> Result<Box<[Box<str>]>, Refusal> {
    let names = fields.list("sec-websocket-protocol").map(|name| {
        let name = std::str::from_utf8(name).ok().filter(|name| is_token(name.as_bytes()));
        name.map(Box::from).ok_or(Refusal::InvalidSubprotocol)
    });
    names.collect()
}

const PROTOCOL: &[u8] = b"websocket";
const VERSION: &str = "13";

/// Section 1.3.
const KEY_SUFFIX: &[u8] = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

/// Characters of 16 bytes in base64.
const KEY_LENGTH: usize = 24;

/// Characters of a SHA-1 digest in base64.
const ACCEPT_LENGTH: usize = 28;
