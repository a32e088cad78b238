//! Measures servers against each other: on one machine, in one run, as ratios to a base.
//!
//! Each round runs all scenarios, and in each scenario all peers. A peer is started, checked,
//! loaded and ended before the next one starts. README.md describes the method.

mod failure;
mod load;
mod options;
mod peers;
mod plan;
mod report;
mod requests;
mod sample;
mod scenarios;
mod sets;

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;
use std::process::ExitCode;

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use load::Loader;
use options::Options;
use peers::{PeerSettings, ROOT};
use plan::Plan;
use report::{Machine, Report, Table};
use sample::{Measure, Sample};
use scenarios::FILE;

fn main() -> ExitCode {
    match Options::read(std::env::args().skip(1)).and_then(|options| run(&options)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // If standard error is closed, there is no way to report.
            let _ = writeln!(io::stderr(), "{error}");
            ExitCode::FAILURE
        }
    }
}

fn run(options: &Options) -> io::Result<()> {
    let plan = Plan::new(options)?;
    if options.needs {
        return io::stdout().write_all((plan.needs().join("\n") + "\n").as_bytes());
    }
    allow_connections()?;
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("file");
    make_file(&file)?;
    let loader = Loader {
        seconds: options.seconds,
        server_cpus: options.server_cpu.to_string(),
        load_cpus: options.load_cpu.to_string(),
        perf: Loader::probe(options.server_cpu),
        folder: folder.path().to_owned(),
    };
    let mut report = Report {
        method: method(options, &loader),
        command: command_line(&options.words),
        machine: Machine::read(),
        tables: plan.contests.into_iter().map(Table::new).collect(),
        notes: plan.left_out,
    };
    let settings =
        PeerSettings { cpu: options.server_cpu, load_cpu: options.load_cpu, file: &file };
    for round in 0..options.runs {
        for table in &mut report.tables {
            report.notes.extend(run_round(&loader, &settings, table, round)?);
        }
    }
    io::stdout().write_all(report.text().as_bytes())?;
    if let Some(file) = &options.markdown {
        fs::write(file, report.markdown())?;
    }
    if let Some(file) = &options.json {
        fs::write(file, format!("{:#}\n", report.json()))?;
    }
    if options.readme {
        report.write_readme(&Path::new(ROOT).join("README.md"))?;
    }
    Ok(())
}

/// One round of one table; returns a note for each failure.
fn run_round(
    loader: &Loader,
    settings: &PeerSettings<'_>,
    table: &mut Table,
    round: usize,
) -> io::Result<Vec<String>> {
    let (count, mut notes) = (table.series.len(), Vec::new());
    // Another peer is first in each round, so that no peer always has the same position.
    for step in 0..count {
        let at = (round + step) % count;
        let (peer, scenario) = (&table.contest.peers[at], table.contest.scenario);
        let server = peer.start(scenario, settings);
        let sample = match server.and_then(|server| loader.run(scenario, &server)) {
            Ok(sample) => sample,
            // A peer that fails is reported; the others are still measured.
            Err(error) => {
                notes.push(format!("{}, round {}: {error}", scenario.name, round + 1));
                Sample::with_errors(1)
            }
        };
        writeln!(io::stderr(), "{}", progress(round, scenario.name, &peer.name, &sample))?;
        table.series[at].samples.push(sample);
    }
    Ok(notes)
}

/// The command that repeats this run, quoted for a shell, without the output files.
fn command_line(words: &[String]) -> String {
    let mut line = "cargo xtask bench".to_owned();
    let mut words = words.iter();
    while let Some(word) = words.next() {
        match word.as_str() {
            "--markdown" | "--json" => drop(words.next()),
            "--readme" => {}
            word if word.contains(' ') => line += &format!(" '{word}'"),
            word => line += &format!(" {word}"),
        }
    }
    line
}

fn progress(round: usize, scenario: &str, peer: &str, sample: &Sample) -> String {
    let mut line = format!("round {}  {scenario:<14} {peer:<16}", round + 1);
    for measure in [Measure::Throughput, Measure::Cpu, Measure::Memory, Measure::Calls] {
        if let Some(value) = sample.figure(measure) {
            line += &format!("  {} {value:.3e}", measure.name());
        }
    }
    if sample.errors > 0 {
        line += &format!("  {} errors", sample.errors);
    }
    line
}

/// Raises the limit of open files to its maximum, for this process and the peers.
fn allow_connections() -> io::Result<()> {
    let maximum = getrlimit(Resource::Nofile).maximum;
    Ok(setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum })?)
}

/// Writes the file for `/file`. All bytes are the same; no peer examines them.
fn make_file(path: &Path) -> io::Result<()> {
    let mut file = File::create(path)?;
    let piece = vec![b'f'; 1 << 20];
    for _ in 0..FILE / piece.len() as u64 {
        file.write_all(&piece)?;
    }
    // No writes to the disk may happen during a measurement.
    file.sync_all()
}

/// The method of the measurement, for the head of the report.
fn method(options: &Options, loader: &Loader) -> String {
    let split = if loader.perf { "perf at 3989 Hz" } else { "the kernel's tick, coarse" };
    format!(
        "{} rounds of {} s, interleaved; server on processor {}, load on {}; medians.\n\
         CPU is the server's, from schedstat; its split is sampled by {split}.\n\
         ±% is half the spread over the rounds; others % is time taken on the server's processor\n\
         by other processes, in the worst round; × is the median of each round's ratio to the\n\
         base ({}), ours × that of ours to the peer.",
        options.runs,
        options.seconds,
        loader.server_cpus,
        loader.load_cpus,
        options.base.as_deref().unwrap_or("hyper, or granian-rsgi"),
    )
}
