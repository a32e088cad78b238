//! How long the input buffer of a connection becomes.

use bytes::BytesMut;

use crate::websocket::FIRST_ROOM;
use tremolo_config::Config;

/// Bytes that the input buffer of a connection has at most, whatever is read: a head; the rest of one
/// piece and the next long read; or a short WebSocket payload and the head of the next frame.
pub(crate) fn longest_buffer(config: &Config) -> usize {
    let step = config.buffer_size;
    let head = step.max(config.client_max_header_size);
    let read = step.saturating_mul(BODY_STEPS + 1).max(FIRST_ROOM);
    read.max(head.saturating_add(head / 2)).saturating_add(step / 4)
}

/// Makes room for so many bytes, or for `spare` if that is more.
///
/// `BytesMut::reserve` doubles the buffer each time, and also keeps the room of bytes that were
/// taken off its beginning: a peer that sends suitable pieces makes it four times as long as needed.
#[inline(never)]
pub(super) fn grow(buffer: &mut BytesMut, room: usize, spare: usize) {
    if buffer.try_reclaim(room) {
        return;
    }
    let mut longer = BytesMut::with_capacity(buffer.len() + room.max(spare));
    longer.extend_from_slice(buffer);
    *buffer = longer;
}

/// A read of a long body may be so many times `buffer_size`.
pub(super) const BODY_STEPS: usize = 4;

#[cfg(test)]
mod tests {
    use bytes::{Buf, BufMut};
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// Bytes are taken off the beginning, and kept or not, while others arrive.
        #[test]
        fn a_buffer_grows_to_what_is_needed(
            steps in prop::collection::vec((1..LONGEST, 0..LONGEST, any::<bool>()), 1..40)
        ) {
            let (mut buffer, mut sent, mut kept) = (BytesMut::new(), Vec::new(), None);
            let mut needed = 0;
            for (arrived, taken, keeps) in steps {
                if buffer.capacity() - buffer.len() < arrived {
                    needed = needed.max(buffer.len() + arrived);
                    grow(&mut buffer, arrived, 0);
                }
                prop_assert!(buffer.capacity() <= needed, "{} of {needed}", buffer.capacity());
                let piece: Vec<_> = (0..arrived).map(|at| (at + sent.len()) as u8).collect();
                buffer.put_slice(&piece);
                sent.extend_from_slice(&piece);
                prop_assert!(sent.ends_with(&buffer));
                let taken = taken.min(buffer.len());
                if keeps {
                    kept = Some(buffer.split_to(taken));
                } else {
                    buffer.advance(taken);
                }
            }
            drop(kept);
        }
    }

    /// Miri takes a minute for what takes a processor a millisecond.
    const LONGEST: usize = if cfg!(miri) { 200 } else { 20_000 };
}
