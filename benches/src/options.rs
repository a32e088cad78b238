//! The command line of the runner.

use std::io;
use std::path::PathBuf;

use crate::failure::failed;
use crate::peers::Peer;
use crate::scenarios::{SCENARIOS, Scenario, scenario};
use crate::sets::{SETS, Set};

/// The text for all errors in the command line.
const USAGE: &str = "\
[SCENARIO…] [--set rust|python|asgi] [--peers NAME,…] [--peer 'NAME=PROGRAM WORD…']
[--base NAME] [--runs N] [--seconds N] [--server-cpu N] [--load-cpu N]
[--markdown FILE] [--json FILE] [--readme] [--needs]";

/// What to measure, how long, and the output files.
pub(crate) struct Options {
    /// Empty: all scenarios.
    pub(crate) scenarios: Vec<&'static Scenario>,
    /// Empty: both sets.
    pub(crate) sets: Vec<&'static Set>,
    /// Empty: the peers of the sets.
    pub(crate) peers: Vec<Peer>,
    pub(crate) base: Option<String>,
    pub(crate) runs: usize,
    pub(crate) seconds: u64,
    pub(crate) server_cpu: usize,
    pub(crate) load_cpu: usize,
    pub(crate) markdown: Option<PathBuf>,
    pub(crate) json: Option<PathBuf>,
    /// Whether to write the table of the README.
    pub(crate) readme: bool,
    /// Whether to print only which programs must be installed.
    pub(crate) needs: bool,
    /// The words as given on the command line.
    pub(crate) words: Vec<String>,
}

impl Options {
    /// Parses the words after the program's name.
    pub(crate) fn read(words: impl Iterator<Item = String>) -> io::Result<Self> {
        let words: Vec<_> = words.collect();
        let mut options = Self {
            scenarios: Vec::new(),
            sets: Vec::new(),
            peers: Vec::new(),
            base: None,
            runs: 3,
            seconds: 4,
            server_cpu: 0,
            load_cpu: 1,
            markdown: None,
            json: None,
            readme: false,
            needs: false,
            words: words.clone(),
        };
        let mut words = words.into_iter();
        while let Some(word) = words.next() {
            match word.as_str() {
                "--readme" => options.readme = true,
                "--needs" => options.needs = true,
                name if name.starts_with("--") => {
                    let value = words.next().ok_or_else(|| usage(name))?;
                    options.set(name, value)?;
                }
                name => options.scenarios.push(scenario(name).ok_or_else(|| unknown(name))?),
            }
        }
        Ok(options)
    }

    fn set(&mut self, name: &str, value: String) -> io::Result<()> {
        match name {
            "--set" => {
                let set = SETS.iter().find(|set| set.name == value);
                self.sets.push(set.ok_or_else(|| usage(&value))?);
            }
            "--peers" => {
                for name in value.split(',') {
                    self.peers.push(Peer::known(name)?);
                }
            }
            "--peer" => self.peers.push(Peer::custom(&value)?),
            "--base" => self.base = Some(value),
            "--runs" => self.runs = number(&value)?.max(1),
            "--seconds" => self.seconds = number(&value)?.max(1) as u64,
            "--server-cpu" => self.server_cpu = number(&value)?,
            "--load-cpu" => self.load_cpu = number(&value)?,
            "--markdown" => self.markdown = Some(value.into()),
            "--json" => self.json = Some(value.into()),
            _ => return Err(usage(name)),
        }
        Ok(())
    }
}

fn number(text: &str) -> io::Result<usize> {
    text.parse().map_err(|_| usage(text))
}

fn usage(what: &str) -> io::Error {
    failed(format!("{what:?} was not understood; there are\n{USAGE}"))
}

fn unknown(name: &str) -> io::Error {
    let names: Vec<_> = SCENARIOS.iter().map(|scenario| scenario.name).collect();
    failed(format!("no scenario {name:?}; there are {}", names.join(", ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(words: &str) -> io::Result<Options> {
        Options::read(words.split_whitespace().map(str::to_owned))
    }

    #[test]
    fn words_are_scenarios_and_options() {
        let options = read("c64 --seconds 1 p16 --readme --peers ours,hyper --runs 0").unwrap();
        let names: Vec<_> = options.scenarios.iter().map(|scenario| scenario.name).collect();
        assert_eq!(names, ["c64", "p16"]);
        assert_eq!((options.seconds, options.runs, options.readme), (1, 1, true));
        assert_eq!(options.peers.len(), 2);
    }

    #[test]
    fn invalid_words_are_refused() {
        for words in ["c65", "--peers nobody", "--seconds", "--seconds x", "--set ruby", "--x y"] {
            assert!(read(words).is_err(), "{words}");
        }
    }
}
