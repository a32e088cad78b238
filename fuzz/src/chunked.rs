//! The chunked decoder against a naive one, for any split of the input, decoded and undecoded, and
//! for any read size (RFC 9112 section 7.1).

use bytes::BytesMut;
use tremolo_core::PeerError;
use tremolo_core::http1::body::{Decoded, Decoder, Limits};

use crate::reference::chunked::{Stop, decode};
use crate::script::Script;

/// `[limits][step][cuts][bytes]`: the same payload, end, trailers and fault as the reference.
pub fn chunked(data: &[u8]) {
    let mut script = Script::new(data);
    let limits = Limits {
        body_size: script.pick(&[1 << 20, 0, 5, 300]),
        trailer_size: script.pick(&[8_192, 0, 16, 40]),
        trailer_fields: script.pick(&[100, 0, 1, 2]),
    };
    let step = usize::from(script.byte());
    let step = if step == 255 { usize::MAX } else { step };
    let pieces = script.pieces();
    let whole = pieces.concat();
    let (body, outcome) = decode(&whole, &limits);

    let run = run(&pieces, step, &limits, Decoder::decode);
    assert_eq!(run.taken, body.payload);
    check(&run, outcome, &whole[body.consumed..]);
    if outcome.is_ok() {
        let trailers = run.decoder.trailers().into_iter().flat_map(|trailers| trailers.iter());
        let mut known = body.trailers.iter();
        for (name, value) in trailers {
            // Trailer fields may be dropped; the others keep their order.
            assert!(known.any(|(n, v)| n == name.as_bytes() && v == value), "{name}");
        }
    }

    let raw = self::run(&pieces, step, &limits, Decoder::decode_raw);
    assert_eq!(raw.taken, whole[..raw.taken.len()]);
    assert_eq!(raw.decoder.received(), body.payload.len() as u64);
    check(&raw, outcome, &whole[raw.taken.len()..]);
    if outcome.is_ok() {
        assert_eq!(raw.taken.len(), body.consumed);
    }
}

struct Run {
    decoder: Decoder,
    taken: Vec<u8>,
    outcome: Result<bool, PeerError>,
    rest: Vec<u8>,
}

type Decode = fn(&mut Decoder, &mut BytesMut, usize, &Limits) -> Result<Decoded, PeerError>;

fn run(pieces: &[&[u8]], step: usize, limits: &Limits, decode: Decode) -> Run {
    let (mut decoder, mut input, mut taken) = (Decoder::chunked(), BytesMut::new(), Vec::new());
    let mut outcome = Ok(false);
    for piece in pieces {
        input.extend_from_slice(piece);
        while outcome == Ok(false) {
            match decode(&mut decoder, &mut input, step, limits) {
                Ok(Decoded::Data(data)) => {
                    assert!(!data.is_empty() && data.len() <= step.max(1));
                    taken.extend_from_slice(&data);
                }
                Ok(Decoded::End) => outcome = Ok(true),
                Ok(Decoded::NeedInput) => break,
                Err(fault) => outcome = Err(fault),
            }
        }
    }
    Run { decoder, taken, outcome, rest: input.to_vec() }
}

fn check(run: &Run, outcome: Result<(), Stop>, rest: &[u8]) {
    match outcome {
        Ok(()) => assert_eq!((run.outcome, run.rest.as_slice()), (Ok(true), rest)),
        Err(Stop::Starved) => assert_eq!(run.outcome, Ok(false)),
        Err(Stop::Fault(fault)) => assert_eq!(run.outcome, Err(fault)),
    }
    assert_eq!(run.decoder.is_done(), outcome.is_ok());
    assert_eq!(run.decoder.on_eof().is_ok(), outcome.is_ok());
}
