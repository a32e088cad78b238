//! Peers that vanish without a packet.

use std::io;
use std::os::fd::AsFd;
use std::time::Duration;

use socket2::SockRef;

/// Limits how long sent bytes may stay unacknowledged, or the peer may take none, before the system
/// closes the connection (`TCP_USER_TIMEOUT`, RFC 5482). Otherwise it tries for about 15 minutes.
/// Does nothing where the system has no such option.
///
/// # Errors
///
/// The error of the system, for a socket other than TCP for example.
pub fn set_peer_timeout(socket: &impl AsFd, after: Duration) -> io::Result<()> {
    set(&SockRef::from(socket), after)
}

#[cfg(any(target_os = "android", target_os = "linux"))]
fn set(socket: &SockRef<'_>, after: Duration) -> io::Result<()> {
    socket.set_tcp_user_timeout(Some(after))
}

#[cfg(not(any(target_os = "android", target_os = "linux")))]
fn set(_: &SockRef<'_>, _: Duration) -> io::Result<()> {
    Ok(())
}
