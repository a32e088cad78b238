//! The libFuzzer entry point of `tremolo_fuzz::proxy_protocol`.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| tremolo_fuzz::proxy_protocol(data));
