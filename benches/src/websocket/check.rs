//! The checks of a peer, before it is measured.

use std::io;
use std::net::SocketAddr;

use super::{Client, ECHO, Opcode, ROOM, text};

/// Checks that texts and binary messages of several lengths are echoed; this also warms up the
/// peer.
///
/// # Errors
///
/// If the connection fails, or an echo is wrong.
pub fn echo(address: SocketAddr, bytes: usize, deflates: bool) -> io::Result<()> {
    let mut client = Client::connect(address, ECHO, deflates)?;
    let payload = text(bytes);
    for opcode in [Opcode::Text, Opcode::Binary] {
        for len in LENGTHS {
            exchange(&mut client, opcode, text(len).as_bytes())?;
        }
    }
    for _ in 0..WARM_UP.min(MAX_WARM_UP / bytes) {
        exchange(&mut client, Opcode::Text, payload.as_bytes())?;
    }
    Ok(())
}

/// Checks that a message goes to the sender, and to another client.
///
/// # Errors
///
/// If a connection fails, or if a message is wrong.
pub fn room(address: SocketAddr, bytes: usize) -> io::Result<()> {
    let mut clients =
        [Client::connect(address, ROOM, false)?, Client::connect(address, ROOM, false)?];
    let payload = text(bytes);
    for client in &mut clients {
        client.join()?;
    }
    for number in 0..WARM_UP {
        clients[number % 2].send(Opcode::Text, payload.as_bytes())?;
        for client in &mut clients {
            compare(client, Opcode::Text, payload.as_bytes())?;
        }
    }
    Ok(())
}

fn exchange(client: &mut Client, opcode: Opcode, payload: &[u8]) -> io::Result<()> {
    client.send(opcode, payload)?;
    compare(client, opcode, payload)
}

fn compare(client: &mut Client, opcode: Opcode, payload: &[u8]) -> io::Result<()> {
    let received = client.receive()?;
    if received.opcode == opcode && received.payload == payload {
        return Ok(());
    }
    let (sent, len) = (payload.len(), received.payload.len());
    let kind = received.opcode;
    Err(io::Error::other(format!("for {opcode:?} of {sent} bytes came {kind:?} of {len}")))
}

/// Each form of the length of a frame. Not zero: the original does not deliver empty messages.
const LENGTHS: [usize; 5] = [1, 125, 126, 65_535, 65_536];

/// Messages, and the limit of their bytes.
const WARM_UP: usize = 2_000;
const MAX_WARM_UP: usize = 16 << 20;
