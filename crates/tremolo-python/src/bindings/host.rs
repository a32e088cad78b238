//! The host of all exchanges of one event loop: the reactor behind a lock, the wake-up of the loop,
//! and what is called in Python.
//!
//! [`Host`] is the base class of `Server` (`server.rs`), which adds the routes. The objects of
//! requests and responses hold a `Host` and do not know the routes.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use pyo3::prelude::*;
use pyo3::{PyTraverseError, PyVisit};
use tremolo_core::Settings;
use tremolo_core::http1::request::RequestHead;

use super::access_log::AccessLogger;
use super::forks;
use super::hooks::PythonHooks;
use super::state::State;
use crate::reactor::{Reactor, Waker};

/// The part of a server that exchanges use.
#[pyclass(frozen, subclass, module = "tremolo._tremolo")]
#[derive(Debug)]
pub(super) struct Host {
    state: Mutex<State>,
    pub(super) settings: Arc<Settings>,
    pub(super) hooks: PythonHooks,
    pub(super) access: AccessLogger,
    handlers: Arc<dyn Handlers>,
    waker: Waker,
    /// The thread of the loop.
    loop_thread: usize,
    /// The process of the loop.
    generation: u32,
}

// Python aligns its objects to 16 bytes.
const _: () = assert!(align_of::<Host>() <= 16);

/// The handlers of requests, for error messages that name them.
pub(super) trait Handlers: fmt::Debug + Send + Sync {
    /// The function that handles a request.
    fn handler_of(&self, head: &RequestHead) -> Option<&Py<PyAny>>;
}

/// How the loop is notified of a write operation. Perform it after the lock is released.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub(super) enum Wakeup {
    /// A turn runs, or is scheduled already.
    NotNeeded,
    /// The loop calls `turn` in its next round.
    NextRound,
    /// The loop is woken from another thread.
    OtherThread,
}

impl Wakeup {
    pub(super) fn perform(self, host: &Bound<'_, Host>) -> PyResult<()> {
        match self {
            Self::NotNeeded => Ok(()),
            Self::NextRound => Host::schedule(host),
            Self::OtherThread => Ok(host.get().waker.wake()?),
        }
    }
}

#[pymethods]
impl Host {
    /// The lock is not waited for: the thread that holds it runs no Python, so that it is not
    /// collecting.
    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        self.hooks.traverse(&visit)?;
        match self.state.try_lock() {
            Ok(state) => state.traverse(&visit),
            Err(_) => Ok(()),
        }
    }

    fn __clear__(&self) {
        let held = self.state.try_lock().map(|mut state| state.release());
        drop(held);
    }
}

impl Host {
    /// A host for the event loop of this thread.
    pub(super) fn new(
        reactor: Reactor,
        settings: Arc<Settings>,
        (hooks, access): (PythonHooks, AccessLogger),
        handlers: Arc<dyn Handlers>,
    ) -> Self {
        let (waker, loop_thread) = (reactor.waker(), this_thread());
        let state = Mutex::new(State::new(reactor));
        let generation = forks::generation();
        Self { state, settings, hooks, access, handlers, waker, loop_thread, generation }
    }

    /// Locks the state. The documentation of `bindings` lists what must not happen under the lock.
    pub(super) fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether this process was forked from the one that serves.
    pub(super) fn is_forked(&self) -> bool {
        self.generation != forks::generation()
    }

    /// Whether this is the thread of the loop.
    pub(super) fn is_loop_thread(&self) -> bool {
        this_thread() == self.loop_thread
    }

    /// Call this after an operation on a connection, from any thread.
    pub(super) fn notify(&self, state: &mut State) -> Wakeup {
        if !self.is_loop_thread() {
            Wakeup::OtherThread
        } else if state.in_turn() || std::mem::replace(&mut state.scheduled, true) {
            Wakeup::NotNeeded
        } else {
            Wakeup::NextRound
        }
    }

    /// The function that handles a request.
    pub(super) fn handler_of(&self, head: &RequestHead) -> Option<&Py<PyAny>> {
        self.handlers.handler_of(head)
    }

    /// The loop calls `turn` in its next round.
    pub(super) fn schedule(slf: &Bound<'_, Self>) -> PyResult<()> {
        let turn = slf.getattr(pyo3::intern!(slf.py(), "turn"))?;
        slf.get().hooks.call_soon(&turn)
    }
}

/// A number that no other running thread has.
fn this_thread() -> usize {
    thread_local!(static MARK: u8 = const { 0 });
    MARK.with(|mark| std::ptr::from_ref(mark).addr())
}
