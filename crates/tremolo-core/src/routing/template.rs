//! Paths with parameters: `/notes/{id}`, `/files/{*rest}`, `/{year:\d{4}}/{slug}`.
//!
//! A template is converted to the same parts as a linear pattern, so both are matched by the same
//! code. One that is not linear is a regular expression. `precedence.rs` has the order in which
//! templates are tried.

#[cfg(feature = "regex")]
mod expression;
#[cfg(not(feature = "regex"))]
#[path = "template/no_expression.rs"]
mod expression;
#[cfg(test)]
mod plain_tests;
#[cfg(test)]
#[cfg(not(feature = "regex"))]
mod refused_tests;
#[cfg(test)]
#[cfg(feature = "regex")]
mod tests;

use std::mem;

use self::expression::Expression;
use super::RouteError;
use super::byte_set::ByteSet;
use super::error::Fault;
use super::linear_pattern::{LinearPattern, Parts};
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
    pub(super) name: Box<str>,
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

    /// The names of the parameters.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.pieces.iter().filter_map(|piece| match piece {
            Piece::Text(_) => None,
            Piece::Parameter(parameter) => Some(&*parameter.name),
        })
    }

    /// Whether its last parameter takes everything up to the end of the path.
    pub(super) fn has_rest(&self) -> bool {
        matches!(self.pieces.last(), Some(Piece::Parameter(Parameter { kind: Kind::Rest, .. })))
    }

    /// How the path is matched with its query; `None` if that needs an automaton.
    pub(super) fn to_linear(&self) -> Option<LinearPattern> {
        let mut parts = Parts::default();
        parts.push_literal(b"/");
        let mut slots = 2..;
        for piece in &self.pieces {
            match piece {
                // A brace is sent as it is, or percent-encoded.
                Piece::Text(text) if text.contains(BRACES) => return None,
                Piece::Text(text) => parts.push_literal(&normal_text(text.as_bytes())),
                Piece::Parameter(Parameter { kind, .. }) => {
                    parts.push_slot(slots.next()?);
                    match kind {
                        Kind::Segment => parts.push_run(ByteSet::all_but(b"/?"), 1, None),
                        Kind::Rest => parts.push_run(ByteSet::all_but(b"?"), 1, None),
                        Kind::Expression(expression) => expression.push_to(&mut parts)?,
                    }
                    parts.push_slot(slots.next()?);
                }
            }
        }
        if !self.has_rest() {
            // As for exact paths, slashes at the end do not matter.
            parts.push_run(ByteSet::of([b'/'].into_iter()), 0, None);
        }
        parts.finish(true)
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

pub(super) const BRACES: [char; 2] = ['{', '}'];

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
