//! A connection, shared by its driver and its handles for as long as it lives.
//!
//! The driver (the connection's task) and the handles ([`Request`](crate::Request),
//! [`Response`](crate::Response)) are equals: each locks the connection, calls the engine, unlocks,
//! and wakes the other side if it has something to do. There is no channel, no second queue and no
//! copy of the state. On the worker's own thread the lock is never contended; from another thread
//! it is correct.

mod driver_waker;
mod exchange;
mod head_hooks;
mod hook_run;
mod views;
mod wait;
mod watch;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use tremolo_core::{Config, Connection, Error, ExchangeId, ExchangeRef, Now, Settings};

use self::driver_waker::DriverWaker;
pub(crate) use self::exchange::Exchange;
use self::head_hooks::HeadHooks;
pub(crate) use self::hook_run::{HookRun, inside};
use crate::clock;
use crate::extensions::Extensions;
use crate::resources::Resources;
use crate::waiters::{Waiters, Watchers};
use crate::worker_state::WorkerState;

/// A connection, and the tasks that wait for it.
// In the order of use: what each turn needs is in few cache lines.
#[derive(Debug)]
#[repr(C)]
pub(crate) struct SharedConnection {
    /// The context of the connection; made when it is first needed.
    context: OnceLock<Box<Extensions>>,
    /// The number of handles.
    handles: AtomicUsize,
    settings: Arc<Settings>,
    worker: Arc<WorkerState>,
    state: Mutex<State>,
}

#[derive(Debug)]
#[repr(C)]
pub(crate) struct State {
    driver: DriverWaker,
    /// Tasks that wait for the body of the request.
    readers: Waiters,
    /// Tasks that wait for room in the transmit queue.
    writers: Waiters,
    /// Tasks that wait for the end of the exchange or of the connection.
    pub(crate) watchers: Watchers,
    /// What has to run before the head of the response is sent.
    pub(crate) hooks: HeadHooks<Exchange>,
    /// A handle was used after the peer was gone.
    noticed: bool,
    pub(crate) connection: Connection,
}

impl SharedConnection {
    pub(crate) fn new(connection: Connection, worker: Arc<WorkerState>) -> Self {
        let settings = Arc::clone(connection.peek().settings());
        let (readers, writers, watchers, hooks) = Default::default();
        let (driver, noticed) = (DriverWaker::default(), false);
        let state = State { connection, driver, readers, writers, watchers, hooks, noticed };
        let (context, handles) = (OnceLock::new(), AtomicUsize::new(0));
        Self { settings, worker, context, state: Mutex::new(state), handles }
    }

    pub(crate) fn resources(&self) -> &Resources {
        &self.worker.resources
    }

    pub(crate) fn config(&self) -> &Config {
        self.settings.config()
    }

    pub(crate) fn worker(&self) -> &Arc<WorkerState> {
        &self.worker
    }

    pub(crate) fn context(&self) -> &Extensions {
        self.context.get_or_init(Box::default)
    }

    /// Sets another time than `app_handler_timeout` for the handler of an exchange.
    pub(crate) fn set_handler_timeout(&self, id: ExchangeId, after: Option<Duration>) {
        let mut state = self.lock();
        if let Ok(mut exchange) = state.connection.exchange(id) {
            exchange.options().set_handler_timeout(&clock::now(), after);
            state.wake_driver();
        }
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, State> {
        // No user code runs under the lock, and the engine does not panic: a poisoned lock could
        // only mean a fault of this crate, and the state of the engine is complete all the same.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl SharedConnection {
    /// Whether anything else than the driver can change the current exchange.
    pub(crate) fn has_handles(&self) -> bool {
        self.handles.load(Ordering::SeqCst) > 0
    }

    /// Closes a connection that was left open, if there is no handle that could close it. Called
    /// when the last handle is dropped and when a handler leaves its connection open.
    pub(crate) fn abandon_if_unheld(&self, state: &mut State) {
        if !self.has_handles() {
            if let Some(mut exchange) = state.connection.current() {
                exchange.abandon(&clock::now());
            }
            state.wake_driver();
        }
    }
}

impl State {
    /// The driver goes to sleep: a handle that changes something wakes it.
    pub(crate) fn sleep(&mut self, waker: &Waker) {
        if self.connection.peek().current_id().is_none() {
            self.wake_all(waker);
        } else if self.connection.peek().close_reason().is_some() {
            // Nothing is read or queued any more, but the client may still read its response.
            self.readers.wake(waker);
            self.writers.wake(waker);
            self.watchers.wake(waker);
        } else if self.is_websocket_closing() && self.readers.wake(waker) {
            // The handler has closed it in this turn, and a part of it waits for the end.
            waker.wake_by_ref();
        }
        self.driver.sleep(waker);
    }

    /// The driver is polled.
    pub(crate) fn wake_up(&mut self, waker: &Waker) {
        self.driver.wake_up(waker);
    }

    /// The moment of a call. The clock is not read for the first calls of the driver's own task in a
    /// turn, as long as they are quick ([`Budget::wants_time`](tremolo_core::Budget::wants_time)).
    pub(crate) fn now(&mut self, cx: &Context<'_>) -> Now {
        if !self.driver.is_own(cx.waker()) || self.driver.is_idle() {
            return clock::now();
        }
        if !self.connection.peek().turn().wants_time() {
            return clock::last();
        }
        let now = clock::now();
        self.connection.turn_mut().pass(now.instant);
        now
    }

    /// A task waits for input.
    #[inline]
    fn add_reader(&mut self, waker: &Waker) {
        if self.driver.is_own(waker) { self.readers.add_own() } else { self.readers.add(waker) }
    }

    /// A task waits for room.
    #[inline(never)]
    fn add_writer(&mut self, waker: &Waker) {
        if self.driver.is_own(waker) { self.writers.add_own() } else { self.writers.add(waker) }
    }

    /// The exchange of a handle that is used.
    fn exchange(&mut self, id: ExchangeId) -> Result<tremolo_core::Exchange<'_>, Error> {
        let is_gone = self.connection.peek().is_peer_gone();
        let exchange = self.connection.exchange(id)?;
        self.noticed |= is_gone;
        Ok(exchange)
    }

    /// Whether no message of the current WebSocket can be received any more.
    fn is_websocket_closing(&self) -> bool {
        let exchange = self.connection.peek().current();
        exchange.is_some_and(|exchange| exchange.is_websocket() && !exchange.is_websocket_open())
    }

    /// Whether an error of the current exchange can have no page any more.
    pub(crate) fn response_started(&self) -> bool {
        self.connection.peek().current().is_none_or(ExchangeRef::response_started)
    }

    /// A handle was used: if the peer is gone, its task is notified of that now.
    pub(crate) fn notice(&mut self) {
        self.noticed |= self.connection.peek().is_peer_gone();
    }

    /// Whether the handler, or a task or thread of its, has used a handle since the peer was
    /// gone.
    pub(crate) fn has_noticed(&self) -> bool {
        self.noticed
    }

    pub(crate) fn wake_driver(&mut self) {
        self.driver.wake();
    }

    /// Wakes the tasks that wait for the body; all tasks, if the connection is closed. True if the
    /// driver's own task is among them: it is awake already.
    pub(crate) fn wake_reader(&mut self, own: &Waker) -> bool {
        if self.connection.peek().is_closed() { self.wake_all(own) } else { self.readers.wake(own) }
    }

    /// Whether a task waits for input.
    pub(crate) fn has_reader(&self) -> bool {
        !self.readers.is_empty()
    }

    /// Wakes the tasks that wait for room, if there is room. Returns the same as `wake_reader`.
    #[inline]
    pub(crate) fn wake_writer(&mut self, own: &Waker) -> bool {
        !self.connection.is_write_blocked() && self.writers.wake(own)
    }

    /// Wakes all tasks: the connection, or the exchange that they wait for, is over. Returns the
    /// same as `wake_reader`.
    #[inline]
    pub(crate) fn wake_all(&mut self, own: &Waker) -> bool {
        self.hooks.wake();
        // Called several times for each request, and most often no task waits.
        let is_waited_for =
            !(self.readers.is_empty() && self.writers.is_empty() && self.watchers.is_empty());
        is_waited_for && self.wake_each(own)
    }

    #[inline(never)]
    fn wake_each(&mut self, own: &Waker) -> bool {
        self.readers.wake(own) | self.writers.wake(own) | self.watchers.wake(own)
    }

    /// Ready if another piece may be put into the transmit queue.
    #[inline]
    pub(crate) fn poll_writable(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        if !self.connection.is_write_blocked() {
            return Poll::Ready(());
        }
        self.add_writer(cx.waker());
        Poll::Pending
    }
}
