//! The response object: the head's setters, and `write`, `end`, `send`, `close`.
//!
//! The engine (`tremolo_core::Connection`) decides what each sends; this is the handle to it.

use std::sync::Arc;

use http::StatusCode;
use tremolo_core::cookie::SetCookie;
use tremolo_core::http1::response::FieldList;
use tremolo_core::{Error, Piece};

use crate::shared_connection::Exchange;
use crate::status::Status;

/// A handle to the current response: cheap to clone, and it may move into another task.
///
/// The head is sent once, implicitly, with the first of `yield`, `return`, [`Response::write`]
/// and [`Response::end`]. Until then the `set_*` methods change it; afterwards they are an error.
/// `write` may be called many times, like `yield`; `end` once, like `return`. [`Response::send`]
/// puts raw bytes on the connection, without any head.
///
/// ```
/// use tremolo::errors::ConnectionError;
/// use tremolo::Response;
///
/// async fn created(response: Response) -> Result<(), ConnectionError> {
///     response.set_status((201, "Created"))?;
///     response.set_cookie(("session", "abc"))?;
///     response.write("Hello ").await?;
///     response.end("World!").await
/// }
/// # tremolo::Application::new().route("/", created);
/// ```
#[derive(Clone, Debug)]
pub struct Response {
    exchange: Arc<Exchange>,
}

impl Response {
    pub(crate) fn new(exchange: Arc<Exchange>) -> Self {
        Self { exchange }
    }

    pub(crate) fn exchange(&self) -> &Arc<Exchange> {
        &self.exchange
    }

    /// Sets the status: `404`, `(418, "I'm a teapot")`, or a [`StatusCode`]. Without a reason it
    /// is the registered one. Default: 200.
    ///
    /// # Errors
    ///
    /// A status outside 200–599, CR, LF or NUL in the reason, or the head was sent already.
    pub fn set_status<'a>(&self, status: impl Into<Status<'a>>) -> Result<(), Error> {
        let Status { code, reason } = status.into();
        self.exchange.act(|exchange, _| {
            let head = exchange.response_mut()?;
            match reason {
                Some(reason) => head.set_status_with_reason(code, reason.as_bytes())?,
                None => head.set_status(code)?,
            }
            Ok(())
        })
    }

    /// Sets a field, replacing what has the same name.
    ///
    /// # Errors
    ///
    /// A name that is no token, CR, LF or NUL in the value, or the head was sent already.
    pub fn set_header(&self, name: impl AsRef<[u8]>, value: impl AsRef<[u8]>) -> Result<(), Error> {
        self.exchange
            .act(|exchange, _| Ok(exchange.response_mut()?.set(name.as_ref(), value.as_ref())?))
    }

    /// Adds a field beside those of the same name.
    ///
    /// # Errors
    ///
    /// Those of [`Response::set_header`].
    pub fn append_header(
        &self,
        name: impl AsRef<[u8]>,
        value: impl AsRef<[u8]>,
    ) -> Result<(), Error> {
        self.exchange.act(|exchange, _| {
            Ok(exchange.response_mut()?.append(name.as_ref(), value.as_ref())?)
        })
    }

    /// Removes a field; returns whether there was one.
    ///
    /// # Errors
    ///
    /// The head was sent already.
    pub fn remove_header(&self, name: impl AsRef<[u8]>) -> Result<bool, Error> {
        self.exchange.act(|exchange, _| Ok(exchange.response_mut()?.remove(name.as_ref())))
    }

    /// Sets a trailer field, replacing what has the same name; possible until the body ends,
    /// between the pieces of a stream too.
    ///
    /// They are sent at the end of a body in chunks, and dropped silently with any other: to HEAD
    /// and HTTP/1.0, or if a length was declared. With trailers, a body that is returned whole is
    /// sent in a chunk. Those set before the head is sent are announced in its `Trailer`.
    /// Intermediaries may drop them, unless the request has `TE: trailers`: nothing that the client
    /// must have belongs here (RFC 9110 section 6.5.1).
    ///
    /// ```
    /// use tremolo::{HttpError, Response, stream};
    ///
    /// fn lines(response: Response) -> impl tremolo::Reply {
    ///     stream! {
    ///         let mut count = 0;
    ///         for line in ["one\n", "two\n"] {
    ///             count += 1;
    ///             yield Ok::<_, HttpError>(line);
    ///         }
    ///         response.set_trailer("X-Lines", count.to_string())?;
    ///     }
    /// }
    /// # tremolo::Application::new().route("/lines", lines);
    /// ```
    ///
    /// # Errors
    ///
    /// A field that may not be a trailer field, such as those that frame, route or describe the
    /// message; a digest while the body is being compressed; a name that is no token; CR, LF or NUL
    /// in the value; or that the body has ended.
    pub fn set_trailer(
        &self,
        name: impl AsRef<[u8]>,
        value: impl AsRef<[u8]>,
    ) -> Result<(), Error> {
        self.exchange.act(|exchange, _| exchange.set_trailer(name.as_ref(), value.as_ref()))
    }

    /// Adds a trailer field beside those of the same name.
    ///
    /// # Errors
    ///
    /// Those of [`Response::set_trailer`].
    pub fn append_trailer(
        &self,
        name: impl AsRef<[u8]>,
        value: impl AsRef<[u8]>,
    ) -> Result<(), Error> {
        self.exchange.act(|exchange, _| exchange.append_trailer(name.as_ref(), value.as_ref()))
    }

    /// Adds a cookie: `("name", "value")`, or a [`SetCookie`] with attributes.
    ///
    /// ```
    /// # async fn handler(response: tremolo::Response) -> Result<(), tremolo::errors::ConnectionError> {
    /// use tremolo::SetCookie;
    ///
    /// response.set_cookie(("plain", "1"))?;
    /// response.set_cookie(SetCookie::new("session", "abc").secure().http_only())?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    ///
    /// A cookie that breaks RFC 6265 or the rules of its prefix, or the head was sent already.
    pub fn set_cookie<'a>(&self, cookie: impl Into<SetCookie<'a>>) -> Result<(), Error> {
        let cookie = cookie.into();
        self.exchange.act(|exchange, now| {
            let mut value = Vec::with_capacity(64);
            cookie.write_to(now.wall_seconds, &mut value)?;
            Ok(exchange.response_mut()?.append(b"Set-Cookie", &value)?)
        })
    }

    /// Sets the content type. Default: `text/html; charset=utf-8`.
    ///
    /// # Errors
    ///
    /// CR, LF or NUL in it, or the head was sent already.
    pub fn set_content_type(&self, value: impl AsRef<[u8]>) -> Result<(), Error> {
        self.exchange
            .act(|exchange, _| Ok(exchange.response_mut()?.set_content_type(value.as_ref())?))
    }

    /// Asks for a chunked body (`true`) or for none (`false`: the end of the connection ends the
    /// body unless its length is known). HTTP/1.0 never gets chunks.
    ///
    /// # Errors
    ///
    /// The head was sent already.
    pub fn set_chunked(&self, chunked: bool) -> Result<(), Error> {
        self.exchange.act(|exchange, _| {
            exchange.response_mut()?.set_chunked(chunked);
            Ok(())
        })
    }

    /// Whether this response may be compressed, instead of the option of the handler or
    /// `compression`.
    ///
    /// # Errors
    ///
    /// The head was sent already.
    pub fn set_compression(&self, compress: bool) -> Result<(), Error> {
        self.exchange.act(|exchange, _| exchange.options().set_compression(compress))
    }

    /// Limits how fast this response leaves, in bytes per second, instead of `download_rate`; 0
    /// for no limit. Its first `4 × buffer_size` bytes are not delayed. It can change while the
    /// body is on its way.
    ///
    /// # Errors
    ///
    /// The response has ended, or the client has left.
    pub fn set_rate(&self, bytes_per_second: u64) -> Result<(), Error> {
        self.exchange.act(|exchange, _| exchange.options().set_rate(bytes_per_second))
    }

    /// Sets another size than `buffer_size` for this response, in bytes: `write` waits while more
    /// than four times as much is queued.
    ///
    /// # Errors
    ///
    /// The exchange is over, or the client has left.
    pub fn set_buffer_size(&self, bytes: usize) -> Result<(), Error> {
        self.exchange.act(|exchange, _| exchange.options().set_buffer_size(bytes))
    }

    /// Whether each piece that is yielded is sent at once (`true`, the default), or waits for
    /// others (`false`) until they fill half of `buffer_size` or nothing more comes. A whole body
    /// that is shorter is sent with its length, and an error before its end has its page. Pieces of
    /// `write` never wait.
    ///
    /// # Errors
    ///
    /// The head was sent already.
    pub fn set_streaming(&self, stream: bool) -> Result<(), Error> {
        self.exchange.act(|exchange, _| exchange.options().set_streaming(stream))
    }

    /// The status to be sent, or that was sent.
    ///
    /// # Errors
    ///
    /// The exchange is over.
    pub fn status(&self) -> Result<StatusCode, Error> {
        self.exchange.act(|exchange, _| Ok(exchange.peek().response().status()))
    }

    /// A copy of the fields that were set, in order.
    ///
    /// # Errors
    ///
    /// The exchange is over.
    pub fn headers(&self) -> Result<FieldList, Error> {
        self.exchange.act(|exchange, _| Ok(exchange.peek().response().fields().clone()))
    }

    /// Whether the head was sent. Also true when the exchange is over.
    #[must_use]
    pub fn headers_sent(&self) -> bool {
        self.exchange.act(|exchange, _| Ok(exchange.peek().is_head_sent())).unwrap_or(true)
    }

    /// Sends an interim response, such as `103 Early Hints`, before the head. HTTP/1.0 clients
    /// get none.
    ///
    /// # Errors
    ///
    /// A status outside 102–199, a bad field, or the head was sent already.
    pub fn inform<N: AsRef<[u8]>, V: AsRef<[u8]>>(
        &self,
        status: u16,
        fields: impl IntoIterator<Item = (N, V)>,
    ) -> Result<(), Error> {
        let mut list = FieldList::default();
        for (name, value) in fields {
            list.append(name.as_ref(), value.as_ref())?;
        }
        self.exchange.act(|exchange, _| exchange.inform(status, &list))
    }

    /// Sends the head if it was not sent, then a piece of the body; waits while much is queued.
    /// An empty piece ends a chunked body.
    ///
    /// # Errors
    ///
    /// The response has ended, that the piece is more than the declared `Content-Length`
    /// (nothing of it is sent), or the client has left.
    pub async fn write<'a>(&self, piece: impl Into<Piece<'a>>) -> Result<(), Error> {
        self.exchange.before_head().await?;
        let piece = piece.into();
        self.exchange.act_when_writable(|exchange, now| exchange.write(now, piece)).await
    }

    /// `write(None)`: sends the head if it was not sent, then ends the response.
    ///
    /// # Errors
    ///
    /// The response has ended, or the client has left.
    pub async fn write_none(&self) -> Result<(), Error> {
        self.exchange.before_head().await?;
        self.exchange.act_when_writable(|exchange, now| exchange.write_none(now)).await
    }

    /// Sends head and body in one, with `Content-Length`; or the rest of a body that has begun.
    /// Then the response is ended.
    ///
    /// # Errors
    ///
    /// The response has ended, that the piece is more than the declared `Content-Length`,
    /// or the client has left.
    pub async fn end<'a>(&self, piece: impl Into<Piece<'a>>) -> Result<(), Error> {
        self.exchange.before_head().await?;
        let piece = piece.into();
        self.exchange.act_when_writable(|exchange, now| exchange.end(now, piece)).await
    }

    /// Sends exactly these bytes: no head, no framing, HTTP or not. Without a
    /// [`Response::close_keepalive`] after it the connection closes when the handler returns, and in
    /// any case if the client waits for `100 Continue`, because it may leave its body out then.
    ///
    /// Those of a `101 Switching Protocols`, sent first, make it a connection of your own protocol:
    /// [`Request::stream`](crate::Request::stream) gives what comes as it comes, and
    /// `app_handler_timeout` is over.
    ///
    /// # Errors
    ///
    /// The response has ended, or the client has left.
    pub async fn send<'a>(&self, bytes: impl Into<Piece<'a>>) -> Result<(), Error> {
        let bytes = bytes.into();
        self.exchange.act_when_writable(|exchange, now| exchange.send(now, bytes)).await
    }

    /// `send(None)`: the same as [`Response::close_keepalive`].
    ///
    /// # Errors
    ///
    /// The client has left.
    pub async fn send_none(&self) -> Result<(), Error> {
        self.close_keepalive()
    }

    /// Flushes what is queued, then closes the connection. A body that has begun is cut.
    ///
    /// # Errors
    ///
    /// The connection is closed.
    pub fn close(&self) -> Result<(), Error> {
        self.exchange.act(|exchange, now| exchange.close(now, false))
    }

    /// Ends the response: a body that has begun is completed, everything queued is flushed, and
    /// the connection stays for the next request if both sides agreed to keep it.
    ///
    /// # Errors
    ///
    /// The connection is closed.
    pub fn close_keepalive(&self) -> Result<(), Error> {
        self.exchange.act(|exchange, now| exchange.close(now, true))
    }
}
