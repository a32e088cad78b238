//! Content codings, decoded by third-party crates.

use std::io::{Read, Write};

/// The data that can be decoded from the beginning of a coded body.
pub(crate) fn decode_prefix(coding: &str, coded: &[u8]) -> Vec<u8> {
    match coding {
        "gzip" => {
            let mut decoder = flate2::write::GzDecoder::new(Vec::new());
            decoder.write_all(coded).expect("a gzip stream");
            decoder.flush().expect("a gzip stream");
            decoder.get_ref().clone()
        }
        "br" => {
            // This decoder holds back data that does not fit into its buffer; no script writes more.
            let mut decoder = brotli::DecompressorWriter::new(Vec::new(), 1 << 21);
            decoder.write_all(coded).expect("a Brotli stream");
            decoder.flush().expect("a Brotli stream");
            decoder.get_ref().clone()
        }
        "zstd" => {
            let (mut decoder, mut plain) = (zstd_safe::DCtx::create(), Vec::new());
            let mut input = zstd_safe::InBuffer::around(coded);
            loop {
                plain.reserve(1 << 16);
                let at = plain.len();
                let mut room = zstd_safe::OutBuffer::around_pos(&mut plain, at);
                decoder.decompress_stream(&mut room, &mut input).expect("a Zstandard frame");
                if input.pos() == coded.len() && plain.len() < plain.capacity() {
                    return plain;
                }
            }
        }
        other => panic!("{other} is not on offer"),
    }
}

/// Decodes a coded body that must be complete, with nothing after it.
pub(crate) fn decode_whole(coding: &str, coded: &[u8]) -> Vec<u8> {
    let (mut plain, mut rest) = (Vec::new(), coded);
    match coding {
        "gzip" => {
            let mut decoder = flate2::bufread::GzDecoder::new(&mut rest);
            decoder.read_to_end(&mut plain).expect("a gzip stream");
            assert!(rest.is_empty(), "bytes behind the stream");
        }
        "br" => {
            brotli::Decompressor::new(rest, 4_096)
                .read_to_end(&mut plain)
                .expect("a Brotli stream");
        }
        "zstd" => {
            plain.reserve(1 << 22);
            zstd_safe::decompress(&mut plain, rest).expect("a Zstandard frame");
        }
        other => panic!("{other} is not on offer"),
    }
    plain
}
