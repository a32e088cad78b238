//! Identifiers for what a request creates.

use super::Request;
use crate::clock;

impl Request {
    /// A new identifier of `length` bytes: the time in seconds (4 bytes), the client's port (2),
    /// the process (2), and random bytes of the operating system, so that those of one server
    /// sort by time. Take 16 or more, because only the random bytes cannot be guessed.
    ///
    /// ```
    /// # async fn handler(request: tremolo::Request) {
    /// let name: String = request.uid(16).iter().map(|byte| format!("{byte:02x}")).collect();
    /// # }
    /// ```
    #[must_use]
    pub fn uid(&self, length: usize) -> Vec<u8> {
        let port = self.client().map_or(0, |client| client.port());
        uid(length, clock::now().wall_seconds, port, std::process::id())
    }
}

#[expect(clippy::cast_possible_truncation, reason = "the low bits are those that differ")]
fn uid(length: usize, seconds: u64, port: u16, process: u32) -> Vec<u8> {
    let mut uid = Vec::with_capacity(length.max(PREFIX));
    uid.extend_from_slice(&(seconds as u32).to_be_bytes());
    uid.extend_from_slice(&port.to_be_bytes());
    uid.extend_from_slice(&(process as u16).to_be_bytes());
    uid.resize(length, 0);
    if let Some(random) = uid.get_mut(PREFIX..) {
        getrandom::fill(random).expect("the operating system has random bytes");
    }
    uid
}

/// Bytes of time, port and process.
const PREFIX: usize = 8;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn begins_with_time_port_and_process_and_is_random_behind_them() {
        let uid = |length| uid(length, 0x1_0203_0405, 0x0607, 0xffff_0809);
        let (one, other) = (uid(32), uid(32));
        assert_eq!((one.len(), &one[..8]), (32, &[2, 3, 4, 5, 6, 7, 8, 9][..]));
        assert_eq!(one[..8], other[..8]);
        assert_ne!(one[8..], other[8..]);
        assert_eq!((uid(0).len(), uid(3)), (0, vec![2, 3, 4]));
    }
}
