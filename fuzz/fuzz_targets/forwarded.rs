//! The libFuzzer entry point of `tremolo_fuzz::forwarded`.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| tremolo_fuzz::forwarded(data));
