//! Steps, parts and whole forms, fed at every split.

use std::task::Poll;

use bytes::{Bytes, BytesMut};

use super::*;
use crate::Config;
use crate::content::{AcceptedCodings, Charset, ContentError};
use crate::error::{Error, Misuse};
use crate::http1::request::HeadParser;
use crate::multipart::MultipartError;

fn head(fields: &str) -> RequestHead {
    let text = format!("POST / HTTP/1.1\r\nHost: a\r\n{fields}\r\n");
    let (mut input, mut head) = (BytesMut::from(&*text), RequestHead::default());
    HeadParser::default().parse(&mut input, &Config::default(), &mut head).unwrap();
    head
}

fn multipart_head() -> RequestHead {
    head("Content-Type: multipart/form-data; boundary=B\r\nTransfer-Encoding: chunked\r\n")
}

fn reader() -> PartReader {
    PartReader::new(multipart_head().fields(), AcceptedCodings::Identity).unwrap()
}

/// A body with these parts: what follows `form-data; `, and the data.
fn body(parts: &[(&str, &str)]) -> Vec<u8> {
    let mut body = String::new();
    for (disposition, data) in parts {
        body += "--B\r\nContent-Disposition: form-data; ";
        body += &format!("{disposition}\r\n\r\n{data}\r\n");
    }
    (body + "--B--\r\n").into()
}

/// Polls until there is a result, and feeds the pieces when they are asked for.
fn drive<'a, T>(
    reader: &mut PartReader,
    pieces: &mut impl Iterator<Item = &'a [u8]>,
    poll: impl Fn(&mut PartReader) -> Poll<Result<T, FormError>>,
) -> Result<T, FormError> {
    loop {
        if let Poll::Ready(result) = poll(reader) {
            return result;
        }
        match pieces.next() {
            Some(piece) => reader.feed(Bytes::copy_from_slice(piece))?,
            None => reader.finish(),
        }
    }
}

/// The steps of a body: name, data, whether the part ends.
fn steps<'a>(
    mut pieces: impl Iterator<Item = &'a [u8]>,
    limits: FileLimits,
) -> Result<Vec<(String, Vec<u8>, bool)>, FormError> {
    let (mut reader, mut steps) = (reader(), Vec::new());
    while let Some(step) = drive(&mut reader, &mut pieces, |reader| reader.poll_step(limits))? {
        steps.push((step.part.head.name().to_owned(), step.data.to_vec(), step.is_last));
    }
    Ok(steps)
}

fn form<'a>(
    mut pieces: impl Iterator<Item = &'a [u8]>,
    limits: FormLimits,
) -> Result<FormData, FormError> {
    let (mut reader, mut form) = (reader(), FormData::default());
    reader.limit(limits.max_size as u64);
    let poll = |reader: &mut PartReader| reader.poll_step(limits.of_steps());
    while let Some(step) = drive(&mut reader, &mut pieces, poll)? {
        form.add(step)?;
    }
    Ok(form)
}

#[test]
fn a_part_comes_in_steps_of_at_most_the_size_at_every_split() {
    let body = body(&[("name=a", "0123456789"), ("name=b", ""), ("name=c", "0123")]);
    let limits = FileLimits { max_file_size: 4, ..FileLimits::default() };
    let step = |name: &str, data: &[u8], is_last| (name.to_owned(), data.to_vec(), is_last);
    let expected = Ok(vec![
        step("a", b"0123", false),
        step("a", b"4567", false),
        step("a", b"89", true),
        step("b", b"", true),
        // Exactly the size: the end is known only behind it.
        step("c", b"0123", true),
    ]);
    assert_eq!(steps(body.chunks(1), limits), expected, "byte by byte");
    for at in 0..=body.len() {
        let (left, right) = body.split_at(at);
        assert_eq!(steps([left, right].into_iter(), limits), expected, "split at {at}");
    }
}

#[test]
fn a_size_of_nothing_counts_as_one_byte() {
    let body = body(&[("name=a", "xy")]);
    let limits = FileLimits { max_file_size: 0, ..FileLimits::default() };
    let lengths = steps(body.chunks(3), limits).unwrap();
    assert!(
        lengths.iter().map(|(_, data, is_last)| (data.len(), *is_last)).eq([(1, false), (1, true)])
    );
}

#[test]
fn a_call_that_is_given_up_does_not_change_the_limit_of_the_next_one() {
    let (body, mut reader) = (body(&[("name=a", "0123456789")]), reader());
    reader.feed(Bytes::copy_from_slice(&body[..body.len() - 9])).unwrap();
    assert!(reader.poll_step(FileLimits::default()).is_pending());
    reader.feed(Bytes::copy_from_slice(&body[body.len() - 9..])).unwrap();
    let limits = FileLimits { max_file_size: 4, ..FileLimits::default() };
    for (data, is_last) in [(&b"0123"[..], false), (b"4567", false), (b"89", true)] {
        let Poll::Ready(Ok(Some(step))) = reader.poll_step(limits) else { panic!("no step") };
        assert_eq!((&*step.data, step.is_last), (data, is_last));
    }
}

#[test]
fn parts_are_limited_by_each_call() {
    let body = body(&[("name=a", "1"), ("name=b", "2")]);
    let of = |max_files| FileLimits { max_files, ..FileLimits::default() };
    assert_eq!(steps(body.chunks(7), of(2)).map(|steps| steps.len()), Ok(2));
    let too_many = FormError::Multipart(MultipartError::TooManyParts);
    assert_eq!(steps(body.chunks(7), of(1)), Err(too_many));
    let (mut reader, mut pieces) = (reader(), body.chunks(7));
    let mut next = |max| drive(&mut reader, &mut pieces, |reader| reader.poll_part(max));
    assert_eq!(next(1).unwrap().unwrap().number, 1);
    assert_eq!(next(2).unwrap().unwrap().number, 2);
    assert!(next(2).unwrap().is_none());
}

#[test]
fn the_data_of_a_part_can_be_read_until_the_next_part_is_asked_for() {
    let body = body(&[("name=a", "0123456789"), ("name=b", "x")]);
    let (mut reader, mut pieces) = (reader(), body.chunks(5));
    let limits = FileLimits { max_file_size: 3, ..FileLimits::default() };
    let step = drive(&mut reader, &mut pieces, |reader| reader.poll_step(limits));
    let step = step.unwrap().unwrap();
    assert_eq!((&*step.data, step.is_last), (&b"012"[..], false));
    let number = step.part.number;
    let mut rest = Vec::new();
    while let Some(data) =
        drive(&mut reader, &mut pieces, |reader| reader.poll_data(number)).unwrap()
    {
        rest.extend_from_slice(&data);
    }
    assert_eq!(rest, b"3456789");
    let next = drive(&mut reader, &mut pieces, |reader| reader.poll_part(9)).unwrap().unwrap();
    assert_eq!((next.number, next.head.name()), (2, "b"));
    let gone = FormError::Body(Error::Misuse(Misuse::BodyAlreadyRead));
    assert!(matches!(reader.poll_data(1), Poll::Ready(Err(error)) if error == gone));
}

#[test]
fn what_was_not_read_of_a_part_is_skipped() {
    let body = body(&[("name=a", "0123456789"), ("name=b", "x")]);
    let (mut reader, mut pieces) = (reader(), body.chunks(4));
    let names = [Some("a"), Some("b"), None];
    for expected in names {
        let part = drive(&mut reader, &mut pieces, |reader| reader.poll_part(9)).unwrap();
        assert_eq!(part.as_ref().map(|part| part.head.name()), expected);
    }
}

#[test]
fn bytes_over_the_limit_are_a_final_error() {
    let body = body(&[("name=a", "0123456789")]);
    let limits = |max_size| FormLimits { max_size, ..FormLimits::default() };
    // The line end behind the last boundary is not asked for.
    assert!(form(body.chunks(1), limits(body.len() - 2)).is_ok());
    assert_eq!(form(body.chunks(1), limits(body.len() - 3)), Err(FormError::TooLarge));
    let mut reader = reader();
    reader.limit(1);
    assert_eq!(reader.feed(Bytes::from_static(b"--")), Err(FormError::TooLarge));
    for _ in 0..2 {
        let polled = reader.poll_part(1);
        assert!(matches!(polled, Poll::Ready(Err(FormError::TooLarge))), "{polled:?}");
    }
}

#[test]
fn a_form_has_fields_and_files_in_the_order_of_the_wire() {
    let body = body(&[
        ("name=a", "1"),
        ("name=f; filename=x.txt", "text"),
        ("name=a", "2"),
        ("name=none; filename=\"\"", ""),
        ("name=unnamed; filename=\"\"", "data"),
    ]);
    for size in [1, 9, body.len()] {
        let form = form(body.chunks(size), FormLimits::default()).unwrap();
        assert!(form.fields.iter().eq([("a", "1"), ("a", "2")]));
        let files = form.files.iter().map(|file| (&*file.name, &*file.filename, &*file.data));
        assert!(files.eq([("f", "x.txt", &b"text"[..]), ("unnamed", "", b"data")]), "{form:?}");
        assert_eq!(form.file("f").map(|file| file.content_type.as_deref()), Some(None));
    }
    let limits = FormLimits { max_fields: 4, ..FormLimits::default() };
    let too_many = FormError::Multipart(MultipartError::TooManyParts);
    assert_eq!(form(body.chunks(9), limits), Err(too_many));
}

#[test]
fn a_field_in_an_unknown_charset_is_an_error() {
    let body = body(&[("name=a\r\nContent-Type: text/plain; charset=unheard-of", "1")]);
    let expected = FormError::Content(ContentError::UnknownCharset);
    assert_eq!(form(body.chunks(9), FormLimits::default()), Err(expected));
}

#[test]
fn an_urlencoded_form_has_limits_of_its_own() {
    let of = |max_fields, max_size| {
        FormData::urlencoded(b"a=1&b=2", Charset::default(), FormLimits { max_fields, max_size })
    };
    assert_eq!(of(2, 7).map(|form| form.fields.len()), Ok(2));
    assert_eq!(of(2, 6), Err(FormError::TooLarge));
    assert_eq!(of(1, 7), Err(FormError::TooManyFields));
}

#[test]
fn the_head_decides_whether_a_form_can_be_read() {
    let of = |fields: &str| {
        let limits = FormLimits { max_size: 9, max_fields: 1 };
        kind_of(&head(fields), AcceptedCodings::Identity, limits)
    };
    let urlencoded = "Content-Type: application/x-www-form-urlencoded\r\n";
    assert_eq!(
        of(&format!("{urlencoded}Content-Length: 9\r\n")),
        Ok(FormKind::UrlEncoded(Charset::default()))
    );
    assert_eq!(of(&format!("{urlencoded}Content-Length: 10\r\n")), Err(FormError::TooLarge));
    let multipart = kind_of(&multipart_head(), AcceptedCodings::Identity, FormLimits::default());
    assert_eq!(multipart, Ok(FormKind::Multipart));
    for fields in ["", "Content-Type: text/plain\r\n"] {
        let refused = of(fields).unwrap_err();
        assert_eq!(refused.status(), 415);
        assert!(refused.to_string().starts_with("expected Content-Type: application/x-www-form-u"));
    }
    let coded = format!("{urlencoded}Content-Encoding: gzip\r\nContent-Length: 1\r\n");
    assert_eq!(of(&coded), Err(FormError::Content(ContentError::Coded)));
    let plain =
        PartReader::new(head("Content-Type: text/plain\r\n").fields(), AcceptedCodings::Identity);
    assert_eq!(plain.unwrap_err().to_string(), "expected Content-Type: multipart/form-data");
}
