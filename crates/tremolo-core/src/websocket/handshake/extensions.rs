//! The grammar of `Sec-WebSocket-Extensions` (RFC 6455 section 9.1).

use super::Refusal;
use crate::http1::grammar::{is_token, trim};

/// One offer: a token with parameters.
#[derive(Clone, Copy, Debug)]
pub(super) struct Offer<'a> {
    pub(super) name: &'a [u8],
    params: &'a [u8],
}

impl<'a> Offer<'a> {
    /// Reads a member of the list, and checks its grammar.
    pub(super) fn parse(member: &'a [u8]) -> Result<Self, Refusal> {
        let (name, params) = split(member, b';');
        let offer = Self { name, params };
        let is_valid = is_token(name) && !member.ends_with(b";");
        let is_valid = is_valid && offer.params().all(|param| param.is_valid());
        if is_valid { Ok(offer) } else { Err(Refusal::InvalidExtensions) }
    }

    /// The parameters, in order.
    pub(super) fn params(self) -> impl Iterator<Item = Param<'a>> {
        let mut rest = self.params;
        std::iter::from_fn(move || {
            if rest.is_empty() {
                return None;
            }
            let (param, after) = split(rest, b';');
            rest = after;
            let (name, value) = split(param, b'=');
            Some(Param { name, value: param.contains(&b'=').then_some(value) })
        })
    }
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Param<'a> {
    pub(super) name: &'a [u8],
    value: Option<&'a [u8]>,
}

impl<'a> Param<'a> {
    /// The value without quotes: a quoted value must be a token, too.
    pub(super) fn value(self) -> Option<&'a [u8]> {
        self.value.map(|value| match value {
            [b'"', inner @ .., b'"'] => inner,
            value => value,
        })
    }

    fn is_valid(self) -> bool {
        is_token(self.name) && self.value().is_none_or(is_token)
    }
}

/// What is before and after the first `separator`, without surrounding whitespace.
fn split(bytes: &[u8], separator: u8) -> (&[u8], &[u8]) {
    let at = memchr::memchr(separator, bytes).unwrap_or(bytes.len());
    let (before, after) = bytes.split_at(at);
    (trim(before), trim(after.get(1..).unwrap_or_default()))
}
