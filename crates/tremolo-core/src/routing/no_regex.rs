//! Without the feature `regex` routes are paths whose parameters are whole segments.

use super::RouteError;
use super::compiled::Compiled;
use super::template::Template;

pub(super) fn compile(source: &str) -> Result<Compiled, RouteError> {
    let reason = "regular expressions need the feature `regex`; without it write parameters, \
                  such as /notes/{id} and /files/{*rest}";
    Err(RouteError::BadPattern { pattern: source.to_owned(), reason: reason.to_owned() })
}

pub(super) fn compile_template(template: &Template) -> Result<Compiled, RouteError> {
    let reason = "has text behind a parameter in one segment, or a brace, which needs the feature \
                  `regex`";
    Err(RouteError::BadPath { path: template.source(), reason: reason.to_owned() })
}
