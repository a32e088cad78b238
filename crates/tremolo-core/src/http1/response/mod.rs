//! Response heads and bodies on the wire (RFC 9112 sections 4, 6 and 7).

mod chunk;
mod codable;
mod encode;
mod fields;
mod framing;
mod head;

pub use crate::date::DateLine;
pub(crate) use chunk::push_last_chunk;
pub use chunk::{CHUNK_END, CHUNK_PREFIX_MAX, LAST_CHUNK, push_chunk_prefix};
pub(crate) use codable::{describe_coded, is_codable, is_of_uncoded, vary};
pub(crate) use encode::{Envelope, encode_head, hsts_line, push_field, server_line};
pub use fields::{FieldList, FieldListIter};
pub use framing::{BodySize, Framing};
pub(crate) use framing::{Plan, has_content, plan};
pub use head::{DEFAULT_CONTENT_TYPE, ResponseHead};
