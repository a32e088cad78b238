//! The libFuzzer entry point of `tremolo_fuzz::connection_ops`.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| tremolo_fuzz::connection_ops(data));
