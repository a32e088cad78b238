//! Setters, framing fields, and the content type.

use super::*;

/// RFC 9110 section 15.
#[test]
fn accepts_only_final_statuses() {
    let mut head = ResponseHead::default();
    for status in [0, 99, 100, 101, 199, 600, 999] {
        assert_eq!(head.set_status(status), Err(Misuse::InvalidStatus), "{status}");
    }
    head.set_status(404).unwrap();
    assert_eq!(head.reason(), b"Not Found");
    head.set_status_with_reason(418, b"I'm short").unwrap();
    assert_eq!((head.status().as_u16(), head.reason()), (418, &b"I'm short"[..]));
    let refused = head.set_status_with_reason(200, b"OK\r\nX: y");
    assert_eq!(refused, Err(Misuse::InvalidReason));
    head.set_status(599).unwrap();
    assert_eq!(head.reason(), b"");
}

/// RFC 9112 section 6: only the encoder writes framing fields.
#[test]
fn interprets_the_fields_that_frame_the_message() {
    let mut head = ResponseHead::default();
    head.set(b"content-LENGTH", b"12").unwrap();
    head.set(b"Connection", b"foo, Close").unwrap();
    head.set(b"Transfer-Encoding", b"chunked").unwrap();
    head.append(b"Content-Type", b"text/plain").unwrap();
    assert_eq!((head.declared_length(), head.close()), (Some(12), true));
    assert_eq!(head.chunked(), Some(true));
    assert_eq!(head.content_type(), Some(&b"text/plain"[..]));
    assert!(head.fields().is_empty());
    for value in ["", "-1", "+1", "1x", "99999999999999999999"] {
        let refused = head.set(b"Content-Length", value.as_bytes());
        assert_eq!(refused, Err(Misuse::InvalidFraming), "{value:?}");
    }
    assert_eq!(head.set(b"Transfer-Encoding", b"gzip"), Err(Misuse::InvalidFraming));
    assert!(head.remove(b"content-type"));
    assert_eq!(head.content_type(), None);
}

#[test]
fn replacing_the_fields_keeps_status_and_reason() {
    let mut head = ResponseHead::default();
    head.set_status(404).unwrap();
    head.set_chunked(false);
    for name in ["X-A", "Connection", "Content-Type"] {
        head.set(name.as_bytes(), b"close").unwrap();
    }
    head.replace_fields(&[("x-b", "1"), ("X-B", "2"), ("Content-Length", "3")]).unwrap();
    let fields: Vec<_> = head.fields().iter().collect();
    assert_eq!(fields, [(&b"x-b"[..], &b"1"[..]), (b"X-B", b"2")]);
    assert_eq!((head.declared_length(), head.close()), (Some(3), false));
    assert_eq!(head.content_type(), Some(DEFAULT_CONTENT_TYPE.as_bytes()));
    assert_eq!((head.status().as_u16(), head.chunked()), (404, Some(false)));
    head.set_chunked(true);
    assert_eq!(head.replace_fields(&[("a", "1\r\n")]), Err(Misuse::InvalidFieldValue));
    assert!(head.fields().is_empty() && head.chunked().is_none());
}

#[test]
fn the_buffer_of_the_content_type_is_kept_up_to_a_limit() {
    let mut head = ResponseHead::default();
    for (size, kept) in [(40, 40), (1_000, KEPT_TYPE)] {
        head.set_content_type(&vec![b'x'; size]).unwrap();
        assert_eq!(head.content_type().map(<[u8]>::len), Some(size));
        head.clear();
        assert_eq!(head.content_type(), Some(DEFAULT_CONTENT_TYPE.as_bytes()));
        assert!((kept..=KEPT_TYPE).contains(&head.given_type.capacity()), "{size}");
    }
}

#[test]
fn a_server_can_have_another_default_type_or_none() {
    for (default, expected) in [("text/plain", Some(&b"text/plain"[..])), ("", None)] {
        let mut head = ResponseHead::with_default_type(Some(Arc::new(default.into())));
        assert_eq!((head.content_type(), head.has_default_type()), (expected, true));
        head.set_content_type(DEFAULT_CONTENT_TYPE.as_bytes()).unwrap();
        assert_eq!(head.content_type(), Some(DEFAULT_CONTENT_TYPE.as_bytes()));
        assert!(!head.has_default_type());
        head.replace_fields::<&str, &str>(&[]).unwrap();
        assert_eq!(head.content_type(), expected);
        head.set_content_type(b"image/png").unwrap();
        head.clear();
        assert_eq!(head.content_type(), expected);
    }
}
