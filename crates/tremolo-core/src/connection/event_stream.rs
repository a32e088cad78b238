//! Whether a response is a stream of server-sent events.

/// How far the stream of events of a response is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum EventStream {
    /// The response is another one.
    #[default]
    None,
    /// The head was queued, and the driver does not know of the stream.
    Begun,
    /// The driver knows of the stream.
    Known,
}

impl EventStream {
    pub(crate) fn has_begun(self) -> bool {
        self != Self::None
    }

    /// Reports the stream to the driver: true once.
    pub(crate) fn report(&mut self) -> bool {
        let is_new = *self == Self::Begun;
        if is_new {
            *self = Self::Known;
        }
        is_new
    }
}
