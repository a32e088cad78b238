//! Routing as a pure data structure: finds the target for a request. It is independent of
//! connections.
//!
//! Routes and URLs are compared in their normal form (`normal.rs`). **Exact paths** are compared
//! case-sensitively; slashes at the end are ignored, all others are significant. **Patterns**
//! (`^…`, `…$`) are searched in the URL with its query; a final `$` also matches before the query.
//! **Prefixes** match whole segments.
//!
//! If several match: exact paths take precedence over patterns, and patterns over prefixes, in any
//! order of registration. Of equal paths, of patterns, and of equal prefixes the later registration
//! wins; of two prefixes the longer one. The routes of a mounted application count as registered
//! when it is mounted.
//! of two prefixes the longer one. A mounted application's routes are registered when it is mounted.

mod byte_set;
mod error;
mod group;
mod linear_pattern;
mod method;
mod normal;
mod params;
mod pattern;
mod prefix_table;
mod router;
mod set;
mod table;
mod target;
#[cfg(test)]
mod tests;
mod unserved;

pub use error::RouteError;
pub use method::{MethodTable, NotAllowed};
pub use params::Params;
pub use router::{Found, Router};
pub use table::{RouteTable, group_names};
pub use target::ScopeId;
pub use unserved::{DecidesMethods, Unserved};

#[inline]
fn trim_end(mut path: &[u8]) -> &[u8] {
    while let [rest @ .., b'/'] = path {
        path = rest;
    }
    path
}
