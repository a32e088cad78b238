//! Reads arbitrary bytes as a script: small numbers, sizes, pieces.
//!
//! Missing bytes at the end are read as zero, so every input is a valid script. Numbers take few
//! bytes, so small mutations of the input are small changes of the script.

/// The rest of the input.
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

    /// A number up to 65,535.
    pub(crate) fn size(&mut self) -> usize {
        usize::from(self.byte()) << 8 | usize::from(self.byte())
    }

    /// One of `choices`.
    pub(crate) fn pick<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[usize::from(self.byte()) % choices.len()]
    }

    /// As many bytes as the next byte counts, or all that are left.
    pub(crate) fn piece(&mut self) -> &'a [u8] {
        let length = usize::from(self.byte()).min(self.rest.len());
        let (piece, rest) = self.rest.split_at(length);
        self.rest = rest;
        piece
    }

    /// Splits the rest of the input at up to fifteen offsets; some pieces may be empty.
    pub(crate) fn pieces(&mut self) -> Vec<&'a [u8]> {
        let count = usize::from(self.byte()) % 16;
        let steps: Vec<usize> = (0..count).map(|_| self.byte().into()).collect();
        let mut pieces = Vec::new();
        for step in steps {
            // Offsets far into the input too: the long steps are multiplied.
            let step = if step < 128 { step } else { (step - 127) * 128 };
            let (piece, rest) = self.rest.split_at(step.min(self.rest.len()));
            pieces.push(piece);
            self.rest = rest;
        }
        pieces.push(std::mem::take(&mut self.rest));
        pieces
    }
}
