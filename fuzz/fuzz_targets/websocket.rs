//! The libFuzzer entry point of `tremolo_fuzz::websocket`.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| tremolo_fuzz::websocket(data));
