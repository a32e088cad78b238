//! One exchange of a connection, as the application sees it: a borrowed view of the connection.
//!
//! [`Connection::exchange`] compares the name of the exchange, once per operation. Nothing else of
//! the engine or of a front does. A view has no state of its own: what an exchange does is written
//! to the sending and the receiving half of its connection. [`RequestBody`] reads the request,
//! [`ExchangeOptions`] sets what holds for one exchange, [`ServerSentEvents`] sends events, and
//! [`ExchangeRef`] answers questions.

mod body;
mod checks;
mod coalesce;
mod compress;
mod encode;
mod error_page;
mod events;
mod file;
mod handler;
mod https;
mod options;
mod queries;
mod reply;
mod route_setting;
mod trailers;
mod upgrade;
mod websocket;

pub use self::body::RequestBody;
pub use self::error_page::ErrorPage;
pub use self::events::ServerSentEvents;
pub use self::file::FileContent;
pub use self::https::redirect_to_https;
pub use self::options::ExchangeOptions;
pub use self::queries::ExchangeRef;
pub use self::route_setting::RouteSetting;
pub use self::websocket::{CloseStatus, Incoming, WebSocket};

use crate::connection::state::{Reading, Writing};
use crate::connection::{Connection, ConnectionRef, ExchangeId};
use crate::error::{Error, Misuse};

/// The current exchange of a connection: what its handler and its handles do with it.
///
/// ```
/// # use std::{sync::Arc, time::Instant};
/// # use bytes::BufMut;
/// use tremolo_core::{Config, Connection, Error, Event, ExchangeId, Misuse, Now, Settings};
///
/// /// What a handle does that knows its exchange.
/// fn answer(connection: &mut Connection, id: ExchangeId, now: &Now) -> Result<(), Error> {
///     let mut exchange = connection.exchange(id)?;
///     exchange.options().set_keep_alive(false)?;
///     exchange.response_mut()?.set_content_type(b"text/plain")?;
///     exchange.end(now, "Hello".into())?;
///     exchange.handler_done(now);
///     Ok(())
/// }
///
/// # let settings = Arc::new(Settings::new(Config::default())?);
/// # let now = Now::new(Instant::now(), 784_111_777);
/// # let mut connection = Connection::new(settings, None, &now);
/// # connection.input_buffer().put_slice(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
/// # connection.handle_input(&now);
/// # assert!(matches!(connection.poll_event(&now), Some(Event::Request(_))));
/// let id = connection.peek().current_id().expect("a request has begun");
/// answer(&mut connection, id, &now)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Exchange<'a> {
    connection: &'a mut Connection,
}

impl Connection {
    /// The current exchange; `None` between two exchanges. A driver ends its handler with it.
    #[inline]
    pub fn current(&mut self) -> Option<Exchange<'_>> {
        self.peek().current_id().map(|_| Exchange { connection: self })
    }

    /// An exchange, as long as it is the current one.
    ///
    /// # Errors
    ///
    /// [`Misuse::ExchangeOver`].
    #[inline]
    pub fn exchange(&mut self, id: ExchangeId) -> Result<Exchange<'_>, Error> {
        self.peek().exchange(id)?;
        Ok(Exchange { connection: self })
    }
}

impl<'a> ConnectionRef<'a> {
    /// The name of the current exchange; `None` between two exchanges.
    #[inline]
    #[must_use]
    pub fn current_id(self) -> Option<ExchangeId> {
        let connection = self.connection;
        // An exchange whose body is discarded is over: what is left of it must not be read.
        let is_over = matches!(connection.outbound.writing(), Writing::Idle)
            || matches!(connection.inbound.reading(), Reading::Discard { .. });
        (!is_over).then(|| connection.lifecycle.exchange())
    }

    /// The current exchange, for questions; `None` between two exchanges.
    #[inline]
    #[must_use]
    pub fn current(self) -> Option<ExchangeRef<'a>> {
        self.current_id().map(|_| ExchangeRef::new(self.connection))
    }

    /// An exchange, as long as it is the current one, for questions.
    ///
    /// # Errors
    ///
    /// [`Misuse::ExchangeOver`].
    #[inline]
    pub fn exchange(self, id: ExchangeId) -> Result<ExchangeRef<'a>, Error> {
        if self.current_id() == Some(id) {
            Ok(ExchangeRef::new(self.connection))
        } else {
            Err(Misuse::ExchangeOver.into())
        }
    }
}

impl Exchange<'_> {
    /// The body of the request.
    #[inline]
    pub fn body(&mut self) -> RequestBody<'_> {
        RequestBody::new(self.connection)
    }

    /// The options of this exchange.
    #[inline]
    pub fn options(&mut self) -> ExchangeOptions<'_> {
        ExchangeOptions::new(self.connection)
    }

    /// Whether a writer should wait ([`Connection::is_write_blocked`]).
    pub fn is_write_blocked(&mut self) -> bool {
        self.connection.is_write_blocked()
    }

    /// Whether the transmit queue is full: more than four times `buffer_size`, or `max_queue_size`
    /// buffers, are queued. It stays full until less than half of `buffer_size` is queued. A
    /// response may have a size of its own ([`ExchangeOptions::set_buffer_size`]). A writer that
    /// does not run on the thread of the driver has to wait for this only.
    ///
    /// While the socket takes all of each write, nothing stays queued between two turns, and the
    /// queue may grow up to eight times as long. When a socket takes no more, the limit is four
    /// times `buffer_size` again at once.
    pub fn is_queue_full(&mut self) -> bool {
        self.connection.is_queue_full()
    }

    /// The same exchange, for questions.
    #[inline]
    #[must_use]
    pub fn peek(&self) -> ExchangeRef<'_> {
        ExchangeRef::new(self.connection)
    }
}
