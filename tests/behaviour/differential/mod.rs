//! Requests that servers read differently are read as the RFCs have it (`tests/cases/differential.txt`),
//! and generated ones as a naive parser reads them. `cargo xtask differential` compares with others.

use std::net::SocketAddr;
use std::thread;

use tremolo_tests::differential::{End, NEXT, generate, observe, read, rows};
use tremolo_tests::{Program, TIMEOUT, escape};

fn launch() -> (Program, SocketAddr) {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/behaviour/differential/program.py");
    let program = Program::launch_example(env!("CARGO_BIN_EXE_differential"), script);
    let address = program.address().trim_start_matches("http://").parse().unwrap();
    (program, address)
}

#[test]
fn each_row_of_the_table_is_read_as_it_states() {
    let (_program, address) = launch();
    for row in rows() {
        let reading = observe(address, &row.input, TIMEOUT).unwrap();
        assert_eq!(reading.to_string(), row.ours, "{row:?}");
    }
}

#[test]
fn generated_requests_are_read_as_the_reference_reads_them() {
    let (_program, address) = launch();
    thread::scope(|scope| {
        for first in 0..THREADS {
            scope.spawn(move || {
                for seed in (first..REQUESTS).step_by(THREADS as usize) {
                    check(address, seed);
                }
            });
        }
    });
}

fn check(address: SocketAddr, seed: u64) {
    let input = generate(seed);
    let (expected, rules) = read(&[&input, NEXT.as_bytes()].concat());
    // A server that waits sends nothing, however long the test waits for it.
    if expected.end == End::Waits {
        return;
    }
    let reading = observe(address, &input, TIMEOUT).unwrap();
    let input = escape(&input);
    assert!(
        reading.agrees_with(&expected),
        "seed {seed}, {rules:?}: {reading}, not {expected}:\n{input}"
    );
}

const REQUESTS: u64 = 2_000;
const THREADS: u64 = 4;
