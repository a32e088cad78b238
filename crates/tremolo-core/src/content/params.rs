//! The parameters of `Content-Type` and `Content-Disposition`: `; name=value; name="value"`.
//!
//! RFC 9110 section 5.6.6, extended for clients that send forms: an unquoted value may be empty or
//! contain any characters except quotes and semicolons, spaces may surround `=`, and a quoted value
//! may contain raw UTF-8 and backslashes that are not escapes.

use std::borrow::Cow;

use memchr::{memchr, memchr2};

use crate::http1::grammar::{is_token, trim_end};

/// Iterates over the parameters behind the first semicolon of a field value.
#[derive(Debug)]
pub(crate) struct Params<'a> {
    input: &'a [u8],
    at: usize,
    quoting: Quoting,
}

/// The effect of a backslash on the quote behind it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Quoting {
    /// The quote is part of the value (RFC 9110 section 5.6.4).
    Escaped,
    /// None (WHATWG HTML, "multipart form data": a quote in a value is `%22`).
    Literal,
}

/// One parameter, its value without quotes but otherwise as sent.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Param<'a> {
    pub(crate) name: &'a [u8],
    pub(crate) value: &'a [u8],
    /// The offset of `value` in the field value.
    pub(crate) start: usize,
    pub(crate) quoted: bool,
}

/// The parameters violate the grammar; the caller chooses the error.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Malformed;

impl<'a> Params<'a> {
    /// Splits a field value into the part before the parameters, and the parameters.
    pub(crate) fn split(input: &'a [u8], quoting: Quoting) -> (&'a [u8], Self) {
        let at = memchr(b';', input).unwrap_or(input.len());
        (input.get(..at).unwrap_or_default(), Self { input, at, quoting })
    }

    fn rest(&self) -> &'a [u8] {
        self.input.get(self.at..).unwrap_or_default()
    }

    fn skip_blanks(&mut self) {
        self.at += self.rest().iter().take_while(|b| is_blank(b)).count();
    }

    fn param(&mut self) -> Result<Param<'a>, Malformed> {
        let rest = self.rest();
        let equals = memchr(b'=', rest).ok_or(Malformed)?;
        let (name, rest) = rest.split_at(equals);
        let name = trim_end(name);
        // A parameter without `=` extends over its semicolon here, and is not a token either.
        if !is_token(name) {
            return Err(Malformed);
        }
        self.at += equals + 1;
        let mut value = rest.get(1..).unwrap_or_default();
        if value.first().is_some_and(is_blank) {
            self.skip_blanks();
            value = self.rest();
        }
        match value {
            [b'"', rest @ ..] => {
                let end = match self.quoting {
                    Quoting::Escaped => closing_quote(rest),
                    Quoting::Literal => memchr(b'"', rest),
                };
                let value = end.and_then(|end| rest.get(..end)).ok_or(Malformed)?;
                let start = self.at + 1;
                self.at = start + value.len() + 1;
                Ok(Param { name, value, start, quoted: true })
            }
            rest => {
                let end = memchr(b';', rest).unwrap_or(rest.len());
                let start = self.at;
                self.at += end;
                let value = trim_end(rest.get(..end).unwrap_or_default());
                if value.contains(&b'"') {
                    return Err(Malformed);
                }
                Ok(Param { name, value, start, quoted: false })
            }
        }
    }

    /// Continues at the next semicolon.
    fn skip_malformed(&mut self) -> Malformed {
        let rest = self.rest();
        self.at += memchr(b';', rest).unwrap_or(rest.len());
        Malformed
    }
}

impl<'a> Iterator for Params<'a> {
    type Item = Result<Param<'a>, Malformed>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            self.skip_blanks();
            match self.rest().first()? {
                b';' => self.at += 1,
                _ => return Some(Err(self.skip_malformed())),
            }
            self.skip_blanks();
            // Two semicolons in a row are valid (RFC 9110 section 5.6.6).
            if !matches!(self.rest().first(), None | Some(b';')) {
                return Some(self.param().map_err(|_| self.skip_malformed()));
            }
        }
    }
}

/// Removes the escapes of a quoted value.
///
/// `\"` is always a quote. `\\` is one backslash only if every backslash of the value is escaped: a
/// client that sends `C:\new\"x"` or `\\host\share` does not escape backslashes. `%22`, `%0D` and
/// `%0A` are the escapes of browsers for a quote, CR and LF; no other percent sign is an escape
/// (WHATWG HTML, "multipart form data").
pub(crate) fn unescape(value: &[u8]) -> Cow<'_, [u8]> {
    let Some(first) = memchr2(b'\\', b'%', value) else { return Cow::Borrowed(value) };
    let doubled = backslashes_are_doubled(value);
    let (plain, mut rest) = value.split_at(first);
    let mut out = Vec::with_capacity(value.len());
    out.extend_from_slice(plain);
    loop {
        let (bytes, len): (&[u8], usize) = match rest {
            [b'\\', b'"', ..] => (b"\"", 2),
            [b'\\', b'\\', ..] if doubled => (b"\\", 2),
            [b'\\', b'\\', ..] => (b"\\\\", 2),
            [b'%', b'2', b'2', ..] => (b"\"", 3),
            [b'%', b'0', b'D', ..] => (b"\r", 3),
            [b'%', b'0', b'A', ..] => (b"\n", 3),
            [byte, ..] => (std::slice::from_ref(byte), 1),
            [] => return Cow::Owned(out),
        };
        out.extend_from_slice(bytes);
        rest = rest.get(len..).unwrap_or_default();
        let (plain, next) = rest.split_at(memchr2(b'\\', b'%', rest).unwrap_or(rest.len()));
        out.extend_from_slice(plain);
        rest = next;
    }
}

pub(crate) fn is_blank(byte: &u8) -> bool {
    matches!(byte, b' ' | b'\t')
}

/// The quote that ends a quoted string: the first unescaped one.
fn closing_quote(bytes: &[u8]) -> Option<usize> {
    let mut at = 0;
    loop {
        let rest = bytes.get(at..)?;
        at += memchr2(b'"', b'\\', rest)?;
        match bytes.get(at)? {
            b'"' => return Some(at),
            _ => at += 2,
        }
    }
}

fn backslashes_are_doubled(mut value: &[u8]) -> bool {
    while let Some(at) = memchr(b'\\', value) {
        if !matches!(value.get(at + 1), Some(b'\\' | b'"')) {
            return false;
        }
        value = value.get(at + 2..).unwrap_or_default();
    }
    true
}
