//! Responses built by an application, encoded by the engine, and parsed by a strict client.

use tremolo_core::{Config, Event, Piece};

use crate::driver::Wire;
use crate::reference::response::{Response, parse};
use crate::script::Script;

const REQUESTS: &[&[u8]] = &[
    b"GET / HTTP/1.1\r\nHost: a\r\n\r\n",
    b"HEAD / HTTP/1.1\r\nHost: a\r\n\r\n",
    b"GET / HTTP/1.0\r\n\r\n",
    b"GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
];

/// `[call]*`: several exchanges with setters and pieces; the client reads what the application
/// wrote.
pub fn reply_roundtrip(data: &[u8]) {
    let mut script = Script::new(data);
    let mut wire = Wire::new(Config::default());
    for _ in 0..8 {
        if script.is_empty() || !wire.connection.peek().wants_input() {
            break;
        }
        let request = script.pick(REQUESTS);
        assert_eq!(wire.feed(request), request.len());
        let Some(Event::Request(_)) = wire.connection.poll_event(&wire.now) else {
            break;
        };
        let before = wire.out.len();
        let expected = write_response(&mut wire, &mut script);
        wire.flush();
        let response = parse(&wire.out[before..], request.starts_with(b"HEAD"));
        check(&expected, request, response.as_ref());
        let (end, stays) = response.map_or((0, false), |r| (r.consumed, !r.is_last));
        assert_eq!(before + end, wire.out.len(), "bytes behind the response");
        assert!(
            stays
                || !wire.connection.peek().wants_input()
                || wire.connection.peek().close_reason().is_some()
        );
    }
}

/// What the application wrote and the engine accepted.
#[derive(Debug, Default)]
struct Expected {
    status: Option<u16>,
    reason: Option<Vec<u8>>,
    /// Set before the head was sent.
    fields: Vec<(Vec<u8>, Vec<u8>)>,
    body: Vec<u8>,
    /// Whether the length was declared: a shorter body is cut, in any framing.
    has_length: bool,
    /// Whether the response was ended, and not cut.
    is_ended: bool,
}

fn write_response(wire: &mut Wire, script: &mut Script<'_>) -> Expected {
    let mut expected = Expected::default();
    for _ in 0..32 {
        if script.is_empty() {
            break;
        }
        let code = script.byte() % 16;
        if code < 7 {
            set(wire, script, &mut expected, code);
            continue;
        }
        let piece = script.piece();
        // Sometimes long enough to be queued by reference.
        let piece = if code == 9 { piece.repeat(40) } else { piece.to_vec() };
        let (mut exchange, now) = (wire.connection.current().expect(RUNS), &wire.now);
        let taken = match code {
            7 | 9 => exchange.write(now, Piece::from(piece.clone())),
            8 | 10 => exchange.yield_piece(now, Piece::from(piece.as_slice())),
            _ => exchange.end(now, Piece::from(bytes::Bytes::from(piece.clone()))),
        };
        if taken.is_ok() && !expected.is_ended {
            expected.body.extend_from_slice(&piece);
            expected.is_ended = code > 10;
        }
    }
    let mut exchange = wire.connection.current().expect(RUNS);
    expected.has_length = exchange.peek().response().declared_length().is_some();
    exchange.handler_done(&wire.now);
    expected
}

fn set(wire: &mut Wire, script: &mut Script<'_>, expected: &mut Expected, code: u8) {
    let mut exchange = wire.connection.current().expect(RUNS);
    let Ok(head) = exchange.response_mut() else {
        let _ = (script.piece(), script.piece());
        return;
    };
    match code {
        0 => {
            let status = 200 + u16::from(script.byte()) * 2;
            if head.set_status(status).is_ok() {
                (expected.status, expected.reason) = (Some(status), None);
            }
        }
        1 => {
            let (status, reason) =
                (script.pick(&[200, 204, 205, 304, 404, 599, 1000]), script.piece());
            if head.set_status_with_reason(status, reason).is_ok() {
                (expected.status, expected.reason) = (Some(status), Some(reason.to_vec()));
            }
        }
        2 | 3 => {
            let (name, value) = (script.piece(), script.piece());
            let is_set = code == 2;
            let taken = if is_set { head.set(name, value) } else { head.append(name, value) };
            if taken.is_ok() {
                apply(&mut expected.fields, name, value, is_set);
            }
        }
        4 => {
            let name = script.piece();
            head.remove(name);
            expected.fields.retain(|(known, _)| !known.eq_ignore_ascii_case(name));
        }
        5 => head.set_chunked(script.flag()),
        _ => {
            let length = script.byte().to_string();
            head.set(b"Content-Length", length.as_bytes()).expect("a number is a length");
        }
    }
}

/// The expected effect on a list of fields: the first field of a name keeps its position, the
/// others are removed.
fn apply(fields: &mut Vec<(Vec<u8>, Vec<u8>)>, name: &[u8], value: &[u8], is_set: bool) {
    let field = (name.to_vec(), value.to_vec());
    let is_same = |known: &(Vec<u8>, Vec<u8>)| known.0.eq_ignore_ascii_case(name);
    match fields.iter().position(is_same) {
        Some(first) if is_set => {
            fields[first] = field;
            let mut at = 0;
            fields.retain(|known| {
                at += 1;
                at <= first + 1 || !is_same(known)
            });
        }
        _ => fields.push(field),
    }
}

const FRAMING: [&str; 4] = ["connection", "content-type", "content-length", "transfer-encoding"];

fn check(expected: &Expected, request: &[u8], response: Option<&Response>) {
    let Some(response) = response else {
        assert!(!expected.is_ended && expected.body.is_empty(), "{expected:?} and no response");
        return;
    };
    assert_eq!(response.status, expected.status.unwrap_or(200));
    if let Some(reason) = &expected.reason
        && reason.is_ascii()
    {
        assert_eq!(response.reason.as_bytes(), reason.as_slice());
    }
    assert_eq!(u8::from(request.windows(8).any(|w| w == b"HTTP/1.1")), response.minor_version);
    for once in ["date", "server", "connection"] {
        let wanted =
            expected.fields.iter().filter(|(n, _)| n.eq_ignore_ascii_case(once.as_bytes()));
        let count = if FRAMING.contains(&once) { 1 } else { wanted.count().max(1) };
        assert_eq!(response.values(once).count(), count, "{once}");
    }
    let is_framing = |name: &[u8]| FRAMING.iter().any(|f| name.eq_ignore_ascii_case(f.as_bytes()));
    let wanted = expected.fields.iter().filter(|(name, _)| !is_framing(name));
    for ((name, value), (found, text)) in wanted.zip(&response.fields) {
        assert_eq!(found.as_bytes(), name.as_slice());
        assert_eq!(text.trim_ascii(), value.trim_ascii());
    }
    let has_body = !request.starts_with(b"HEAD") && !matches!(response.status, 204 | 205 | 304);
    if has_body {
        assert_eq!(response.body, expected.body);
        assert!(response.is_complete || expected.has_length);
    } else {
        assert!(response.body.is_empty() && response.is_complete);
    }
}

const RUNS: &str = "its handler runs";
