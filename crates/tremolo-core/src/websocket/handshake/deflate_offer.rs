//! The negotiation of permessage-deflate (RFC 7692 section 7.1).

use std::fmt;

use super::Refusal;
use super::extensions::{Offer, Param};
use crate::http1::fields::Fields;
use crate::websocket::deflate::{DeflateParams, MAX_WINDOW_BITS, MIN_WINDOW_BITS};
use crate::websocket::options::Options;

/// Accepts the first offer that can be met. Offers with unknown, repeated or invalid parameters are
/// declined (section 7.1).
pub(super) fn negotiate(
    fields: Fields<'_>,
    options: &Options,
) -> Result<Option<DeflateParams>, Refusal> {
    let mut accepted = None;
    for member in fields.list("sec-websocket-extensions") {
        let offer = Offer::parse(member)?;
        if accepted.is_none() && options.compression && offer.name == NAME.as_bytes() {
            accepted = params(offer, options.context_takeover);
        }
    }
    Ok(accepted)
}

/// The answer to an offer, or `None` to decline it.
fn params(offer: Offer<'_>, takeover: bool) -> Option<DeflateParams> {
    let mut answer = DeflateParams {
        server_takeover: takeover,
        client_takeover: takeover,
        server_window_bits: None,
        client_window_bits: None,
    };
    let mut seen = [false; 4];
    for param in offer.params() {
        let at = NAMES.iter().position(|name| name.as_bytes() == param.name)?;
        if std::mem::replace(seen.get_mut(at)?, true) {
            return None;
        }
        match at {
            0 => answer.server_takeover &= param.value().map_or(Some(false), |_| None)?,
            1 => answer.client_takeover &= param.value().map_or(Some(false), |_| None)?,
            2 => answer.server_window_bits = Some(window_bits(param)?),
            // Section 7.1.2.2: without a value, the client can limit its window.
            _ if param.value().is_none() => {}
            _ => answer.client_window_bits = Some(window_bits(param)?),
        }
    }
    Some(answer)
}

/// A decimal number from 8 to 15 without leading zeros.
fn window_bits(param: Param<'_>) -> Option<u8> {
    let bits = match param.value()? {
        [digit @ b'8'..=b'9'] => digit - b'0',
        [b'1', digit @ b'0'..=b'5'] => 10 + digit - b'0',
        _ => return None,
    };
    (MIN_WINDOW_BITS..=MAX_WINDOW_BITS).contains(&bits).then_some(bits)
}

impl fmt::Display for DeflateParams {
    /// The value of `Sec-WebSocket-Extensions` in the response.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [server_takeover, client_takeover, server_bits, client_bits] = NAMES;
        f.write_str(NAME)?;
        if !self.server_takeover {
            write!(f, "; {server_takeover}")?;
        }
        if !self.client_takeover {
            write!(f, "; {client_takeover}")?;
        }
        if let Some(bits) = self.server_window_bits {
            write!(f, "; {server_bits}={bits}")?;
        }
        match self.client_window_bits {
            Some(bits) => write!(f, "; {client_bits}={bits}"),
            None => Ok(()),
        }
    }
}

const NAME: &str = "permessage-deflate";

const NAMES: [&str; 4] = [
    "server_no_context_takeover",
    "client_no_context_takeover",
    "server_max_window_bits",
    "client_max_window_bits",
];
