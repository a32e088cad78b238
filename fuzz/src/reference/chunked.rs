//! The chunked coding, decoded in one pass (RFC 9112 sections 7.1 to 7.1.2).
//!
//! Recursive descent over the whole input, for requests with the engine's limits and for responses
//! without limits. It has no splits and no state.

use tremolo_core::PeerError;
use tremolo_core::http1::body::Limits;

/// The result for a whole input.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Body {
    pub(crate) payload: Vec<u8>,
    pub(crate) trailers: Vec<(Vec<u8>, Vec<u8>)>,
    /// Bytes up to the end of the body, the fault, or the end of the input.
    pub(crate) consumed: usize,
}

/// Why there is no end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stop {
    /// The input ends first.
    Starved,
    Fault(PeerError),
}

/// Decodes; also returns what precedes a fault.
pub(crate) fn decode(input: &[u8], limits: &Limits) -> (Body, Result<(), Stop>) {
    let mut reader = Reader { input, limits, body: Body::default(), extensions: 0 };
    let outcome = reader.chunks();
    (reader.body, outcome)
}

struct Reader<'a> {
    input: &'a [u8],
    limits: &'a Limits,
    body: Body,
    extensions: u64,
}

const SIZE: Stop = Stop::Fault(PeerError::InvalidChunkSize);
const TRAILER: Stop = Stop::Fault(PeerError::InvalidTrailer);

impl Reader<'_> {
    fn peek(&self) -> Result<u8, Stop> {
        self.input.get(self.body.consumed).copied().ok_or(Stop::Starved)
    }

    fn skip(&mut self) {
        self.body.consumed += 1;
    }

    fn expect(&mut self, byte: u8, fault: Stop) -> Result<(), Stop> {
        if self.peek()? != byte {
            return Err(fault);
        }
        self.skip();
        Ok(())
    }

    fn chunks(&mut self) -> Result<(), Stop> {
        loop {
            let size = self.size()?;
            self.extensions()?;
            self.expect(b'\r', SIZE)?;
            self.expect(b'\n', SIZE)?;
            if size == 0 {
                return self.trailers();
            }
            let start = self.body.consumed;
            let end = self.input.len().min(start + usize::try_from(size).unwrap_or(usize::MAX));
            self.body.payload.extend_from_slice(&self.input[start..end]);
            self.body.consumed = end;
            if ((end - start) as u64) < size {
                return Err(Stop::Starved);
            }
            for byte in *b"\r\n" {
                self.expect(byte, Stop::Fault(PeerError::InvalidChunkEnd))?;
            }
        }
    }

    /// `1*HEXDIG`: at most sixteen, and no more than the limit allows.
    fn size(&mut self) -> Result<u64, Stop> {
        let left = self.limits.body_size.saturating_sub(self.body.payload.len() as u64);
        let (mut size, mut digits) = (0_u64, 0);
        loop {
            let byte = self.peek()?;
            let Some(digit) = char::from(byte).to_digit(16) else { break };
            if digits == 16 {
                return Err(SIZE);
            }
            size = size * 16 + u64::from(digit);
            if size > left {
                return Err(Stop::Fault(PeerError::BodyTooLarge));
            }
            digits += 1;
            self.skip();
        }
        if digits == 0 { Err(SIZE) } else { Ok(size) }
    }

    /// `*( BWS ";" BWS name [ BWS "=" BWS ( token / quoted-string ) ] )`.
    fn extensions(&mut self) -> Result<(), Stop> {
        loop {
            if self.blanks()? == 0 && self.peek()? != b';' {
                return Ok(());
            }
            self.extension_byte(|b| b == b';')?;
            loop {
                self.blanks()?;
                self.token()?;
                let blanks = self.blanks()?;
                match (self.peek()?, blanks) {
                    (b'=', _) => {
                        self.extension_byte(|b| b == b'=')?;
                        self.blanks()?;
                        if self.peek()? == b'"' {
                            self.quoted()?;
                        } else {
                            self.token()?;
                        }
                        break;
                    }
                    (b';', _) => self.extension_byte(|b| b == b';')?,
                    (_, 0) => break,
                    _ => return Err(SIZE),
                }
            }
        }
    }

    fn blanks(&mut self) -> Result<usize, Stop> {
        let mut count = 0;
        while matches!(self.peek()?, b' ' | b'\t') {
            self.extension_byte(|_| true)?;
            count += 1;
        }
        Ok(count)
    }

    fn token(&mut self) -> Result<(), Stop> {
        self.extension_byte(is_tchar)?;
        while is_tchar(self.peek()?) {
            self.extension_byte(is_tchar)?;
        }
        Ok(())
    }

    fn quoted(&mut self) -> Result<(), Stop> {
        self.extension_byte(|b| b == b'"')?;
        loop {
            let byte = self.peek()?;
            self.extension_byte(is_text)?;
            match byte {
                b'"' => return Ok(()),
                b'\\' => self.extension_byte(is_text)?,
                _ => {}
            }
        }
    }

    /// Counts one byte of an extension: at most 16 KiB plus the size of the payload so far.
    fn extension_byte(&mut self, is_good: impl Fn(u8) -> bool) -> Result<(), Stop> {
        if !is_good(self.peek()?) {
            return Err(SIZE);
        }
        if self.extensions >= (16 << 10) + self.body.payload.len() as u64 {
            return Err(Stop::Fault(PeerError::ChunkOverheadTooLarge));
        }
        self.extensions += 1;
        self.skip();
        Ok(())
    }

    fn trailers(&mut self) -> Result<(), Stop> {
        let (mut size, mut fields) = (0, 0);
        loop {
            if self.peek()? == b'\r' {
                self.skip();
                return self.expect(b'\n', TRAILER);
            }
            let rest = &self.input[self.body.consumed..];
            let end = rest.iter().position(|b| *b == b'\n');
            size += end.map_or(rest.len(), |end| end + 1);
            if size > self.limits.trailer_size {
                return Err(Stop::Fault(PeerError::ChunkOverheadTooLarge));
            }
            let line = &rest[..end.ok_or(Stop::Starved)?];
            let line = line.strip_suffix(b"\r").ok_or(TRAILER)?;
            let colon = line.iter().position(|b| *b == b':').ok_or(TRAILER)?;
            let (name, value) = (&line[..colon], &line[colon + 1..]);
            if name.is_empty()
                || !name.iter().all(|b| is_tchar(*b))
                || !value.iter().all(|b| is_text(*b))
            {
                return Err(TRAILER);
            }
            fields += 1;
            if fields > self.limits.trailer_fields {
                return Err(Stop::Fault(PeerError::ChunkOverheadTooLarge));
            }
            self.body.trailers.push((name.to_ascii_lowercase(), value.trim_ascii().to_vec()));
            self.body.consumed += line.len() + 2;
        }
    }
}

/// RFC 9110 section 5.6.2.
pub(crate) fn is_tchar(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

/// HTAB, SP, visible characters, obs-text (RFC 9110 section 5.5).
pub(crate) fn is_text(byte: u8) -> bool {
    byte == b'\t' || (byte >= b' ' && byte != 0x7f)
}
