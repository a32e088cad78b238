//! Routing as pure data: which request belongs to what. Knows nothing of connections.
//!
//! Routes and URLs are compared in their normal form (`normal.rs`). **Exact paths** are compared
//! with their case; slashes at the end do not matter, all others do. **Patterns** (`^…`, `…$`) are
//! searched in the URL with its query; a final `$` also matches before it. **Prefixes** are whole
//! segments.
//!
//! Where several fit: exact paths come first, then patterns, then prefixes, in whatever order they
//! were registered. Of equal paths, of patterns, and of equal prefixes the later registration wins;
//! of two prefixes the longer one. A mounted application's routes are registered when it is
//! mounted.

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
