//! A packet filter on a listening socket (socket(7), `SO_ATTACH_FILTER`).

use std::io;
use std::os::fd::AsFd;

use socket2::{SockFilter, SockRef};

/// Drops the first packet of each new TCP handshake. The last packet of a handshake that has begun
/// passes, so that its connection is completed.
pub(crate) fn hold_back(socket: &impl AsFd) -> io::Result<()> {
    SockRef::from(socket).attach_filter(&[
        // The filter of a TCP socket sees the segment from its header on; byte 13 has the flags
        // (RFC 9293 section 3.1).
        SockFilter::new(LOAD_BYTE, 0, 0, 13),
        SockFilter::new(AND, 0, 0, SYN | ACK),
        SockFilter::new(JUMP_IF_EQUAL, 0, 1, SYN),
        SockFilter::new(RETURN, 0, 0, 0),
        SockFilter::new(RETURN, 0, 0, u32::MAX),
    ])
}

const SYN: u32 = 0x02;
const ACK: u32 = 0x10;

/// `BPF_LD | BPF_B | BPF_ABS`
const LOAD_BYTE: u16 = 0x30;
/// `BPF_ALU | BPF_AND | BPF_K`
const AND: u16 = 0x54;
/// `BPF_JMP | BPF_JEQ | BPF_K`
const JUMP_IF_EQUAL: u16 = 0x15;
/// `BPF_RET | BPF_K`
const RETURN: u16 = 0x06;

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use rustix::event::{PollFd, PollFlags, Timespec, poll};
    use socket2::{Domain, Socket, Type};

    use super::*;

    /// On loopback a handshake is complete when `connect` returns, unless a packet is dropped.
    fn connects(to: &TcpListener) -> bool {
        let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
        socket.set_nonblocking(true).unwrap();
        let _ = socket.connect(&to.local_addr().unwrap().into());
        let now = Timespec { tv_sec: 0, tv_nsec: 0 };
        poll(&mut [PollFd::new(&socket, PollFlags::OUT)], Some(&now)).unwrap() > 0
    }

    #[test]
    fn new_handshakes_are_held_back_and_complete_ones_are_accepted() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        assert!(connects(&listener) && connects(&listener));
        hold_back(&listener).unwrap();
        assert!(!connects(&listener));
        listener.set_nonblocking(true).unwrap();
        assert!(listener.accept().is_ok() && listener.accept().is_ok());
        assert_eq!(listener.accept().unwrap_err().kind(), io::ErrorKind::WouldBlock);
    }
}
