//! Reads arbitrary bytes as a script: small numbers, sizes, pieces.
//!
//! What is missing at the end reads as zero, so that every input is a script. Numbers take few
//! bytes, so that a fuzzer's small changes stay small changes.

/// What is left of the input.
#[derive(Clone, Debug)]
pub(crate) struct Script<'a> {
    rest: &'a [u8],
}

impl<'a> Script<'a> {
    pub(crate) fn new(input: &'a [u8]) -> Self {
        Self { rest: input }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    pub(crate) fn byte(&mut self) -> u8 {
        let Some((byte, rest)) = self.rest.split_first() else { return 0 };
        self.rest = rest;
        *byte
    }

    pub(crate) fn flag(&mut self) -> bool {
        self.byte() & 1 == 1
    }

    /// A number up to 65 535.
    pub(crate) fn size(&mut self) -> usize {
        usize::from(self.byte()) << 8 | usize::from(self.byte())
    }

    /// One of `choices`.
    pub(crate) fn pick<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[usize::from(self.byte()) % choices.len()]
    }

    /// So many bytes, as a byte says, or what is left.
    pub(crate) fn piece(&mut self) -> &'a [u8] {
        let length = usize::from(self.byte()).min(self.rest.len());
        let (piece, rest) = self.rest.split_at(length);
        self.rest = rest;
        piece
    }

    /// Up to fifteen places at which to cut the rest, which is taken, in pieces, some of them empty.
    pub(crate) fn pieces(&mut self) -> Vec<&'a [u8]> {
        let count = usize::from(self.byte()) % 16;
        let steps: Vec<usize> = (0..count).map(|_| self.byte().into()).collect();
        let mut pieces = Vec::new();
        for step in steps {
            // Far cuts too: the long steps are multiplied.
            let step = if step < 128 { step } else { (step - 127) * 128 };
            let (piece, rest) = self.rest.split_at(step.min(self.rest.len()));
            pieces.push(piece);
            self.rest = rest;
        }
        pieces.push(std::mem::take(&mut self.rest));
        pieces
    }
}
