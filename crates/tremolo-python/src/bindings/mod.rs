//! The module `tremolo._tremolo`: the part of the crate that calls Python.
//!
//! One [`host::Host`] per event loop owns the reactor; [`server::App`] adds the routes. The lock of
//! the host is held for engine calls only: anything that may run Python code (calls, and the
//! release of objects) happens outside of it.
//!
//! ARCHITECTURE.md shows the floors of the modules.

mod access_log;
mod addresses;
mod answer;
mod arguments;
mod asgi;
mod awaitable;
mod blocking_io;
mod body_buffer;
mod cache;
mod callee;
mod endpoint;
mod errors;
mod exchange;
mod exchange_id;
mod finish;
mod folder;
mod forks;
mod forms;
mod handle;
mod handler;
mod handover;
mod hooks;
mod host;
mod late;
mod listener;
mod lists;
mod operation;
mod options;
mod pages;
mod paths;
mod payload;
mod pid_file;
mod pipeline;
mod rate_limiter;
mod request;
mod response;
mod response_headers;
mod route;
mod route_options;
mod routes;
mod server;
mod sse;
mod state;
mod stats;
mod streams;
mod tasks;
mod timeout;
mod tls;
mod turn;
mod waiter;
mod websocket;

use pyo3::prelude::*;

// An interpreter that can do without its lock takes it: nothing was tested without, and the count of
// references by which `first_step.rs` finds out whether a handler knows its task is exact only with it.
#[pymodule(name = "_tremolo", gil_used = true)]
mod module {
    use pyo3::prelude::*;

    #[pymodule_init]
    fn init(module: &Bound<'_, PyModule>) -> PyResult<()> {
        crate::ffi::set_send_slot::<Operation>(module.py());
        Ok(())
    }

    #[pymodule_export]
    use crate::bindings::asgi::AsgiTarget;
    #[pymodule_export]
    use crate::bindings::awaitable::{Operation, Step};
    #[pymodule_export]
    use crate::bindings::blocking_io::BlockingIo;
    #[pymodule_export]
    use crate::bindings::callee::Callee;
    #[pymodule_export]
    use crate::bindings::folder::StaticFiles;
    #[pymodule_export]
    use crate::bindings::forks::note_fork;
    #[pymodule_export]
    use crate::bindings::forms::{Multipart, form_kind, parse_form};
    #[pymodule_export]
    use crate::bindings::handle::Handle;
    #[pymodule_export]
    use crate::bindings::handover::{NextProcess, complete_handover};
    #[pymodule_export]
    use crate::bindings::listener::{Listener, single_addresses};
    #[pymodule_export]
    use crate::bindings::lists::HeadLists;
    #[pymodule_export]
    use crate::bindings::options::{
        check_options, engine_options, environment_options, listener_options, nearest_option,
        option_table, parse_option, process_options,
    };
    #[pymodule_export]
    use crate::bindings::pages::{
        begin_page, encode_location, error_page, escape_controls, page_of,
    };
    #[pymodule_export]
    use crate::bindings::pid_file::PidFile;
    #[pymodule_export]
    use crate::bindings::rate_limiter::RateLimiter;
    #[pymodule_export]
    use crate::bindings::request::BodyStream;
    #[pymodule_export]
    use crate::bindings::request::Request;
    #[pymodule_export]
    use crate::bindings::response::Response;
    #[pymodule_export]
    use crate::bindings::routes::{check_prefix, in_order, parameters};
    #[pymodule_export]
    use crate::bindings::server::App;
    /// The first and the last status that an application can have a page for.
    #[pymodule_export]
    const PAGE_STATUSES: (u16, u16) = {
        let statuses = tremolo_core::app::PAGE_STATUSES;
        (*statuses.start(), *statuses.end())
    };
    #[pymodule_export]
    use crate::bindings::sse::Sse;
    #[pymodule_export]
    use crate::bindings::stats::Stats;
    #[pymodule_export]
    use crate::bindings::tls::{ClientCertificate, TlsDetails};
    #[pymodule_export]
    use crate::bindings::waiter::Waiter;
    #[pymodule_export]
    use crate::bindings::websocket::WebSocket;
    #[pymodule_export]
    #[expect(non_upper_case_globals, reason = "the name is Python's")]
    const __version__: &str = env!("CARGO_PKG_VERSION");
}
