//! The bytes that a session has to send: short ones in one buffer, long ones by reference.

use bytes::Bytes;

/// A payload to send, or a piece of the output.
#[derive(Clone, Debug)]
pub enum Payload<'a> {
    /// Borrowed bytes.
    Slice(&'a [u8]),
    /// Shared bytes. Long ones are not copied.
    Shared(Bytes),
}

impl Payload<'_> {
    /// The bytes.
    #[must_use]
    pub fn as_slice(&self) -> &[u8] {
        match self {
            Self::Slice(bytes) => bytes,
            Self::Shared(bytes) => bytes,
        }
    }
}

impl<'a> From<&'a [u8]> for Payload<'a> {
    fn from(bytes: &'a [u8]) -> Self {
        Self::Slice(bytes)
    }
}

impl<'a> From<&'a str> for Payload<'a> {
    fn from(text: &'a str) -> Self {
        Self::Slice(text.as_bytes())
    }
}

impl From<Bytes> for Payload<'_> {
    fn from(bytes: Bytes) -> Self {
        Self::Shared(bytes)
    }
}

impl From<Vec<u8>> for Payload<'_> {
    fn from(bytes: Vec<u8>) -> Self {
        Self::Shared(bytes.into())
    }
}

impl From<String> for Payload<'_> {
    fn from(text: String) -> Self {
        Self::Shared(text.into())
    }
}

/// What has not been drained.
#[derive(Debug, Default)]
pub(super) struct Output {
    /// Heads and short payloads.
    staging: Vec<u8>,
    /// Long payloads, each with the length of `staging` before it.
    long: Vec<(usize, Bytes)>,
    queued: usize,
}

impl Output {
    pub(super) fn push(&mut self, payload: Payload<'_>) {
        self.queued += payload.as_slice().len();
        if payload.as_slice().len() <= COPY_LIMIT {
            return self.staging.extend_from_slice(payload.as_slice());
        }
        let bytes = match payload {
            Payload::Slice(bytes) => Bytes::copy_from_slice(bytes),
            Payload::Shared(bytes) => bytes,
        };
        self.long.push((self.staging.len(), bytes));
    }

    /// Bytes that were not drained.
    pub(super) fn queued(&self) -> usize {
        self.queued
    }

    /// Passes on everything, in order.
    pub(super) fn drain(&mut self, mut push: impl FnMut(Payload<'_>)) {
        let mut at = 0;
        for (end, bytes) in self.long.drain(..) {
            if let Some(staged) = self.staging.get(at..end).filter(|staged| !staged.is_empty()) {
                push(Payload::Slice(staged));
            }
            push(Payload::Shared(bytes));
            at = end;
        }
        if let Some(staged) = self.staging.get(at..).filter(|staged| !staged.is_empty()) {
            push(Payload::Slice(staged));
        }
        self.staging.clear();
        self.staging.shrink_to(KEPT);
        self.long.shrink_to(4);
        self.queued = 0;
    }
}

/// Up to this length a copy is cheaper than a reference.
const COPY_LIMIT: usize = 1_024;

/// Memory that an idle session keeps for its next short messages.
const KEPT: usize = 2_048;
