//! A file as the response: `representation` selects the parts that the request asks for, and this
//! file sends them, for every front.

use std::any::Any;
use std::sync::Arc;

use bytes::Bytes;

use super::Exchange;
use crate::clock::Now;
use crate::connection::state::Writing;
use crate::connection::{FileRegion, Piece};
use crate::error::Error;
use crate::representation::{Refusal, Representation, Segment, Selected, Slice, select};

/// Where the bytes of a file are.
#[derive(Clone)]
pub enum FileContent {
    /// In an open file, which the driver gets back as [`FileRegion::file`].
    Open(Arc<dyn Any + Send + Sync>),
    /// In memory, all of them, from the start of the file on. That is for short files, which are
    /// written together with their head.
    Read(Bytes),
}

impl Exchange<'_> {
    /// Sends a file as the response: the head that the conditions and ranges of the request
    /// require, the content, and the end of the response. Of the head that the application has set
    /// so far, its fields, content type and a status other than 200 are kept. If the head was sent
    /// already, the slice is the rest of the body.
    ///
    /// Returns why the request is refused, with 412 or 416; nothing was sent then.
    /// `random` is called if a boundary is needed.
    ///
    /// # Errors
    ///
    /// That the response has ended or the connection is gone; [`Misuse::BodyTooLong`] if the
    /// application has declared less and the head was sent.
    ///
    /// [`Misuse::BodyTooLong`]: crate::Misuse::BodyTooLong
    pub fn send_file(
        &mut self,
        now: &Now,
        representation: &Representation<'_>,
        content: &FileContent,
        random: impl FnOnce() -> u128,
    ) -> Result<Option<Refusal>, Error> {
        // Pieces that wait begin a body of their own: the file is the rest of it.
        self.send_coalesced(now)?;
        if self.connection.outbound.writing() != Writing::Head {
            self.write_slice(now, content, representation.slice)?;
            self.close(now, true)?;
            return Ok(None);
        }
        // Files are not compressed: their validators and ranges are those of the bytes on the disk.
        self.connection.outbound.set_compress(false);
        let head = Arc::clone(self.connection.inbound.shared_head());
        match select(&head, self.response_mut()?, representation, now, random)? {
            Selected::Refused(refusal) => return Ok(Some(refusal)),
            Selected::NotModified => {}
            Selected::Content(segments) => {
                for segment in segments {
                    match segment {
                        Segment::Bytes(bytes) => self.write(now, bytes.into())?,
                        Segment::File { offset, length } => {
                            self.write_slice(
                                now,
                                content,
                                Slice::new(u64::MAX, offset, Some(length)),
                            )?;
                        }
                    }
                }
            }
        }
        self.end(now, Piece::Slice(&[]))?;
        Ok(None)
    }

    fn write_slice(&mut self, now: &Now, content: &FileContent, slice: Slice) -> Result<(), Error> {
        let (offset, length) = (slice.offset(), slice.length());
        match content {
            FileContent::Open(file) => {
                let file = Arc::clone(file);
                self.write_file(now, FileRegion { file, offset, length })
            }
            FileContent::Read(bytes) => {
                let held = bytes.len() as u64;
                let (start, end) = (offset.min(held), offset.saturating_add(length).min(held));
                // What `held` bounds fits.
                self.yield_piece(now, bytes.slice(start as usize..end as usize).into())
            }
        }
    }
}

impl std::fmt::Debug for FileContent {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Open(_) => f.write_str("Open"),
            Self::Read(bytes) => f.debug_tuple("Read").field(&bytes.len()).finish(),
        }
    }
}
