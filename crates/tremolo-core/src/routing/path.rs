//! The three kinds of paths of routes, and their parameters.

use super::RouteError;
use super::normal::normal_text;
use super::pattern::Pattern;
use super::template::Template;

/// A path of a route.
#[derive(Clone, Debug)]
pub(super) enum Path {
    /// In its normal form, without slashes at its ends.
    Exact(Box<[u8]>),
    Template(Template),
    /// A regular expression, which was not parsed.
    Expression,
}

impl Path {
    pub(super) fn parse(path: &str) -> Result<Self, RouteError> {
        if path.starts_with('^') || path.ends_with('$') {
            return Ok(Self::Expression);
        }
        let template = Template::parse(path)?;
        Ok(match template.exact() {
            Some(path) => Self::Exact(normal_text(path.as_bytes()).into()),
            None => Self::Template(template),
        })
    }
}

/// The kinds of paths that a route may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PathSyntax {
    /// A path without parameters, with or without its leading slash: `/hello`. A query in it is
    /// ignored. `/café` means its percent-encoded form.
    Exact,
    /// A path with parameters, which match the path of a URL. Slashes at its end are ignored, as
    /// for an exact path, and so is a query in it.
    ///
    /// - `{id}` matches what is not empty and has no slash: a segment, or a part of one
    ///   (`/files/{name}.txt`).
    /// - `{*rest}` at the end matches everything up to the query; it may have slashes, and is not
    ///   empty.
    /// - `{id:\d+}` matches what the expression matches. It is not empty, and may have slashes if
    ///   the expression matches them: `[^x]+` and `.+` do. A brace in it belongs to a pair, or
    ///   follows a backslash.
    /// - `{{` and `}}` are the characters themselves.
    ///
    /// A name has letters, digits and underscores, and begins with no digit. Without the feature
    /// `regex` a parameter is a whole segment, or the rest.
    Template,
    /// A path that begins with `^` or ends with `$` is a regular expression, searched in the URL
    /// with its query; a final `$` also matches before the query. Its parameters are its groups:
    /// those with a name, or all of them if none has one. It needs the feature `regex`.
    Expression,
}

/// The kind of a path, and the names of its parameters. An expression may have parameters without
/// names, which are not among them.
///
/// ```
/// use tremolo_core::routing::{PathSyntax, parameters};
///
/// let (syntax, names) = parameters("/posts/{id}/{*rest}")?;
/// assert_eq!((syntax, names.join(",")), (PathSyntax::Template, "id,rest".to_owned()));
/// let (syntax, names) = parameters(r"^/posts/(?P<id>\d+)$")?;
/// assert_eq!((syntax, names.join(",")), (PathSyntax::Expression, "id".to_owned()));
/// # Ok::<(), tremolo_core::routing::RouteError>(())
/// ```
///
/// # Errors
///
/// Those of [`RouteTable::add`](super::RouteTable::add).
pub fn parameters(path: &str) -> Result<(PathSyntax, Vec<String>), RouteError> {
    if path == ASTERISK {
        return Ok((PathSyntax::Exact, Vec::new()));
    }
    let pattern = match Path::parse(path)? {
        Path::Exact(_) => return Ok((PathSyntax::Exact, Vec::new())),
        Path::Template(template) => Pattern::of_template(&template)?,
        Path::Expression => Pattern::new(path)?,
    };
    let syntax = match pattern.is_template() {
        true => PathSyntax::Template,
        false => PathSyntax::Expression,
    };
    Ok((syntax, pattern.names().iter().map(|name| name.to_string()).collect()))
}

/// The target of `OPTIONS *` (RFC 9112 section 3.2.4).
pub(super) const ASTERISK: &str = "*";
