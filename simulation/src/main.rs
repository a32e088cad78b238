//! Runs seeds until one fails, a number of them is done, or the time is over.
//!
//! `tremolo-simulation [--seeds N] [--seconds N] [--first SEED] [--peers N]`

#![expect(clippy::print_stdout, reason = "a command line program: its output is its interface")]

use std::process::ExitCode;
use std::time::{Duration, Instant};

use tremolo_simulation::{
    Failure, Sabotage, Scenario, Summary, shrink, shrink_front, simulate, simulate_front,
};

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
    let (began, mut engine, mut front) = (Instant::now(), Summary::default(), Summary::default());
    let mut count = 0;
    while count < options.seeds && began.elapsed() < options.time {
        let seed = options.first.wrapping_add(count);
        let peers = if options.peers > 0 { options.peers } else { usual_peers(seed) };
        let scenario = Scenario::of_seed(seed, peers);
        let simulated = simulate(&scenario, Sabotage::None);
        if let Err(failure) = simulated.map(|summary| engine += summary) {
            return report(seed, peers, &failure, |shown| shrink(shown, Sabotage::None));
        }
        // The front needs a thread and a runtime for each server.
        if options.seeds == 1 || seed % FRONT == 0 {
            let simulated = simulate_front(&scenario);
            if let Err(failure) = simulated.map(|summary| front += summary) {
                return report(seed, peers, &failure, shrink_front);
            }
        }
        count += 1;
    }
    let time = began.elapsed();
    println!("{count} seeds in {:.1} s", time.as_secs_f64());
    for (name, Summary { conversations, exchanges, responses }) in
        [("engine", engine), ("Rust front", front)]
    {
        println!(
            "{name}: {conversations} conversations, {exchanges} exchanges, {responses} complete \
             responses"
        );
    }
    let conversations = engine.conversations + front.conversations;
    println!("{:.0} conversations a minute", conversations as f64 / time.as_secs_f64() * 60.0);
    ExitCode::SUCCESS
}

/// Prints a failure and the shortest scenario that has it.
fn report(
    seed: u64,
    peers: usize,
    failure: &Failure,
    shrink: impl Fn(Scenario) -> (Scenario, Option<Failure>),
) -> ExitCode {
    println!("seed {seed} with {peers} peers: {failure}");
    let scenario = Scenario::of_seed(seed, peers);
    if let Some(script) = failure.peer.and_then(|peer| scenario.peers.get(peer)) {
        println!("its script: {script:?}");
    }
    println!("its server: {:?}", Scenario { peers: Vec::new(), ..scenario.clone() });
    std::panic::set_hook(Box::new(|_| {}));
    let (scenario, failure) = shrink(scenario);
    println!("the shortest scenario:\n{scenario:#?}");
    if let Some(failure) = failure {
        println!("{failure}");
    }
    println!("to repeat it: cargo xtask simulate --first {seed} --seeds 1 --peers {peers}");
    ExitCode::FAILURE
}

/// Of so many seeds one runs with the Rust front as well.
const FRONT: u64 = 8;

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
