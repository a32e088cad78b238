//! The libFuzzer entry point of `tremolo_fuzz::tower`.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| tremolo_fuzz::tower(data));
