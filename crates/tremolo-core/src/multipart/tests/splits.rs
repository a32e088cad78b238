//! Properties: splits change nothing, no byte is lost or added, nothing panics.

use memchr::memmem;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use super::{Limits, Part, decode, decode_everywhere, decoder};

/// Hyphens in a boundary: partial matches of the delimiter overlap with the bytes around it.
const BOUNDARIES: &[&str] =
    &["b", "-", "--", "a b", "--b--", "boundary", "0123456789:/=?_.,+()'-", "*****", "{a&b}", LONG];

/// Longer than RFC 2046 section 5.1.1 allows.
const LONG: &str =
    "-----------------------------------------------------------------------------01";

/// Bytes of which most look like the start of a delimiter.
fn partial_delimiters(boundary: &'static str) -> impl Strategy<Value = Vec<u8>> {
    let delimiter = format!("\r\n--{boundary}").into_bytes();
    let len = delimiter.len();
    let piece = prop_oneof![
        4 => (1..len).prop_map(move |end| delimiter[..end].to_vec()),
        2 => select(vec!["\r", "\n", "\r\n", "-", "--", boundary]).prop_map(|s| s.into()),
        1 => vec(any::<u8>(), 0..8),
    ];
    vec(piece, 0..8).prop_map(|pieces| pieces.concat())
}

/// Whether a part may contain the data: no delimiter in it, and no delimiter line at its very
/// start.
fn is_legal(data: &[u8], boundary: &str) -> bool {
    let seen = [b"\r\n", data].concat();
    memmem::find(&seen, format!("\r\n--{boundary}").as_bytes()).is_none()
}

fn form() -> impl Strategy<Value = (&'static str, Vec<Part>)> {
    select(BOUNDARIES).prop_flat_map(|boundary| {
        let data = partial_delimiters(boundary)
            .prop_filter("no delimiter in the data", move |data| is_legal(data, boundary));
        let part = ("[a-z]{0,3}", proptest::option::of("[a-z.]{0,5}"), data);
        (Just(boundary), vec(part, 0..4))
    })
}

fn encode(boundary: &str, parts: &[Part]) -> Vec<u8> {
    let mut body = Vec::new();
    for (name, filename, data) in parts {
        let filename = filename.as_ref().map_or(String::new(), |f| format!("; filename=\"{f}\""));
        let head = format!("Content-Disposition: form-data; name=\"{name}\"{filename}");
        body.extend_from_slice(format!("--{boundary}\r\n{head}\r\n\r\n").as_bytes());
        body.extend_from_slice(data);
        body.extend_from_slice(b"\r\n");
    }
    body.extend_from_slice(format!("--{boundary}--\r\n").as_bytes());
    body
}

/// Cuts at the given places, modulo the length.
fn cut<'a>(body: &'a [u8], cuts: &[usize]) -> Vec<&'a [u8]> {
    let mut places: Vec<usize> = cuts.iter().map(|at| at % (body.len() + 1)).collect();
    places.sort_unstable();
    places.push(body.len());
    let mut from = 0;
    places.into_iter().map(|to| &body[std::mem::replace(&mut from, to)..to]).collect()
}

fn nearly_valid_bodies() -> impl Strategy<Value = Vec<u8>> {
    let head = "Content-Disposition: form-data; name=a; filename=\"";
    let words = vec![
        "--b",
        "\r\n",
        "\r\n--b\r\n",
        "\r\n--b--",
        "\r",
        "\n",
        "-",
        " ",
        "\\",
        "\"",
        ";",
        "=",
        "%22",
        "*=UTF-8''",
        "name",
        "x",
        "\0",
        "ü",
        head,
        "\"\r\n\r\n",
        "Content-Type: a/b\r\n",
    ];
    let word = prop_oneof![
        8 => select(words).prop_map(|word| word.as_bytes().to_vec()),
        1 => vec(any::<u8>(), 0..4),
    ];
    vec(word, 0..24).prop_map(|words| words.concat())
}

proptest! {
    #[test]
    fn decodes_encoded_forms_at_every_split((boundary, parts) in form()) {
        let body = encode(boundary, &parts);
        let decoded = decode_everywhere(boundary.as_bytes(), Limits::default(), &body);
        prop_assert_eq!(decoded, Ok(parts));
    }

    #[test]
    fn decodes_encoded_forms_in_any_pieces(
        (boundary, parts) in form(),
        cuts in vec(any::<usize>(), 0..20),
    ) {
        let body = encode(boundary, &parts);
        let decoded = decode(decoder(boundary.as_bytes(), Limits::default()), cut(&body, &cuts));
        prop_assert_eq!(decoded, Ok(parts));
    }

    #[test]
    fn gives_the_same_result_for_any_bytes_at_every_split(body in nearly_valid_bodies()) {
        let limits = Limits { max_parts: 2, part_head_bytes: 96 };
        let _ = decode_everywhere(b"b", limits, &body);
    }

    #[test]
    fn gives_the_same_result_for_any_bytes_behind_a_head(body in nearly_valid_bodies()) {
        let limits = Limits { max_parts: 2, part_head_bytes: 96 };
        let head = b"--b\r\nContent-Disposition: form-data; name=a\r\n\r\n";
        let body = [head.as_slice(), &body].concat();
        let _ = decode_everywhere(b"b", limits, &body);
    }
}
