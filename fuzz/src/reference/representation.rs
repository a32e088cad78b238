//! Conditions and ranges, evaluated byte by byte over a short file (RFC 9110 sections 13 and 14).
//! Dates are parsed by the engine.

use tremolo_core::representation::parse_date;

/// The result of a `Range`: first and last bytes.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Asked {
    Whole,
    Nothing,
    Parts(Vec<(u64, u64)>),
}

/// The state of the file: its tag as sent, and the date of its last change.
#[derive(Clone, Copy, Debug)]
pub(crate) struct State<'a> {
    pub(crate) etag: Option<&'a str>,
    pub(crate) changed: Option<u64>,
}

/// Names in lower case, and values.
pub(crate) type Sent = Vec<(String, Vec<u8>)>;

/// The status that the preconditions give: 200 if they pass.
pub(crate) fn precondition(method: &str, sent: &Sent, state: State<'_>) -> u16 {
    if method == "OPTIONS" || method == "TRACE" || method == "CONNECT" {
        return 200;
    }
    let reads = method == "GET" || method == "HEAD";
    let lines = |name: &str| values(sent, name);
    let changed_after = |name: &str| {
        let lines = lines(name);
        let [line] = &lines[..] else { return None };
        Some(state.changed? > parse_date(line)?)
    };
    let listed = |name: &str, strong: bool| {
        lines(name).iter().any(|line| *line == b"*" || tags(line).any_is(state.etag, strong))
    };
    let passes = if lines("if-match").is_empty() {
        changed_after("if-unmodified-since") != Some(true)
    } else {
        listed("if-match", true)
    };
    let known = if lines("if-none-match").is_empty() {
        reads && changed_after("if-modified-since") == Some(false)
    } else {
        listed("if-none-match", false)
    };
    match (passes, known, reads) {
        (false, _, _) | (true, true, false) => 412,
        (true, true, true) => 304,
        (true, false, _) => 200,
    }
}

/// The ranges requested of `length` bytes at `now`, after the preconditions passed.
pub(crate) fn asked(method: &str, sent: &Sent, state: State<'_>, length: u64, now: u64) -> Asked {
    let ranges = values(sent, "range");
    let [range] = &ranges[..] else { return Asked::Whole };
    let same = match &values(sent, "if-range")[..] {
        [] => true,
        [line] => match (state.etag, state.changed) {
            (Some(etag), _) if line == &etag.as_bytes() => etag.starts_with('"'),
            (_, Some(changed)) => changed < now && parse_date(line) == Some(changed),
            _ => false,
        },
        _ => false,
    };
    // RFC 9110 section 14.2.
    if !same || method != "GET" {
        return Asked::Whole;
    }
    parts(range, length).unwrap_or(Asked::Whole)
}

fn values<'a>(sent: &'a Sent, name: &str) -> Vec<&'a [u8]> {
    sent.iter().filter(|(known, _)| known == name).map(|(_, value)| value.as_slice()).collect()
}

struct Tags(Vec<Vec<u8>>);

impl Tags {
    fn any_is(&self, etag: Option<&str>, strong: bool) -> bool {
        let Some(etag) = etag else { return false };
        let bare = |tag: &[u8]| tag.strip_prefix(b"W/").unwrap_or(tag).to_vec();
        self.0.iter().any(|tag| match strong {
            true => tag == etag.as_bytes() && tag[0] == b'"',
            false => bare(tag) == bare(etag.as_bytes()),
        })
    }
}

/// The tags of a list up to the first invalid one.
fn tags(line: &[u8]) -> Tags {
    let (mut tags, mut at) = (Vec::new(), 0);
    let is = |at: usize, what: &[u8]| line.get(at).is_some_and(|byte| what.contains(byte));
    loop {
        while is(at, b" \t,") {
            at += 1;
        }
        let start = at;
        if line[at..].starts_with(b"W/") {
            at += 2;
        }
        if !is(at, b"\"") {
            return Tags(tags);
        }
        at += 1;
        while line.get(at).is_some_and(|b| *b > 0x20 && *b != 0x7f && *b != b'"') {
            at += 1;
        }
        if !is(at, b"\"") {
            return Tags(tags);
        }
        at += 1;
        let tag = line[start..at].to_vec();
        while is(at, b" \t") {
            at += 1;
        }
        tags.push(tag);
        if at < line.len() && !is(at, b",") {
            tags.pop();
            return Tags(tags);
        }
    }
}

/// `None` if the field is ignored.
fn parts(value: &[u8], length: u64) -> Option<Asked> {
    let (unit, set) = std::str::from_utf8(value).ok()?.split_once('=')?;
    let members: Vec<_> = set
        .split(',')
        .map(|member| member.trim_matches([' ', '\t']))
        .filter(|m| !m.is_empty())
        .collect();
    if !unit.eq_ignore_ascii_case("bytes") || members.is_empty() || members.len() > 100 {
        return None;
    }
    let mut sets = Vec::new();
    for member in members {
        let (first, last) = member.split_once('-')?;
        let (first, last) = (number(first)?, number(last)?);
        let wanted: Vec<u64> = match (first, last) {
            (None, None) => return None,
            (Some(first), Some(last)) if first > last => return None,
            (Some(first), last) => {
                (0..length).filter(|at| *at >= first && last.is_none_or(|l| *at <= l)).collect()
            }
            // A suffix of an empty file is all of it, and cannot be expressed as a part.
            (None, Some(1..)) if length == 0 => return None,
            (None, Some(count)) => (0..length).filter(|at| length - at <= count).collect(),
        };
        sets.extend((!wanted.is_empty()).then_some(wanted));
    }
    Some(if sets.is_empty() { Asked::Nothing } else { Asked::Parts(merge(&sets, length)) })
}

/// `Some(None)` for an empty string, `None` for something that is not a number.
fn number(text: &str) -> Option<Option<u64>> {
    let digits = text.bytes().all(|b| b.is_ascii_digit());
    digits.then(|| (!text.is_empty()).then(|| text.parse().unwrap_or(u64::MAX)))
}

/// The sets as they are if they are disjoint; else the contiguous runs of all their bytes, in the
/// order of the first set in each.
fn merge(sets: &[Vec<u64>], length: u64) -> Vec<(u64, u64)> {
    let ends = |set: &[u64]| (set[0], set[set.len() - 1]);
    let times = |at: &u64| sets.iter().filter(|set| set.contains(at)).count();
    if (0..length).all(|at| times(&at) <= 1) {
        return sets.iter().map(|set| ends(set)).collect();
    }
    let union: Vec<u64> = (0..length).filter(|at| times(at) > 0).collect();
    let mut runs: Vec<_> = union.chunk_by(|a, b| a + 1 == *b).map(ends).collect();
    let place = |run: &(u64, u64)| {
        sets.iter().position(|set| (run.0..=run.1).contains(&set[0])).expect("a run has a set")
    };
    runs.sort_by_key(place);
    runs
}
