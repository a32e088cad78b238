//! libFuzzer's way into `tremolo_fuzz::reactor`.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| tremolo_fuzz::reactor(data));
