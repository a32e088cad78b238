//! The PROXY protocol header, which a load balancer sends before the first request (HAProxy,
//! `doc/proxy-protocol.txt`).
//!
//! Where it is expected, every connection must begin with one: with an optional header any client
//! could choose its own address. Its addresses are used only if the peer is a trusted proxy. A
//! connection without a valid header is closed without a response.

use super::Connection;
use crate::error::CloseReason;

impl Connection {
    /// Reads the header. False while it is not complete, and if it cannot be read.
    pub(super) fn read_proxy_header(&mut self, believed: bool) -> bool {
        match self.inbound.read_proxy_header() {
            Ok(Some(header)) => {
                self.proxied = header.addresses.filter(|_| believed).map(Box::new);
                return true;
            }
            Ok(None) if self.inbound.has_ended() => self.close_now(CloseReason::PeerClosed),
            Ok(None) => {}
            Err(error) => self.close_now(CloseReason::Proxy(error)),
        }
        false
    }
}
