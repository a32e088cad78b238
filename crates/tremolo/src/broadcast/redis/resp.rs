//! RESP3, the protocol of Redis: a decoder whose memory is bounded, and commands.
//!
//! It decodes what arrives, in any pieces. A string that is too long is skipped, not stored. All that
//! Redis would not send is an error, after which the connection is closed.
//! <https://redis.io/docs/latest/develop/reference/protocol-spec/>

use std::fmt;

use bytes::{Buf as _, Bytes, BytesMut};
use memchr::memchr;

/// A value of the protocol, as far as this client distinguishes them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Value {
    /// A string of either kind, or the text of a number or a boolean.
    Text(Bytes),
    /// The text of an error.
    Error(Bytes),
    /// A string that is longer than the limit.
    TooLong,
    Null,
    /// An array, a set, or the keys and values of a map.
    List(Vec<Self>),
    /// What Redis sends without a request: messages, and what became of a subscription.
    Push(Vec<Self>),
}

/// Bytes that are not RESP3, or more of it than this client accepts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Malformed {
    UnknownType,
    BadLength,
    LineTooLong,
    TooManyItems,
    TooMuch,
    NoLineEnd,
}

#[derive(Debug)]
pub(super) struct Decoder {
    /// The length of the longest string that is kept.
    limit: usize,
    /// Lists that are not complete, the outermost first.
    open: Vec<Open>,
    bulk: Option<Bulk>,
    /// Items and bytes of the current outermost value.
    items: usize,
    kept: usize,
}

#[derive(Debug)]
struct Open {
    is_push: bool,
    left: usize,
    values: Vec<Value>,
}

/// A string whose length is known.
#[derive(Clone, Copy, Debug)]
enum Bulk {
    Kept { length: usize, is_error: bool },
    Skipped { left: u64 },
}

/// What the next bytes are.
enum Token {
    Value(Value),
    Open(Open),
}

impl Decoder {
    pub(super) fn new(limit: usize) -> Self {
        Self { limit, open: Vec::new(), bulk: None, items: 0, kept: 0 }
    }

    /// The next value, or `None` if it is not complete. What is decoded is removed from `input`, in
    /// which less than a string of the limit or a line stays.
    pub(super) fn decode(&mut self, input: &mut BytesMut) -> Result<Option<Value>, Malformed> {
        loop {
            let Some(token) = self.token(input)? else { return Ok(None) };
            self.items += 1;
            if self.items > MAX_ITEMS {
                return Err(Malformed::TooManyItems);
            }
            let value = match token {
                Token::Value(value) => self.add(value),
                Token::Open(open) if open.left == 0 => self.add(open.into_value()),
                Token::Open(_) if self.open.len() == MAX_DEPTH => {
                    return Err(Malformed::TooManyItems);
                }
                Token::Open(open) => {
                    self.open.push(open);
                    None
                }
            };
            if value.is_some() {
                (self.items, self.kept) = (0, 0);
                return Ok(value);
            }
        }
    }

    /// Adds a value to the list that it is in; returns the outermost one when it is complete.
    fn add(&mut self, mut value: Value) -> Option<Value> {
        while let Some(mut open) = self.open.pop() {
            open.values.push(value);
            open.left -= 1;
            if open.left > 0 {
                self.open.push(open);
                return None;
            }
            value = open.into_value();
        }
        Some(value)
    }

    fn token(&mut self, input: &mut BytesMut) -> Result<Option<Token>, Malformed> {
        if self.bulk.is_none() {
            let Some(line) = take_line(input)? else { return Ok(None) };
            let token = self.begin(&line)?;
            self.kept += line.len();
            if self.kept > self.limit.saturating_add(MAX_REST) {
                return Err(Malformed::TooMuch);
            }
            if token.is_some() {
                return Ok(token);
            }
        }
        let Some(value) = self.take_bulk(input)? else { return Ok(None) };
        self.bulk = None;
        Ok(Some(Token::Value(value)))
    }

    /// The token of a line; `None` if a string follows it.
    fn begin(&mut self, line: &Bytes) -> Result<Option<Token>, Malformed> {
        let text = line.slice(line.len().min(1)..);
        let value = match line.first() {
            Some(b'+' | b':' | b',' | b'#' | b'(') => Value::Text(text),
            Some(b'-') => Value::Error(text),
            Some(b'_') => Value::Null,
            Some(b'$' | b'*') if text == "-1" => Value::Null,
            Some(b'$' | b'=') => return self.begin_bulk(&text, false),
            Some(b'!') => return self.begin_bulk(&text, true),
            Some(b'*' | b'~') => return open(&text, 1, false),
            Some(b'%') => return open(&text, 2, false),
            Some(b'>') => return open(&text, 1, true),
            _ => return Err(Malformed::UnknownType),
        };
        Ok(Some(Token::Value(value)))
    }

    fn begin_bulk(&mut self, length: &[u8], is_error: bool) -> Result<Option<Token>, Malformed> {
        let length = number(length)?;
        let bulk = match usize::try_from(length) {
            Ok(length) if length <= self.limit => Bulk::Kept { length, is_error },
            _ => Bulk::Skipped { left: length.saturating_add(2) },
        };
        if let Bulk::Kept { length, .. } = bulk {
            self.kept += length;
        }
        self.bulk = Some(bulk);
        Ok(None)
    }

    fn take_bulk(&mut self, input: &mut BytesMut) -> Result<Option<Value>, Malformed> {
        match &mut self.bulk {
            Some(Bulk::Kept { length, is_error }) => {
                if input.len() < *length + 2 {
                    return Ok(None);
                }
                let text = input.split_to(*length).freeze();
                if input.split_to(2) != LINE_END {
                    return Err(Malformed::NoLineEnd);
                }
                Ok(Some(if *is_error { Value::Error(text) } else { Value::Text(text) }))
            }
            Some(Bulk::Skipped { left }) => {
                let skipped = usize::try_from(*left).unwrap_or(usize::MAX).min(input.len());
                input.advance(skipped);
                *left -= skipped as u64;
                Ok((*left == 0).then_some(Value::TooLong))
            }
            None => Ok(None),
        }
    }
}

impl Open {
    fn into_value(self) -> Value {
        if self.is_push { Value::Push(self.values) } else { Value::List(self.values) }
    }
}

fn open(count: &[u8], times: u64, is_push: bool) -> Result<Option<Token>, Malformed> {
    let left = number(count)?.saturating_mul(times);
    let left = usize::try_from(left).ok().filter(|left| *left <= MAX_ITEMS);
    let left = left.ok_or(Malformed::TooManyItems)?;
    Ok(Some(Token::Open(Open { is_push, left, values: Vec::new() })))
}

/// A line without its end.
fn take_line(input: &mut BytesMut) -> Result<Option<Bytes>, Malformed> {
    let end = memchr(b'\n', input);
    if end.unwrap_or(input.len()) > MAX_LINE {
        return Err(Malformed::LineTooLong);
    }
    let Some(end) = end else { return Ok(None) };
    let line = input.split_to(end + 1).freeze();
    if !line.ends_with(LINE_END) {
        return Err(Malformed::NoLineEnd);
    }
    Ok(Some(line.slice(..line.len() - LINE_END.len())))
}

fn number(digits: &[u8]) -> Result<u64, Malformed> {
    let text = std::str::from_utf8(digits).ok().filter(|text| !text.starts_with('+'));
    text.and_then(|text| text.parse().ok()).ok_or(Malformed::BadLength)
}

/// Writes a command: its name and its arguments.
pub(super) fn write_command(output: &mut BytesMut, words: &[&[u8]]) {
    output.extend_from_slice(format!("*{}\r\n", words.len()).as_bytes());
    for word in words {
        output.extend_from_slice(format!("${}\r\n", word.len()).as_bytes());
        output.extend_from_slice(word);
        output.extend_from_slice(LINE_END);
    }
}

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::UnknownType => "a value of an unknown type",
            Self::BadLength => "a length that is no number",
            Self::LineTooLong => "a line that is too long",
            Self::TooManyItems => "a list with too many items, or too deep",
            Self::TooMuch => "a list that is too long",
            Self::NoLineEnd => "a string without its end",
        })
    }
}

const LINE_END: &[u8] = b"\r\n";

/// The longest line: lengths, numbers, the text of an error.
const MAX_LINE: usize = 4 << 10;

/// The most bytes of one value, its longest string aside.
const MAX_REST: usize = 64 << 10;

/// The most values in one, all levels together. A message has four, the reply to `HELLO` about 20 and
/// eight for each module.
const MAX_ITEMS: usize = 1_024;

const MAX_DEPTH: usize = 8;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn text(text: &'static str) -> Value {
        Value::Text(Bytes::from_static(text.as_bytes()))
    }

    /// All values of the input, which arrives in pieces of `size` bytes.
    fn decode(input: &[u8], size: usize) -> Result<Vec<Value>, Malformed> {
        let (mut decoder, mut buffer, mut values) = (Decoder::new(10), BytesMut::new(), Vec::new());
        for piece in input.chunks(size) {
            buffer.extend_from_slice(piece);
            while let Some(value) = decoder.decode(&mut buffer)? {
                values.push(value);
            }
            assert!(buffer.len() <= MAX_LINE + size);
        }
        Ok(values)
    }

    fn decode_in_pieces(input: &[u8]) -> Result<Vec<Value>, Malformed> {
        let whole = decode(input, input.len().max(1));
        for size in [1, 2, 3, 7, 1_000] {
            assert_eq!(decode(input, size), whole, "{size}: {}", input.escape_ascii());
        }
        whole
    }

    #[test]
    fn decodes_what_redis_sends() {
        let input = b"%2\r\n$6\r\nserver\r\n$5\r\nredis\r\n$7\r\nmodules\r\n*1\r\n*0\r\n\
            >3\r\n+message\r\n$4\r\nchat\r\n$5\r\na\r\nbc\r\n:3\r\n-NOPERM no\r\n_\r\n$-1\r\n\
            ,1.5\r\n#t\r\n=7\r\ntxt:abc\r\n!3\r\nERR\r\n~1\r\n(12\r\n$0\r\n\r\n";
        let empty = Value::List(Vec::new());
        let modules = Value::List(vec![empty]);
        let expected = [
            Value::List(vec![text("server"), text("redis"), text("modules"), modules]),
            Value::Push(vec![text("message"), text("chat"), text("a\r\nbc")]),
            text("3"),
            Value::Error("NOPERM no".into()),
            Value::Null,
            Value::Null,
            text("1.5"),
            text("t"),
            text("txt:abc"),
            Value::Error("ERR".into()),
            Value::List(vec![text("12")]),
            text(""),
        ];
        assert_eq!(decode_in_pieces(input).unwrap(), expected);
    }

    #[test]
    fn a_string_over_the_limit_is_skipped() {
        let input = b">2\r\n$10\r\n0123456789\r\n$11\r\n01234\r\n6789\r\n+next\r\n";
        let push = Value::Push(vec![text("0123456789"), Value::TooLong]);
        assert_eq!(decode_in_pieces(input).unwrap(), [push, text("next")]);
        // It never ends, and is never stored.
        assert_eq!(decode(format!("${}\r\n", u64::MAX).as_bytes(), 1).unwrap(), []);
    }

    #[test]
    fn what_redis_does_not_send_is_an_error() {
        let long = format!("+{}\r\n", "x".repeat(MAX_LINE));
        let many = format!("*1024\r\n{}", ":1\r\n".repeat(1_024));
        let deep = "*1\r\n".repeat(MAX_DEPTH + 1);
        let line = format!("+{}\r\n", "x".repeat(100));
        let much = format!("*1000\r\n{}", line.repeat(1_000));
        let rows: &[(&[u8], Malformed)] = &[
            (b"HTTP/1.1 400 Bad Request\r\n", Malformed::UnknownType),
            (b"\r\n", Malformed::UnknownType),
            (b"|1\r\n", Malformed::UnknownType),
            (b"$-2\r\n", Malformed::BadLength),
            (b"$+1\r\n", Malformed::BadLength),
            (b"$\r\n", Malformed::BadLength),
            (b"*99999999999999999999\r\n", Malformed::BadLength),
            (b"$1\r\nabc", Malformed::NoLineEnd),
            (b"+a\n", Malformed::NoLineEnd),
            (long.as_bytes(), Malformed::LineTooLong),
            (b"*1025\r\n", Malformed::TooManyItems),
            (b"%9223372036854775808\r\n", Malformed::TooManyItems),
            (many.as_bytes(), Malformed::TooManyItems),
            (deep.as_bytes(), Malformed::TooManyItems),
            (much.as_bytes(), Malformed::TooMuch),
        ];
        for (input, fault) in rows {
            assert_eq!(decode_in_pieces(input), Err(*fault), "{}", input.escape_ascii());
        }
    }

    proptest! {
        /// Parts of values in any order: splits change nothing, and no more than a line is kept.
        #[test]
        fn any_bytes_give_the_same_values_in_pieces(
            parts in prop::collection::vec(
                prop_oneof![
                    prop::sample::select(vec![
                        "*2\r\n", ">3\r\n", "%1\r\n", "*0\r\n", "$3\r\nabc\r\n", "$11\r\n01234567890\r\n",
                        "$-1\r\n", "+OK\r\n", "-ERR\r\n", ":1\r\n", "_\r\n", "$20\r\n", "\r\n",
                    ]).prop_map(|part| part.as_bytes().to_vec()),
                    prop::collection::vec(any::<u8>(), 0..4),
                ],
                0..20,
            ),
        ) {
            let input = parts.concat();
            let _ = decode_in_pieces(&input);
        }
    }

    #[test]
    fn a_command_is_a_list_of_strings() {
        let mut output = BytesMut::new();
        write_command(&mut output, &[b"PUBLISH", b"chat", b"a\r\n"]);
        assert_eq!(output, "*3\r\n$7\r\nPUBLISH\r\n$4\r\nchat\r\n$3\r\na\r\n\r\n");
    }
}
