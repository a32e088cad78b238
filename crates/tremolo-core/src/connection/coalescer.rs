//! Coalesces small pieces into one chunk while streaming is off: `yield` sends when half of
//! `buffer_size` has come together, or at the end of the body.

/// The pieces that wait for more; boxed, because few responses coalesce.
#[derive(Debug, Default)]
pub(super) struct Coalescer(Option<Box<Pieces>>);

#[derive(Debug, Default)]
struct Pieces {
    enabled: bool,
    bytes: Vec<u8>,
}

impl Coalescer {
    pub(super) fn is_enabled(&self) -> bool {
        self.0.as_ref().is_some_and(|pieces| pieces.enabled)
    }

    /// Starts or stops to coalesce. Pieces that wait already are kept.
    pub(super) fn set_enabled(&mut self, enabled: bool) {
        if enabled || self.0.is_some() {
            self.0.get_or_insert_default().enabled = enabled;
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.len() == 0
    }

    pub(super) fn len(&self) -> usize {
        self.0.as_ref().map_or(0, |pieces| pieces.bytes.len())
    }

    pub(super) fn push(&mut self, piece: &[u8]) {
        self.0.get_or_insert_default().bytes.extend_from_slice(piece);
    }

    /// Takes the pieces out, as one.
    pub(super) fn take(&mut self) -> Vec<u8> {
        self.0.as_mut().map_or_else(Vec::new, |pieces| std::mem::take(&mut pieces.bytes))
    }

    /// Drops the pieces, and is not enabled any more.
    pub(super) fn clear(&mut self) {
        self.0 = None;
    }
}
