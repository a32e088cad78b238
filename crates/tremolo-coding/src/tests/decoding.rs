//! Decoders: what the encoders have made, in pieces of any size, and what no encoder has made.

use std::io::Write;

use proptest::prelude::*;
use tremolo_core::content::ContentCoding::{self, Br, Deflate, Gzip, Zstd};
use tremolo_core::negotiation::Coding;
use tremolo_core::{Codecs, ContentDecoder, InvalidContent};

use super::piece;
use crate::Standard;

const ALL: [ContentCoding; 4] = [Br, Deflate, Gzip, Zstd];

fn encode(coding: ContentCoding, plain: &[u8]) -> Vec<u8> {
    let ours = match coding {
        Br => Coding::Br,
        Gzip => Coding::Gzip,
        Zstd => Coding::Zstd,
        Deflate => {
            let level = flate2::Compression::fast();
            let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), level);
            encoder.write_all(plain).unwrap();
            return encoder.finish().unwrap();
        }
    };
    let mut coded = Vec::new();
    Standard.encoder(ours).unwrap().finish(plain, &mut coded).unwrap();
    coded
}

/// Decodes in pieces of `step` into rooms of `room` bytes.
fn decode(
    decoder: &mut dyn ContentDecoder,
    coded: &[u8],
    step: usize,
    room: usize,
) -> Result<Vec<u8>, InvalidContent> {
    let (mut plain, mut out) = (Vec::new(), vec![0; room]);
    for mut piece in coded.chunks(step) {
        loop {
            let (taken, made) = decoder.decode(piece, &mut out)?;
            piece = &piece[taken..];
            plain.extend_from_slice(&out[..made]);
            if piece.is_empty() && made < room {
                break;
            }
            assert!(taken + made > 0, "no progress");
        }
    }
    Ok(plain)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn what_was_encoded_is_decoded_however_it_is_split(
        pieces in prop::collection::vec(piece(), 0..4), step in 1_usize..5_000, room in 1_usize..5_000,
    ) {
        let plain = pieces.concat();
        for coding in ALL {
            let mut decoder = Standard.decoder(coding).unwrap();
            let decoded = decode(&mut *decoder, &encode(coding, &plain), step, room);
            prop_assert!(decoded == Ok(plain.clone()), "{coding:?}");
            prop_assert!(decoder.is_complete(), "{coding:?}");
        }
    }

    #[test]
    fn arbitrary_bytes_are_data_or_an_error(
        bytes in prop::collection::vec(any::<u8>(), 1..300), cut in 0_usize..300, step in 1_usize..40,
    ) {
        for coding in ALL {
            let mut decoder = Standard.decoder(coding).unwrap();
            let _ = decode(&mut *decoder, &bytes, step, 64);
            // A valid beginning, and then anything.
            let valid = encode(coding, &bytes);
            let mut damaged = valid[..cut.min(valid.len())].to_vec();
            damaged.extend_from_slice(&bytes);
            let mut decoder = Standard.decoder(coding).unwrap();
            let _ = decode(&mut *decoder, &damaged, step, 64);
        }
    }
}

#[test]
fn a_stream_that_is_cut_is_not_complete() {
    for coding in ALL {
        let coded = encode(coding, &b"a page ".repeat(100));
        for length in 0..coded.len() {
            let mut decoder = Standard.decoder(coding).unwrap();
            decode(&mut *decoder, &coded[..length], 7, 64).unwrap();
            assert!(!decoder.is_complete(), "{coding:?} {length}");
        }
    }
}

/// RFC 1952 section 2.2, RFC 8878 section 3.1.
#[test]
fn streams_may_follow_each_other_where_the_format_allows_it() {
    for (coding, follow) in [(Gzip, true), (Zstd, true), (Br, false), (Deflate, false)] {
        let coded = encode(coding, b"half").repeat(2);
        for step in [1, 5, coded.len()] {
            let mut decoder = Standard.decoder(coding).unwrap();
            let decoded = decode(&mut *decoder, &coded, step, 64);
            let expected = if follow { Ok(b"halfhalf".to_vec()) } else { Err(InvalidContent) };
            assert_eq!(decoded, expected, "{coding:?} {step}");
        }
    }
}

/// CWE-409: a step makes no more than it has room for.
#[test]
fn a_bomb_is_decoded_in_steps() {
    let plain = vec![0; 8 << 20];
    for coding in ALL {
        let coded = encode(coding, &plain);
        assert!(coded.len() < 128 << 10, "{coding:?} {}", coded.len());
        let mut decoder = Standard.decoder(coding).unwrap();
        let (mut rest, mut steps, mut out) = (&coded[..], 0, vec![0; 16 << 10]);
        loop {
            let (taken, made) = decoder.decode(rest, &mut out).unwrap();
            rest = &rest[taken..];
            if made == 0 && rest.is_empty() {
                break;
            }
            steps += 1;
        }
        assert!(steps >= 512 && decoder.is_complete(), "{coding:?} {steps}");
    }
}

/// RFC 9659 section 3; RFC 7932 section 9.1 has no windows of more than 16 MiB.
#[test]
fn a_window_that_is_too_large_is_refused() {
    // Frames that announce windows of 8 and of 16 MiB (RFC 8878 section 3.1.1.1.2).
    for (window, is_allowed) in [(13 << 3, true), (14 << 3, false)] {
        let frame = [0x28, 0xb5, 0x2f, 0xfd, 0, window, 1, 0, 0];
        let mut decoder = Standard.decoder(Zstd).unwrap();
        let decoded = decode(&mut *decoder, &frame, frame.len(), 64);
        assert_eq!(decoded.is_ok(), is_allowed, "{decoded:?}");
    }
    // The beginning of a stream with a large window.
    let mut decoder = Standard.decoder(Br).unwrap();
    assert_eq!(decode(&mut *decoder, &[0x11, 0x1e, 0, 0, 0], 5, 64), Err(InvalidContent));
}
