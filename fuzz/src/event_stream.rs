//! Server-sent events with arbitrary fields: a parser of the HTML standard (section 9.2.6) gets
//! exactly the events that were encoded.

use std::time::Duration;

use tremolo_core::Misuse;
use tremolo_core::sse::EventEncoder;

use crate::reference::event_stream::{Received, decode, lines};
use crate::script::Script;

/// `([more events][field]*)*`.
pub fn event_stream(data: &[u8]) {
    let mut script = Script::new(data);
    let mut known = Known::default();
    let mut stream = Vec::new();
    while !script.is_empty() {
        let mut event = EventEncoder::default();
        for _ in 0..script.byte() % 8 {
            known.add(&mut event, &mut script);
        }
        known.end();
        stream.extend(event.finish());
    }
    assert_eq!(decode(&stream), (known.events, known.retry), "{}", stream.escape_ascii());
}

/// What the client has to know of the events so far.
#[derive(Default)]
struct Known {
    events: Vec<Received>,
    /// The event that is being encoded. Each line of its data has a line end.
    next: Received,
    retry: Option<u64>,
}

impl Known {
    fn add(&mut self, event: &mut EventEncoder, script: &mut Script<'_>) {
        match script.byte() % 5 {
            0 => {
                let data = script.piece();
                event.data(data);
                let whole = [data, b"\n"].concat();
                // A CR at the end of the data and the line end behind it are two.
                let whole = if data.ends_with(b"\r") { [data, b"\r\n"].concat() } else { whole };
                for line in lines(&whole) {
                    self.next.data.extend(line.iter().chain(b"\n"));
                }
            }
            1 => {
                let kind = script.piece();
                let taken = event.event(kind);
                assert_eq!(taken, expected(kind), "{}", kind.escape_ascii());
                if taken.is_ok() {
                    self.next.kind = kind.to_vec();
                }
            }
            2 => {
                let id = script.piece();
                let taken = event.id(id);
                assert_eq!(taken, expected(id), "{}", id.escape_ascii());
                if taken.is_ok() {
                    self.next.last_id = id.to_vec();
                }
            }
            3 => {
                let milliseconds = (script.size() as u64) << (script.byte() % 48);
                event.retry(Duration::from_millis(milliseconds));
                self.retry = Some(milliseconds);
            }
            _ => event.comment(script.piece()),
        }
    }

    /// An event without data is none for the client, but its id counts.
    fn end(&mut self) {
        if self.next.data.pop().is_some() {
            self.events.push(self.next.clone());
        }
        self.next = Received { last_id: self.next.last_id.clone(), ..Received::default() };
    }
}

/// A line end would begin a field, and clients ignore an id with NUL.
fn expected(value: &[u8]) -> Result<(), Misuse> {
    let is_refused = value.iter().any(|byte| matches!(byte, b'\r' | b'\n' | 0));
    if is_refused { Err(Misuse::InvalidEventField) } else { Ok(()) }
}
