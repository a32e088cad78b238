//! Routing as pure data: which request belongs to what. Knows nothing of connections.
//!
//! **Exact paths** are compared undecoded and with their case; leading slashes collapse, trailing
//! ones do not matter, inner ones do. **Patterns** (`^…`, `…$`) are searched in the URL with its
//! query; a final `$` also matches before it. **Prefixes** are whole segments. Where several fit:
//! an exact path comes before all others, as in the original; of patterns and the longest prefix
//! the later registration wins; of equal paths and equal prefixes too. A mounted application's
//! routes are registered when it is mounted.

mod byte_set;
mod error;
mod group;
mod linear_pattern;
mod method;
mod params;
mod pattern;
mod prefix_table;
mod router;
mod set;
mod table;
#[cfg(test)]
mod tests;

pub use error::RouteError;
pub use method::{MethodTable, NotAllowed};
pub use params::Params;
pub use router::{Found, Router, ScopeId};
pub use table::RouteTable;

#[inline]
fn trim_slashes(path: &[u8]) -> &[u8] {
    let mut path = trim_leading(path);
    while let [rest @ .., b'/'] = path {
        path = rest;
    }
    path
}

#[inline]
fn trim_leading(mut path: &[u8]) -> &[u8] {
    while let [b'/', rest @ ..] = path {
        path = rest;
    }
    path
}
