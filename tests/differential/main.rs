//! Generated requests to both fronts and to other servers: `cargo xtask differential`.
//!
//! Ours must read each request as the reference does, in both fronts. Where another server reads it
//! differently, a row of the table must be about it: one with a rule of this request, by which this
//! server differs too. The run also writes `docs/differential.md`.
//!
//! `DIFFERENTIAL_REQUESTS` is how many requests are made, `DIFFERENTIAL_SEED` the first seed, and
//! `DIFFERENTIAL_WITHOUT` names the servers that are missing, separated by commas.

#![expect(clippy::print_stdout, reason = "the report of a run")]

mod compare;
mod page;
mod servers;
mod upstream;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};
use std::{env, fs};

use tremolo_tests::differential::{End, Reading, generate, observe, rows};

use self::compare::Comparison;
use self::servers::{Server, launch_all};

#[test]
#[ignore = "`cargo xtask differential` installs the servers"]
fn differences_are_in_the_table() {
    let servers = launch_all(&env::var("DIFFERENTIAL_WITHOUT").unwrap_or_default());
    let (requests, first) =
        (number("DIFFERENTIAL_REQUESTS", 2_000), number("DIFFERENTIAL_SEED", 0));
    let began = Instant::now();
    let rows = rows();
    let inputs: Vec<_> = rows.iter().map(|row| row.input.clone()).collect();
    let readings = observe_all(&servers, &inputs, CERTAIN);
    let mut comparison = Comparison::new(&servers, &rows, &readings);
    let page = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/differential.md");
    fs::write(page, page::write(&servers, &rows, &readings)).expect("the page can be written");
    for round in (0..requests).step_by(ROUND) {
        let seeds = first + round..first + requests.min(round + ROUND as u64);
        let inputs: Vec<_> = seeds.clone().map(generate).collect();
        let readings = observe_all(&servers, &inputs, QUICK);
        for (at, (seed, input)) in seeds.zip(&inputs).enumerate() {
            let of_input: Vec<_> = readings.iter().map(|server| server[at].clone()).collect();
            comparison.add(seed, input, of_input);
        }
        println!("    {} requests, {:.0} s", round + ROUND as u64, began.elapsed().as_secs_f64());
    }
    println!(
        "{requests} requests from seed {first} to {} servers in {:.0} s",
        servers.len(),
        began.elapsed().as_secs_f64()
    );
    comparison.report();
    assert!(comparison.is_clean(), "differences that are not in the table");
}

/// What each server makes of each input: by server, then by input.
fn observe_all(servers: &[Server], inputs: &[Vec<u8>], silence: Duration) -> Vec<Vec<Reading>> {
    thread::scope(|scope| {
        let servers: Vec<_> = servers
            .iter()
            .map(|server| scope.spawn(move || observe_one(server, inputs, silence)))
            .collect();
        servers.into_iter().map(|thread| thread.join().expect("it has observed")).collect()
    })
}

fn observe_one(server: &Server, inputs: &[Vec<u8>], silence: Duration) -> Vec<Reading> {
    let next = AtomicUsize::new(0);
    let observe_some = || {
        let mut readings = Vec::new();
        while let at = next.fetch_add(1, Ordering::Relaxed)
            && let Some(input) = inputs.get(at)
        {
            readings.push((at, observe_certainly(server, input, silence)));
        }
        readings
    };
    let mut readings: Vec<_> = thread::scope(|scope| {
        let threads: Vec<_> = (0..THREADS).map(|_| scope.spawn(observe_some)).collect();
        threads.into_iter().flat_map(|thread| thread.join().expect("it has observed")).collect()
    });
    readings.sort_by_key(|(at, _)| *at);
    readings.into_iter().map(|(_, reading)| reading).collect()
}

fn observe_certainly(server: &Server, input: &[u8], silence: Duration) -> Reading {
    let reading = observe(server.address, input, silence);
    reading.unwrap_or_else(|fault| panic!("{}: {fault}: {:?}", server.name, input.escape_ascii()))
}

/// What a server makes of an input, if it may only have been slow.
pub(crate) fn confirm(server: &Server, input: &[u8], reading: &Reading) -> Reading {
    match reading.end {
        End::Waits => observe_certainly(server, input, CERTAIN),
        End::Closed => reading.clone(),
    }
}

fn number(name: &str, default: u64) -> u64 {
    let value = env::var(name).ok();
    value.map_or(default, |value| value.parse().expect("the variable is a number"))
}

/// Requests between two comparisons.
const ROUND: usize = 5_000;

/// Connections to each server at a time.
const THREADS: usize = 12;

/// A server that sends nothing for so long waits for more; differences are checked again.
const QUICK: Duration = Duration::from_millis(150);
const CERTAIN: Duration = Duration::from_secs(2);
