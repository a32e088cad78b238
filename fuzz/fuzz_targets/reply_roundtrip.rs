//! The libFuzzer entry point of `tremolo_fuzz::reply_roundtrip`.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| tremolo_fuzz::reply_roundtrip(data));
