//! A multipart form that is read in steps: parts, pieces and steps in any order, with calls that are
//! given up, give the parts that the whole body has, within the limits of each call.

use std::task::Poll;

use bytes::{Bytes, BytesMut};
use tremolo_core::content::AcceptedCodings;
use tremolo_core::form::{FileLimits, FormData, FormError, FormLimits, PartReader};
use tremolo_core::http1::request::{HeadParser, RequestHead};
use tremolo_core::multipart::{Boundary, Decoder, Event, Limits, MultipartError};
use tremolo_core::{Config, Error, Misuse};

use crate::script::Script;

/// `[limit of bytes][calls][cuts][body]`.
pub fn form(data: &[u8]) {
    let mut script = Script::new(data);
    let bytes = script.pick(&[u64::MAX, u64::MAX, 0, 100, 300]);
    let mut calls = Script::new(script.piece());
    let pieces = script.pieces();
    let whole = pieces.concat();
    let head = head();

    let known = Known::of(&whole);
    let mut reading = Reading::new(&head, &pieces, known);
    reading.reader.limit(bytes);
    // The steps at the end of the calls read all that is left.
    while reading.call(&mut calls, bytes) {}

    let limits = FormLimits { max_fields: script.pick(&[100, 1]), max_size: 4_096 };
    let expected = collect(&head, &[&whole], limits);
    assert_eq!(collect(&head, &pieces, limits), expected);
    if whole.len() < 1_000 {
        assert_eq!(collect(&head, &whole.chunks(1).collect::<Vec<_>>(), limits), expected);
    }
}

/// The parts of a body, and how it ends.
struct Known {
    parts: Vec<(String, Vec<u8>)>,
    outcome: Result<(), MultipartError>,
}

impl Known {
    fn of(body: &[u8]) -> Self {
        let boundary = Boundary::new(BOUNDARY.as_bytes()).expect("a valid boundary");
        let limits = Limits { max_parts: usize::MAX, ..Limits::default() };
        let mut decoder = Decoder::new(boundary, limits);
        decoder.feed(Bytes::copy_from_slice(body));
        decoder.finish();
        let mut parts: Vec<(String, Vec<u8>)> = Vec::new();
        loop {
            match decoder.poll() {
                Ok(Event::Part(head)) => parts.push((head.name().to_owned(), Vec::new())),
                Ok(Event::Data(data)) => parts.last_mut().expect("a part").1.extend(&data),
                Ok(Event::PartEnd) => {}
                Ok(Event::NeedInput) => panic!("the whole body is there"),
                Ok(Event::End) => return Self { parts, outcome: Ok(()) },
                Err(error) => return Self { parts, outcome: Err(error) },
            }
        }
    }
}

/// A reader, and where it is.
struct Reading<'a> {
    reader: PartReader,
    pieces: std::slice::Iter<'a, &'a [u8]>,
    is_finished: bool,
    fed: u64,
    known: Known,
    /// Parts so far.
    count: usize,
    /// Bytes of the last of them that were read; `None` if some were skipped.
    at: Option<usize>,
    /// Whether the next part was asked for, which skips what is left of a part.
    is_skipping: bool,
    /// Whether a step was given up, which may have begun parts.
    is_unsure: bool,
}

impl<'a> Reading<'a> {
    fn new(head: &RequestHead, pieces: &'a [&'a [u8]], known: Known) -> Self {
        let reader = PartReader::new(head.fields(), AcceptedCodings::Identity);
        Self {
            reader: reader.expect("a multipart form"),
            pieces: pieces.iter(),
            is_finished: false,
            fed: 0,
            known,
            count: 0,
            at: None,
            is_skipping: false,
            is_unsure: false,
        }
    }

    /// Makes one call, and feeds one piece if it asks for input. False at the end of the body.
    fn call(&mut self, calls: &mut Script<'_>, bytes: u64) -> bool {
        let limits = FileLimits {
            max_files: if calls.is_empty() { usize::MAX } else { usize::from(calls.byte() % 4) },
            max_file_size: if calls.is_empty() { 16 } else { calls.byte().into() },
        };
        let polled = match if calls.is_empty() { 2 } else { calls.byte() % 4 } {
            0 => self.next_part(limits.max_files),
            1 if self.count > 0 => self.next_data(),
            _ => self.next_step(limits),
        };
        match polled {
            Poll::Ready(Ok(more)) => more,
            Poll::Ready(Err(error)) => {
                self.check_error(error, limits);
                false
            }
            Poll::Pending => self.feed(bytes),
        }
    }

    fn feed(&mut self, bytes: u64) -> bool {
        let Some(piece) = self.pieces.next() else {
            assert!(!std::mem::replace(&mut self.is_finished, true), "input wanted after the end");
            self.reader.finish();
            return true;
        };
        self.fed += piece.len() as u64;
        let fed = self.reader.feed(Bytes::copy_from_slice(piece));
        if self.fed <= bytes {
            assert_eq!(fed, Ok(()));
            return true;
        }
        assert_eq!(fed, Err(FormError::TooLarge));
        let again = self.reader.poll_part(usize::MAX).map_ok(|_| ());
        assert_eq!(again, Poll::Ready(Err(FormError::TooLarge)));
        false
    }

    fn next_part(&mut self, max_parts: usize) -> Poll<Result<bool, FormError>> {
        // The rest of the current part is skipped, whatever comes of it.
        (self.at, self.is_skipping) = (None, true);
        self.reader.poll_part(max_parts).map_ok(|part| {
            let Some(part) = part else {
                self.check_end();
                return false;
            };
            assert!(part.number <= max_parts);
            self.begin(part.number, part.head.name());
            self.at = Some(0);
            true
        })
    }

    fn next_data(&mut self) -> Poll<Result<bool, FormError>> {
        let gone = FormError::Body(Error::Misuse(Misuse::BodyAlreadyRead));
        let other = self.reader.poll_data(self.count - 1).map_ok(|_| ());
        assert_eq!(other, Poll::Ready(Err(gone)));
        match self.reader.poll_data(self.count) {
            Poll::Ready(Err(error)) if error == gone && self.is_unsure => Poll::Ready(Ok(true)),
            polled => polled.map_ok(|data| {
                if let Some(data) = data {
                    assert!(!data.is_empty());
                    self.take(&data);
                } else {
                    self.end_part();
                }
                true
            }),
        }
    }

    fn next_step(&mut self, limits: FileLimits) -> Poll<Result<bool, FormError>> {
        let polled = self.reader.poll_step(limits);
        self.is_unsure |= polled.is_pending();
        polled.map_ok(|step| {
            let Some(step) = step else {
                self.check_end();
                return false;
            };
            if step.part.number != self.count {
                assert!(self.is_unsure || step.part.number <= limits.max_files);
                self.at = (!self.is_skipping).then_some(0);
                self.begin(step.part.number, step.part.head.name());
            }
            self.is_unsure = false;
            let most = limits.max_file_size.max(1);
            assert!(step.data.len() <= most, "{} of {most}", step.data.len());
            self.take(&step.data);
            if step.is_last {
                self.end_part();
            } else {
                assert_eq!(step.data.len(), most, "a short step within a part");
            }
            true
        })
    }

    fn begin(&mut self, number: usize, name: &str) {
        let is_next = number == self.count + 1;
        assert!(is_next || self.is_unsure && number > self.count, "{number}");
        assert_eq!(name, self.known.parts[number - 1].0);
        (self.count, self.is_skipping, self.is_unsure) = (number, false, false);
    }

    fn take(&mut self, data: &[u8]) {
        if let Some(at) = &mut self.at {
            let rest = &self.known.parts[self.count - 1].1[*at..];
            assert!(rest.starts_with(data), "{}", data.escape_ascii());
            *at += data.len();
        }
    }

    fn end_part(&self) {
        let whole = self.known.parts[self.count - 1].1.len();
        assert!(self.at.is_none_or(|at| at == whole), "{:?} of {whole}", self.at);
    }

    fn check_end(&self) {
        assert_eq!(self.known.outcome, Ok(()));
        assert!(self.is_unsure || self.count == self.known.parts.len());
    }

    fn check_error(&mut self, error: FormError, limits: FileLimits) {
        if error == MultipartError::TooManyParts.into() {
            assert!(self.is_unsure || self.count >= limits.max_files);
            assert!(self.count < self.known.parts.len());
        } else {
            assert_eq!(self.known.outcome.map_err(FormError::from), Err(error));
        }
        let again = self.reader.poll_part(usize::MAX).map_ok(|_| ());
        assert_eq!(again, Poll::Ready(Err(error)), "an error is final");
    }
}

/// A whole form.
fn collect(
    head: &RequestHead,
    pieces: &[&[u8]],
    limits: FormLimits,
) -> Result<FormData, FormError> {
    let mut reader = PartReader::new(head.fields(), AcceptedCodings::Identity)?;
    reader.limit(limits.max_size as u64);
    let (mut pieces, mut form) = (pieces.iter(), FormData::default());
    loop {
        match reader.poll_step(limits.of_steps()) {
            Poll::Ready(Ok(Some(step))) => {
                assert!(step.is_last, "no part is longer than the body");
                form.add(step)?;
            }
            Poll::Ready(Ok(None)) => {
                assert!(form.fields.len() + form.files.len() <= limits.max_fields);
                return Ok(form);
            }
            Poll::Ready(Err(error)) => return Err(error),
            Poll::Pending => match pieces.next() {
                Some(piece) => reader.feed(Bytes::copy_from_slice(piece))?,
                None => reader.finish(),
            },
        }
    }
}

fn head() -> RequestHead {
    let text = format!(
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Type: multipart/form-data; boundary={BOUNDARY}\r\n\r\n"
    );
    let (mut input, mut head) = (BytesMut::from(&*text), RequestHead::default());
    let parsed = HeadParser::default().parse(&mut input, &Config::default(), &mut head);
    assert_eq!(parsed, Ok(true));
    head
}

const BOUNDARY: &str = "b";
