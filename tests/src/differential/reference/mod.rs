//! Requests read by a naive parser: slow, without limits of time, and written from the RFCs alone
//! (RFC 9112 sections 2 to 9, RFC 9110 sections 5 to 10).
//!
//! It reads a whole input at once. Where the RFCs leave a decision to the server, it decides as
//! Tremolo does; the table in `rows.rs` gives the reasons. It knows none of Tremolo's code.

mod body;
mod fields;
mod rule;

use self::fields::Fields;
pub use self::rule::Rule;
use super::reading::{End, NEXT, Reading, Step, sum};

/// What a server has to make of `input`, and the rules that decided.
#[must_use]
pub fn read(input: &[u8]) -> (Reading, Vec<Rule>) {
    let mut reader = Reader { input, at: 0, rules: Vec::new(), steps: Vec::new() };
    let end = loop {
        match reader.request() {
            Ok(()) => {}
            Err(Stop::Fault(rule, status)) => {
                reader.rules.push(rule);
                reader.steps.push(Step::Refused(status));
                break End::Closed;
            }
            Err(Stop::Starved) => {
                reader.rules.push(Rule::Unfinished);
                break End::Waits;
            }
            Err(Stop::Closed) => break End::Closed,
        }
    };
    (Reading { steps: reader.steps, end }, reader.rules)
}

/// Why no more requests are read.
enum Stop {
    /// A fault, and the status of its response.
    Fault(Rule, u16),
    /// The input ends before the request.
    Starved,
    /// The request was the last one.
    Closed,
}

struct Reader<'a> {
    input: &'a [u8],
    at: usize,
    rules: Vec<Rule>,
    steps: Vec<Step>,
}

/// The limits of a head, as configured by default.
const MAX_HEAD: usize = 8_192;
const MAX_FIELDS: usize = 100;
const MAX_BODY: u64 = 2 << 20;
/// RFC 9112 section 2.2 asks for one.
const MAX_EMPTY_LINES: usize = 4;

const fn fault(rule: Rule) -> Stop {
    Stop::Fault(rule, 400)
}

impl Reader<'_> {
    fn request(&mut self) -> Result<(), Stop> {
        self.empty_lines()?;
        let start = self.at;
        let is_next = &self.input[start..] == NEXT.as_bytes();
        if !self.steps.is_empty() && !is_next {
            self.rules.push(Rule::Pipelined);
        }
        let line = self.line(start)?;
        let (method, version) = self.request_line(&line)?;
        let mut fields = Fields::default();
        loop {
            let line = self.line(start)?;
            if line.is_empty() {
                break;
            }
            if fields.count == MAX_FIELDS {
                return Err(Stop::Fault(Rule::ManyFields, 431));
            }
            fields.add(&line, &mut self.rules)?;
        }
        if method == "CONNECT" {
            return Err(Stop::Fault(Rule::Connect, 501));
        }
        let framing = fields.framing(version, &mut self.rules)?;
        let body = self.body(framing)?;
        if !body.is_empty() && matches!(&*method, "GET" | "HEAD" | "OPTIONS") {
            self.rules.push(Rule::BodyOfGet);
        }
        self.steps.push(Step::Taken { method, length: body.len(), sum: sum(&body) });
        let known = self.rules.len();
        let persists = fields.persists(version, &mut self.rules);
        if is_next {
            // Its `Connection: close` is not a part of the input.
            self.rules.truncate(known);
        }
        if persists { Ok(()) } else { Err(Stop::Closed) }
    }

    /// Skips empty lines (RFC 9112 section 2.2).
    fn empty_lines(&mut self) -> Result<(), Stop> {
        let mut count = 0;
        while self.input[self.at..].starts_with(b"\r\n") {
            count += 1;
            if count > MAX_EMPTY_LINES {
                return Err(fault(Rule::ManyEmptyLines));
            }
            self.at += 2;
        }
        if count > 0 {
            self.rules.push(Rule::EmptyLines);
        }
        if self.input.len() == self.at { Err(Stop::Starved) } else { Ok(()) }
    }

    /// The next line of a head that begins at `start`, without its end (section 2.2).
    fn line(&mut self, start: usize) -> Result<Vec<u8>, Stop> {
        let rest = &self.input[self.at..];
        let too_long = match self.at == start {
            true => Stop::Fault(Rule::LongTarget, 414),
            false => Stop::Fault(Rule::LongHead, 431),
        };
        let end = rest.iter().position(|byte| *byte == b'\n');
        let length = end.map_or(rest.len(), |end| end + 1);
        if self.at - start + length > MAX_HEAD {
            return Err(too_long);
        }
        let line = &rest[..end.ok_or(Stop::Starved)?];
        self.at += length;
        let line = line.strip_suffix(b"\r").ok_or(fault(Rule::BareLf))?;
        if line.contains(&b'\r') {
            return Err(fault(Rule::BareCr));
        }
        if line.contains(&0) {
            return Err(fault(Rule::Nul));
        }
        Ok(line.to_vec())
    }

    /// `method SP request-target SP HTTP-version` (section 3): method, and minor version.
    fn request_line(&mut self, line: &[u8]) -> Result<(String, u8), Stop> {
        let parts: Vec<_> = line.split(|byte| *byte == b' ').collect();
        let [method, target, version] = parts[..] else { return Err(fault(Rule::RequestLine)) };
        if method.is_empty() || target.is_empty() || version.is_empty() {
            return Err(fault(Rule::RequestLine));
        }
        if !method.iter().all(|byte| is_tchar(*byte)) {
            return Err(fault(Rule::Method));
        }
        let minor = match version {
            [b'H', b'T', b'T', b'P', b'/', major, b'.', minor]
                if major.is_ascii_digit() && minor.is_ascii_digit() =>
            {
                if *major != b'1' {
                    return Err(Stop::Fault(Rule::OtherMajor, 505));
                }
                minor - b'0'
            }
            _ => return Err(fault(Rule::Version)),
        };
        match minor {
            0 => self.rules.push(Rule::Old),
            1 => {}
            _ => self.rules.push(Rule::HigherMinor),
        }
        if !REGISTERED.contains(&method) {
            self.rules.push(Rule::OtherMethod);
        }
        self.target(method, target)?;
        Ok((String::from_utf8_lossy(method).into_owned(), minor))
    }

    /// The four forms (section 3.2).
    fn target(&mut self, method: &[u8], target: &[u8]) -> Result<(), Stop> {
        if target.iter().any(|byte| *byte < b' ' || *byte == 0x7f || *byte == b'#') {
            return Err(fault(Rule::TargetByte));
        }
        let is_odd = |byte: &u8| *byte > 127 || b"\"<>\\^`{|}".contains(byte);
        if target.iter().any(is_odd) {
            self.rules.push(Rule::OddTarget);
        }
        let digits = target.split(|byte| *byte == b'%').skip(1);
        let is_encoded = |rest: &[u8]| {
            let digits = rest.get(..2);
            digits.is_some_and(|two| two != b"00" && two.iter().all(u8::is_ascii_hexdigit))
        };
        if !digits.into_iter().all(is_encoded) {
            self.rules.push(Rule::Percent);
        }
        if is_above_root(target) {
            self.rules.push(Rule::AboveRoot);
        }
        if method == b"CONNECT" {
            let port = target.iter().rposition(|byte| *byte == b':');
            let has_port = port.is_some_and(|colon| colon + 1 < target.len());
            return match has_port && fields::is_authority(target) {
                true => Ok(()),
                false => Err(fault(Rule::TargetForm)),
            };
        }
        if target[0] == b'/' {
            return Ok(());
        }
        if target == b"*" && method == b"OPTIONS" {
            self.rules.push(Rule::Asterisk);
            return Ok(());
        }
        let lower = target.to_ascii_lowercase();
        let rest = [&b"http://"[..], b"https://"].iter().find_map(|s| lower.strip_prefix(*s));
        let authority = rest.and_then(|rest| rest.split(|byte| b"/?".contains(byte)).next());
        if !authority.is_some_and(fields::is_authority) {
            return Err(fault(Rule::TargetForm));
        }
        if !authority.is_some_and(fields::is_domain) {
            self.rules.push(Rule::OddHost);
        }
        self.rules.push(Rule::AbsoluteForm);
        Ok(())
    }
}

/// Whether the dot segments of a path lead above its root (RFC 3986 section 5.2.4).
fn is_above_root(target: &[u8]) -> bool {
    let path = target.split(|byte| *byte == b'?').next().unwrap_or_default();
    let mut depth = 0_i32;
    path.split(|byte| *byte == b'/').any(|segment| {
        match segment {
            b"" | b"." => {}
            b".." => depth -= 1,
            _ => depth += 1,
        }
        depth < 0
    })
}

/// Methods that all servers know.
const REGISTERED: &[&[u8]] =
    &[b"GET", b"HEAD", b"POST", b"PUT", b"DELETE", b"CONNECT", b"OPTIONS", b"TRACE", b"PATCH"];

/// RFC 9110 section 5.6.2.
fn is_tchar(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

/// Removes spaces and tabs at both ends (RFC 9110 section 5.6.3).
fn trim(bytes: &[u8]) -> &[u8] {
    let is_text = |byte: &u8| !b" \t".contains(byte);
    let Some(start) = bytes.iter().position(is_text) else { return &[] };
    let end = bytes.iter().rposition(is_text).unwrap_or(start);
    &bytes[start..=end]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome(input: &str) -> (String, Vec<Rule>) {
        let (reading, rules) = read(input.as_bytes());
        (reading.to_string(), rules)
    }

    #[test]
    fn a_request_is_taken_with_its_body() {
        let head = "POST / HTTP/1.1\r\nHost: a\r\n";
        let next = "DELETE /next HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
        let counted = format!("{head}Content-Length: 3\r\n\r\nabc{next}");
        assert_eq!(outcome(&counted), ("takes 3 bytes, next".to_owned(), vec![]));
        let chunked = format!("{head}Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n");
        let expected = ("takes 3 bytes, waits".to_owned(), vec![Rule::Unfinished]);
        assert_eq!(outcome(&chunked), expected);
    }

    #[test]
    fn a_fault_has_its_rule() {
        for (input, status, rule) in [
            ("GET / HTTP/1.1\nHost: a\r\n\r\n", 400, Rule::BareLf),
            ("GET / HTTP/2.0\r\nHost: a\r\n\r\n", 505, Rule::OtherMajor),
            ("GET / HTTP/1.1\r\n\r\n", 400, Rule::MissingHost),
            ("GET x HTTP/1.1\r\nHost: a\r\n\r\n", 400, Rule::TargetForm),
        ] {
            assert_eq!(outcome(input), (status.to_string(), vec![rule]), "{input}");
        }
    }
}
