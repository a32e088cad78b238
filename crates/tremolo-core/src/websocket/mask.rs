//! Masking (RFC 6455 section 5.3), in place.

/// The masking key of a frame, rotated to the next byte of the payload.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Mask([u8; 4]);

impl Mask {
    pub(super) fn new(key: [u8; 4]) -> Self {
        Self(key)
    }

    /// Applies the mask to the next bytes of the payload. The same call masks and unmasks. Returns
    /// whether the result is ASCII: most texts are, and need no other check.
    pub(super) fn apply(&mut self, payload: &mut [u8]) -> bool {
        let [a, b, c, d] = self.0;
        let key = u64::from_ne_bytes([a, b, c, d, a, b, c, d]);
        let (chunks, rest) = payload.as_chunks_mut::<8>();
        let (mut bits, mut bits_of_rest) = (0, 0);
        // The compiler turns this loop into vector instructions.
        for chunk in chunks {
            let result = u64::from_ne_bytes(*chunk) ^ key;
            bits |= result;
            *chunk = result.to_ne_bytes();
        }
        for (byte, key) in rest.iter_mut().zip([a, b, c, d, a, b, c, d]) {
            *byte ^= key;
            bits_of_rest |= *byte;
        }
        self.0.rotate_left(rest.len() % 4);
        bits.to_ne_bytes().is_ascii() && bits_of_rest.is_ascii()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// RFC 6455 section 5.3: byte `i` is combined with byte `i mod 4` of the key, at every
        /// alignment and however the payload is split.
        #[test]
        fn each_byte_is_combined_with_its_byte_of_the_key(
            key: [u8; 4],
            payload in prop::collection::vec(any::<u8>(), 0..200),
            skipped in 0_usize..16,
            cuts in prop::collection::vec(0_usize..200, 0..6),
        ) {
            let skipped = skipped.min(payload.len());
            let mut masked = payload.clone();
            let mut rest = &mut masked[skipped..];
            let mut mask = Mask::new(key);
            for cut in cuts {
                let (piece, after) = rest.split_at_mut(cut.min(rest.len()));
                let is_ascii = mask.apply(piece);
                prop_assert_eq!(is_ascii, piece.is_ascii());
                rest = after;
            }
            mask.apply(rest);
            prop_assert_eq!(&masked[..skipped], &payload[..skipped]);
            for (at, (masked, plain)) in masked[skipped..].iter().zip(&payload[skipped..]).enumerate() {
                prop_assert_eq!(*masked, plain ^ key[at % 4]);
            }
        }
    }
}
