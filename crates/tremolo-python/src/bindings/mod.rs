//! The module `tremolo._tremolo`: everything of the crate that knows Python.
//!
//! One [`server::Server`] per event loop owns the reactor. Its lock is held for engine calls
//! only: whatever may run Python code (calls, and the release of objects) happens outside of it.

mod arguments;
mod awaitable;
mod body;
mod cache;
mod cold;
mod errors;
mod exchange;
mod finish;
mod folder;
mod forms;
mod gathered;
mod handle;
mod late;
mod lists;
mod live;
mod options;
mod payload;
mod request;
mod response;
mod route;
mod server;
mod state;
mod streams;
mod tasks;
mod timeout;
mod turn;

use pyo3::prelude::*;

#[pymodule(name = "_tremolo")]
mod module {
    #[pymodule_export]
    use super::awaitable::{Operation, Step};
    #[pymodule_export]
    use super::body::BodyStream;
    #[pymodule_export]
    use super::cold::Cold;
    #[pymodule_export]
    use super::errors::{begin_page, encode_location, error_page, escape_controls};
    #[pymodule_export]
    use super::folder::StaticFiles;
    #[pymodule_export]
    use super::forms::{Multipart, form_kind, parse_form, part_text};
    #[pymodule_export]
    use super::handle::Handle;
    #[pymodule_export]
    use super::lists::HeadLists;
    #[pymodule_export]
    use super::options::{engine_options, listener_options, nearest_option};
    #[pymodule_export]
    use super::request::Request;
    #[pymodule_export]
    use super::response::Response;
    #[pymodule_export]
    use super::route::check_prefix;
    #[pymodule_export]
    use super::server::Server;
    #[pymodule_export]
    #[expect(non_upper_case_globals, reason = "the name is Python's")]
    const __version__: &str = env!("CARGO_PKG_VERSION");
}
