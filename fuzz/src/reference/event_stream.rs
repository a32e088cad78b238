//! The parser of an event stream (WHATWG HTML section 9.2.6), for a complete stream.

/// An event as a client gets it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Received {
    pub(crate) data: Vec<u8>,
    /// Empty for `message`.
    pub(crate) kind: Vec<u8>,
    pub(crate) last_id: Vec<u8>,
}

/// The events of a stream, and the reconnection time in milliseconds that it has set.
pub(crate) fn decode(stream: &[u8]) -> (Vec<Received>, Option<u64>) {
    let stream = stream.strip_prefix(b"\xef\xbb\xbf").unwrap_or(stream);
    let (mut events, mut next, mut retry) = (Vec::new(), Received::default(), None);
    for line in lines(stream) {
        if line.is_empty() {
            if next.data.pop().is_some() {
                events.push(next.clone());
            }
            next = Received { last_id: next.last_id, ..Received::default() };
            continue;
        }
        let colon = line.iter().position(|byte| *byte == b':').unwrap_or(line.len());
        let (field, value) = line.split_at(colon);
        let value = value.strip_prefix(b":").unwrap_or(value);
        let value = value.strip_prefix(b" ").unwrap_or(value);
        match field {
            b"data" => next.data.extend(value.iter().chain(b"\n")),
            b"event" => next.kind = value.to_vec(),
            b"id" if !value.contains(&0) => next.last_id = value.to_vec(),
            b"retry" if !value.is_empty() && value.iter().all(u8::is_ascii_digit) => {
                retry = String::from_utf8_lossy(value).parse().ok();
            }
            _ => {}
        }
    }
    (events, retry)
}

/// The lines: LF, CR and CRLF each end one. What follows the last of them is no line.
pub(crate) fn lines(text: &[u8]) -> Vec<Vec<u8>> {
    let (mut lines, mut line) = (Vec::new(), Vec::new());
    let mut bytes = text.iter().peekable();
    while let Some(byte) = bytes.next() {
        match byte {
            b'\r' | b'\n' => {
                if *byte == b'\r' {
                    bytes.next_if(|next| **next == b'\n');
                }
                lines.push(std::mem::take(&mut line));
            }
            byte => line.push(*byte),
        }
    }
    lines
}
