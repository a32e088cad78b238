//! Encoders against real decoders: after each piece, all data so far can be decoded.

mod decoding;

use std::io::{Read, Write};

use flate2::write::GzDecoder;
use proptest::prelude::*;
use tremolo_core::negotiation::Coding;
use tremolo_core::{Codecs, ContentEncoder};

use crate::Standard;

/// A decoder that returns all data that can be decoded so far.
enum Decoder {
    Gzip(Box<GzDecoder<Vec<u8>>>),
    Br(Box<brotli::DecompressorWriter<Vec<u8>>>),
    Zstd(zstd_safe::DCtx<'static>, Vec<u8>),
}

impl Decoder {
    fn of(coding: Coding) -> Self {
        match coding {
            Coding::Gzip => Self::Gzip(Box::new(GzDecoder::new(Vec::new()))),
            // This decoder holds back what does not fit into its buffer.
            Coding::Br => Self::Br(Box::new(brotli::DecompressorWriter::new(Vec::new(), 1 << 20))),
            Coding::Zstd => Self::Zstd(zstd_safe::DCtx::create(), Vec::new()),
            Coding::Identity => unreachable!("not on offer"),
        }
    }

    fn feed(&mut self, coded: &[u8]) -> &[u8] {
        match self {
            Self::Gzip(decoder) => {
                decoder.write_all(coded).unwrap();
                decoder.flush().unwrap();
                decoder.get_ref()
            }
            Self::Br(decoder) => {
                decoder.write_all(coded).unwrap();
                decoder.flush().unwrap();
                decoder.get_ref()
            }
            Self::Zstd(decoder, plain) => {
                let mut input = zstd_safe::InBuffer::around(coded);
                loop {
                    plain.reserve(1 << 16);
                    let at = plain.len();
                    let mut room = zstd_safe::OutBuffer::around_pos(plain, at);
                    decoder.decompress_stream(&mut room, &mut input).unwrap();
                    if input.pos() == coded.len() && plain.len() < plain.capacity() {
                        return plain;
                    }
                }
            }
        }
    }
}

/// Decodes a stream; it must be complete.
fn decode_whole(coding: Coding, coded: &[u8]) -> Vec<u8> {
    let mut plain = Vec::new();
    match coding {
        Coding::Gzip => flate2::read::GzDecoder::new(coded).read_to_end(&mut plain).unwrap(),
        Coding::Br => brotli::Decompressor::new(coded, 4_096).read_to_end(&mut plain).unwrap(),
        Coding::Zstd => {
            plain.reserve(1 << 22);
            zstd_safe::decompress(&mut plain, coded).unwrap()
        }
        Coding::Identity => unreachable!("not on offer"),
    };
    plain
}

fn encoders() -> impl Iterator<Item = (Coding, Box<dyn ContentEncoder>)> {
    Standard.offered().iter().map(|&coding| (coding, Standard.encoder(coding).unwrap()))
}

/// Text, random bytes, or one repeated byte; up to more than any block or window.
fn piece() -> impl Strategy<Value = Vec<u8>> {
    let text = prop::collection::vec("[a-e ]{1,12}", 0..60).prop_map(|words| words.concat().into());
    let noise = prop::collection::vec(any::<u8>(), 1..3_000);
    let run = (any::<u8>(), 1_usize..200_000).prop_map(|(byte, length)| vec![byte; length]);
    prop_oneof![4 => text, 2 => noise, 1 => run]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn all_encoded_data_can_be_decoded_at_once(
        pieces in prop::collection::vec(piece(), 0..8), last in prop::option::of(piece()),
    ) {
        for (coding, mut encoder) in encoders() {
            let (mut decoder, mut coded, mut said) = (Decoder::of(coding), vec![], vec![]);
            for piece in &pieces {
                let before = coded.len();
                encoder.encode(piece, &mut coded).unwrap();
                said.extend_from_slice(piece);
                prop_assert!(decoder.feed(&coded[before..]) == said, "{coding:?}");
                let added = coded.len() - before;
                prop_assert!(added <= piece.len() + piece.len() / 100 + 64, "{coding:?} {added}");
            }
            let last = last.as_deref().unwrap_or_default();
            encoder.finish(last, &mut coded).unwrap();
            said.extend_from_slice(last);
            prop_assert!(decode_whole(coding, &coded) == said, "{coding:?}");
        }
    }
}

#[test]
fn a_truncated_stream_is_not_accepted_as_complete() {
    for (coding, mut encoder) in encoders() {
        let mut coded = Vec::new();
        encoder.encode(b"half a piece", &mut coded).unwrap();
        let mut plain = Vec::new();
        let read = match coding {
            Coding::Gzip => flate2::read::GzDecoder::new(&coded[..]).read_to_end(&mut plain),
            Coding::Br => brotli::Decompressor::new(&coded[..], 64).read_to_end(&mut plain),
            _ => zstd_safe::decompress(&mut vec![0; 64][..], &coded)
                .map_err(|_| std::io::ErrorKind::UnexpectedEof.into()),
        };
        assert!(read.is_err(), "{coding:?}");
    }
}

#[test]
fn a_reused_encoder_has_no_state_of_the_previous_body() {
    let page = "the same page ".repeat(200);
    for &coding in Standard.offered() {
        let code = |cut: bool| {
            let (mut encoder, mut coded) = (Standard.encoder(coding).unwrap(), Vec::new());
            if cut {
                encoder.encode(page.as_bytes(), &mut coded).unwrap();
            } else {
                encoder.finish(page.as_bytes(), &mut coded).unwrap();
            }
            coded
        };
        let first = code(false);
        assert!(first.len() < 200, "{coding:?} {}", first.len());
        // Dropped before the end of the body, and after it.
        code(true);
        assert_eq!(code(false), first, "{coding:?}");
        assert_eq!(code(false), first, "{coding:?}");
        assert_eq!(decode_whole(coding, &first), page.as_bytes());
    }
}
