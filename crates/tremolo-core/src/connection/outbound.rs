//! The sending half: the head of the response, how far the response is, the framing and the
//! declared length of its body, and the queue of bytes to write (RFC 9112 sections 6 and 7).
//!
//! Its methods take no clock and close nothing. Whether content is sent at all is decided by
//! `http1::response::plan`.

use std::sync::Arc;

use super::coalescer::Coalescer;
use super::codec::{CodedBody, CodingFailed};
use super::declared_length::DeclaredLength;
use super::event_stream::EventStream;
use super::file_region::FileRegion;
use super::high_water::HighWater;
use super::state::{Writing, WritingEvent};
use super::switching::Switching;
use super::transmit::{Transmit, TransmitQueue};
use crate::clock::Now;
use crate::error::Misuse;
use crate::http1::request::RequestHead;
use crate::http1::response::{
    BodySize, CHUNK_END, Envelope, FieldList, Framing, LAST_CHUNK, Plan, ResponseHead, encode_head,
    plan, push_chunk_prefix, push_last_chunk,
};
use crate::piece::Piece;
use tremolo_config::Config;

/// The sending half of a connection.
#[derive(Debug)]
#[repr(C)]
pub(crate) struct Outbound {
    queue: TransmitQueue,
    writing: Writing,
    high_water: HighWater,
    /// Whether this response is a stream of server-sent events.
    pub(crate) events: EventStream,
    /// Whether this response may be sent in a content coding.
    compress: bool,
    /// Whether what the application sends as it is begins with a `101`.
    switching: Switching,
    /// Whether the connection was closed before all of this was complete and written.
    pub(super) is_dropped: bool,
    coalescer: Coalescer,
    /// The encoder of its body.
    coded: Option<Box<CodedBody>>,
    /// What is left of the length that the application has declared.
    declared: DeclaredLength,
    response: ResponseHead,
}

impl Outbound {
    pub(crate) fn new(config: &Config, default_type: Option<Arc<Vec<u8>>>) -> Self {
        Self {
            response: ResponseHead::with_default_type(default_type),
            writing: Writing::Idle,
            events: EventStream::None,
            compress: false,
            coded: None,
            declared: DeclaredLength::default(),
            coalescer: Coalescer::default(),
            queue: TransmitQueue::default(),
            high_water: HighWater::new(config.buffer_size),
            switching: Switching::OVER,
            is_dropped: false,
        }
    }

    fn apply(&mut self, event: WritingEvent) {
        if let Some(next) = self.writing.after(event) {
            self.writing = next;
        }
    }

    pub(crate) fn writing(&self) -> Writing {
        self.writing
    }

    /// A request begins: its response has no head yet.
    pub(crate) fn begin_response(&mut self, config: &Config) {
        self.apply(WritingEvent::RequestBegun);
        self.high_water.set_buffer_size(config.buffer_size);
        self.compress = config.compression;
        self.coalescer.clear();
    }

    /// Nothing can be added to the response.
    pub(crate) fn end_response(&mut self) {
        self.apply(WritingEvent::ResponseClosed);
    }

    /// The exchange is over.
    pub(crate) fn next_request(&mut self) {
        self.apply(WritingEvent::ExchangeOver);
        self.response.clear();
        self.events = EventStream::None;
    }

    /// Whether no response is in progress and nothing is queued.
    pub(crate) fn is_idle(&self) -> bool {
        self.writing == Writing::Idle && self.queue.is_empty()
    }
}

/// The head.
impl Outbound {
    pub(crate) fn response(&self) -> &ResponseHead {
        &self.response
    }

    pub(crate) fn response_mut(&mut self) -> &mut ResponseHead {
        &mut self.response
    }

    /// The framing of the body, if the head is sent as it is now.
    pub(crate) fn plan(&self, size: BodySize, request: &RequestHead) -> Plan {
        let is_head = request.method() == http::Method::HEAD;
        plan(&self.response, size, request.version(), is_head)
    }

    /// Queues the head as planned.
    pub(crate) fn send_head(&mut self, plan: Plan, with: Envelope<'_>, now: &Now) {
        let response = &self.response;
        self.queue.stage(|out| encode_head(out, response, with, now));
        if self.coded.is_none() {
            self.declared = DeclaredLength::of(self.response.declared_length(), plan.sent);
        }
        self.apply(WritingEvent::HeadSent(plan.sent));
    }

    pub(crate) fn take_fields(&mut self) -> FieldList {
        self.response.take_fields()
    }

    pub(crate) fn use_fields(&mut self, fields: FieldList) {
        self.response.use_fields(fields);
    }
}

/// The body.
impl Outbound {
    /// The budget for the next piece. As long as the head is not sent, it is what the head declares
    /// now.
    pub(crate) fn length_budget(&self, request: &RequestHead) -> DeclaredLength {
        match self.writing {
            Writing::Head => match self.response.declared_length() {
                None => DeclaredLength::default(),
                declared => {
                    DeclaredLength::of(declared, self.plan(BodySize::Streamed, request).sent)
                }
            },
            Writing::Body(_) => self.declared,
            Writing::Idle | Writing::BodyDone | Writing::Raw | Writing::Ended => {
                DeclaredLength::default()
            }
        }
    }

    /// Counts bytes of the body against the declared length.
    pub(crate) fn spend_length(&mut self, length: u64) -> Result<(), Misuse> {
        self.declared.spend(length)
    }

    /// Whether nothing of the declared length is missing.
    pub(crate) fn is_length_met(&self) -> bool {
        self.declared.is_met()
    }

    /// Whether an empty piece ends a body in chunks. It does not if the application has declared a
    /// length and has not asked for chunks: then the chunks are there for a coding only.
    pub(crate) fn is_ended_by_empty_piece(&self) -> bool {
        !self.declared.is_some() || self.response.chunked() == Some(true)
    }

    /// Queues so many bytes of the body, in its framing. Returns how many bytes of content that is:
    /// none if the response has no content.
    #[inline]
    pub(crate) fn queue_framed(
        &mut self,
        framing: Framing,
        length: u64,
        push: impl FnOnce(&mut TransmitQueue),
    ) -> u64 {
        match framing {
            Framing::None => return 0,
            Framing::Length(_) | Framing::UntilClose => push(&mut self.queue),
            Framing::Chunked => {
                self.queue.stage(|out| push_chunk_prefix(out, length));
                push(&mut self.queue);
                self.queue.stage(|out| out.extend_from_slice(CHUNK_END));
            }
        }
        length
    }

    /// Queues the end of a body in chunks, with the trailer fields.
    pub(crate) fn queue_last_chunk(&mut self) {
        if self.response.has_trailers() {
            let response = &self.response;
            self.queue.stage(|out| push_last_chunk(out, response.trailers()));
        } else {
            self.queue.stage(|out| out.extend_from_slice(LAST_CHUNK));
        }
    }

    /// The last chunk was queued, and the response is not closed yet.
    pub(crate) fn end_body(&mut self) {
        self.apply(WritingEvent::LastChunkSent);
    }

    /// What the application sends from now on is sent as it is.
    pub(crate) fn begin_raw(&mut self) {
        let is_first = self.writing == Writing::Head;
        self.switching = if is_first { Switching::START } else { Switching::OVER };
        self.apply(WritingEvent::RawBegun);
        self.coded = None;
    }

    /// Queues bytes that the application has framed. Returns true once: when they complete the
    /// beginning of a `101`, from the first byte of the response on.
    pub(crate) fn queue_raw(&mut self, piece: Piece<'_>) -> bool {
        let is_switching = self.switching.advance(piece.as_slice());
        self.queue.push(piece);
        is_switching
    }

    /// Queues bytes of a WebSocket session, behind the head of their frame.
    #[inline]
    pub(crate) fn queue_frame(&mut self, head: &[u8], payload: Piece<'_>) {
        self.queue.push_framed(head, payload);
    }

    /// Queues a part of a file that the application has framed.
    pub(crate) fn queue_raw_file(&mut self, region: FileRegion) {
        self.switching = Switching::OVER;
        self.queue.push_file(region);
    }
}

/// The content coding.
impl Outbound {
    pub(crate) fn may_compress(&self) -> bool {
        self.compress
    }

    pub(crate) fn set_compress(&mut self, compress: bool) {
        self.compress = compress;
    }

    /// The body goes through this encoder, if there is one; its length before the coding is held.
    pub(crate) fn begin_coding(&mut self, coded: Option<CodedBody>, declared: DeclaredLength) {
        self.declared = declared;
        self.coded = coded.map(Box::new);
    }

    /// Whether the body goes through an encoder.
    pub(crate) fn is_coded(&self) -> bool {
        self.coded.is_some()
    }

    /// Sends a piece through the encoder and flushes it. Returns the bytes of content. After an
    /// error there is no encoder.
    pub(crate) fn queue_coded(
        &mut self,
        framing: Framing,
        piece: &[u8],
    ) -> Result<u64, CodingFailed> {
        let Some(mut coded) = self.coded.take() else { return Ok(0) };
        let length = self.queue_output(framing, coded.encode(piece)?);
        self.coded = Some(coded);
        Ok(length)
    }

    /// Ends the coding, if there is one. Returns the bytes of content.
    pub(crate) fn finish_coding(&mut self, framing: Framing) -> Result<u64, CodingFailed> {
        let Some(mut coded) = self.coded.take() else { return Ok(0) };
        Ok(self.queue_output(framing, coded.finish()?))
    }

    fn queue_output(&mut self, framing: Framing, out: &[u8]) -> u64 {
        // An empty chunk would end the body.
        if out.is_empty() {
            return 0;
        }
        self.queue_framed(framing, out.len() as u64, |queue| queue.push(Piece::Slice(out)))
    }

    /// Drops the encoder: the body is not completed.
    pub(crate) fn drop_encoder(&mut self) {
        self.coded = None;
    }
}

/// Pieces that are coalesced.
impl Outbound {
    pub(crate) fn set_coalescing(&mut self, coalesce: bool) {
        self.coalescer.set_enabled(coalesce);
    }

    /// Whether a piece that is yielded waits for others. Raw bytes do not.
    pub(crate) fn coalesces(&self) -> bool {
        self.coalescer.is_enabled() && matches!(self.writing, Writing::Head | Writing::Body(_))
    }

    /// So many bytes are sent together.
    pub(crate) fn coalesced_size(&self) -> usize {
        (self.high_water.buffer_size() / 2).max(1)
    }

    /// Bytes that wait for more.
    pub(crate) fn coalesced(&self) -> usize {
        self.coalescer.len()
    }

    pub(crate) fn coalesce(&mut self, piece: &[u8]) {
        self.coalescer.push(piece);
    }

    pub(crate) fn take_coalesced(&mut self) -> Vec<u8> {
        self.coalescer.take()
    }

    pub(crate) fn clear_coalesced(&mut self) {
        self.coalescer.clear();
    }
}

/// The queue.
impl Outbound {
    /// Bytes that wait to be written.
    pub(crate) fn queued(&self) -> usize {
        self.queue.queued()
    }

    pub(crate) fn is_queue_empty(&self) -> bool {
        self.queue.is_empty()
    }

    /// What to write next, at most `room` bytes of it. `is_last`: nothing is added.
    #[inline]
    pub(crate) fn front(&self, room: usize, is_last: bool) -> Option<Transmit<'_>> {
        self.queue.front(room, is_last)
    }

    /// Removes the first `count` bytes: they were written. Returns how many were queued of them.
    pub(crate) fn advance(&mut self, count: usize) -> usize {
        let before = self.queue.queued();
        self.queue.advance(count);
        before - self.queue.queued()
    }

    /// Queues short bytes that are encoded in place.
    pub(crate) fn stage(&mut self, encode: impl FnOnce(&mut Vec<u8>)) {
        self.queue.stage(encode);
    }

    /// Queues the response head fields after a line, for an upgrade.
    pub(crate) fn stage_with_response(&mut self, encode: impl FnOnce(&mut Vec<u8>, &ResponseHead)) {
        let response = &self.response;
        self.queue.stage(|out| encode(out, response));
    }

    /// Drops everything that was not written.
    pub(crate) fn clear_queue(&mut self) {
        self.queue.clear();
    }

    pub(crate) fn set_buffer_size(&mut self, bytes: usize) {
        self.high_water.set_buffer_size(bytes);
    }

    /// Whether a writer should wait ([`HighWater::is_full`]).
    #[inline]
    pub(crate) fn is_full(&mut self, max_buffers: usize) -> bool {
        let has_too_many_buffers = self.queue.buffers() >= max_buffers;
        self.high_water.is_full(self.queue.queued(), has_too_many_buffers)
    }

    /// The socket took all that was queued: if that was a full queue, the next one may be longer.
    pub(crate) fn grow_queue(&mut self) {
        self.high_water.grow();
    }

    pub(crate) fn reset_growth(&mut self) {
        self.high_water.reset_growth();
    }

    pub(crate) fn has_staging(&self) -> bool {
        self.queue.has_staging()
    }

    pub(crate) fn take_staging(&mut self) -> Vec<u8> {
        self.queue.take_staging()
    }

    pub(crate) fn use_staging(&mut self, staging: Vec<u8>) {
        self.queue.use_staging(staging);
    }
}
