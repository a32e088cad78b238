//! The libFuzzer entry point of `tremolo_fuzz::websocket_ops`.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| tremolo_fuzz::websocket_ops(data));
