#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| kindling_fuzz::tokenizer(bytes));
