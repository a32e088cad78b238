//! The libFuzzer entry point of `tremolo_fuzz::content`.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| tremolo_fuzz::content(data));
