//! The response that the service is ordered to give, and what a client may read then.

use super::sent::{Read, Sent};
use crate::reference::response::Response;
use crate::script::Script;

/// One step of the body of a response.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Step {
    Data(Vec<u8>),
    /// Pending.
    Pause,
    Trailers,
    Error,
}

/// A response.
#[derive(Clone, Debug)]
pub(super) struct Order {
    pub(super) read: Read,
    pub(super) status: u16,
    pub(super) fields: Vec<(&'static str, &'static str)>,
    pub(super) steps: Vec<Step>,
    /// The length in the size hint of the body.
    pub(super) exact: Option<u64>,
    /// The service itself fails.
    pub(super) fails: bool,
}

impl Order {
    pub(super) fn read(script: &mut Script<'_>) -> Self {
        let read = script.pick(&[Read::All, Read::One, Read::Nothing]);
        let status = script.pick(&[200, 201, 204, 205, 304, 404, 503]);
        let fields = (0..script.byte() % 5).map(|_| script.pick(FIELDS)).collect();
        let mut steps: Vec<_> = (0..script.byte() % 6).map(|_| step(script)).collect();
        if let Some(last) = steps.iter().position(|step| matches!(step, Step::Trailers)) {
            steps.truncate(last + 1);
        }
        let hint = script.byte();
        let mut order = Self { read, status, fields, steps, exact: None, fails: hint == 255 };
        order.exact = match hint % 4 {
            0 | 1 => None,
            2 => Some(order.body().len() as u64),
            _ => Some(u64::from(script.byte())),
        };
        order
    }

    /// The data up to an error.
    fn body(&self) -> Vec<u8> {
        let mut body = Vec::new();
        for step in &self.steps {
            match step {
                Step::Data(data) => body.extend_from_slice(data),
                Step::Error => break,
                Step::Pause | Step::Trailers => {}
            }
        }
        body
    }

    /// Whether the body fails, or has another length than declared.
    pub(super) fn may_be_cut(&self) -> bool {
        self.has_wrong_length() || self.steps.contains(&Step::Error)
    }

    fn has_wrong_length(&self) -> bool {
        let is_other = |length: u64| length != self.body().len() as u64;
        let is_declared = |(name, value): &(&str, &str)| {
            *name == "content-length" && value.parse().is_ok_and(is_other)
        };
        self.exact.is_some_and(is_other) || self.fields.iter().any(is_declared)
    }

    pub(super) fn check(&self, response: &Response, sent: &Sent) {
        let has_body = sent.method != "HEAD" && !matches!(self.status, 204 | 205 | 304);
        let fails_first = has_body && self.steps.first() == Some(&Step::Error);
        if self.fails || fails_first {
            assert_eq!(response.status, 500, "{self:?}");
            assert!(response.is_complete);
            return;
        }
        let body = self.body();
        let has_wrong_length = self.has_wrong_length();
        let fails_early = body.is_empty() && self.steps.contains(&Step::Error);
        if (has_wrong_length || fails_early) && has_body && response.status == 500 {
            // Nothing had been sent before, so the error has its page.
            return assert!(response.is_complete);
        }
        assert_eq!(response.status, self.status, "{self:?}");
        self.check_fields(response);
        if !has_body {
            return assert!(response.body.is_empty() && response.is_complete);
        }
        let is_honest = !has_wrong_length && !self.steps.contains(&Step::Error);
        if is_honest {
            assert!(response.is_complete, "{self:?} was cut");
            assert_eq!(response.body, body, "{self:?}");
            let is_chunked = response.values("transfer-encoding").next().is_some();
            let trailers = match is_chunked && self.steps.contains(&Step::Trailers) {
                true => vec![(b"x-done".to_vec(), b"yes".to_vec())],
                false => Vec::new(),
            };
            assert_eq!(response.trailers, trailers, "{self:?}");
            return;
        }
        assert!(body.starts_with(&response.body), "{self:?}: a body made up");
        let is_delimited = ["content-length", "transfer-encoding"]
            .iter()
            .any(|name| response.values(name).next().is_some());
        let has_length = response.values("content-length").next().is_some();
        // A failure after the last byte leaves a complete body; without framing no client can
        // detect it.
        assert!(
            !response.is_complete
                || !is_delimited
                || has_length
                || !self.steps.contains(&Step::Error),
            "{self:?} passes for whole"
        );
    }

    fn check_fields(&self, response: &Response) {
        for (name, _) in FIELDS.iter().filter(|(name, _)| *name != "content-length") {
            let wanted = self.fields.iter().filter(|(known, _)| known == name);
            let wanted: Vec<_> = wanted.map(|(_, value)| value.as_bytes()).collect();
            let found: Vec<_> = response.values(name).collect();
            match *name {
                // Trailer fields known before the head are announced in it.
                "trailer" if self.steps.contains(&Step::Trailers) => {}
                "content-type" if matches!(self.status, 204 | 304) => {}
                // There is at most one.
                "content-type" => assert_eq!(found.first(), wanted.last(), "{name}: {self:?}"),
                _ => assert_eq!(found, wanted, "{name}: {self:?}"),
            }
        }
    }
}

fn step(script: &mut Script<'_>) -> Step {
    match script.byte() % 12 {
        0..=6 => Step::Data(script.piece().to_vec()),
        7..=9 => Step::Pause,
        10 => Step::Trailers,
        _ => Step::Error,
    }
}

const FIELDS: &[(&str, &str)] = &[
    ("x-a", "1"),
    ("set-cookie", "a=1"),
    ("x-a", "2"),
    ("set-cookie", "b=2; Path=/"),
    ("content-type", "text/plain"),
    ("content-length", "5"),
    ("trailer", "x-done"),
    ("etag", "\"v\""),
    ("content-length", "0"),
];
