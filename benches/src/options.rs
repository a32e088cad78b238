//! The command line of the runner.

use std::io;
use std::path::PathBuf;

use crate::load::{SCENARIOS, Scenario};
use crate::peers::{Peer, failed};

/// What `--help` prints, and every mistake on the command line.
const USAGE: &str = "\
tremolo-benches [--peers null,hyper,axum,may,ours] [--peer 'NAME=PROGRAM WORD…']
                [--scenarios c64,c1,p16,browser] [--base NAME] [--runs N] [--seconds N]
                [--server-cpu N] [--load-cpu N] [--markdown FILE] [--json FILE]";

/// What to measure, how long, and where to write it.
pub(crate) struct Options {
    pub(crate) peers: Vec<Peer>,
    pub(crate) scenarios: Vec<&'static Scenario>,
    pub(crate) base: String,
    pub(crate) runs: usize,
    pub(crate) seconds: u64,
    pub(crate) server_cpu: usize,
    pub(crate) load_cpu: usize,
    pub(crate) markdown: Option<PathBuf>,
    pub(crate) json: Option<PathBuf>,
}

impl Options {
    /// Reads the words after the program's name.
    pub(crate) fn read(mut words: impl Iterator<Item = String>) -> io::Result<Self> {
        let mut options = Self {
            peers: Vec::new(),
            scenarios: Vec::new(),
            base: String::new(),
            runs: 3,
            seconds: 4,
            server_cpu: 0,
            load_cpu: 1,
            markdown: None,
            json: None,
        };
        while let Some(name) = words.next() {
            let value = words.next().ok_or_else(usage)?;
            options.set(&name, value)?;
        }
        if options.peers.is_empty() {
            options.add_peers("null,hyper,axum,may")?;
        }
        if options.scenarios.is_empty() {
            options.scenarios = SCENARIOS.iter().collect();
        }
        if options.base.is_empty() {
            let hyper = options.peers.iter().find(|peer| peer.name == "hyper");
            options.base = hyper.unwrap_or(&options.peers[0]).name.clone();
        }
        if !options.peers.iter().any(|peer| peer.name == options.base) {
            return Err(failed(format!("the base {:?} is not among the peers", options.base)));
        }
        Ok(options)
    }

    fn set(&mut self, name: &str, value: String) -> io::Result<()> {
        match name {
            "--peers" => self.add_peers(&value)?,
            "--peer" => self.peers.push(Peer::custom(&value)?),
            "--scenarios" => {
                for name in value.split(',') {
                    let scenario = SCENARIOS.iter().find(|scenario| scenario.name == name);
                    self.scenarios.push(scenario.ok_or_else(usage)?);
                }
            }
            "--base" => self.base = value,
            "--runs" => self.runs = number(&value)?.max(1),
            "--seconds" => self.seconds = number(&value)?.max(1) as u64,
            "--server-cpu" => self.server_cpu = number(&value)?,
            "--load-cpu" => self.load_cpu = number(&value)?,
            "--markdown" => self.markdown = Some(value.into()),
            "--json" => self.json = Some(value.into()),
            _ => return Err(usage()),
        }
        Ok(())
    }

    fn add_peers(&mut self, names: &str) -> io::Result<()> {
        for name in names.split(',') {
            self.peers.push(Peer::known(name)?);
        }
        Ok(())
    }
}

fn number(text: &str) -> io::Result<usize> {
    text.parse().map_err(|_| usage())
}

fn usage() -> io::Error {
    failed(USAGE.to_owned())
}
