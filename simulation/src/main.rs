//! Runs seeds until one fails, a number of them is done, or the time is over.
//!
//! `tremolo-simulation [--seeds N] [--seconds N] [--first SEED] [--peers N]`

#![expect(clippy::print_stdout, reason = "a command line program: its output is its interface")]

use std::process::ExitCode;
use std::time::{Duration, Instant};

use tremolo_simulation::{Sabotage, Scenario, Summary, shrink, simulate};

/// The options of the command line.
#[derive(Clone, Copy, Debug)]
struct Options {
    seeds: u64,
    time: Duration,
    first: u64,
    /// Peers of each server; 0: a number that the seed decides.
    peers: usize,
}

fn main() -> ExitCode {
    let Some(options) = options(std::env::args().skip(1)) else {
        println!("options: [--seeds N] [--seconds N] [--first SEED] [--peers N]");
        return ExitCode::from(2);
    };
    let (began, mut total) = (Instant::now(), Summary::default());
    let mut count = 0;
    while count < options.seeds && began.elapsed() < options.time {
        let seed = options.first.wrapping_add(count);
        let peers = if options.peers > 0 { options.peers } else { usual_peers(seed) };
        match simulate(&Scenario::of_seed(seed, peers), Sabotage::None) {
            Ok(summary) => {
                total.conversations += summary.conversations;
                total.exchanges += summary.exchanges;
                total.responses += summary.responses;
            }
            Err(failure) => {
                println!("seed {seed} with {peers} peers: {failure}");
                std::panic::set_hook(Box::new(|_| {}));
                let (scenario, failure) = shrink(Scenario::of_seed(seed, peers), Sabotage::None);
                println!("the shortest scenario:\n{scenario:#?}");
                if let Some(failure) = failure {
                    println!("{failure}");
                }
                println!(
                    "to repeat it: cargo xtask simulate --first {seed} --seeds 1 --peers {peers}"
                );
                return ExitCode::FAILURE;
            }
        }
        count += 1;
    }
    let time = began.elapsed();
    let Summary { conversations, exchanges, responses } = total;
    let per_minute = conversations as f64 / time.as_secs_f64() * 60.0;
    println!(
        "{count} seeds, {conversations} conversations, {exchanges} exchanges, {responses} complete \
         responses in {:.1} s: {per_minute:.0} conversations a minute",
        time.as_secs_f64()
    );
    ExitCode::SUCCESS
}

/// Most servers are small, so that many different limits are met; a few have thousands of peers.
fn usual_peers(seed: u64) -> usize {
    match seed % 100 {
        0 => 2_000,
        1..10 => 200,
        _ => 20,
    }
}

fn options(mut arguments: impl Iterator<Item = String>) -> Option<Options> {
    let mut options =
        Options { seeds: u64::MAX, time: Duration::from_secs(60), first: 0, peers: 0 };
    while let Some(name) = arguments.next() {
        let number: u64 = arguments.next()?.parse().ok()?;
        match &*name {
            "--seeds" => options.seeds = number,
            "--seconds" => options.time = Duration::from_secs(number),
            "--first" => options.first = number,
            "--peers" => options.peers = usize::try_from(number).ok()?,
            _ => return None,
        }
    }
    Some(options)
}
