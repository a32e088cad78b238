//! Arbitrary values of `Accept` and `Accept-Encoding`, compared with a naive evaluation of RFC 9110
//! section 12.5.

use tremolo_core::PageFormat;
use tremolo_core::negotiation::{AcceptEncoding, Coding, names_media_type};

use crate::reference::negotiation::{accepted, coding};

/// Field lines, each the value of one field.
pub fn negotiation(data: &[u8]) {
    let values: Vec<&[u8]> = data.split(|byte| *byte == b'\n').collect();
    codings(&values);
    media_types(&values);
    // Without the field.
    codings(&[]);
    media_types(&[]);
}

fn codings(values: &[&[u8]]) {
    let parsed = AcceptEncoding::parse(values.iter().copied());
    let names: [(Coding, &[&str]); 4] = [
        (Coding::Br, &["br"]),
        (Coding::Zstd, &["zstd"]),
        (Coding::Gzip, &["gzip", "x-gzip"]),
        (Coding::Identity, &["identity"]),
    ];
    // `identity` is acceptable if nothing excludes it, but below all that is named.
    let rank = |(at, (coding_, names)): (usize, &(Coding, &[&str]))| {
        let doubled = coding(values, names).map(|weight| u32::from(weight) * 2);
        let unnamed = u32::from(*coding_ == Coding::Identity);
        (std::cmp::Reverse(doubled.unwrap_or(unnamed)), at, *coding_)
    };
    let mut ranks: Vec<_> = names.iter().enumerate().map(rank).collect();
    ranks.sort_by_key(|(weight, at, _)| (*weight, *at));
    let acceptable = ranks.iter().filter(|(weight, ..)| weight.0 > 0);
    let expected: Vec<Coding> = acceptable.map(|(.., coding)| *coding).collect();
    assert_eq!(parsed.in_order().collect::<Vec<_>>(), expected, "{:?}", shown(values));
    for (coding, _) in names {
        assert_eq!(parsed.accepts(coding), expected.contains(&coding));
    }
    assert_eq!(parsed.choose(&Coding::ALL), expected.first().copied());
    assert_eq!(parsed.choose(&[]), None);
}

fn media_types(values: &[&[u8]]) {
    let known = accepted(values);
    for media_type in ["text/html", "application/json", "text/*", "a"] {
        let expected = known.iter().any(|(name, weight)| name == media_type && *weight > 0);
        let found = names_media_type(values.iter().copied(), media_type.as_bytes());
        assert_eq!(found, expected, "{media_type} {:?}", shown(values));
    }
    let best = |format: PageFormat| {
        let of_format = known.iter().filter(|(name, _)| format_of(name) == Some(format));
        of_format.map(|(_, weight)| *weight).max().unwrap_or_default()
    };
    for otherwise in [PageFormat::Html, PageFormat::Text] {
        let mut expected = (otherwise, 0);
        for format in [PageFormat::Html, PageFormat::Problem, PageFormat::Text] {
            if best(format) > expected.1 {
                expected = (format, best(format));
            }
        }
        let found = PageFormat::accepted(values.iter().copied(), otherwise);
        assert_eq!(found, expected.0, "{:?}", shown(values));
    }
}

/// The format that a media type or range asks for.
fn format_of(name: &str) -> Option<PageFormat> {
    match name {
        "text/html" | "application/xhtml+xml" => Some(PageFormat::Html),
        "application/json" | "application/*" => Some(PageFormat::Problem),
        name if name.ends_with("+json") => Some(PageFormat::Problem),
        "text/plain" | "text/*" => Some(PageFormat::Text),
        _ => None,
    }
}

fn shown(values: &[&[u8]]) -> Vec<String> {
    values.iter().map(|value| value.escape_ascii().to_string()).collect()
}
