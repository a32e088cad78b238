//! Bodies: counted or in chunks (RFC 9112 sections 6.2 and 7.1).

use super::fields::{Framing, field};
use super::{MAX_BODY, Reader, Rule, Stop, fault, is_tchar};

impl Reader<'_> {
    /// The body of a request.
    pub(super) fn body(&mut self, framing: Framing) -> Result<Vec<u8>, Stop> {
        match framing {
            Framing::Length(length) => self.take(length),
            Framing::Chunked => self.chunks(),
        }
    }

    fn take(&mut self, length: u64) -> Result<Vec<u8>, Stop> {
        let length = usize::try_from(length).unwrap_or(usize::MAX);
        let taken = self.input[self.at..].get(..length).ok_or(Stop::Starved)?;
        self.at += length;
        Ok(taken.to_vec())
    }

    fn chunks(&mut self) -> Result<Vec<u8>, Stop> {
        let mut body = Vec::new();
        loop {
            let size = self.size(MAX_BODY - body.len() as u64)?;
            self.extensions()?;
            self.line_end(Rule::ChunkLine)?;
            if size == 0 {
                self.trailers()?;
                return Ok(body);
            }
            body.extend(self.take(size)?);
            self.line_end(Rule::ChunkEnd)?;
        }
    }

    fn peek(&self) -> Result<u8, Stop> {
        self.input.get(self.at).copied().ok_or(Stop::Starved)
    }

    fn next(&mut self) -> Result<u8, Stop> {
        let byte = self.peek()?;
        self.at += 1;
        Ok(byte)
    }

    fn line_end(&mut self, rule: Rule) -> Result<(), Stop> {
        for expected in *b"\r\n" {
            if self.next()? != expected {
                return Err(fault(rule));
            }
        }
        Ok(())
    }

    /// `1*HEXDIG`, at most sixteen.
    fn size(&mut self, most: u64) -> Result<u64, Stop> {
        let (start, mut size) = (self.at, 0);
        while let Some(digit) = char::from(self.peek()?).to_digit(16) {
            if self.at - start == 16 {
                return Err(fault(Rule::ChunkDigits));
            }
            size = size * 16 + u64::from(digit);
            if size > most {
                return Err(Stop::Fault(Rule::LargeBody, 413));
            }
            self.at += 1;
        }
        match self.peek()? {
            b' ' | b'\t' if self.at == start => Err(fault(Rule::ChunkSpace)),
            b'\n' if self.at > start => Err(fault(Rule::ChunkLine)),
            _ if self.at == start => Err(fault(Rule::ChunkSize)),
            b'\r' | b';' | b' ' | b'\t' => {
                if self.at - start > 1 && self.input[start] == b'0' {
                    self.rules.push(Rule::ChunkZeros);
                }
                Ok(size)
            }
            _ => Err(fault(Rule::ChunkSize)),
        }
    }

    /// `*( BWS ";" BWS chunk-ext-name [ BWS "=" BWS chunk-ext-val ] )` (section 7.1.1).
    fn extensions(&mut self) -> Result<(), Stop> {
        loop {
            let blanks = self.blanks()?;
            match self.peek()? {
                b';' => self.at += 1,
                _ if blanks > 0 => return Err(fault(Rule::ChunkSpace)),
                _ => return Ok(()),
            }
            self.rules.push(Rule::Extension);
            self.blanks()?;
            self.token()?;
            let after_name = self.at;
            self.blanks()?;
            if self.peek()? != b'=' {
                self.at = after_name;
                continue;
            }
            self.at += 1;
            self.blanks()?;
            if self.peek()? == b'"' {
                self.quoted()?;
            } else {
                self.token()?;
            }
            // Before a line end, LF alone is a fault of the line, anything else one of the extension.
            if !b"\r\n; \t".contains(&self.peek()?) {
                return Err(fault(Rule::BadExtension));
            }
        }
    }

    fn blanks(&mut self) -> Result<usize, Stop> {
        let start = self.at;
        while b" \t".contains(&self.peek()?) {
            self.at += 1;
        }
        Ok(self.at - start)
    }

    fn token(&mut self) -> Result<(), Stop> {
        if !is_tchar(self.next()?) {
            return Err(fault(Rule::BadExtension));
        }
        while is_tchar(self.peek()?) {
            self.at += 1;
        }
        Ok(())
    }

    fn quoted(&mut self) -> Result<(), Stop> {
        self.at += 1;
        loop {
            match self.next()? {
                b'"' => return Ok(()),
                b'\\' if is_text(self.next()?) => {}
                byte if is_text(byte) && byte != b'\\' => {}
                _ => return Err(fault(Rule::BadExtension)),
            }
        }
    }

    /// Field lines, and the empty line (section 7.1.2).
    fn trailers(&mut self) -> Result<(), Stop> {
        let mut count = 0;
        loop {
            let rest = &self.input[self.at..];
            if rest.starts_with(b"\r") && rest.get(1).is_some_and(|byte| *byte != b'\n') {
                return Err(fault(Rule::BadTrailer));
            }
            let end = rest.iter().position(|byte| *byte == b'\n').ok_or(Stop::Starved)?;
            self.at += end + 1;
            let line = rest[..end].strip_suffix(b"\r").ok_or(fault(Rule::BadTrailer))?;
            if line.is_empty() {
                return Ok(());
            }
            count += 1;
            if count > super::MAX_FIELDS {
                return Err(Stop::Fault(Rule::ManyFields, 431));
            }
            self.rules.push(Rule::Trailer);
            field(line).map_err(|_| fault(Rule::BadTrailer))?;
        }
    }
}

fn is_text(byte: u8) -> bool {
    byte == b'\t' || (byte >= b' ' && byte != 0x7f)
}
