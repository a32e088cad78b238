//! The Python front: the engine's connections inside a running asyncio loop.
//!
//! `reactor` is plain Rust: sockets in, engine events out, one pollable descriptor. `bindings`
//! calls Python: requests become handler calls, what handlers say becomes calls of the engine.
//! Only `ffi` says `unsafe`. Nothing in here knows a rule of HTTP.

#![deny(unsafe_code)]

#[cfg(feature = "python")]
mod bindings;
#[cfg(feature = "python")]
mod ffi;
pub mod reactor;
