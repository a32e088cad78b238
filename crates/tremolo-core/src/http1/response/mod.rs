//! Response heads and bodies on the wire (RFC 9112 sections 4, 6 and 7).

mod chunk;
mod date;

pub use chunk::{CHUNK_END, CHUNK_PREFIX_MAX, LAST_CHUNK, push_chunk_prefix, push_last_chunk};
pub use date::DateLine;
