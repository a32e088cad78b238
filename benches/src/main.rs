//! Measures peers side by side: the same machine, the same run, ratios to a named one.
//!
//! Every round goes through all scenarios and, within each, through all peers; each peer starts
//! fresh, is checked, loaded and ended before the next one starts. README.md tells the method.

mod load;
mod options;
mod peers;
mod plan;
mod report;
mod requests;
mod sample;
mod scenarios;
mod usage;

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;
use std::process::ExitCode;

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use load::Loader;
use options::Options;
use peers::{ROOT, Setting};
use plan::Plan;
use report::{Machine, Report, Table};
use sample::{Measure, Sample};
use scenarios::FILE;

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
        server_cpu: options.server_cpu,
        load_cpu: options.load_cpu,
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
    let setting = Setting { cpu: options.server_cpu, file: &file };
    for round in 0..options.runs {
        for table in &mut report.tables {
            report.notes.extend(turn(&loader, &setting, table, round)?);
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

/// One round of one table; returns what failed in it.
fn turn(
    loader: &Loader,
    setting: &Setting<'_>,
    table: &mut Table,
    round: usize,
) -> io::Result<Vec<String>> {
    let (count, mut notes) = (table.series.len(), Vec::new());
    // Another one goes first in each round, so that no place in the order is always the same's.
    for step in 0..count {
        let at = (round + step) % count;
        let (peer, scenario) = (&table.contest.peers[at], table.contest.scenario);
        let server = peer.start(scenario, setting);
        let sample = match server.and_then(|server| loader.run(scenario, &server)) {
            Ok(sample) => sample,
            // A peer that fails is reported; the others are measured all the same.
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

/// The command that repeats this, as a shell takes it; without the files that it writes.
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

/// As many open files as the system lets us have, for ourselves and for the peers.
fn allow_connections() -> io::Result<()> {
    let maximum = getrlimit(Resource::Nofile).maximum;
    Ok(setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum })?)
}

/// What `/file` answers with. Its bytes are all the same: nobody looks at them.
fn make_file(path: &Path) -> io::Result<()> {
    let mut file = File::create(path)?;
    let piece = vec![b'f'; 1 << 20];
    for _ in 0..FILE / piece.len() as u64 {
        file.write_all(&piece)?;
    }
    // Nothing is to be written to the disk while something is measured.
    file.sync_all()
}

/// How it was measured, for the top of the report.
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
        loader.server_cpu,
        loader.load_cpu,
        options.base.as_deref().unwrap_or("hyper, or granian-rsgi"),
    )
}

/// An error with a text for whoever runs the measurement.
pub(crate) fn failed(text: String) -> io::Error {
    io::Error::other(text)
}
