//! Measures peers side by side: the same machine, the same run, ratios to a named one.
//!
//! Every round goes through all scenarios and, within each, through all peers; each peer starts
//! fresh, is checked, loaded and ended before the next one starts. README.md tells the method.

mod load;
mod measure;
mod options;
mod peers;
mod report;

use std::fs;
use std::io::{self, Write};
use std::process::ExitCode;

use load::{Load, Scenario};
use measure::{Sample, Usage, peak_rss, tree};
use options::Options;
use peers::Peer;
use report::{Report, Series};

fn main() -> ExitCode {
    match Options::read(std::env::args().skip(1)).and_then(|options| run(&options)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Nobody is left to tell when standard error is closed.
            let _ = writeln!(io::stderr(), "{error}");
            ExitCode::FAILURE
        }
    }
}

fn run(options: &Options) -> io::Result<()> {
    let load = Load {
        seconds: options.seconds,
        server_cpu: options.server_cpu,
        load_cpu: options.load_cpu,
        perf: Load::probe(options.server_cpu),
    };
    let mut series = Vec::new();
    for scenario in &options.scenarios {
        for peer in &options.peers {
            let peer = peer.name.clone();
            series.push(Series { scenario: scenario.name, peer, samples: Vec::new() });
        }
    }
    for round in 0..options.runs {
        for (row, scenario) in options.scenarios.iter().enumerate() {
            // Another one goes first in each round, so that no place in the order is always the same's.
            for step in 0..options.peers.len() {
                let column = (round + step) % options.peers.len();
                let peer = &options.peers[column];
                let sample = measure(&load, scenario, peer)?;
                writeln!(
                    io::stderr(),
                    "round {}  {:<8} {:<12} {:>9.0} req/s  {:.3} µs",
                    round + 1,
                    scenario.name,
                    peer.name,
                    sample.requests_per_second,
                    sample.cpu
                )?;
                series[row * options.peers.len() + column].samples.push(sample);
            }
        }
    }
    let report = Report { method: method(options, &load), base: options.base.clone(), series };
    io::stdout().write_all(report.table().as_bytes())?;
    if let Some(file) = &options.markdown {
        fs::write(file, report.markdown())?;
    }
    if let Some(file) = &options.json {
        fs::write(file, format!("{:#}\n", report.json()))?;
    }
    Ok(())
}

/// One peer, one scenario, one run.
fn measure(load: &Load, scenario: &Scenario, peer: &Peer) -> io::Result<Sample> {
    let server = peer.start(load.server_cpu)?;
    let pids = tree(server.pid())?;
    let before = Usage::read(&pids)?;
    let outcome = load.run(scenario, server.address, &pids)?;
    let after = Usage::read(&pids)?;
    Ok(Sample::new(before, after, &outcome, peak_rss(&pids)?))
}

/// How it was measured, for the top of the report.
fn method(options: &Options, load: &Load) -> String {
    let split = if load.perf { "perf at 3989 Hz" } else { "the kernel's tick, coarse" };
    format!(
        "{} rounds of {} s, interleaved; server on processor {}, wrk -t1 on {}; medians.\n\
         CPU is the server's, per request, from schedstat; its split is sampled by {split}.\n\
         ±% is half the spread of CPU over the rounds; others % is time taken on the server's\n\
         processor by other processes, in the worst round; × is the median of each round's ratio to {}.",
        options.runs, options.seconds, load.server_cpu, load.load_cpu, options.base
    )
}
