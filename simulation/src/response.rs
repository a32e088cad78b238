//! A strict reader of responses (RFC 9112 sections 6 and 7), which knows what each of them must be.

use std::time::UNIX_EPOCH;

use crate::events::Events;
use crate::message::{Key, Kind, MALFORMED, Message, Request};
use crate::socket::Socket;

/// A message that was sent, and what may come back.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Expected {
    pub(crate) key: Key,
    pub(crate) message: Message,
    /// Whether all of it was sent.
    pub(crate) is_whole: bool,
    /// When its first byte was sent.
    pub(crate) at: u64,
}

/// A response, as far as it was received.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Seen {
    pub(crate) status: u16,
    pub(crate) is_complete: bool,
    closes: bool,
    /// Its `Date`, in seconds, and when it has come.
    pub(crate) date: Option<u64>,
    pub(crate) at: u64,
    /// Events that have come.
    pub(crate) events: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Head,
    Length(u64),
    ChunkSize,
    Chunk(u64),
    ChunkEnd,
    Trailers,
    UntilClose,
    /// What follows are frames.
    Socket,
}

/// The reader of one connection.
#[derive(Debug)]
pub(crate) struct Reader {
    pub(crate) input: Vec<u8>,
    at: usize,
    state: State,
    /// Bytes of the body that were received.
    position: u64,
    events: Events,
    pub(crate) seen: Vec<Seen>,
    pub(crate) socket: Option<Socket>,
    /// That of a handshake whose response is missing, with the frames that were sent behind it.
    pub(crate) early: Option<Socket>,
    /// Milliseconds since the start.
    pub(crate) clock: u64,
    /// Bytes that are on their way behind `input`.
    pub(crate) in_flight: usize,
}

type Outcome<T = ()> = Result<T, String>;

impl Reader {
    pub(crate) fn new() -> Self {
        Self {
            input: Vec::new(),
            at: 0,
            state: State::Head,
            position: 0,
            events: Events::default(),
            seen: Vec::new(),
            socket: None,
            early: None,
            clock: 0,
            in_flight: 0,
        }
    }

    /// Responses that were received completely.
    pub(crate) fn complete(&self) -> usize {
        self.seen.iter().filter(|seen| seen.is_complete).count()
    }

    /// Whether the last response has announced the end of the connection.
    pub(crate) fn is_last(&self) -> bool {
        self.seen.last().is_some_and(|seen| seen.closes)
    }

    /// Reads what was received.
    pub(crate) fn advance(&mut self, expected: &[Expected]) -> Outcome {
        while self.at < self.input.len() && self.step(expected)? {}
        self.input.drain(..self.at);
        self.at = 0;
        Ok(())
    }

    /// Nothing more comes.
    pub(crate) fn end(&mut self, expected: &[Expected], is_regular: bool) -> Outcome {
        if self.state == State::UntilClose && is_regular {
            self.complete_one(expected)?;
        }
        // The server may know the method of a head that was not complete, or not.
        let is_empty = matches!(self.state, State::Length(_)) && self.position == 0;
        if is_empty && self.is_to_head(expected) {
            self.complete_one(expected)?;
        }
        // The server closes a WebSocket without a close frame if its peer is silent.
        if self.state == State::Socket {
            return Ok(());
        }
        let is_between = self.state == State::Head && self.input.is_empty();
        if is_regular && !is_between {
            let (state, rest) = (self.state, lossy(&self.input));
            return Err(format!("a regular end in the middle of a response: {state:?}, {rest:?}"));
        }
        Ok(())
    }

    /// Whether the last response is to HEAD.
    fn is_to_head(&self, expected: &[Expected]) -> bool {
        let last = self.seen.len().checked_sub(1).and_then(|index| expected.get(index));
        last.is_some_and(|last| matches!(last.message, Message::Request(r) if r.is_head))
    }

    fn step(&mut self, expected: &[Expected]) -> Outcome<bool> {
        let rest = &self.input[self.at..];
        match self.state {
            State::Head => {
                let Some(end) = find(rest, b"\r\n\r\n") else { return Ok(false) };
                let head = rest[..end + 2].to_vec();
                self.at += end + 4;
                self.head(&head, expected)?;
            }
            State::Length(left) => {
                let left = left - self.body(left, expected)?;
                self.state = State::Length(left);
                if left == 0 {
                    self.complete_one(expected)?;
                }
            }
            State::UntilClose => {
                self.body(u64::MAX, expected)?;
            }
            State::Socket => {
                let Some(socket) = &mut self.socket else { return Ok(false) };
                socket.in_flight = self.in_flight + rest.len();
                let count = socket.advance(rest)?;
                self.at += count;
                return Ok(count > 0);
            }
            State::ChunkSize => {
                let Some(end) = find(rest, b"\r\n") else { return Ok(false) };
                let line = std::str::from_utf8(&rest[..end]).unwrap_or_default();
                let size = u64::from_str_radix(line, 16).map_err(|_| format!("chunk {line:?}"))?;
                self.at += end + 2;
                self.state = if size == 0 { State::Trailers } else { State::Chunk(size) };
            }
            State::Chunk(left) => {
                let left = left - self.body(left, expected)?;
                self.state = if left == 0 { State::ChunkEnd } else { State::Chunk(left) };
            }
            State::ChunkEnd | State::Trailers => {
                if rest.len() < 2 {
                    return Ok(false);
                }
                if !rest.starts_with(b"\r\n") {
                    return Err(format!("{:?} after a chunk", lossy(rest)));
                }
                self.at += 2;
                match self.state {
                    State::Trailers => self.complete_one(expected)?,
                    _ => self.state = State::ChunkSize,
                }
            }
        }
        Ok(true)
    }

    fn complete_one(&mut self, expected: &[Expected]) -> Outcome {
        self.state = State::Head;
        let index = self.seen.len() - 1;
        self.seen[index].is_complete = true;
        self.seen[index].events = self.events.count;
        if self.seen[index].status == 200 && events_of(&expected[index]).is_some() {
            let is_whole = self.events.is_whole();
            return if is_whole {
                Ok(())
            } else {
                Err("the end of an event is missing".to_owned())
            };
        }
        let length = response_length(&expected[index]);
        if self.seen[index].status == 200 && self.position != length {
            return Err(format!("{} of {length} bytes, and complete", self.position));
        }
        Ok(())
    }

    fn head(&mut self, head: &[u8], expected: &[Expected]) -> Outcome {
        let text = std::str::from_utf8(head).map_err(|error| error.to_string())?;
        let mut lines = text.split_terminator("\r\n");
        let line = lines.next().unwrap_or_default();
        let status = line.strip_prefix("HTTP/1.").and_then(|rest| rest.get(2..5)?.parse().ok());
        let status: u16 = status.ok_or_else(|| format!("no status line: {line:?}"))?;
        if (100..200).contains(&status) && status != 101 {
            return Ok(());
        }
        if self.is_last() {
            return Err(format!("{line:?} after the last response"));
        }
        let Some(request) = expected.get(self.seen.len()) else {
            return Err(format!("{line:?} without a request"));
        };
        let (mut length, mut is_chunked, mut closes, mut exchange) = (None, false, false, None);
        let (mut date, mut extensions) = (None, None);
        for field in lines {
            let (name, value) = field.split_once(": ").ok_or_else(|| field.to_owned())?;
            match name {
                "Content-Length" => length = value.parse::<u64>().ok(),
                "Transfer-Encoding" => is_chunked = value == "chunked",
                "Connection" => closes = value == "close",
                "X-Exchange" => exchange = Some(value),
                "Date" => date = httpdate::parse_http_date(value).ok(),
                "Sec-WebSocket-Extensions" => extensions = Some(value),
                _ => {}
            }
        }
        let key = request.key;
        if matches!(status, 101 | 200) && exchange != Some(&*format!("{}.{}", key.peer, key.number))
        {
            return Err(format!("{key:?} gets the response of {exchange:?}"));
        }
        self.position = 0;
        self.events = Events::new(self.in_flight + self.input.len());
        let date = date.and_then(|date| date.duration_since(UNIX_EPOCH).ok());
        self.seen.push(Seen {
            status,
            is_complete: false,
            closes,
            date: date.map(|date| date.as_secs()),
            at: self.clock,
            events: 0,
        });
        if status == 101 {
            let Message::Request(Request { work, .. }) = request.message else {
                return Err("101, and no request".to_owned());
            };
            let mut socket = self.early.take().unwrap_or_else(|| Socket::new(key, work));
            socket.negotiated(extensions);
            socket.in_flight = self.in_flight + self.input.len();
            socket.has_progress();
            self.socket = Some(socket);
            self.state = State::Socket;
            return Ok(());
        }
        // Of a head that was not complete, the server does not know the method.
        let is_head = status != 408
            && request.is_whole
            && matches!(request.message, Message::Request(request) if request.is_head);
        match (is_chunked, length) {
            _ if is_head => self.complete_one(expected)?,
            (true, None) => self.state = State::ChunkSize,
            (false, Some(0)) => self.complete_one(expected)?,
            (false, Some(length)) => self.state = State::Length(length),
            (false, None) if closes => self.state = State::UntilClose,
            _ => return Err(format!("no framing: {text:?}")),
        }
        Ok(())
    }

    /// Takes bytes of the body, at most so many, and compares them.
    fn body(&mut self, most: u64, expected: &[Expected]) -> Outcome<u64> {
        let rest = &self.input[self.at..];
        let count = usize::try_from(most).unwrap_or(usize::MAX).min(rest.len()).min(1 << 16);
        let index = self.seen.len() - 1;
        let is_right = self.seen[index].status == 200;
        if let Some(request) = events_of(&expected[index]).filter(|_| is_right) {
            let in_flight = self.in_flight + rest.len();
            self.events.take(expected[index].key, request.work, &rest[..count], in_flight)?;
            self.at += count;
            self.position += count as u64;
            return Ok(count as u64);
        }
        if self.seen[index].status == 200 {
            let key = expected[index].key;
            if rest[..count] != key.pattern(self.position, count)[..] {
                return Err(format!("other bytes in the body of {key:?}"));
            }
        }
        self.at += count;
        self.position += count as u64;
        if self.seen[index].status == 200 && self.position > response_length(&expected[index]) {
            return Err(format!("too many bytes for {:?}", expected[index].key));
        }
        Ok(count as u64)
    }
}

fn response_length(expected: &Expected) -> u64 {
    match expected.message {
        Message::Request(request) => request.response_length(),
        Message::Malformed(_) | Message::Frame(_) => 0,
    }
}

/// The request, if it asks for events.
pub(crate) fn events_of(expected: &Expected) -> Option<Request> {
    match expected.message {
        Message::Request(request) if request.work.kind == Kind::Events => Some(request),
        _ => None,
    }
}

/// Whether the request opens a WebSocket.
pub(crate) fn is_socket(expected: &Expected) -> bool {
    matches!(expected.message, Message::Request(request) if request.work.kind.is_socket())
}

/// The status that a message that is not valid must get.
pub(crate) fn fault_status(message: Message) -> Option<u16> {
    match message {
        Message::Malformed(index) => Some(MALFORMED[index].1),
        Message::Request(_) | Message::Frame(_) => None,
    }
}

fn find(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    bytes.windows(wanted.len()).position(|window| window == wanted)
}

fn lossy(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
