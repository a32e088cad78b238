//! One exchange on a shared connection.

use std::fmt;
use std::sync::atomic::Ordering;
use std::sync::{Arc, MutexGuard, OnceLock};
use std::task::Context;

use bytes::Bytes;
use tremolo_core::http1::request::RequestHead;
use tremolo_core::routing::Params;
use tremolo_core::{Config, Error, ExchangeId, ExchangeRef, Now};
use tremolo_net::Peer;

use super::views::Views;
use super::{SharedConnection, State};
use crate::body_source::BodySource;
use crate::clock;
use crate::path_params::PathParams;

/// One exchange on a connection, as its handles see it.
///
/// It has the name of its exchange: a handle that outlived its exchange gets
/// [`Misuse::ExchangeOver`](tremolo_core::Misuse::ExchangeOver). When the last handle of a
/// connection that was left open is dropped, the connection is closed.
pub(crate) struct Exchange {
    pub(super) shared: Arc<SharedConnection>,
    pub(super) id: ExchangeId,
    pub(crate) head: Arc<RequestHead>,
    pub(crate) peer: Peer,
    /// The parameters of the route's path.
    params: Option<Box<Params>>,
    /// The body, once it has been read whole.
    body: OnceLock<Bytes>,
    /// Made when they are first needed, for most requests never.
    views: OnceLock<Arc<Views>>,
}

impl Exchange {
    pub(crate) fn new(
        shared: Arc<SharedConnection>,
        id: ExchangeId,
        head: Arc<RequestHead>,
        peer: Peer,
        params: Option<Box<Params>>,
    ) -> Self {
        shared.handles.fetch_add(1, Ordering::SeqCst);
        Self { shared, id, head, peer, params, body: OnceLock::new(), views: OnceLock::new() }
    }

    pub(crate) fn config(&self) -> &Config {
        self.shared.config()
    }

    pub(crate) fn shared(&self) -> &Arc<SharedConnection> {
        &self.shared
    }

    pub(crate) fn id(&self) -> ExchangeId {
        self.id
    }

    /// Whether something of the response was sent, so that an error can have no page any more.
    pub(crate) fn response_started(&self) -> bool {
        self.lock().map_or(true, |state| state.response_started())
    }

    pub(crate) fn params(&self) -> PathParams<'_> {
        PathParams::new(self.params.as_deref(), self.head.url())
    }

    pub(crate) fn views(&self) -> &Views {
        self.views.get_or_init(Arc::default)
    }

    /// The same exchange for what is behind a layer that has changed the head of the request.
    pub(crate) fn with_head(&self, head: RequestHead) -> Self {
        let views = Arc::clone(self.views.get_or_init(Arc::default));
        let (shared, params) = (Arc::clone(&self.shared), self.params.clone());
        let mut derived = Self::new(shared, self.id, Arc::new(head), self.peer, params);
        (derived.body, derived.views) = (self.body.clone(), views.into());
        derived
    }

    /// Calls the engine, and wakes the driver, which handles the effects.
    pub(crate) fn act<T>(
        &self,
        act: impl FnOnce(&mut tremolo_core::Exchange<'_>, &Now) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let mut state = self.shared.lock();
        let result = act(&mut state.exchange(self.id)?, &clock::now());
        state.wake_driver();
        result
    }

    /// The same in a task that is being polled.
    pub(crate) fn act_in<T>(
        &self,
        cx: &Context<'_>,
        act: impl FnOnce(&mut tremolo_core::Exchange<'_>, &Now) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let mut state = self.shared.lock();
        let now = state.now(cx);
        let result = act(&mut state.exchange(self.id)?, &now);
        state.wake_driver();
        result
    }

    /// Whether no response can reach the client any more.
    pub(crate) fn is_over(&self) -> bool {
        self.lock().map_or(true, |state| state.connection.peek().is_closed())
    }

    /// Waits until no response can reach the client any more.
    pub(crate) async fn disconnected(&self) {
        self.shared
            .watch(|connection| connection.is_closed() || connection.exchange(self.id).is_err())
            .await;
    }

    /// Waits until nothing can be added to the response any more.
    pub(crate) async fn ended(&self) {
        self.shared
            .watch(|connection| {
                !connection.exchange(self.id).is_ok_and(ExchangeRef::is_response_open)
            })
            .await;
    }

    /// What is read in the place of the body, if a layer has replaced it.
    pub(crate) fn body_source(&self) -> Option<Arc<BodySource>> {
        self.views.get()?.body_source()
    }

    /// The body, if it has been read whole.
    pub(crate) fn whole_body(&self) -> Option<Bytes> {
        match self.body_source() {
            Some(source) => source.whole.get().cloned(),
            None => self.body.get().cloned(),
        }
    }

    /// Keeps the body for later calls.
    pub(crate) fn keep_body(&self, body: Bytes) {
        // Of two tasks that read at the same time, one has the bytes and the other has none.
        if !body.is_empty() {
            let _ = match self.body_source() {
                Some(source) => source.whole.set(body),
                None => self.body.set(body),
            };
        }
    }

    pub(crate) fn lock(&self) -> Result<MutexGuard<'_, State>, Error> {
        let mut state = self.shared.lock();
        state.exchange(self.id)?;
        Ok(state)
    }
}

impl Drop for Exchange {
    fn drop(&mut self) {
        if self.shared.handles.fetch_sub(1, Ordering::SeqCst) == 1 {
            self.shared.abandon_if_unheld(&mut self.shared.lock());
        }
    }
}

impl fmt::Debug for Exchange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Exchange").field("id", &self.id).finish_non_exhaustive()
    }
}
