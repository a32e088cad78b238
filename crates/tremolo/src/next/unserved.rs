//! The answers to requests that no route serves, as the engine decides them.

use tremolo_core::http1::request::RequestHead;
use tremolo_core::routing::Unserved;

use crate::error::HttpError;
use crate::reply::{Answer, Body};

pub(crate) fn answer_of(unserved: Unserved, head: &RequestHead) -> Answer {
    let (status, allow) = (unserved.status(), unserved.allow());
    if status.is_success() {
        let answer = Answer::nothing().with_status(status.as_u16());
        return match allow {
            Some(allow) => answer.with_header("Allow", allow),
            None => answer,
        };
    }
    let mut error = HttpError::new(status.as_u16());
    if let Some(allow) = allow {
        error = error.with_header("Allow", allow);
    }
    if unserved == Unserved::NotFound {
        let path = String::from_utf8_lossy(head.path());
        error = error.with_message(format!("There is nothing at {path}"));
    }
    Body::Error(error).into()
}
