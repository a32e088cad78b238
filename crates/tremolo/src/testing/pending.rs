//! A request whose response has not come.

use http::Method;

use super::error::TestError;
use super::head::Head;
use super::response::TestResponse;
use super::session::Session;
use super::wire::Wire;

/// A request whose response has not come.
#[derive(Debug)]
pub(super) struct Pending {
    pub(super) wire: Wire,
    pub(super) session: Session,
    pub(super) method: Method,
    pub(super) path: String,
}

impl Pending {
    /// Queues a piece of the body.
    pub(super) fn queue_piece(&mut self, piece: &[u8], is_chunked: bool) {
        if !is_chunked {
            self.wire.queue(piece);
        } else if !piece.is_empty() {
            self.wire.queue(format!("{:x}\r\n", piece.len()).as_bytes());
            self.wire.queue(piece);
            self.wire.queue(b"\r\n");
        }
    }

    /// Waits for the head of the final response. Interim ones (1xx) are skipped.
    pub(super) async fn response(mut self) -> Result<TestResponse, TestError> {
        loop {
            let Some(head) = Head::take(&mut self.wire.input)? else {
                if self.wire.fill().await {
                    continue;
                }
                return Err(match self.wire.input.is_empty() {
                    true if self.session.server.has_ended() => TestError::ServerEnded,
                    true => TestError::NoResponse,
                    false => TestError::Cut,
                });
            };
            if head.status.is_informational() && head.status.as_u16() != 101 {
                continue;
            }
            self.session.keep_cookies(&head.headers, &self.path);
            return TestResponse::new(head, &self.method, self.wire);
        }
    }
}
