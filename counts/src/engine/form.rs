//! An endless form: one part after the other, each in one piece.

use bytes::Bytes;
use tremolo_core::multipart::{Boundary, Decoder, Event, Limits};
use tremolo_counts::Round;

pub(super) fn part() -> Round {
    let boundary = Boundary::new(BOUNDARY).expect("the boundary is one");
    let limits = Limits { max_parts: usize::MAX, ..Limits::default() };
    let mut decoder = Decoder::new(boundary, limits);
    let piece = piece();
    Box::new(move || {
        let mut bytes = 0;
        // Shared, like slices of a receive buffer.
        decoder.feed(piece.clone());
        loop {
            match decoder.poll().expect("the form is one") {
                Event::Part(head) => bytes += head.name().len(),
                Event::Data(data) => bytes += data.len(),
                Event::PartEnd => {}
                Event::NeedInput => return bytes,
                Event::End => unreachable!("there is no closing delimiter"),
            }
        }
    })
}

/// A delimiter, the head of a part, and data that contains all byte values, like a picture. The
/// CRLF that starts the next delimiter is at its end.
fn piece() -> Bytes {
    let mut piece = b"--".to_vec();
    piece.extend_from_slice(BOUNDARY);
    piece.extend_from_slice(
        b"\r\nContent-Disposition: form-data; name=\"picture\"; filename=\"tree.jpg\"\r\n\
          Content-Type: image/jpeg\r\n\r\n",
    );
    let mut state = 1_u32;
    piece.extend((0..DATA).map(|_| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        state.to_be_bytes()[0]
    }));
    piece.extend_from_slice(b"\r\n");
    piece.into()
}

const BOUNDARY: &[u8] = b"----WebKitFormBoundary0123456789abcdef";

const DATA: usize = 4_096;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_part_comes_out_of_each_round() {
        let mut round = part();
        assert_eq!(round(), "picture".len() + DATA);
        assert_eq!(round(), "picture".len() + DATA);
    }
}
