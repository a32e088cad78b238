//! Models of the places where a thread meets the loop of a server: loom runs each under every order
//! of its threads, and finds those in which a wake-up is lost.
//!
//! The files of the fronts are compiled here once more. They take atomics and threads from
//! `crate::sync`, which is loom's here. What is around them is in [`models`] as small as it can be.

pub mod models;

#[path = "../../crates/tremolo/src/shared_connection/driver_waker.rs"]
#[expect(dead_code, reason = "a model has no calls of the driver's own task")]
mod driver_waker;
#[path = "../../crates/tremolo/src/blocking/park.rs"]
mod park;
#[path = "../../crates/tremolo-python/src/reactor/pending.rs"]
mod pending;
mod sync;
#[path = "../../crates/tremolo/src/waiters.rs"]
#[expect(dead_code, reason = "watchers have no model")]
mod waiters;
