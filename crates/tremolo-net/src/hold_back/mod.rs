//! Stops the flow of new connections to a listening TCP socket, before it is closed.
//!
//! `linux.rs` and `other.rs` have the same function.

#[cfg(target_os = "linux")]
mod linux;
#[cfg(not(target_os = "linux"))]
mod other;

#[cfg(target_os = "linux")]
pub(crate) use linux::hold_back;
#[cfg(not(target_os = "linux"))]
pub(crate) use other::hold_back;
