//! The next process, which a program starts with its listening sockets (`tremolo._handover`).

use std::io::{PipeReader, Read as _};
use std::os::fd::{AsFd as _, AsRawFd as _, OwnedFd, RawFd};
use std::sync::{Mutex, PoisonError};

use pyo3::prelude::*;
use tremolo_net::{Handover, duplicate, handover_is_complete};

use super::listener::parse;

/// What the next process is started with: descriptors, and a variable that lists them.
#[pyclass(frozen, name = "Handover", module = "tremolo._tremolo")]
#[derive(Debug)]
pub(super) struct NextProcess {
    handover: Mutex<Option<Handover>>,
    pipe: PipeReader,
}

#[pymethods]
impl NextProcess {
    /// `listeners`: the address that each was configured with, and its descriptor.
    #[new]
    fn new(listeners: Vec<(String, RawFd)>) -> PyResult<Self> {
        let mut sockets = Vec::new();
        for (address, descriptor) in listeners {
            sockets.push((parse(&address)?, duplicate(descriptor)?));
        }
        let sockets =
            sockets.iter().map(|(address, socket): &(_, OwnedFd)| (address, socket.as_fd()));
        let (handover, pipe) = Handover::new(sockets)?;
        Ok(Self { handover: Mutex::new(Some(handover)), pipe })
    }

    /// The name and the value of the variable.
    #[getter]
    fn variable(&self) -> (String, String) {
        let handover = self.handover.lock().unwrap_or_else(PoisonError::into_inner);
        let variable = handover.as_ref().map(Handover::variable).unwrap_or_default();
        (variable.0.to_owned(), variable.1.to_owned())
    }

    /// The descriptors that the next process inherits.
    #[getter]
    fn descriptors(&self) -> Vec<RawFd> {
        let handover = self.handover.lock().unwrap_or_else(PoisonError::into_inner);
        handover.as_ref().map(Handover::descriptors).unwrap_or_default()
    }

    /// The pipe that is readable when the next process serves, or has ended.
    fn fileno(&self) -> RawFd {
        self.pipe.as_raw_fd()
    }

    /// Closes the descriptors, but not the pipe: call this when the process was started.
    fn close(&self) {
        self.handover.lock().unwrap_or_else(PoisonError::into_inner).take();
    }

    /// Whether the next process serves, once the pipe is readable.
    fn has_begun(&self) -> bool {
        (&self.pipe).read(&mut [0]).is_ok_and(|read| read > 0)
    }
}

/// handover_is_complete()
///
/// Reports to the process before this one, if it hands over its sockets, that this one serves.
#[pyfunction(name = "handover_is_complete")]
pub(super) fn complete_handover() {
    handover_is_complete();
}
