//! Routing as a pure data structure: finds the target for a request. It is independent of
//! connections.
//!
//! Routes and URLs are compared in their normal form (`normal.rs`). **Exact paths** are compared
//! case-sensitively; slashes at the end are ignored, all others are significant. **Paths with
//! parameters** (`/notes/{id}`, `template.rs`) are compared alike. **Patterns** (`^…`, `…$`) are
//! regular expressions, searched in the URL with its query; a final `$` also matches before the
//! query. **Prefixes** match whole segments.
//!
//! If several match, in any order of registration: exact paths take precedence over paths with
//! parameters, these over patterns, and patterns over prefixes. Of paths with parameters the more
//! literal one wins (`precedence.rs`). Of equal exact paths, of patterns, and of equal prefixes the
//! later registration wins; of two prefixes the longer one. The routes of a mounted application
//! count as registered when it is mounted. Two paths whose parameters match the same requests are
//! an error.

mod byte_set;
mod earlier;
mod error;
mod group;
mod linear_pattern;
mod method;
mod normal;
mod order;
mod params;
mod path;
mod pattern;
mod precedence;
mod prefix_table;
mod router;
mod set;
mod syntax;
mod table;
mod target;
mod template;
#[cfg(test)]
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
