//! The replies, from `()` to `Result`.

use std::borrow::Cow;

use bytes::Bytes;
use http::StatusCode;

use super::{Answer, Body, Html, LeaveOpen, Reply};
use crate::error::HttpError;

impl Reply for Answer {
    fn into_answer(self) -> Answer {
        self
    }
}

impl Reply for () {
    fn into_answer(self) -> Answer {
        Answer::nothing()
    }
}

impl Reply for LeaveOpen {
    fn into_answer(self) -> Answer {
        Body::LeaveOpen.into()
    }
}

impl Reply for &'static str {
    fn into_answer(self) -> Answer {
        Answer::whole(self)
    }
}

impl Reply for String {
    fn into_answer(self) -> Answer {
        Answer::whole(self)
    }
}

impl Reply for Box<str> {
    fn into_answer(self) -> Answer {
        Answer::whole(String::from(self))
    }
}

impl Reply for Cow<'static, str> {
    fn into_answer(self) -> Answer {
        match self {
            Cow::Borrowed(text) => text.into_answer(),
            Cow::Owned(text) => text.into_answer(),
        }
    }
}

impl Reply for &'static [u8] {
    fn into_answer(self) -> Answer {
        Answer::whole(self)
    }
}

impl<const N: usize> Reply for &'static [u8; N] {
    fn into_answer(self) -> Answer {
        Answer::whole(&self[..])
    }
}

impl Reply for Vec<u8> {
    fn into_answer(self) -> Answer {
        Answer::whole(self)
    }
}

impl Reply for Bytes {
    fn into_answer(self) -> Answer {
        Answer::whole(self)
    }
}

impl<T: Reply> Reply for Html<T> {
    fn into_answer(self) -> Answer {
        self.0.into_answer().with_content_type("text/html; charset=utf-8")
    }
}

impl<R: Reply> Reply for (StatusCode, R) {
    fn into_answer(self) -> Answer {
        self.1.into_answer().with_status(self.0)
    }
}

impl<R: Reply> Reply for (u16, R) {
    fn into_answer(self) -> Answer {
        self.1.into_answer().with_status(self.0)
    }
}

impl Reply for StatusCode {
    fn into_answer(self) -> Answer {
        Answer::nothing().with_status(self)
    }
}

impl<R: Reply> Reply for Option<R> {
    fn into_answer(self) -> Answer {
        self.map_or_else(Answer::nothing, Reply::into_answer)
    }
}

impl Reply for HttpError {
    fn into_answer(self) -> Answer {
        Body::Error(self).into()
    }
}

impl<R: Reply, E: Into<HttpError>> Reply for Result<R, E> {
    fn into_answer(self) -> Answer {
        match self {
            Ok(reply) => reply.into_answer(),
            Err(error) => error.into().into_answer(),
        }
    }
}
