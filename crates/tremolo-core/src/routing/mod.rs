//! Routing as a pure data structure: finds the target for a request. It is independent of
//! connections.
//!
//! Routes and URLs are compared in their normal form (`normal.rs`). **Exact paths** are compared
//! case-sensitively; slashes at the end are ignored, all others are significant. **Paths with
//! parameters** (`/notes/{id}`, `template.rs`) are compared alike. **Patterns** (`^…`, `…$`) are
//! regular expressions, searched in the URL with its query; a final `$` also matches before the
//! query. They need the feature `regex`. **Prefixes** match whole segments.
//!
//! If several match, in any order of registration: exact paths take precedence over paths with
//! parameters, these over patterns, and patterns over prefixes. Of paths with parameters the more
//! literal one wins (`precedence.rs`). Of equal exact paths, of patterns, and of equal prefixes the
//! later registration wins; of two prefixes the longer one. The routes of a mounted application
//! count as registered when it is mounted. Two paths whose parameters match the same requests are
//! an error.

#[cfg(feature = "regex")]
mod automaton;
mod byte_set;
#[cfg(feature = "regex")]
mod combined;
#[cfg(not(feature = "regex"))]
#[path = "no_combined.rs"]
mod combined;
mod compiled;
mod earlier;
mod error;
#[cfg(feature = "regex")]
mod floating;
#[cfg(not(feature = "regex"))]
#[path = "no_floating.rs"]
mod floating;
mod group;
mod linear_pattern;
#[cfg(feature = "regex")]
mod matcher;
#[cfg(not(feature = "regex"))]
#[path = "no_matcher.rs"]
mod matcher;
mod method;
mod normal;
mod order;
mod params;
mod path;
mod pattern;
mod precedence;
mod prefix_table;
#[cfg(feature = "regex")]
mod regex;
#[cfg(not(feature = "regex"))]
#[path = "no_regex.rs"]
mod regex;
mod router;
mod set;
#[cfg(feature = "regex")]
mod syntax;
mod table;
mod target;
mod template;
#[cfg(test)]
#[cfg(feature = "regex")]
mod tests;
mod unserved;

pub use earlier::Earlier;
pub use error::{RouteError, ServedTwice};
pub use method::{MethodTable, NotAllowed};
pub use params::Params;
pub use path::{PathSyntax, parameters};
pub use router::{Found, Router};
pub use table::RouteTable;
pub use target::ScopeId;
pub use unserved::{DecidesMethods, Unserved};

#[inline]
fn trim_end(mut path: &[u8]) -> &[u8] {
    while let [rest @ .., b'/'] = path {
        path = rest;
    }
    path
}
