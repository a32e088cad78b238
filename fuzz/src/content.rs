//! The charset, coding and kind of form that fields declare, compared with what they were made of;
//! and forms in other charsets, compared with a decoder that takes them pair by pair.

use bytes::BytesMut;
use encoding_rs::Encoding;
use tremolo_core::Config;
use tremolo_core::content::{
    AcceptedCodings, Charset, ContentCoding, ContentError, FormKind, check_coding,
};
use tremolo_core::form::{FormData, FormError, FormLimits};
use tremolo_core::http1::request::{HeadParser, RequestHead};

use crate::script::Script;

/// `[media type][parameter]*[coding]*[body]`.
pub fn content(data: &[u8]) {
    // Anything may be a field value.
    let _ = Charset::declared(data);
    let mut script = Script::new(data);
    let declared = Declared::read(&mut script);
    let codings = codings(&mut script);
    let head = head(&declared.value, &codings);
    let charset = Charset::declared(&declared.value);
    assert_eq!(charset.map(|found| found.map(Charset::name)), declared.charset(), "{declared:?}");
    for accepted in [AcceptedCodings::Identity, AcceptedCodings::Decoded] {
        let coding = expected_coding(&codings, accepted);
        assert_eq!(check_coding(head.fields(), accepted), coding.map(|_| ()), "{codings:?}");
        let kind = FormKind::of(head.fields(), accepted);
        assert_eq!(kind, declared.kind(coding.map(|_| ())), "{declared:?}");
    }
    let coding = expected_coding(&codings, AcceptedCodings::Decoded);
    assert_eq!(ContentCoding::of(head.fields()), coding, "{codings:?}");
    let body = script.pieces().concat();
    if let Ok(Some(charset)) = charset {
        text(&body, charset);
    }
    form(&body, charset.ok().flatten().unwrap_or_default());
}

/// A `Content-Type` and the labels of charsets in it.
#[derive(Debug)]
struct Declared {
    essence: &'static str,
    value: Vec<u8>,
    labels: Vec<&'static str>,
}

impl Declared {
    fn read(script: &mut Script<'_>) -> Self {
        let essence = script.pick(&ESSENCES);
        let (mut value, mut labels) = (essence.as_bytes().to_vec(), Vec::new());
        for _ in 0..script.byte() % 4 {
            let label = script.pick(&LABELS);
            let (open, close) = script.pick(&[("", ""), ("\"", "\""), ("'", "'"), ("\" ", " \"")]);
            // Parameters that look like charsets and are none.
            let (before, after) = script.pick(&[
                ("; charset=", ""),
                (";CharSet = ", " "),
                (";\t;charset=", " ;"),
                ("; x=\"; charset=utf-16; \\\"\"; charset=", ""),
                ("; x=", ""),
                ("; x-charset=", ""),
                ("; charset; charset=", "; charset"),
            ]);
            if before.to_ascii_lowercase().contains("charset") && !before.contains("x-") {
                labels.push(label);
            }
            value.extend(format!("{before}{open}{label}{close}{after}").into_bytes());
        }
        Self { essence, value, labels }
    }

    fn charset(&self) -> Result<Option<&'static str>, ContentError> {
        let mut found = None;
        for label in self.labels.iter().filter(|label| !label.is_empty()) {
            let encoding = Encoding::for_label_no_replacement(label.as_bytes());
            let name = encoding.ok_or(ContentError::UnknownCharset)?.name();
            if found.is_some_and(|other| other != name) {
                return Err(ContentError::ConflictingCharsets);
            }
            found = Some(name);
        }
        Ok(found)
    }

    fn kind(&self, coding: Result<(), ContentError>) -> Result<Option<FormKind>, ContentError> {
        match self.essence.trim().to_ascii_lowercase().as_str() {
            "multipart/form-data" => coding.map(|()| Some(FormKind::Multipart)),
            "application/x-www-form-urlencoded" => {
                coding?;
                let name = self.charset()?.unwrap_or("UTF-8");
                if ["UTF-16LE", "UTF-16BE", "ISO-2022-JP"].contains(&name) {
                    return Err(ContentError::UnknownCharset);
                }
                let charset = Charset::declared(format!("a/b;charset={name}").as_bytes());
                Ok(charset?.map(FormKind::UrlEncoded))
            }
            _ => Ok(None),
        }
    }
}

/// Values of `Content-Encoding` fields.
fn codings(script: &mut Script<'_>) -> Vec<String> {
    let count = script.byte() % 4;
    let value = |_| {
        let count = script.byte() % 3;
        let names: Vec<_> = (0..count).map(|_| script.pick(&CODINGS)).collect();
        names.join(script.pick(&[",", " ,\t", ",,"]))
    };
    (0..count).map(value).collect()
}

fn expected_coding(
    values: &[String],
    accepted: AcceptedCodings,
) -> Result<Option<ContentCoding>, ContentError> {
    let members = values.iter().flat_map(|value| value.split(',')).map(str::trim);
    let lower = members.map(str::to_ascii_lowercase);
    let coded: Vec<_> = lower.filter(|name| !["", "identity"].contains(&&**name)).collect();
    let known = match coded.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [] => return Ok(None),
        ["br"] => Ok(ContentCoding::Br),
        ["deflate"] => Ok(ContentCoding::Deflate),
        ["gzip" | "x-gzip"] => Ok(ContentCoding::Gzip),
        ["zstd"] => Ok(ContentCoding::Zstd),
        _ => Err(ContentError::UnknownCoding),
    };
    match accepted {
        AcceptedCodings::Decoded => known.map(Some),
        AcceptedCodings::Identity => Err(ContentError::Coded),
    }
}

/// UTF-8 is decoded as the standard library does, and ASCII is the same in most charsets.
fn text(body: &[u8], charset: Charset) {
    let text = charset.text(body.to_vec().into());
    if charset == Charset::default() {
        let expected = std::str::from_utf8(body).ok();
        let expected = expected.map(|text| text.strip_prefix('\u{feff}').unwrap_or(text));
        assert_eq!(text.as_deref().ok(), expected);
    } else if body.is_ascii() && charset.is_ascii_compatible() {
        assert_eq!(text.as_deref().map(str::as_bytes), Ok(body));
    }
}

/// The fields of an urlencoded form (WHATWG URL section 5.1), in the charset of the form.
fn form(body: &[u8], charset: Charset) {
    if !charset.is_ascii_compatible() {
        return;
    }
    let encoding = Encoding::for_label(charset.name().as_bytes()).expect("a name of the standard");
    let unmarked = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
    let decoded = |text: &[u8]| {
        let bytes = percent_decoded(text);
        encoding.decode_without_bom_handling(&bytes).0.into_owned()
    };
    let pairs = unmarked.split(|byte| *byte == b'&').filter(|pair| !pair.is_empty());
    let expected: Vec<(String, String)> = pairs
        .map(|pair| {
            let at = pair.iter().position(|byte| *byte == b'=').unwrap_or(pair.len());
            (decoded(&pair[..at]), decoded(pair.get(at + 1..).unwrap_or_default()))
        })
        .collect();
    for limits in [FormLimits::default(), FormLimits { max_fields: 2, max_size: 64 }] {
        let found = FormData::urlencoded(body, charset, limits);
        if body.len() > limits.max_size {
            assert_eq!(found, Err(FormError::TooLarge));
        } else if expected.len() > limits.max_fields {
            assert_eq!(found, Err(FormError::TooManyFields));
        } else {
            let found = found.expect("within the limits");
            let pairs = found.fields.iter().map(|(name, value)| (name.into(), value.into()));
            assert_eq!(pairs.collect::<Vec<(String, String)>>(), expected, "{}", charset.name());
        }
    }
}

fn percent_decoded(text: &[u8]) -> Vec<u8> {
    let (mut bytes, mut rest) = (Vec::new(), text);
    while let Some((first, behind)) = rest.split_first() {
        rest = behind;
        let digit = |at: usize| behind.get(at).and_then(|byte| char::from(*byte).to_digit(16));
        match (first, digit(0), digit(1)) {
            (b'%', Some(high), Some(low)) => {
                bytes.push((high * 16 + low) as u8);
                rest = &behind[2..];
            }
            (b'+', ..) => bytes.push(b' '),
            (other, ..) => bytes.push(*other),
        }
    }
    bytes
}

fn head(content_type: &[u8], codings: &[String]) -> RequestHead {
    let mut text = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Type: ".to_vec();
    text.extend_from_slice(content_type);
    for value in codings {
        text.extend(format!("\r\nContent-Encoding: {value}").into_bytes());
    }
    text.extend(b"\r\n\r\n");
    let (mut input, mut head) = (BytesMut::from(&text[..]), RequestHead::default());
    let parsed = HeadParser::default().parse(&mut input, &Config::default(), &mut head);
    assert_eq!(parsed, Ok(true));
    head
}

const ESSENCES: [&str; 6] = [
    "application/x-www-form-urlencoded",
    "multipart/form-data",
    "APPLICATION/X-www-form-urlencoded ",
    "text/plain",
    "",
    "application/x-www-form-urlencoded-x",
];

const LABELS: [&str; 12] = [
    "utf-8",
    "UTF8",
    "latin1",
    "shift_jis",
    "gb18030",
    "big5",
    "utf-16",
    "iso-2022-jp",
    "euc-kr",
    "",
    "unheard-of",
    "replacement",
];

const CODINGS: [&str; 8] =
    ["identity", "gzip", "BR", "x-gzip", "zstd", "deflate", "", "unheard-of"];
