//! The Python front: the engine's connections inside a running asyncio loop.
//!
//! `reactor` is plain Rust: sockets in, engine events out, one pollable descriptor. `bindings`
//! calls Python: requests become handler calls, replies become calls of the engine. Only `ffi`
//! contains `unsafe`. Rules of HTTP are in the engine.

#![deny(unsafe_code)]

#[cfg(feature = "python")]
mod bindings;
#[cfg(feature = "python")]
mod ffi;
pub mod reactor;
mod sync;
