//! The libFuzzer entry point of `tremolo_fuzz::routing`.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| tremolo_fuzz::routing(data));
