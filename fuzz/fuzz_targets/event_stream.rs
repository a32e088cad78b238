//! The libFuzzer entry point of `tremolo_fuzz::event_stream`.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| tremolo_fuzz::event_stream(data));
