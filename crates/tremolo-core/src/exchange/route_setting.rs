//! The settings of a route: what holds for each of its exchanges instead of the configuration, and
//! the defaults of its responses. All fronts collect them when a route is registered.

use std::borrow::Cow;
use std::time::Duration;

use super::Exchange;
use crate::clock::Now;
use crate::error::{Error, Misuse};
use crate::http1::response::ResponseHead;

/// A setting of a route.
///
/// ```
/// use tremolo_core::{Misuse, RouteSetting};
///
/// assert_eq!(RouteSetting::Status(404, None).check(), Ok(()));
/// assert_eq!(RouteSetting::Status(700, None).check(), Err(Misuse::InvalidStatus));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RouteSetting {
    /// Bytes of a request body, instead of `client_max_body_size`.
    BodyLimit(u64),
    /// Decodes the content coding of a request body, up to this many decoded bytes.
    Decompression(u64),
    /// Time without progress, instead of `app_handler_timeout`.
    HandlerTimeout(Duration),
    /// The status of the response, and its reason phrase; `None` for the registered one.
    Status(u16, Option<Cow<'static, [u8]>>),
    /// The content type of the response.
    ContentType(Cow<'static, [u8]>),
    /// Whether the response is sent in chunks.
    Chunked(bool),
    /// Bytes per second of the response, instead of `download_rate`; 0 for no limit.
    Rate(u64),
    /// Bytes per write step, instead of `buffer_size`.
    BufferSize(usize),
    /// Whether each piece that is yielded is sent at once.
    Streaming(bool),
    /// Whether the response may be compressed, instead of `compression`.
    Compression(bool),
}

impl RouteSetting {
    /// Whether it concerns the response. The others are applied before middleware runs.
    #[must_use]
    pub fn is_of_response(&self) -> bool {
        !matches!(self, Self::BodyLimit(_) | Self::Decompression(_) | Self::HandlerTimeout(_))
    }

    /// Applies it to an exchange, before the handler runs.
    ///
    /// # Errors
    ///
    /// The head was sent already, or the response or the connection is over; an invalid value.
    pub fn apply(&self, exchange: &mut Exchange<'_>, now: &Now) -> Result<(), Error> {
        match self {
            Self::BodyLimit(bytes) => exchange.body().set_limit(*bytes),
            Self::Decompression(limit) => exchange.body().decode_content(*limit),
            Self::HandlerTimeout(time) => exchange.options().set_handler_timeout(now, Some(*time)),
            Self::Rate(bytes_per_second) => exchange.options().set_rate(*bytes_per_second)?,
            Self::BufferSize(bytes) => exchange.options().set_buffer_size(*bytes)?,
            Self::Streaming(stream) => exchange.options().set_streaming(*stream)?,
            Self::Compression(compress) => exchange.options().set_compression(*compress)?,
            Self::Status(..) | Self::ContentType(_) | Self::Chunked(_) => {
                self.apply_to(exchange.response_mut()?)?;
            }
        }
        Ok(())
    }

    /// Checks the value when a route is registered.
    ///
    /// # Errors
    ///
    /// An invalid status or content type.
    pub fn check(&self) -> Result<(), Misuse> {
        self.apply_to(&mut ResponseHead::default())
    }

    fn apply_to(&self, head: &mut ResponseHead) -> Result<(), Misuse> {
        match self {
            Self::Status(code, None) => head.set_status(*code),
            Self::Status(code, Some(reason)) => head.set_status_with_reason(*code, reason),
            Self::ContentType(value) => head.set_content_type(value),
            Self::Chunked(chunked) => {
                head.set_chunked(*chunked);
                Ok(())
            }
            Self::BodyLimit(_)
            | Self::Decompression(_)
            | Self::HandlerTimeout(_)
            | Self::Rate(_)
            | Self::BufferSize(_)
            | Self::Streaming(_)
            | Self::Compression(_) => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use bytes::BufMut;

    use super::*;
    use crate::testing::{at, start};
    use crate::{Config, Connection, Event, Settings};

    /// A connection with a request that has begun.
    fn connection(now: &Now) -> Connection {
        let settings = Settings::new(Config::default()).unwrap();
        let mut connection = Connection::new(Arc::new(settings), None, now);
        connection
            .input_buffer()
            .put_slice(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n");
        connection.handle_input(now);
        assert!(matches!(connection.poll_event(now), Some(Event::Request(_))));
        connection
    }

    #[test]
    fn each_setting_holds_for_the_exchange() {
        let now = at(start(), Duration::ZERO);
        let mut connection = connection(&now);
        let mut exchange = connection.current().unwrap();
        for setting in [
            RouteSetting::BodyLimit(8),
            RouteSetting::Decompression(8),
            RouteSetting::HandlerTimeout(Duration::from_secs(7)),
            RouteSetting::Rate(1_000),
            RouteSetting::BufferSize(2_000),
            RouteSetting::Streaming(false),
            RouteSetting::Compression(true),
            RouteSetting::Status(418, Some(b"Teapot"[..].into())),
            RouteSetting::ContentType(b"text/plain"[..].into()),
            RouteSetting::Chunked(true),
        ] {
            assert_eq!(setting.check(), Ok(()), "{setting:?}");
            assert_eq!(setting.apply(&mut exchange, &now), Ok(()), "{setting:?}");
        }
        let head = exchange.response_mut().unwrap();
        assert_eq!((head.status().as_u16(), head.reason()), (418, &b"Teapot"[..]));
        assert_eq!((head.content_type(), head.chunked()), (Some(&b"text/plain"[..]), Some(true)));
        // The announced body is one byte too long.
        assert!(exchange.body().poll(&now, 9).is_err());
        let deadline = connection.poll_deadline().unwrap();
        assert!(deadline.at <= now.instant + Duration::from_secs(7), "{deadline:?}");
    }

    #[test]
    fn invalid_values_are_found_at_registration_and_refused_in_an_exchange() {
        let now = at(start(), Duration::ZERO);
        let mut connection = connection(&now);
        let mut exchange = connection.current().unwrap();
        for (setting, misuse) in [
            (RouteSetting::Status(700, None), Misuse::InvalidStatus),
            (RouteSetting::ContentType(b"a\r\nb"[..].into()), Misuse::InvalidFieldValue),
        ] {
            assert_eq!(setting.check(), Err(misuse));
            assert_eq!(setting.apply(&mut exchange, &now), Err(misuse.into()));
        }
    }

    #[test]
    fn only_limits_of_the_request_come_before_middleware() {
        assert!(!RouteSetting::BodyLimit(1).is_of_response());
        assert!(!RouteSetting::HandlerTimeout(Duration::ZERO).is_of_response());
        assert!(RouteSetting::Rate(1).is_of_response());
        assert!(RouteSetting::Status(200, None).is_of_response());
    }
}
