//! Naive decoders of complete inputs: slow, simple, and written from the RFC alone.

pub(crate) mod chunked;
pub(crate) mod coding;
pub(crate) mod event_stream;
pub(crate) mod negotiation;
pub(crate) mod pattern;
pub(crate) mod representation;
pub(crate) mod response;
pub(crate) mod template;
pub(crate) mod websocket;
