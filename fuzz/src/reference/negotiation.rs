//! `Accept` and `Accept-Encoding` (RFC 9110 sections 12.4.2, 12.5.1, 12.5.3 and 5.6), one byte after
//! the other.

/// The parts of a text between separators outside of quoted strings, without whitespace around
/// them. A quoted string that is not closed ends with the text.
pub(crate) fn split(text: &[u8], separator: u8) -> Vec<Vec<u8>> {
    let (mut parts, mut part) = (Vec::new(), Vec::new());
    let (mut is_quoted, mut is_escaped) = (false, false);
    for byte in text {
        if *byte == separator && !is_quoted {
            parts.push(std::mem::take(&mut part));
            continue;
        }
        part.push(*byte);
        if is_escaped {
            is_escaped = false;
        } else if *byte == b'\\' {
            is_escaped = is_quoted;
        } else if *byte == b'"' {
            is_quoted = !is_quoted;
        }
    }
    parts.push(part);
    let is_blank = |byte: &u8| matches!(byte, b' ' | b'\t');
    let trimmed = parts.into_iter().map(|part| {
        let from = part.iter().position(|byte| !is_blank(byte)).unwrap_or(part.len());
        let to = part.iter().rposition(|byte| !is_blank(byte)).map_or(from, |last| last + 1);
        part[from..to].to_vec()
    });
    trimmed.collect()
}

/// The members of a list that is in several field lines. Empty ones are ignored.
pub(crate) fn members(values: &[&[u8]]) -> Vec<Vec<u8>> {
    let members = values.iter().flat_map(|value| split(value, b','));
    members.filter(|member| !member.is_empty()).collect()
}

/// `weight` without its semicolon, in thousandths: `None` if it is none, `Some(None)` if its value
/// violates the grammar.
pub(crate) fn weight(text: &[u8]) -> Option<Option<u16>> {
    let text = String::from_utf8_lossy(text).to_ascii_lowercase();
    let value = text.strip_prefix("q=")?;
    let (whole, fraction) = value.split_once('.').unwrap_or((value, ""));
    if fraction.len() > 3 || !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
        return Some(None);
    }
    let fraction = format!("{fraction:0<3}").parse().unwrap_or(u16::MAX);
    Some(match (whole, fraction) {
        ("0", fraction) => Some(fraction),
        ("1", 0) => Some(1_000),
        _ => None,
    })
}

/// The media types and ranges of `Accept` with their weights. Without one the weight is 1, with a
/// malformed one 0.
pub(crate) fn accepted(values: &[&[u8]]) -> Vec<(String, u16)> {
    let one = |member: Vec<u8>| {
        let parts = split(&member, b';');
        let (name, rest) = parts.split_first()?;
        let weight = rest.iter().find_map(|part| weight(part));
        let name = String::from_utf8_lossy(name).to_ascii_lowercase();
        Some((name, weight.map_or(1_000, Option::unwrap_or_default)))
    };
    members(values).into_iter().filter_map(one).collect()
}

/// The weight of a content coding: of the first valid member that names it, else of `*`.
pub(crate) fn coding(values: &[&[u8]], names: &[&str]) -> Option<u16> {
    let valid: Vec<(String, u16)> = members(values).iter().filter_map(|one| named(one)).collect();
    let of = |name: &str| valid.iter().find(|(other, _)| other == name).map(|(_, weight)| *weight);
    let first = valid.iter().find(|(name, _)| names.contains(&name.as_str()));
    first.map(|(_, weight)| *weight).or_else(|| of("*"))
}

/// A coding, alone or with one weight.
fn named(member: &[u8]) -> Option<(String, u16)> {
    let parts = split(member, b';');
    let lower = |name: &[u8]| String::from_utf8_lossy(name).to_ascii_lowercase();
    match &parts[..] {
        [name] => Some((lower(name), 1_000)),
        [name, rest] => Some((lower(name), weight(rest)??)),
        _ => None,
    }
}
