//! How errors of all kinds become responses.

use std::io;

use http::StatusCode;
use tremolo_core::PeerError;

use super::*;

#[test]
fn the_fault_of_a_client_keeps_its_status_and_any_other_error_is_a_500() {
    let fault = HttpError::from(ConnectionError::Peer(PeerError::BodyTooLarge));
    assert_eq!((fault.status(), fault.message()), (413, "request body too large"));
    assert_eq!(fault.member("limit"), Some("client_max_body_size"));
    let failure = HttpError::from(io::Error::other("secret"));
    assert_eq!((failure.status(), failure.message()), (500, ""));
    assert!(failure.source().is_some() && failure.log_text().contains("secret"));
    assert!(!failure.to_string().contains("secret"), "{failure}");
}

#[test]
fn an_error_of_any_kind_can_stand_behind_a_status() {
    let boxed: BoxError = "secret".into();
    for error in [
        HttpError::new(503).with_source(boxed),
        HttpError::new(503).with_source("secret"),
        HttpError::new(503).with_source(io::Error::other("secret")),
        Err::<(), _>(io::Error::other("secret")).or_status(503).unwrap_err(),
        Err::<(), _>("secret").or_status(503).unwrap_err(),
    ] {
        assert_eq!((error.status(), error.message()), (503, ""));
        assert_eq!(error.source().unwrap().to_string(), "secret");
        assert_eq!(error.log_text(), "503 Service Unavailable: secret");
    }
    assert_eq!(None::<()>.or_status(404).unwrap_err().status(), 404);
    assert_eq!(Some(1).or_status(404).unwrap(), 1);
}

#[test]
fn a_status_is_an_error_alone_or_with_a_text() {
    let result: HandlerResult<()> = (|| {
        Err(StatusCode::NOT_FOUND)?;
        Ok(())
    })();
    let error = result.unwrap_err();
    assert_eq!((error.status(), error.message()), (404, ""));
    for error in [
        HttpError::from((StatusCode::CONFLICT, "sold out")),
        HttpError::from((StatusCode::CONFLICT, "sold out".to_owned())),
    ] {
        assert_eq!((error.status(), error.message()), (409, "sold out"));
    }
}

#[derive(Debug, thiserror::Error)]
enum Own {
    #[error("there is no {0}")]
    Unknown(u8),
    #[error("the secret database")]
    Storage(#[source] io::Error),
}

impl ResponseError for Own {
    fn status(&self) -> u16 {
        match self {
            Self::Unknown(_) => 404,
            Self::Storage(_) => 503,
        }
    }

    fn describe(&self, response: HttpError) -> HttpError {
        match self {
            Self::Unknown(_) => response.with_member("field", "id"),
            Self::Storage(_) => response.with_header("Retry-After", "5"),
        }
    }
}

#[test]
fn a_type_of_the_program_has_a_status_for_each_value() {
    let unknown = HttpError::from(Own::Unknown(7));
    assert_eq!((unknown.status(), unknown.message()), (404, "there is no 7"));
    assert_eq!(unknown.member("field"), Some("id"));
    let storage = HttpError::from(Own::Storage(io::Error::other("is full")));
    assert_eq!((storage.status(), storage.message()), (503, ""));
    assert_eq!(storage.fields().get(b"retry-after"), Some(&b"5"[..]));
    assert_eq!(storage.log_text(), "503 Service Unavailable: the secret database: is full");
}

/// A type that implements `std::error::Error` too, which a blanket `From` would refuse.
#[derive(Debug, thiserror::Error)]
#[error("closed on sundays")]
struct Sunday;

impl From<Sunday> for HttpError {
    fn from(error: Sunday) -> Self {
        Self::new((503, "Sunday")).with_message(error.to_string())
    }
}

#[test]
fn a_conversion_of_the_program_is_used_by_the_question_mark() {
    let result: HandlerResult<()> = (|| {
        Err(Sunday)?;
        Ok(())
    })();
    let error = result.unwrap_err();
    assert_eq!((error.status(), error.reason()), (503, Some("Sunday")));
    assert_eq!(error.to_string(), "503 Sunday: closed on sundays");
}

#[derive(Debug, thiserror::Error)]
#[error("outer")]
struct Outer<E: StdError + 'static>(#[source] E);

#[test]
fn what_is_in_a_box_keeps_its_status() {
    let conflict = || HttpError::conflict().with_message("taken").with_header("X-A", "1");
    let fault = || ConnectionError::Peer(PeerError::BodyTooLarge);
    let rows: [(BoxError, u16, &str); 6] = [
        (Box::new(conflict()), 409, "taken"),
        (Box::new(Outer(conflict())), 409, "taken"),
        (Box::new(fault()), 413, "request body too large"),
        (Box::new(Outer(fault())), 413, "request body too large"),
        (Box::new(io::Error::other("secret")), 500, ""),
        ("secret".into(), 500, ""),
    ];
    for (boxed, status, message) in rows {
        let error = HttpError::from(boxed);
        assert_eq!((error.status(), error.message()), (status, message), "{error:?}");
        assert_eq!(error.fields().get(b"x-a").is_some(), status == 409);
    }
    let error = HttpError::from(Box::new(Outer(conflict())) as BoxError);
    assert_eq!(error.log_text(), "409 Conflict: taken: outer: 409 Conflict: taken");
}
