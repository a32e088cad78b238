//! Part heads: field lines (RFC 7578 section 4.8), names and file names (sections 4.2 and 5.1).

use super::{Bytes, E, MultipartError, PartHead};

fn parse(lines: impl AsRef<[u8]>) -> Result<PartHead, MultipartError> {
    PartHead::parse(Bytes::copy_from_slice(lines.as_ref()))
}

fn disposition(value: &[u8]) -> Result<PartHead, MultipartError> {
    parse([b"Content-Disposition: ", value, b"\r\n"].concat())
}

#[test]
fn parses_names_and_file_names_of_all_kinds_of_clients() {
    let cases: &[(&str, &str, Option<&str>)] = &[
        (r#"form-data; name="a""#, "a", None),
        (r#"form-data; name="""#, "", None),
        (r#"form-data; name=a; filename=b.txt"#, "a", Some("b.txt")),
        (r#"FORM-DATA;NAME="a";FileName="b""#, "a", Some("b")),
        (r#"form-data; filename="b"; name="a";"#, "a", Some("b")),
        (r#"form-data; name=files[] ; x=y"#, "files[]", None),
        (r#"form-data; name="a;b=c"; filename="""#, "a;b=c", Some("")),
        (r#"form-data; name=" a ""#, " a ", None),
        (r#"form-data; name="grüße"; filename=„x“"#, "grüße", Some("„x“")),
        // RFC 9110 section 5.6.4: quoted pairs.
        (r#"form-data; name="a\"b"; filename="c\\d""#, "a\"b", Some("c\\d")),
        (r#"form-data; name="a\\"; filename="\"""#, "a\\", Some("\"")),
        (r#"form-data; name="a\"; filename=b""#, "a\"; filename=b", None),
        // Backslashes that are not escapes.
        (r#"form-data; name="a"; filename="C:\dir\new.txt""#, "a", Some(r"C:\dir\new.txt")),
        (r#"form-data; name="a"; filename="\\host\share\x""#, "a", Some(r"\\host\share\x")),
        (r#"form-data; name="a"; filename="C:\dir\\x\"y""#, "a", Some(r#"C:\dir\\x"y"#)),
        // A name that ends with a backslash, from a client without escapes (WHATWG).
        (r#"form-data; name="a\""#, "a\\", None),
        (r#"form-data; name="a\"; filename="b\""#, "a\\", Some("b\\")),
        (r#"form-data; name="a\"; filename=";x=y""#, "a\\", Some(";x=y")),
        (r#"form-data; filename="a\"; name="b""#, "b", Some("a\\")),
        // WHATWG: only these three, in upper case.
        (r#"form-data; name="%22%0D%0A"; filename="%""#, "\"\r\n", Some("%")),
        (r#"form-data; name="%0d%20%25%2"; filename="100%22""#, "%0d%20%25%2", Some("100\"")),
        (r#"form-data; name=%22; filename="%%22""#, "%22", Some("%\"")),
        // RFC 8187.
        (r#"form-data; name="a"; filename="e"; filename*=UTF-8''%e2%82%ac"#, "a", Some("€")),
        (r#"form-data; name="a"; filename*=utf-8'de'%E2%82%AC; filename="e""#, "a", Some("€")),
        (r#"form-data; name="a"; filename*="UTF-8''a%20b""#, "a", Some("a b")),
        (r#"form-data; name="a"; filename*=iso-8859-1''%a3"#, "a", Some("£")),
        (r#"form-data; name*=UTF-8''%C3%BC"#, "ü", None),
        // RFC 6266 section 4.3: what cannot be decoded is ignored.
        (r#"form-data; name="a"; filename="e"; filename*=UTF-8''%ff"#, "a", Some("e")),
        (r#"form-data; name="a"; filename*=utf-16''b; filename="e""#, "a", Some("e")),
        (r#"form-data; name="a"; filename*=b; filename="e""#, "a", Some("e")),
        (r#"form-data; name="a"; filename*=; filename="e""#, "a", Some("e")),
        (r#"form-data; name="a"; filename*=UTF-8''%zz; filename="e""#, "a", Some("%zz")),
        // It is a file nevertheless.
        (r#"form-data; name="a"; filename*=b"#, "a", Some("")),
        (r#"form-data; name="a"; name*=utf-16''b"#, "a", None),
        // Outside of the grammar, with one possible reading.
        (r#"form-data; name=a; filename=my file.txt"#, "a", Some("my file.txt")),
        (r#"form-data; name=a b ; filename=my  file.txt "#, "a b", Some("my  file.txt")),
        (r#"form-data; name="a"; filename="#, "a", Some("")),
        (r#"form-data; filename=; name="a""#, "a", Some("")),
        (r#"form-data; name="#, "", None),
        (r#"form-data; name = "a" ; filename  = "b c""#, "a", Some("b c")),
        (r#"form-data; name= a; filename= my file.txt"#, "a", Some("my file.txt")),
        (r#"form-data; name="a"; filename=C:\new\x.txt"#, "a", Some(r"C:\new\x.txt")),
    ];
    for (value, name, filename) in cases {
        let head = disposition(value.as_bytes()).unwrap_or_else(|error| panic!("{value}: {error}"));
        assert_eq!((head.name(), head.filename()), (*name, *filename), "{value}");
    }
}

#[test]
fn replaces_invalid_utf8() {
    let head = disposition(b"form-data; name=\"a\xff\"; filename=\"%22\xff\"").unwrap();
    assert_eq!((head.name(), head.filename()), ("a\u{fffd}", Some("\"\u{fffd}")));
}

#[test]
fn refuses_dispositions_without_exactly_one_name() {
    let cases: &[(&str, MultipartError)] = &[
        ("form-data", E::MissingName),
        ("form-data; filename=\"b\"", E::MissingName),
        ("form-data; xname=a", E::MissingName),
        ("", E::InvalidDisposition),
        ("file; name=a", E::InvalidDisposition),
        ("attachment; name=a", E::InvalidDisposition),
        ("name=a", E::InvalidDisposition),
        ("form-data; name", E::InvalidDisposition),
        ("form-data; name=\"a", E::InvalidDisposition),
        ("form-data; name=\"a\"b", E::InvalidDisposition),
        ("form-data; name=a\"b\"", E::InvalidDisposition),
        ("form-data; name=a; name=b", E::InvalidDisposition),
        ("form-data; name=a; filename=b; filename=c", E::InvalidDisposition),
        ("form-data; name=a; filename*=UTF-8''b; filename*=UTF-8''c", E::InvalidDisposition),
        ("form-data; name=a; filename*=b; filename*=UTF-8''c", E::InvalidDisposition),
        ("form-data; name*=utf-16''b", E::MissingName),
        ("form-data; name=a; filename=b;c.txt", E::InvalidDisposition),
        ("form-data; name=a; filename=my \"file\".txt", E::InvalidDisposition),
        ("form-data; na me=a", E::InvalidDisposition),
        ("form-data name=a", E::InvalidDisposition),
    ];
    for (value, expected) in cases {
        assert_eq!(disposition(value.as_bytes()), Err(*expected), "{value}");
    }
}

#[test]
fn returns_all_fields_in_order_and_as_sent() {
    let head = parse(
        "X-One:1\r\ncontent-disposition:\tform-data; name=a \r\nCONTENT-TYPE: text/plain; x=y\t\r\n\
         x-one:  \r\nX-Two: a:b\r\n",
    )
    .unwrap();
    assert_eq!(head.content_type(), Some("text/plain; x=y"));
    let fields: Vec<(&[u8], &[u8])> = vec![
        (b"X-One", b"1"),
        (b"content-disposition", b"form-data; name=a"),
        (b"CONTENT-TYPE", b"text/plain; x=y"),
        (b"x-one", b""),
        (b"X-Two", b"a:b"),
    ];
    assert_eq!(head.fields().collect::<Vec<_>>(), fields);
}

#[test]
fn refuses_field_lines_that_http_forbids() {
    let cases: &[(&str, MultipartError)] = &[
        ("no colon\r\n", E::InvalidField),
        (": no name\r\n", E::InvalidField),
        ("a b: c\r\n", E::InvalidField),
        ("a : c\r\n", E::InvalidField),
        ("a: b\r\n folded\r\n", E::InvalidField),
        ("a: b\0\r\n", E::InvalidField),
        ("a: b\x7f\r\n", E::InvalidField),
        ("ä: b\r\n", E::InvalidField),
        ("a: b\nc: d\r\n", E::InvalidLineEnd),
        ("a\nb: c\r\n", E::InvalidLineEnd),
        ("a: b\rc\r\n", E::InvalidLineEnd),
        ("a: b\r\r\n", E::InvalidLineEnd),
        ("a: b\r\n", E::MissingDisposition),
        ("Content-Disposition: form-data; name=b\r\n", E::RepeatedField),
        ("Content-Type: a/b\r\nContent-type: a/b\r\n", E::RepeatedField),
    ];
    for (lines, expected) in cases {
        let named = match *expected {
            E::MissingDisposition => "",
            _ => "Content-Disposition: form-data; name=a\r\n",
        };
        assert_eq!(parse([named, lines].concat()), Err(*expected), "{lines:?}");
    }
}

#[test]
fn debug_output_shows_the_part() {
    let head = disposition(b"form-data; name=a; filename=b").unwrap();
    let shown = r#"PartHead { name: "a", filename: Some("b"), content_type: None, .. }"#;
    assert_eq!(format!("{head:?}"), shown);
}
