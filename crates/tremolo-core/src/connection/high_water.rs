//! The high-water mark of the transmit queue: when a writer should wait, and when it may go on.

/// The mark, as a multiple of `buffer_size`.
#[derive(Debug)]
pub(super) struct HighWater {
    /// The configuration's at the start of each response; a response may set its own.
    buffer_size: usize,
    /// The mark is so many times the usual one, because the socket takes all of it.
    growth: u8,
    /// The queue was above the mark, and is not yet below the low one.
    is_above: bool,
}

impl HighWater {
    pub(super) fn new(buffer_size: usize) -> Self {
        Self { buffer_size, growth: 1, is_above: false }
    }

    pub(super) fn buffer_size(&self) -> usize {
        self.buffer_size
    }

    pub(super) fn set_buffer_size(&mut self, bytes: usize) {
        self.buffer_size = bytes.max(1);
    }

    /// Whether a queue of so many bytes is above the mark, or was and is not yet below the low one.
    /// A queue of too many buffers is above the mark as well.
    #[inline]
    pub(super) fn is_full(&mut self, queued: usize, has_too_many_buffers: bool) -> bool {
        self.is_above = if self.is_above {
            queued > 0 && queued >= self.buffer_size / 2
        } else {
            let high = self.buffer_size.saturating_mul(4 * usize::from(self.growth));
            queued > high || has_too_many_buffers
        };
        self.is_above
    }

    /// The socket took the whole queue. If it was full, the next one may be longer.
    #[inline]
    pub(super) fn grow(&mut self) {
        if self.is_above {
            self.growth = (self.growth * 2).min(MAX_GROWTH);
        }
    }

    /// The mark is the usual one again.
    pub(super) fn reset_growth(&mut self) {
        self.growth = 1;
    }
}

/// Half a megabyte in one vectored write, with the default `buffer_size`. Beyond that the system
/// call is not the main cost any more.
pub(crate) const MAX_GROWTH: u8 = 8;
