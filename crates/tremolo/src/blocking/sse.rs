//! Server-sent events in blocking form.

use tremolo_core::Error;

use super::Blocking;
use crate::sse::{Event, Sse};

impl Blocking<Sse> {
    /// [`Sse::open`].
    ///
    /// # Errors
    ///
    /// Those of [`Sse::open`].
    pub fn open(&self) -> Result<(), Error> {
        self.wait(self.inner.open())
    }

    /// [`Sse::send`].
    ///
    /// ```
    /// use std::time::Duration;
    /// use tremolo::errors::ConnectionError;
    /// use tremolo::{BlockingSse, blocking};
    ///
    /// fn ticks(sse: BlockingSse) -> Result<(), ConnectionError> {
    ///     for number in 1..=3 {
    ///         sse.send(format!("tick {number}"))?;
    ///         std::thread::sleep(Duration::from_millis(200));
    ///     }
    ///     sse.close()
    /// }
    /// # tremolo::Application::new().route("/", blocking(ticks));
    /// ```
    ///
    /// # Errors
    ///
    /// Those of [`Sse::send`].
    pub fn send(&self, event: impl Into<Event>) -> Result<(), Error> {
        self.wait(self.inner.send(event))
    }

    /// [`Sse::comment`].
    ///
    /// # Errors
    ///
    /// Those of [`Sse::open`].
    pub fn comment(&self, text: impl AsRef<str>) -> Result<(), Error> {
        self.wait(self.inner.comment(text))
    }

    /// [`Sse::close`].
    ///
    /// # Errors
    ///
    /// Those of [`Sse::close`].
    pub fn close(&self) -> Result<(), Error> {
        self.wait(self.inner.close())
    }

    /// [`Sse::closed`].
    pub fn closed(&self) {
        self.wait(self.inner.closed());
    }
}
