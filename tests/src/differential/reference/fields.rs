//! Field lines, and what they mean for the body and for the connection (RFC 9112 sections 5, 6 and 9,
//! RFC 9110 sections 5, 7.6.1, 8.6 and 10.1.1).

use std::net::Ipv6Addr;

use super::{MAX_BODY, Rule, Stop, fault, is_tchar, trim};

/// The fields of a head that decide something.
#[derive(Default)]
pub(super) struct Fields {
    pub(super) count: usize,
    hosts: usize,
    types: Vec<Vec<u8>>,
    lengths: Vec<Vec<u8>>,
    codings: Vec<Vec<u8>>,
    options: Vec<Vec<u8>>,
    expectations: Vec<Vec<u8>>,
    has_upgrade: bool,
}

/// The length of a body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Framing {
    Length(u64),
    Chunked,
}

impl Fields {
    /// Adds a line, without its end.
    pub(super) fn add(&mut self, line: &[u8], rules: &mut Vec<Rule>) -> Result<(), Stop> {
        self.count += 1;
        if matches!(line[0], b' ' | b'\t') {
            return Err(fault(Rule::Fold));
        }
        let (name, value) = field(line)?;
        if value.iter().any(|byte| *byte > 127) {
            rules.push(Rule::ObsText);
        }
        let around = line.splitn(2, |byte| *byte == b':').nth(1).unwrap_or_default();
        let around = around.split(|byte| *byte == b' ').filter(|part| !part.is_empty());
        let around: Vec<_> = around.collect();
        if around.first().is_some_and(|part| part.starts_with(b"\t"))
            || around.last().is_some_and(|part| part.ends_with(b"\t"))
        {
            rules.push(Rule::Tab);
        }
        match &*name {
            b"host" => {
                self.hosts += 1;
                match value {
                    _ if self.hosts > 1 => return Err(fault(Rule::RepeatedHost)),
                    b"" => rules.push(Rule::EmptyHost),
                    value if !is_authority(value) => return Err(fault(Rule::InvalidHost)),
                    value if !is_domain(value) => rules.push(Rule::OddHost),
                    _ => {}
                }
            }
            b"content-type" => self.types.push(value.to_vec()),
            b"content-length" => self.lengths.extend(members(value)),
            b"transfer-encoding" => self.codings.extend(members(value)),
            b"connection" => self.options.extend(members(value)),
            b"expect" => self.expectations.extend(members(value)),
            b"upgrade" => self.has_upgrade = true,
            b"proxy-connection" => rules.push(Rule::ProxyConnection),
            _ => {}
        }
        Ok(())
    }

    /// What the body is (RFC 9112 section 6.3), once all fields are known.
    pub(super) fn framing(&self, minor: u8, rules: &mut Vec<Rule>) -> Result<Framing, Stop> {
        if self.hosts == 0 && minor > 0 {
            return Err(fault(Rule::MissingHost));
        }
        if self.types.iter().any(|value| *value != self.types[0]) {
            return Err(fault(Rule::ContentTypes));
        }
        let length = self.length(rules)?;
        if !self.codings.is_empty() {
            if minor == 0 {
                return Err(fault(Rule::OldCoding));
            }
            if self.codings.iter().any(Vec::is_empty) {
                return Err(fault(Rule::EmptyCoding));
            }
            if length.is_some() {
                return Err(fault(Rule::LengthAndCoding));
            }
            self.check_codings()?;
        }
        self.expectation(minor, rules)?;
        if !self.codings.is_empty() {
            return Ok(Framing::Chunked);
        }
        match length.unwrap_or(0) {
            length if length > MAX_BODY => Err(Stop::Fault(Rule::LargeBody, 413)),
            length => Ok(Framing::Length(length)),
        }
    }

    /// One number, perhaps several times (RFC 9110 section 8.6).
    fn length(&self, rules: &mut Vec<Rule>) -> Result<Option<u64>, Stop> {
        let mut found = None;
        for text in &self.lengths {
            if text.is_empty() || !text.iter().all(u8::is_ascii_digit) {
                return Err(fault(Rule::Length));
            }
            if text.len() > 1 && text[0] == b'0' {
                rules.push(Rule::LengthZeros);
            }
            let number = String::from_utf8_lossy(text).parse::<u64>();
            let number = number.map_err(|_| fault(Rule::Length))?;
            match found {
                None => found = Some(number),
                Some(other) if other != number => return Err(fault(Rule::Lengths)),
                Some(_) => rules.push(Rule::RepeatedLength),
            }
        }
        Ok(found)
    }

    /// `chunked` alone: no other coding is known (RFC 9112 sections 6.1 and 7).
    fn check_codings(&self) -> Result<(), Stop> {
        let is_chunked = |coding: &Vec<u8>| coding.eq_ignore_ascii_case(b"chunked");
        let count = self.codings.iter().filter(|coding| is_chunked(coding)).count();
        if count != 1 || !self.codings.last().is_some_and(is_chunked) {
            Err(fault(Rule::CodingNotFinal))
        } else if self.codings.len() > 1 {
            Err(Stop::Fault(Rule::OtherCoding, 501))
        } else {
            Ok(())
        }
    }

    /// RFC 9110 section 10.1.1.
    fn expectation(&self, minor: u8, rules: &mut Vec<Rule>) -> Result<(), Stop> {
        for expectation in &self.expectations {
            let is_known =
                expectation.is_empty() || expectation.eq_ignore_ascii_case(b"100-continue");
            if !is_known && minor > 0 {
                return Err(Stop::Fault(Rule::OtherExpectation, 417));
            }
            rules.push(Rule::Expectation);
        }
        Ok(())
    }

    /// Whether another request may follow (RFC 9112 section 9.3).
    pub(super) fn persists(&self, minor: u8, rules: &mut Vec<Rule>) -> bool {
        let has = |name: &[u8]| self.options.iter().any(|option| option.eq_ignore_ascii_case(name));
        let is_like = |option: &Vec<u8>| {
            let text = String::from_utf8_lossy(option).to_ascii_lowercase();
            let holds = |name: &str| text.contains(name) && text != name;
            holds("close") || holds("keep-alive")
        };
        if self.options.iter().any(is_like) {
            rules.push(Rule::LikeOption);
        }
        if self.has_upgrade && has(b"upgrade") {
            rules.push(Rule::Upgrade);
        }
        if has(b"close") {
            rules.push(Rule::Close);
        }
        if minor == 0 && has(b"keep-alive") {
            rules.push(Rule::OldPersistent);
        }
        !has(b"close") && (minor > 0 || has(b"keep-alive"))
    }
}

/// The name in lower case, and the value without the white space around it (RFC 9112 section 5.1).
pub(super) fn field(line: &[u8]) -> Result<(Vec<u8>, &[u8]), Stop> {
    let colon = line.iter().position(|byte| *byte == b':').ok_or(fault(Rule::NoColon))?;
    let (name, value) = (&line[..colon], trim(&line[colon + 1..]));
    if name.last().is_some_and(|byte| b" \t".contains(byte)) {
        return Err(fault(Rule::SpaceBeforeColon));
    }
    if name.is_empty() || !name.iter().all(|byte| is_tchar(*byte)) {
        return Err(fault(Rule::FieldName));
    }
    if value.iter().any(|byte| (*byte < b' ' && *byte != b'\t') || *byte == 0x7f) {
        return Err(fault(Rule::FieldValue));
    }
    Ok((name.to_ascii_lowercase(), value))
}

fn members(value: &[u8]) -> impl Iterator<Item = Vec<u8>> {
    value.split(|byte| *byte == b',').map(|member| trim(member).to_vec())
}

/// `uri-host [ ":" port ]`, the host not empty (RFC 3986 sections 3.2.2 and 3.2.3).
pub(super) fn is_authority(text: &[u8]) -> bool {
    let text = String::from_utf8_lossy(text);
    let (host, rest) = match text.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((address, rest)) if address.parse::<Ipv6Addr>().is_ok() => ("6", rest),
        Some(_) => return false,
        None => text.split_at(text.find(':').unwrap_or(text.len())),
    };
    let port = rest.strip_prefix(':').unwrap_or(rest);
    let is_port = port.bytes().all(|byte| byte.is_ascii_digit());
    let is_end = rest.is_empty() || rest.starts_with(':');
    is_end && is_port && !host.is_empty() && is_name(host)
}

/// Whether the parts of a host are what domain names and addresses consist of.
pub(super) fn is_domain(text: &[u8]) -> bool {
    let is_good = |byte: &u8| byte.is_ascii_alphanumeric() || b"-.:[]".contains(byte);
    let has_empty_label = text.starts_with(b".") || text.windows(2).any(|two| two == b"..");
    text.iter().all(is_good) && !has_empty_label
}

fn is_name(host: &str) -> bool {
    let mut bytes = host.bytes();
    while let Some(byte) = bytes.next() {
        let is_good = match byte {
            b'%' => {
                let mut is_digit = || bytes.next().is_some_and(|digit| digit.is_ascii_hexdigit());
                is_digit() && is_digit()
            }
            _ => byte.is_ascii_alphanumeric() || b"-._~!$&'()*+,;=".contains(&byte),
        };
        if !is_good {
            return false;
        }
    }
    true
}
