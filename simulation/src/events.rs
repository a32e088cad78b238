//! Server-sent events (WHATWG HTML, section 9.2), as a peer reads them.

use crate::message::{Key, Work};

/// The events of one response.
#[derive(Debug, Default)]
pub(crate) struct Events {
    /// What has come of the next one.
    input: Vec<u8>,
    /// Events that have come.
    pub(crate) count: u32,
}

/// The data of an event.
pub(crate) fn data(key: Key, number: u32, bytes: u32) -> Vec<u8> {
    let pattern = key.pattern(number.into(), bytes as usize);
    pattern.iter().map(|byte| b'a' + byte % 26).collect()
}

impl Events {
    /// Takes a piece of the body.
    pub(crate) fn take(&mut self, key: Key, work: Work, piece: &[u8]) -> Result<(), String> {
        self.input.extend_from_slice(piece);
        while let Some(end) = self.input.windows(2).position(|pair| pair == b"\n\n") {
            let event: Vec<u8> = self.input.drain(..end + 2).collect();
            if event == HEARTBEAT {
                continue;
            }
            let data = data(key, self.count, work.bytes);
            if event != [b"data: ", &data[..], b"\n\n"].concat() || self.count >= work.pieces {
                let event = String::from_utf8_lossy(&event).into_owned();
                return Err(format!("event {} of {key:?} is {event:?}", self.count));
            }
            self.count += 1;
        }
        Ok(())
    }

    /// Whether no part of an event is left.
    pub(crate) fn is_whole(&self) -> bool {
        self.input.is_empty()
    }
}

/// A comment, which keeps proxies from closing the stream.
const HEARTBEAT: &[u8] = b":\n\n";
