#![no_main]
#[path = "../src/targets.rs"]
#[allow(dead_code, reason = "one of several")]
mod targets;

libfuzzer_sys::fuzz_target!(|data: &[u8]| targets::web_configuration(data));
