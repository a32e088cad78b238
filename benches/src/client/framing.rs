//! The end of a response body: by its length, its last chunk, or the end of the connection.

use std::io;

use httparse::Header;
use memchr::memchr;

/// The state of the body parser.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Framing {
    /// This many bytes of the body are left.
    Length(u64),
    /// A chunk size line is next.
    Size,
    /// This many bytes of a chunk are left.
    Chunk(u64),
    /// The line end after a chunk is next.
    ChunkEnd,
    /// The last chunk was read: trailer fields or a blank line are next.
    Trailers,
    /// The body ends with the connection.
    Close,
}

/// The meaning of the next bytes.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// This many bytes of body data.
    Data(usize),
    /// This many bytes of framing.
    Skip(usize),
    NeedInput,
    End,
}

impl Framing {
    pub(super) fn of(fields: &[Header<'_>]) -> io::Result<Self> {
        let field = |name: &str| {
            let field = fields.iter().find(|field| field.name.eq_ignore_ascii_case(name));
            field.map(|field| String::from_utf8_lossy(field.value).trim().to_ascii_lowercase())
        };
        if field("transfer-encoding").is_some_and(|value| value == "chunked") {
            return Ok(Self::Size);
        }
        match field("content-length") {
            Some(length) => Ok(Self::Length(length.parse().map_err(io::Error::other)?)),
            None => Ok(Self::Close),
        }
    }

    /// Parses the beginning of `input`, and returns what its first bytes are.
    pub(super) fn step(&mut self, input: &[u8]) -> io::Result<Step> {
        match self {
            Self::Length(0) => Ok(Step::End),
            _ if input.is_empty() => Ok(Step::NeedInput),
            Self::Close => Ok(Step::Data(input.len())),
            Self::Length(left) => Ok(Step::Data(take(left, input))),
            Self::Chunk(left) => {
                let len = take(left, input);
                if *left == 0 {
                    *self = Self::ChunkEnd;
                }
                Ok(Step::Data(len))
            }
            Self::Size | Self::ChunkEnd | Self::Trailers => self.line(input),
        }
    }

    /// The connection has ended; an error if the body is incomplete.
    pub(super) fn at_eof(&self) -> io::Result<()> {
        if *self == Self::Close { Ok(()) } else { Err(io::ErrorKind::UnexpectedEof.into()) }
    }

    fn line(&mut self, input: &[u8]) -> io::Result<Step> {
        let Some(end) = memchr(b'\n', input) else { return Ok(Step::NeedInput) };
        let line = input[..end].trim_ascii_end();
        *self = match self {
            Self::ChunkEnd if line.is_empty() => Self::Size,
            Self::Size => match size(line) {
                Some(0) => Self::Trailers,
                Some(size) => Self::Chunk(size),
                None => return Err(io::Error::other("a chunk without a size")),
            },
            // The body is complete: nothing is left.
            Self::Trailers if line.is_empty() => Self::Length(0),
            Self::Trailers => Self::Trailers,
            _ => return Err(io::Error::other("a chunk that is longer than its size")),
        };
        Ok(Step::Skip(end + 1))
    }
}

/// Takes at most `left` bytes of the input; returns their number.
fn take(left: &mut u64, input: &[u8]) -> usize {
    let len = usize::try_from(*left).unwrap_or(usize::MAX).min(input.len());
    *left -= len as u64;
    len
}

fn size(line: &[u8]) -> Option<u64> {
    let digits = line.split(|byte| *byte == b';').next()?.trim_ascii();
    u64::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Decodes the body in `input`, `step` bytes at a time; returns it and the rest of the input.
    fn decode(mut framing: Framing, input: &[u8], step: usize) -> io::Result<(Vec<u8>, usize)> {
        let (mut body, mut start, mut end) = (Vec::new(), 0, 0);
        loop {
            match framing.step(&input[start..end])? {
                Step::Data(len) => {
                    body.extend_from_slice(&input[start..start + len]);
                    start += len;
                }
                Step::Skip(len) => start += len,
                Step::NeedInput if end == input.len() => {
                    framing.at_eof()?;
                    return Ok((body, 0));
                }
                Step::NeedInput => end = (end + step).min(input.len()),
                Step::End => return Ok((body, input.len() - start)),
            }
        }
    }

    #[test]
    fn chunks_are_joined_for_every_split_of_the_input() {
        let input = b"5\r\nhello\r\nA;x=y\r\n0123456789\r\n0\r\nname: value\r\n\r\nHTTP/1.1";
        for step in 1..input.len() {
            let (body, left) = decode(Framing::Size, input, step).unwrap();
            assert_eq!((&body[..], left), (&b"hello0123456789"[..], "HTTP/1.1".len()));
        }
    }

    #[test]
    fn an_incomplete_response_is_an_error() {
        assert!(decode(Framing::Length(9), b"12345678", 3).is_err());
        assert!(decode(Framing::Size, b"4\r\n1234\r\n", 3).is_err());
        assert!(decode(Framing::Size, b"4\r\n1234\r\n0\r\n", 3).is_err());
        assert_eq!(decode(Framing::Close, b"12345678", 3).unwrap().0, b"12345678");
    }

    #[test]
    fn a_chunk_of_the_wrong_size_is_an_error() {
        assert!(decode(Framing::Size, b"3\r\n1234\r\n0\r\n\r\n", 64).is_err());
        assert!(decode(Framing::Size, b"x\r\n1234\r\n0\r\n\r\n", 64).is_err());
    }

    #[test]
    fn a_length_ends_where_the_next_response_begins() {
        assert_eq!(decode(Framing::Length(4), b"1234HTTP", 64).unwrap(), (b"1234".to_vec(), 4));
    }
}
