//! A set of byte values, one bit each.

#[derive(Clone, Copy, Debug, Default)]
#[cfg_attr(test, derive(PartialEq))]
pub(super) struct ByteSet([u64; 4]);

impl ByteSet {
    pub(super) fn of(bytes: impl Iterator<Item = u8>) -> Self {
        let mut words = [0; 4];
        for byte in bytes {
            if let Some(word) = words.get_mut(usize::from(byte >> 6)) {
                *word |= 1 << (byte & 63);
            }
        }
        Self(words)
    }

    pub(super) fn all_but(bytes: &[u8]) -> Self {
        Self::of((0..=u8::MAX).filter(|byte| !bytes.contains(byte)))
    }

    pub(super) fn contains(&self, byte: u8) -> bool {
        self.0.get(usize::from(byte >> 6)).is_some_and(|word| word >> (byte & 63) & 1 == 1)
    }

    pub(super) fn union(self, other: Self) -> Self {
        Self::of((0..=u8::MAX).filter(|byte| self.contains(*byte) || other.contains(*byte)))
    }

    pub(super) fn intersects(self, other: Self) -> bool {
        (0..=u8::MAX).any(|byte| self.contains(byte) && other.contains(byte))
    }
}
