//! The Python front: the same engine, driven inside the loop that a Python program already runs.
//!
//! [`reactor`] is plain Rust and knows nothing of Python.

#![forbid(unsafe_code)]

pub mod reactor;
