//! What is called in Python: methods of the event loop, and the hooks of the package.
//!
//! The list below is the whole contract. `tremolo._interfaces.PythonHooks` has the types.

use pyo3::prelude::*;
use pyo3::types::{IntoPyDict, PyDict};
use pyo3::{PyTraverseError, PyVisit};

use crate::ffi;

/// Declares a field for each hook. The fields are read from the event loop and from the hooks of
/// the package when the server is made, and visited by the garbage collector.
macro_rules! hooks {
    (
        loop { $($of_loop:ident,)* }
        package { $($(#[$doc:meta])* $of_package:ident,)* }
    ) => {
        /// The callables of the event loop and of the package.
        #[derive(Debug)]
        pub(super) struct PythonHooks {
            /// The context in which the server itself runs, and not the one of a handler.
            pub(super) context: Py<PyAny>,
            pub(super) event_loop: Py<PyAny>,
            $($of_loop: Py<PyAny>,)*
            $($(#[$doc])* pub(super) $of_package: Py<PyAny>,)*
        }

        impl PythonHooks {
            /// Reads all attributes; a missing one is an `AttributeError`.
            pub(super) fn new(
                event_loop: &Bound<'_, PyAny>,
                package: &Bound<'_, PyAny>,
            ) -> PyResult<Self> {
                Ok(Self {
                    context: ffi::copy_context(event_loop.py())?.unbind(),
                    event_loop: event_loop.clone().unbind(),
                    $($of_loop: event_loop.getattr(stringify!($of_loop))?.unbind(),)*
                    $($of_package: package.getattr(stringify!($of_package))?.unbind(),)*
                })
            }

            pub(super) fn traverse(&self, visit: &PyVisit<'_>) -> Result<(), PyTraverseError> {
                visit.call(&self.context)?;
                visit.call(&self.event_loop)?;
                $(visit.call(&self.$of_loop)?;)*
                $(visit.call(&self.$of_package)?;)*
                Ok(())
            }
        }
    };
}

hooks! {
    loop {
        call_later,
        call_soon,
    }
    package {
        /// The logger of the exchanges.
        access_logger,
        /// The type of an answer to an exception.
        answer,
        /// Makes `request.server`.
        connection,
        /// Returns the current task.
        current_task,
        /// The event of the shutdown.
        draining,
        /// The return value of a handler that has sent its stream to the end.
        end,
        /// Turns an exception into an answer, or into a coroutine that returns one.
        failure,
        /// Implements `request.files`.
        files,
        /// Implements `request.form`.
        form,
        /// Makes an object the current task of a loop.
        enter_task,
        /// Implements `response.handle_exception`.
        handle_exception,
        /// Makes `request.header`.
        header,
        /// Makes `request.headers`.
        headers,
        /// Whether the caller is the middleware that runs before the head of a response.
        is_inside,
        /// Keeps a task that goes on without its exchange.
        keep_task,
        /// Ends what `enter_task` has begun.
        leave_task,
        /// The logger of the server.
        logger,
        /// Makes a task of a coroutine. Its first step runs in the next round of the loop.
        make_task,
        /// Runs the hooks of a new connection, then releases it.
        opened,
        /// Runs the middleware that comes before the head of a response.
        on_response,
        /// Serves a request that has middleware.
        pipeline,
        /// Sends the pieces of a generator that a handler has returned.
        pump,
        /// Makes the exception of `response.redirect`.
        redirect,
        /// Puts an object in the place of a task in the list of all tasks.
        replace_task,
        /// Makes `request.ctx`.
        request_context,
        /// Makes `response.headers`.
        response_headers,
        /// Starts a coroutine as a task. Its first step has run when this returns.
        start,
        /// Implements `request.uid`.
        uid,
        /// Runs blocking file operations on a thread.
        wait_for_disk,
    }
}

/// A level of the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Level {
    Debug,
    Info,
    Warning,
    Error,
}

impl Level {
    fn method(self) -> &'static str {
        match self {
            Self::Debug => "debug",
            Self::Info => "info",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

impl PythonHooks {
    /// The loop calls a function in its next round.
    pub(super) fn call_soon(&self, function: &Bound<'_, PyAny>) -> PyResult<()> {
        let py = function.py();
        self.call_soon.call(py, (function,), Some(&self.in_own_context(py)?)).map(drop)
    }

    /// The loop calls a function after some seconds.
    pub(super) fn call_later(&self, seconds: f64, function: &Bound<'_, PyAny>) -> PyResult<()> {
        self.call_later.call1(function.py(), (seconds, function)).map(drop)
    }

    /// The keyword argument `context` of the methods that take a callback.
    pub(super) fn in_own_context<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        [("context", &self.context)].into_py_dict(py)
    }

    /// Whether no task runs.
    pub(super) fn has_no_task(&self, py: Python<'_>) -> PyResult<bool> {
        Ok(self.current_task.bind(py).call0()?.is_none())
    }

    /// Makes an object the current task of the loop.
    pub(super) fn enter(&self, task: &Bound<'_, PyAny>) -> PyResult<()> {
        let py = task.py();
        self.enter_task.bind(py).call1((self.event_loop.bind(py), task)).map(drop)
    }

    /// Ends what `enter` has begun.
    pub(super) fn leave(&self, task: &Bound<'_, PyAny>) -> PyResult<()> {
        let py = task.py();
        self.leave_task.bind(py).call1((self.event_loop.bind(py), task)).map(drop)
    }

    /// Makes a task of a coroutine, which runs in a context. Its first step has run if `starts`.
    pub(super) fn task<'py>(
        &self,
        coroutine: &Bound<'py, PyAny>,
        context: &Bound<'py, PyAny>,
        starts: bool,
    ) -> PyResult<Bound<'py, PyAny>> {
        let py = coroutine.py();
        let make = if starts { &self.start } else { &self.make_task };
        make.bind(py).call((coroutine,), Some(&[("context", context)].into_py_dict(py)?))
    }

    /// Logs a message; `value` replaces its `%s`.
    pub(super) fn log(
        &self,
        py: Python<'_>,
        level: Level,
        message: &str,
        value: Option<&str>,
    ) -> PyResult<()> {
        match value {
            Some(value) => self.logger.call_method1(py, level.method(), (message, value)),
            None => self.logger.call_method1(py, level.method(), (message,)),
        }
        .map(drop)
    }

    /// Whether lines of the access log are written anywhere.
    pub(super) fn is_access_logged(&self, py: Python<'_>) -> PyResult<bool> {
        let enabled = self.access_logger.call_method1(py, "isEnabledFor", (LEVEL_INFO,))?;
        enabled.is_truthy(py)
    }

    /// Writes a line of the access log.
    pub(super) fn log_access(&self, py: Python<'_>, line: &str) -> PyResult<()> {
        self.access_logger.call_method1(py, Level::Info.method(), ("%s", line)).map(drop)
    }

    /// Logs a text with the traceback of an exception, as an error.
    pub(super) fn log_exception(&self, py: Python<'_>, text: &str, error: PyErr) -> PyResult<()> {
        let exc_info = [("exc_info", error.into_value(py))].into_py_dict(py)?;
        self.logger.call_method(py, "error", (text,), Some(&exc_info)).map(drop)
    }
}

/// `logging.INFO`.
const LEVEL_INFO: i32 = 20;
