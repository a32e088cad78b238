//! The libFuzzer entry point of `tremolo_fuzz::split_equivalence`.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| tremolo_fuzz::split_equivalence(data));
