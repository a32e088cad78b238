//! What can still be sent of an exchange.

use crate::connection::Connection;
use crate::connection::state::{Ending, Writing};
use crate::error::{Error, Misuse};
use crate::http1::response::ResponseHead;

/// The head of the response, as long as it can change.
pub(super) fn response_mut(connection: &mut Connection) -> Result<&mut ResponseHead, Error> {
    check_open(connection)?;
    match connection.outbound.writing() {
        Writing::Head => Ok(connection.outbound.response_mut()),
        // After raw bytes were sent, setters are accepted and have no effect.
        Writing::Raw if connection.lifecycle.is_open() => Ok(connection.outbound.response_mut()),
        Writing::Body(_) | Writing::BodyDone | Writing::Raw | Writing::Ended => {
            Err(Misuse::HeadAlreadySent.into())
        }
        Writing::Idle => Err(Misuse::ExchangeOver.into()),
    }
}

/// An error if nothing can be sent any more.
#[inline]
pub(super) fn check_open(connection: &Connection) -> Result<(), Error> {
    if connection.lifecycle.is_open() { Ok(()) } else { check_ending(connection) }
}

#[cold]
fn check_ending(connection: &Connection) -> Result<(), Error> {
    match connection.lifecycle.ending() {
        Ending::Open => Ok(()),
        // The response is complete and is being flushed: a late call is a no-op, not an error.
        Ending::Flushing { .. } if connection.outbound.writing() == Writing::Ended => Ok(()),
        Ending::Flushing { reason, .. }
        | Ending::Lingering { reason }
        | Ending::Closed { reason } => Err(reason.into()),
    }
}
