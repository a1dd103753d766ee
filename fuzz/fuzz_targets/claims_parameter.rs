#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| idp_fuzz::claims_parameter(data));
