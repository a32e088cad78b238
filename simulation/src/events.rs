//! Server-sent events (WHATWG HTML, section 9.2), as a peer reads them.

use crate::message::{Key, Work};
use crate::scenario::{HEARTBEAT_INTERVAL, LONGEST_WAIT};

/// The events of one response.
#[derive(Debug, Default)]
pub(crate) struct Events {
    /// What has come of the next one.
    input: Vec<u8>,
    /// Events that have come.
    pub(crate) count: u32,
    /// How many more comments may come before the next event.
    comments_left: usize,
}

/// The data of an event.
pub(crate) fn data(key: Key, number: u32, bytes: u32) -> Vec<u8> {
    let pattern = key.pattern(number.into(), bytes as usize);
    pattern.iter().map(|byte| b'a' + byte % 26).collect()
}

impl Events {
    /// The head has come, and so many bytes are on their way behind it.
    pub(crate) fn new(in_flight: usize) -> Self {
        Self { comments_left: comments(in_flight), ..Self::default() }
    }

    /// Takes a piece of the body. `in_flight`: bytes that have come or will, from this piece on.
    pub(crate) fn take(
        &mut self,
        key: Key,
        work: Work,
        piece: &[u8],
        in_flight: usize,
    ) -> Result<(), String> {
        self.input.extend_from_slice(piece);
        while let Some(end) = self.input.windows(2).position(|pair| pair == b"\n\n") {
            let event: Vec<u8> = self.input.drain(..end + 2).collect();
            if event == HEARTBEAT {
                let left = self.comments_left.checked_sub(1);
                self.comments_left = left.ok_or("comments in place of an event")?;
                continue;
            }
            let data = data(key, self.count, work.bytes);
            if event != [b"data: ", &data[..], b"\n\n"].concat() || self.count >= work.pieces {
                let event = String::from_utf8_lossy(&event).into_owned();
                return Err(format!("event {} of {key:?} is {event:?}", self.count));
            }
            self.count += 1;
            self.comments_left = comments(in_flight);
        }
        Ok(())
    }

    /// Whether no part of an event is left.
    pub(crate) fn is_whole(&self) -> bool {
        self.input.is_empty()
    }
}

/// The comments of the longest time between two events, and those that are on their way.
fn comments(in_flight: usize) -> usize {
    (LONGEST_WAIT / HEARTBEAT_INTERVAL) as usize + in_flight.div_ceil(HEARTBEAT.len())
}

/// A comment, which keeps proxies from closing the stream.
const HEARTBEAT: &[u8] = b":\n\n";
