//! Files as bodies: whole, in ranges, after other pieces, and files that shrink.

use std::sync::Arc;

use tremolo_core::representation::{EntityTag, Representation, Slice, Validators};
use tremolo_core::{Error, FileContent, FileRegion, Misuse};

use super::World;
use super::record::FileSlice;
use crate::file::{PatternFile, pattern};
use crate::script::Script;

impl World {
    /// One call about files, by its number.
    pub(super) fn file_call(&mut self, number: u8, script: &mut Script<'_>) {
        match number {
            0..=3 => self.send_file(script),
            4..=6 => self.write_file(script),
            _ => self.file.resize(script.size() as u64 % FILE_SIZE),
        }
    }

    fn send_file(&mut self, script: &mut Script<'_>) {
        let (offset, length) = (u64::from(script.byte()), script.size() as u64 % MAX_SLICE);
        let etag = script.pick(&[Some("\"v1\""), None]);
        let etag = etag.map(|tag| EntityTag::parse(tag.as_bytes()).expect("a valid tag"));
        let representation = Representation {
            slice: Slice::new(FILE_SIZE, offset, Some(length)),
            validators: Validators { etag, last_modified: None },
            accept_ranges: script.flag(),
        };
        let content = match script.flag() {
            true => FileContent::Open(Arc::clone(&self.file) as _),
            false => FileContent::Read(pattern(0..offset + length).into()),
        };
        let now = &self.wire.now;
        let Some(mut exchange) = self.wire.connection.current() else { return };
        let is_begun = exchange.peek().is_head_sent() || self.record.has_content();
        let has_length = exchange.peek().response().declared_length().is_some();
        match exchange.send_file(now, &representation, &content, || 0xb0) {
            Ok(None) if self.handler == super::Handler::None => {}
            Ok(None) => {
                match is_begun {
                    true => self.record.write(&pattern(offset..offset + length)),
                    false => self.record.write_file(FileSlice { offset, length }),
                }
                self.ends(true);
            }
            Ok(Some(refusal)) => {
                assert!(matches!(refusal.status.as_u16(), 412 | 416));
                assert!(!is_begun && !exchange.peek().is_head_sent(), "a refusal after the head");
            }
            Err(error) => {
                assert!(is_begun || !exchange.peek().is_head_sent(), "a file failed half sent");
                let is_too_long = error == Error::Misuse(Misuse::BodyTooLong);
                assert!(has_length || !is_too_long, "too long for a length that is not declared");
            }
        }
    }

    fn write_file(&mut self, script: &mut Script<'_>) {
        let (offset, length) = (u64::from(script.byte()), script.size() as u64 % MAX_SLICE);
        let now = &self.wire.now;
        let Some(mut exchange) = self.wire.connection.current() else { return };
        if exchange.is_write_blocked() {
            return;
        }
        let region = FileRegion { file: Arc::clone(&self.file) as _, offset, length };
        if exchange.write_file(now, region).is_ok() && length > 0 {
            self.record.write(&pattern(offset..offset + length));
        }
    }

    /// Restores the file to its first size.
    pub(super) fn new_file() -> Arc<PatternFile> {
        Arc::new(PatternFile::new(FILE_SIZE))
    }
}

const FILE_SIZE: u64 = 6_000;

/// Bytes of a response, so that some responses fill the queue.
const MAX_SLICE: u64 = 4_000;
