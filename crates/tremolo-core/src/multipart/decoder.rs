//! The decoder: takes pieces of the body, returns events, and keeps only what the end of a piece
//! cuts apart.
//!
//! RFC 2046 section 5.1.1. It searches a piece for the complete delimiter. If a piece ends with the
//! start of one, the decoder stores only *how many* bytes matched: the bytes themselves are known
//! from the delimiter. The CRLF before the first delimiter line of a body, and the one that ends a
//! part head, are treated as matched bytes that are not data (`hidden`).

use bytes::{Buf, Bytes, BytesMut};
use memchr::memmem::Finder;

use super::{Boundary, Event, Limits, MultipartError, PartHead};

/// Decodes one body.
///
/// **Feed a piece, poll until [`Event::NeedInput`], repeat; at the end of the body call
/// [`finish`](Self::finish) and poll once more.** An error is final: every further poll returns it.
///
/// ```
/// use bytes::Bytes;
/// use tremolo_core::multipart::{Decoder, Event, Limits, boundary_of};
///
/// let boundary = boundary_of(b"multipart/form-data; boundary=b")?;
/// let mut decoder = Decoder::new(boundary, Limits::default());
/// decoder.feed(Bytes::from_static(
///     b"--b\r\nContent-Disposition: form-data; name=\"greeting\"\r\n\r\nHello\r\n--b--\r\n",
/// ));
/// let Event::Part(head) = decoder.poll()? else { panic!() };
/// assert_eq!(head.name(), "greeting");
/// assert_eq!(decoder.poll()?, Event::Data(Bytes::from_static(b"Hello")));
/// assert_eq!(decoder.poll()?, Event::PartEnd);
/// assert_eq!(decoder.poll()?, Event::End);
/// # Ok::<(), tremolo_core::multipart::MultipartError>(())
/// ```
#[derive(Debug)]
pub struct Decoder {
    boundary: Boundary,
    limits: Limits,
    head_end: Finder<'static>,
    state: State,
    /// The rest of the last piece.
    piece: Bytes,
    /// The start of a part head that no single piece contained.
    head: BytesMut,
    /// The number of delimiter bytes at the end of the pieces so far.
    matched: usize,
    /// How many of these are not data if the rest does not match.
    hidden: usize,
    parts: usize,
    ended: bool,
}

#[derive(Clone, Copy, Debug)]
enum State {
    Preamble,
    Delimited(DelimiterLine),
    Head,
    Data,
    Epilogue,
    Failed(MultipartError),
}

/// The part of a delimiter line behind the boundary that has been read.
#[derive(Clone, Copy, Debug)]
enum DelimiterLine {
    Boundary,
    Hyphen,
    Padding,
    Cr,
}

enum Scan {
    Data(Bytes),
    Delimiter,
    NeedInput,
}

impl Decoder {
    /// A decoder at the start of a body.
    #[must_use]
    pub fn new(boundary: Boundary, limits: Limits) -> Self {
        Self {
            boundary,
            limits,
            head_end: Finder::new(HEAD_END),
            state: State::Preamble,
            piece: Bytes::new(),
            head: BytesMut::new(),
            matched: CRLF.len(),
            hidden: CRLF.len(),
            parts: 0,
            ended: false,
        }
    }

    /// Takes the next piece of the body, of any size.
    ///
    /// Does not copy if the last piece is used up ([`Event::NeedInput`]); else its rest and this
    /// piece are joined.
    pub fn feed(&mut self, piece: Bytes) {
        if matches!(self.state, State::Epilogue | State::Failed(_)) {
            return;
        }
        self.piece = if self.piece.is_empty() {
            piece
        } else {
            [self.piece.as_ref(), piece.as_ref()].concat().into()
        };
    }

    /// Marks the end of the body. If more bytes were needed, `poll` fails with
    /// [`MultipartError::CutShort`] from now on.
    pub fn finish(&mut self) {
        self.ended = true;
    }

    /// The next event.
    ///
    /// Data that cannot be part of a delimiter is returned immediately.
    ///
    /// # Errors
    ///
    /// Any [`MultipartError`] except those of the content type.
    pub fn poll(&mut self) -> Result<Event, MultipartError> {
        let result = self.step();
        if let Err(error) = result {
            self.state = State::Failed(error);
            self.piece = Bytes::new();
            self.head = BytesMut::new();
        }
        result
    }

    /// Bytes in the decoder: the rest of the last piece, and the start of a part head.
    #[must_use]
    pub fn buffered(&self) -> usize {
        self.piece.len() + self.head.len()
    }

    fn step(&mut self) -> Result<Event, MultipartError> {
        loop {
            match self.state {
                State::Preamble => match self.scan() {
                    Scan::Data(_) => {}
                    Scan::Delimiter => self.state = State::Delimited(DelimiterLine::Boundary),
                    Scan::NeedInput => return self.end_of_piece(),
                },
                State::Delimited(line) => match self.piece.try_get_u8() {
                    Ok(byte) => self.state = self.delimiter_line(line, byte)?,
                    Err(_) => return self.end_of_piece(),
                },
                State::Head => match self.head_lines()? {
                    Some(lines) => {
                        self.matched = CRLF.len();
                        self.hidden = CRLF.len();
                        self.state = State::Data;
                        return PartHead::parse(lines).map(Event::Part);
                    }
                    None => return self.end_of_piece(),
                },
                State::Data => match self.scan() {
                    Scan::Data(data) => return Ok(Event::Data(data)),
                    Scan::Delimiter => {
                        self.state = State::Delimited(DelimiterLine::Boundary);
                        return Ok(Event::PartEnd);
                    }
                    Scan::NeedInput => return self.end_of_piece(),
                },
                State::Epilogue => {
                    self.piece = Bytes::new();
                    return Ok(Event::End);
                }
                State::Failed(error) => return Err(error),
            }
        }
    }

    fn end_of_piece(&self) -> Result<Event, MultipartError> {
        if self.ended { Err(MultipartError::CutShort) } else { Ok(Event::NeedInput) }
    }

    /// Returns data up to the next delimiter, or consumes the delimiter.
    fn scan(&mut self) -> Scan {
        let delimiter = self.boundary.delimiter();
        if self.matched > 0 {
            let expected = delimiter.get(self.matched..).unwrap_or_default();
            let len = expected.len().min(self.piece.len());
            if self.piece.get(..len) == expected.get(..len) {
                self.piece.advance(len);
                self.matched += len;
                if self.matched < delimiter.len() {
                    return Scan::NeedInput;
                }
                (self.matched, self.hidden) = (0, 0);
                return Scan::Delimiter;
            }
            let data = delimiter.slice(self.hidden..self.matched);
            (self.matched, self.hidden) = (0, 0);
            if !data.is_empty() {
                return Scan::Data(data);
            }
        }
        if let Some(at) = self.boundary.find(&self.piece) {
            let data = self.piece.split_to(at);
            self.piece.advance(delimiter.len());
            if data.is_empty() {
                return Scan::Delimiter;
            }
            self.matched = delimiter.len();
            return Scan::Data(data);
        }
        self.matched = self.boundary.held_back(&self.piece);
        let mut data = std::mem::take(&mut self.piece);
        data.truncate(data.len() - self.matched);
        if data.is_empty() { Scan::NeedInput } else { Scan::Data(data) }
    }

    /// Reads the rest of a delimiter line: `--`, or padding and CRLF.
    fn delimiter_line(&mut self, line: DelimiterLine, byte: u8) -> Result<State, MultipartError> {
        Ok(match (line, byte) {
            (DelimiterLine::Boundary, b'-') => State::Delimited(DelimiterLine::Hyphen),
            (DelimiterLine::Hyphen, b'-') => State::Epilogue,
            (DelimiterLine::Boundary | DelimiterLine::Padding, b' ' | b'\t') => {
                State::Delimited(DelimiterLine::Padding)
            }
            (DelimiterLine::Boundary | DelimiterLine::Padding, b'\r') => {
                State::Delimited(DelimiterLine::Cr)
            }
            (DelimiterLine::Boundary | DelimiterLine::Padding, b'\n') => {
                return Err(MultipartError::InvalidLineEnd);
            }
            (DelimiterLine::Cr, b'\n') => {
                self.parts += 1;
                if self.parts > self.limits.max_parts {
                    return Err(MultipartError::TooManyParts);
                }
                State::Head
            }
            (
                DelimiterLine::Boundary
                | DelimiterLine::Hyphen
                | DelimiterLine::Padding
                | DelimiterLine::Cr,
                _,
            ) => {
                return Err(MultipartError::InvalidDelimiter);
            }
        })
    }

    /// Reads the field lines of a part, and the empty line behind them.
    fn head_lines(&mut self) -> Result<Option<Bytes>, MultipartError> {
        let before = self.head.len();
        let room = self.limits.part_head_bytes.saturating_sub(before).min(self.piece.len());
        let window = self.piece.get(..room).unwrap_or_default();
        if before > 0 {
            self.head.extend_from_slice(window);
        }
        let head = if before > 0 { self.head.as_ref() } else { window };
        if head.starts_with(CRLF) {
            return Err(MultipartError::MissingDisposition);
        }
        // Searched bytes are not searched again: pieces of one byte would take quadratic time.
        let from = before.saturating_sub(HEAD_END.len() - 1);
        let Some(at) = head.get(from..).and_then(|new| self.head_end.find(new)) else {
            if head.len() >= self.limits.part_head_bytes {
                return Err(MultipartError::HeadTooLarge);
            }
            if before == 0 {
                self.head.extend_from_slice(window);
            }
            self.piece = Bytes::new();
            return Ok(None);
        };
        let end = from + at + HEAD_END.len();
        let mut lines = match before {
            0 => self.piece.split_to(end),
            _ => {
                self.piece.advance(end - before);
                self.head.truncate(end);
                self.head.split().freeze()
            }
        };
        lines.truncate(end - CRLF.len());
        Ok(Some(lines))
    }
}

const CRLF: &[u8] = b"\r\n";
const HEAD_END: &[u8] = b"\r\n\r\n";
