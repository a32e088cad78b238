//! Compressed responses: the client decodes what the application wrote, at any split; each piece is
//! decodable as soon as it is sent; the coding is one that the client accepts; a HEAD response has
//! the same fields.

use tremolo_core::{Config, Event, Piece, Settings};

use crate::driver::Wire;
use crate::reference::coding::{decode_prefix, decode_whole};
use crate::reference::response::{Response, parse};
use crate::script::Script;

/// `[request][config][call]*`.
pub fn compression(data: &[u8]) {
    let mut script = Script::new(data);
    let (accept, accepted) = script.pick(ACCEPT);
    let version = script.pick(&["1.1", "1.0"]);
    let compression_min_size = script.pick(&[0, 1, 40, 860]);
    let settings = || {
        let config = Config { compression: true, compression_min_size, ..Config::default() };
        Settings::new(config).expect("it is valid").with_codecs(&tremolo_coding::Standard)
    };
    let of = |method: &str, script: &mut Script<'_>| {
        let request =
            format!("{method} / HTTP/{version}\r\nHost: a\r\nAccept-Encoding: {accept}\r\n\r\n");
        Exchange::run(Wire::of(settings()), request.as_bytes(), script)
    };
    let mut same = script.clone();
    let get = of("GET", &mut script);
    let head = of("HEAD", &mut same);
    get.check(accepted);
    if !get.has_length
        && let (Some(get), Some(head)) = (&get.response, &head.response)
    {
        assert!(head.body.is_empty(), "a body in answer to HEAD");
        for name in ["content-encoding", "vary", "etag", "content-length", "transfer-encoding"] {
            let (of_get, of_head) = (get.values(name), head.values(name));
            assert!(of_get.eq(of_head), "{name} of GET and HEAD: {get:?} {head:?}");
        }
    }
}

/// One exchange, and what the application wrote in it.
struct Exchange {
    wire: Wire,
    is_to_head: bool,
    written: Vec<u8>,
    /// The application has declared a length.
    has_length: bool,
    /// The application has encoded the body itself, or forbids a coding.
    is_fixed: bool,
    is_gathering: bool,
    is_ended: bool,
    response: Option<Response>,
}

impl Exchange {
    fn run(mut wire: Wire, request: &[u8], script: &mut Script<'_>) -> Self {
        assert_eq!(wire.feed(request), request.len());
        let event = wire.connection.poll_event(&wire.now);
        assert!(matches!(event, Some(Event::Request(_))));
        let mut exchange = Self {
            wire,
            is_to_head: request.starts_with(b"HEAD"),
            written: Vec::new(),
            has_length: false,
            is_fixed: false,
            is_gathering: false,
            is_ended: false,
            response: None,
        };
        for _ in 0..24 {
            if script.is_empty() {
                break;
            }
            exchange.call(script);
            exchange.wire.flush();
            exchange.check_flushed();
        }
        let wire = &mut exchange.wire;
        wire.connection.current().expect("its handler runs").handler_done(&wire.now);
        exchange.wire.flush();
        exchange.response = parse(&exchange.wire.out, exchange.is_to_head);
        exchange
    }

    fn call(&mut self, script: &mut Script<'_>) {
        let code = script.byte();
        let now = &self.wire.now;
        let mut exchange = self.wire.connection.current().expect("its handler runs");
        let piece = match code % 10 {
            0..=4 => piece(script),
            _ => Vec::new(),
        };
        let taken = match code % 10 {
            0 | 1 => exchange.yield_piece(now, Piece::from(piece.as_slice())),
            2 | 3 => exchange.write(now, Piece::from(piece.clone())),
            4 | 5 => exchange.end(now, Piece::from(piece.clone())),
            6 => exchange.write(now, Piece::Slice(&[])),
            7 => {
                let stops = code & 64 != 0;
                self.is_gathering |= stops && exchange.options().set_streaming(false).is_ok();
                return;
            }
            8 => return self.set_length(script),
            _ => return self.set(script),
        };
        if taken.is_ok() && !self.is_ended {
            self.written.extend_from_slice(&piece);
            self.is_ended = matches!(code % 10, 4 | 5);
        }
    }

    fn set_length(&mut self, script: &mut Script<'_>) {
        let length = script.size() % 1_000;
        let mut exchange = self.wire.connection.current().expect("its handler runs");
        if let Ok(head) = exchange.response_mut() {
            head.set(b"Content-Length", length.to_string().as_bytes()).expect("a number");
            self.has_length = true;
        }
    }

    fn set(&mut self, script: &mut Script<'_>) {
        let code = script.byte() % 8;
        let mut exchange = self.wire.connection.current().expect("its handler runs");
        let Ok(head) = exchange.response_mut() else { return };
        let set = match code {
            0 => head.set(b"ETag", b"\"v1\""),
            1 => head.set(b"Content-Encoding", b"x-own"),
            2 => head.set(b"Cache-Control", b"max-age=1, no-transform"),
            3 => head.set(b"Vary", b"Cookie"),
            4 => head.set_status(script.pick(&[200, 204, 205, 206, 304, 404])),
            5 => head.set_content_type(b"image/png"),
            _ => {
                head.set_chunked(code == 6);
                Ok(())
            }
        };
        set.expect("all of these may be set");
        self.is_fixed |= matches!(code, 1 | 2);
    }

    /// The sent bytes decode to all that was written, unless pieces wait for coalescing.
    fn check_flushed(&self) {
        if self.is_gathering || self.is_to_head {
            return;
        }
        let Some(response) = parse(&self.wire.out, false) else { return };
        if !has_body(&response) {
            return;
        }
        let plain = match coding(&response) {
            Some(coding) if coding != "x-own" => decode_prefix(coding, &response.body),
            _ => response.body,
        };
        assert!(plain == self.written, "{} of {} bytes have left", plain.len(), self.written.len());
    }

    fn check(&self, accepted: &[&str]) {
        let Some(response) = &self.response else {
            assert!(self.written.is_empty() && !self.is_ended, "no response");
            return;
        };
        let coding = coding(response).filter(|coding| *coding != "x-own");
        if let Some(coding) = coding {
            assert!(accepted.contains(&coding), "{coding} was not asked for");
            assert!(!self.is_fixed, "a coding that the application forbids");
            let varies = response.values("vary").any(|value| {
                memchr::memmem::find(&value.to_ascii_lowercase(), b"accept-encoding").is_some()
            });
            assert!(varies, "coded for one client, and stored for all");
            assert!(response.values("etag").all(|tag| tag.starts_with(b"W/")), "a strong tag");
        }
        if !has_body(response) {
            return assert!(response.body.is_empty());
        }
        assert!(response.is_complete || self.has_length, "a body that was cut");
        // If the connection delimits the body, only its coding shows that it was cut.
        let is_delimited = ["content-length", "transfer-encoding"]
            .iter()
            .any(|name| response.values(name).next().is_some());
        let is_whole = response.is_complete && (is_delimited || !self.has_length);
        let plain = match coding {
            Some(coding) if is_whole => decode_whole(coding, &response.body),
            Some(coding) => decode_prefix(coding, &response.body),
            None => response.body.clone(),
        };
        // A declared length can be too short for the pieces that already wait.
        let is_right = plain == self.written || self.has_length && self.written.starts_with(&plain);
        assert!(is_right, "{} of {} bytes arrived", plain.len(), self.written.len());
    }
}

fn has_body(response: &Response) -> bool {
    !matches!(response.status, 204 | 205 | 304)
}

fn coding(response: &Response) -> Option<&str> {
    let mut values = response.values("content-encoding");
    let coding = values.next().map(|value| std::str::from_utf8(value).expect("ASCII"));
    assert_eq!(values.next(), None, "two codings");
    coding
}

/// Text from the input, one byte repeated, or pseudo-random bytes.
fn piece(script: &mut Script<'_>) -> Vec<u8> {
    match script.byte() % 4 {
        0 | 1 => script.piece().to_vec(),
        2 => vec![script.byte(); script.size()],
        _ => {
            let (mut state, length) = (u32::from(script.byte()) | 1, script.size() % 20_000);
            let step = |_| {
                // The constants of Numerical Recipes: random enough that no coding compresses it.
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                (state >> 24) as u8
            };
            (0..length).map(step).collect()
        }
    }
}

/// An `Accept-Encoding` value, and the codings that a response may use.
type Accept = (&'static str, &'static [&'static str]);

const ACCEPT: &[Accept] = &[
    ("gzip", &["gzip"]),
    ("br", &["br"]),
    ("zstd", &["zstd"]),
    ("gzip, br, zstd", &["gzip", "br", "zstd"]),
    ("gzip;q=0.5, br;q=0", &["gzip"]),
    ("*", &["gzip", "br", "zstd"]),
    ("*;q=0, identity", &[]),
    ("identity, gzip;q=0.5", &["gzip"]),
    ("deflate", &[]),
    ("", &[]),
];
