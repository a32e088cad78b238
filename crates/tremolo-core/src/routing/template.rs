//! Paths with parameters: `/notes/{id}`, `/files/{*rest}`, `/{year:\d{4}}/{slug}`.
//!
//! A template is converted to the same expressions as a pattern, so both are matched by the same
//! code. `precedence.rs` has the order in which templates are tried.

mod expression;
#[cfg(test)]
mod tests;

use std::mem;

use regex_syntax::hir::{Capture, Class, ClassBytes, ClassBytesRange, Hir, Look, Repetition};

use self::expression::{Expression, Fault};
use super::RouteError;
use super::linear_pattern::query_and_end;
use super::normal::normal_text;

/// A path of an application without its query and without slashes at its ends.
#[derive(Clone, Debug)]
pub(super) struct Template {
    pub(super) pieces: Vec<Piece>,
}

#[derive(Clone, Debug)]
pub(super) enum Piece {
    /// Text, with slashes; `{{` and `}}` are single braces here.
    Text(String),
    Parameter(Parameter),
}

#[derive(Clone, Debug)]
pub(super) struct Parameter {
    name: Box<str>,
    pub(super) kind: Kind,
}

/// What a parameter matches; never the empty text, and never the query.
#[derive(Clone, Debug)]
pub(super) enum Kind {
    /// Everything up to the next slash.
    Segment,
    /// Everything up to the end of the path.
    Rest,
    Expression(Expression),
}

impl Template {
    /// Reads a path that is not a regular expression; it may have no parameters.
    pub(super) fn parse(path: &str) -> Result<Self, RouteError> {
        let mut template = Self { pieces: Vec::new() };
        template.read(path).and_then(|()| template.check()).map_err(|reason| {
            let reason = reason.into_owned();
            RouteError::BadPath { path: path.to_owned(), reason }
        })?;
        Ok(template)
    }

    /// The path, if it has neither parameters nor braces.
    pub(super) fn exact(&self) -> Option<&str> {
        match &*self.pieces {
            [] => Some(""),
            [Piece::Text(text)] if !text.contains(BRACES) => Some(text),
            _ => None,
        }
    }

    /// The template in its normal form, without slashes at its ends: equal for equal templates.
    pub(super) fn source(&self) -> String {
        self.write(|parameter| &parameter.name)
    }

    /// The same without names: two templates of one shape match the same paths.
    pub(super) fn shape(&self) -> String {
        self.write(|_| "")
    }

    /// The regular expression of the path with its query.
    pub(super) fn to_hir(&self) -> Hir {
        let mut parts = vec![Hir::look(Look::Start), Hir::literal(*b"/")];
        let mut groups = 1..;
        for piece in &self.pieces {
            match piece {
                Piece::Text(text) => push_text(text, &mut parts),
                Piece::Parameter(parameter) => {
                    let index = groups.next().unwrap_or_default();
                    let (name, sub) = (Some(parameter.name.clone()), Box::new(parameter.to_hir()));
                    parts.push(Hir::capture(Capture { index, name, sub }));
                }
            }
        }
        if !matches!(self.pieces.last(), Some(Piece::Parameter(Parameter { kind: Kind::Rest, .. })))
        {
            // As for exact paths, slashes at the end do not matter.
            parts.push(repeated(0, b"/", false));
        }
        parts.extend(query_and_end());
        Hir::concat(parts)
    }

    fn read(&mut self, path: &str) -> Result<(), Fault> {
        let mut text = String::new();
        let mut rest = path.trim_start_matches('/');
        while let Some(next) = rest.chars().next() {
            let behind = rest.get(next.len_utf8()..).unwrap_or_default();
            rest = match next {
                '{' | '}' if behind.starts_with(next) => {
                    text.push(next);
                    behind.get(1..).unwrap_or_default()
                }
                '{' => {
                    self.push_text(&mut text);
                    let (parameter, behind) = Parameter::read(behind)?;
                    self.pieces.push(Piece::Parameter(parameter));
                    behind
                }
                '}' => return Err("has a } without its {; the character itself is }}".into()),
                '?' if text.ends_with('(') => {
                    let remedy = "has a group but is no pattern: begin it with ^ or end it with $";
                    return Err(remedy.into());
                }
                '?' => break,
                next => {
                    text.push(next);
                    behind
                }
            };
        }
        text.truncate(text.trim_end_matches('/').len());
        self.push_text(&mut text);
        Ok(())
    }

    fn push_text(&mut self, text: &mut String) {
        if !text.is_empty() {
            self.pieces.push(Piece::Text(mem::take(text)));
        }
    }

    fn check(&self) -> Result<(), Fault> {
        let mut names: Vec<&str> = Vec::new();
        for (at, piece) in self.pieces.iter().enumerate() {
            let before = at.checked_sub(1).and_then(|at| self.pieces.get(at));
            let Piece::Parameter(Parameter { name, kind }) = piece else { continue };
            if names.contains(&&**name) {
                return Err(format!("has two parameters with the name {name:?}").into());
            }
            names.push(name);
            match (kind, before) {
                (_, Some(Piece::Parameter(_))) => {
                    return Err("has two parameters without text between them".into());
                }
                (Kind::Rest, _) if at + 1 < self.pieces.len() => {
                    return Err(format!("has text behind {{*{name}}}, which takes the rest").into());
                }
                (Kind::Rest, Some(Piece::Text(text))) if !text.ends_with('/') => {
                    return Err(format!("needs a slash before {{*{name}}}").into());
                }
                _ => {}
            }
        }
        let skeleton = self.pieces.iter().map(|piece| match piece {
            Piece::Text(text) => text,
            Piece::Parameter(_) => "_",
        });
        unreachable_part(&skeleton.collect::<String>().replace(BRACES, "_"))
    }

    fn write<'t>(&'t self, name: impl Fn(&'t Parameter) -> &'t str) -> String {
        let pieces = self.pieces.iter().map(|piece| match piece {
            Piece::Text(text) => {
                let text = normal_text(text.as_bytes());
                String::from_utf8_lossy(&text).replace('{', "{{").replace('}', "}}")
            }
            Piece::Parameter(parameter) => {
                let name = name(parameter);
                match &parameter.kind {
                    Kind::Segment => format!("{{{name}}}"),
                    Kind::Rest => format!("{{*{name}}}"),
                    Kind::Expression(of) => format!("{{{name}:{}}}", of.source()),
                }
            }
        });
        pieces.collect()
    }
}

impl Parameter {
    /// Reads a parameter whose opening brace was read. Returns it with the text behind it.
    fn read(text: &str) -> Result<(Self, &str), Fault> {
        let end = closing_brace(text).ok_or("has a { without its }; the character itself is {{")?;
        let (inner, behind) = text.split_at_checked(end).unwrap_or_default();
        let (name, kind) = match (inner.strip_prefix('*'), inner.split_once(':')) {
            (Some(name), _) => (name, Kind::Rest),
            (None, Some((name, source))) => (name, Kind::Expression(Expression::new(source)?)),
            (None, None) => (inner, Kind::Segment),
        };
        let is_start = |byte: u8| byte.is_ascii_alphabetic() || byte == b'_';
        let is_name = name.bytes().next().is_some_and(is_start)
            && name.bytes().all(|byte| is_start(byte) || byte.is_ascii_digit());
        if !is_name {
            return Err(format!(
                "has the parameter {{{inner}}}, whose name is not one; write {{id}} for a segment, \
                 {{*rest}} for the rest, and {{id:\\d+}} for what an expression matches"
            )
            .into());
        }
        Ok((Self { name: name.into(), kind }, behind.strip_prefix('}').unwrap_or_default()))
    }

    fn to_hir(&self) -> Hir {
        match &self.kind {
            Kind::Segment => repeated(1, b"/?", true),
            Kind::Rest => repeated(1, b"?", true),
            Kind::Expression(expression) => expression.hir().clone(),
        }
    }
}

/// The parts of a path or a prefix that no request can contain.
pub(super) fn unreachable_part(path: &str) -> Result<(), Fault> {
    let is_foreign = |segment: &str| match segment.as_bytes() {
        [b':', ..] | [b'*'] => true,
        [b'*', next, ..] => next.is_ascii_alphabetic() || *next == b'_' || *next == b'*',
        _ => false,
    };
    if path.bytes().any(|byte| NOT_IN_URLS.contains(&byte)) {
        return Err("has a character that no URL has; what varies is a parameter, \
                    such as {id} or {id:\\d+}"
            .into());
    }
    if path.split('/').any(is_foreign) {
        return Err("has a parameter as other routers write it; here it is {id} for a segment, \
                    and {*rest} for the rest"
            .into());
    }
    Ok(())
}

/// Clients percent-encode these characters (RFC 3986, appendix A); in a path they are usually a
/// parameter in the syntax of another router, or a pattern. `#` is never sent to a server.
const NOT_IN_URLS: &[u8] = b"{}<>\\^#";

const BRACES: [char; 2] = ['{', '}'];

/// The offset of the brace that closes a parameter. Its expression may contain pairs of braces, and
/// single ones behind a backslash.
fn closing_brace(text: &str) -> Option<usize> {
    let (mut depth, mut is_escaped) = (0_usize, false);
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' => is_escaped = true,
            b'{' => depth += 1,
            b'}' if depth == 0 => return Some(at),
            b'}' => depth -= 1,
            _ => {}
        }
    }
    None
}

/// The expression of text. A brace is sent as it is, or percent-encoded.
fn push_text(text: &str, parts: &mut Vec<Hir>) {
    for part in text.split_inclusive(BRACES) {
        let (part, brace) = match part.strip_suffix(BRACES) {
            Some(before) => (before, part.bytes().last()),
            None => (part, None),
        };
        parts.push(Hir::literal(normal_text(part.as_bytes())));
        if let Some(brace) = brace {
            let encoded = format!("%{brace:02X}").into_bytes();
            parts.push(Hir::alternation(vec![Hir::literal([brace]), Hir::literal(encoded)]));
        }
    }
}

/// A greedy repetition of one of these bytes, or of all bytes but these.
fn repeated(min: u32, bytes: &[u8], is_negated: bool) -> Hir {
    let mut class = ClassBytes::new(bytes.iter().map(|byte| ClassBytesRange::new(*byte, *byte)));
    if is_negated {
        class.negate();
    }
    let sub = Box::new(Hir::class(Class::Bytes(class)));
    Hir::repetition(Repetition { min, max: None, greedy: true, sub })
}
