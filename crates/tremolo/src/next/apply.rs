//! Sets the head of an answer on the response.

use crate::error::HttpError;
use crate::reply::Answer;
use crate::shared_connection::Exchange;

/// Sets status and fields of an answer on the response of an exchange.
pub(crate) fn apply(exchange: &Exchange, answer: &Answer) -> Result<(), HttpError> {
    if answer.has_head() {
        exchange.act(|exchange, _| Ok(answer.apply_to(exchange)))??;
    }
    Ok(())
}
