//! The places for open connections, and waiting for a free one: one number for all workers.

use std::future::poll_fn;
use std::io;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use tokio::sync::Notify;
use tremolo_net::{Place, Places};

/// The places for the connections of all workers.
#[derive(Debug)]
pub(super) struct SharedPlaces {
    places: Places,
    freed: Notify,
}

/// The place of one connection.
#[derive(Debug)]
pub(super) struct HeldPlace {
    place: Option<Place>,
    shared: Arc<SharedPlaces>,
}

impl SharedPlaces {
    /// Places for so many connections.
    pub(super) fn new(count: usize) -> Arc<Self> {
        Arc::new(Self { places: Places::new(count), freed: Notify::new() })
    }

    /// Waits for a connection and a place for it. The place is taken before each attempt to accept,
    /// and only for that attempt: a listener without clients keeps none from another one.
    pub(super) async fn accept<T>(
        self: &Arc<Self>,
        mut poll_accept: impl FnMut(&mut Context<'_>) -> Poll<io::Result<T>>,
    ) -> io::Result<(T, HeldPlace)> {
        loop {
            let attempt = poll_fn(|cx| {
                let Some(place) = self.take() else { return Poll::Ready(None) };
                let accepted = poll_accept(cx);
                accepted.map(|accepted| Some(accepted.map(|accepted| (accepted, place))))
            });
            match attempt.await {
                Some(accepted) => return accepted,
                None => self.free().await,
            }
        }
    }

    /// Waits for a place.
    pub(super) async fn wait(self: &Arc<Self>) -> HeldPlace {
        loop {
            match self.take() {
                Some(place) => return place,
                None => self.free().await,
            }
        }
    }

    fn take(self: &Arc<Self>) -> Option<HeldPlace> {
        let place = self.places.take()?;
        Some(HeldPlace { place: Some(place), shared: Arc::clone(self) })
    }

    /// Waits until a place is free, or was free for a moment.
    async fn free(&self) {
        let mut freed = pin!(self.freed.notified());
        // From here on no place becomes free unnoticed.
        freed.as_mut().enable();
        if !self.places.has_free() {
            freed.await;
        }
    }
}

impl Drop for HeldPlace {
    fn drop(&mut self) {
        drop(self.place.take());
        self.shared.freed.notify_waiters();
    }
}
