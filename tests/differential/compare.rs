//! Compares what the servers make of the same input.

use std::collections::{BTreeMap, BTreeSet};

use tremolo_tests::differential::{NEXT, Reading, Row, Rule, read};

use crate::confirm;
use crate::servers::{OURS, Server};

/// All differences so far.
pub(crate) struct Comparison<'a> {
    servers: &'a [Server],
    /// Rules by which a server differs in the table.
    known: BTreeSet<(String, &'static str)>,
    /// How often, by rule and server.
    explained: BTreeMap<(String, &'static str), usize>,
    /// What no row explains.
    unexplained: BTreeMap<Kind, Example>,
}

/// Differences of one kind: the server, and the rules of the input.
type Kind = (&'static str, BTreeSet<Rule>);

/// The shortest input of a kind.
struct Example {
    count: usize,
    seed: u64,
    input: Vec<u8>,
    expected: Reading,
    found: Reading,
}

impl<'a> Comparison<'a> {
    /// Begins with the rows of the table: what each server makes of each, by server, then by row.
    ///
    /// # Panics
    ///
    /// If ours does not do what a row states.
    pub(crate) fn new(servers: &'a [Server], rows: &[Row], readings: &[Vec<Reading>]) -> Self {
        let mut known = BTreeSet::new();
        for (at, row) in rows.iter().enumerate() {
            for (server, readings_of_it) in servers.iter().zip(readings) {
                let reading = &readings_of_it[at];
                if OURS.contains(&server.name) {
                    assert_eq!(reading.to_string(), row.ours, "{} {row:?}", server.name);
                } else if !reading.agrees_with(&readings[0][at]) {
                    known.insert((row.rule.clone(), server.name));
                }
            }
        }
        Self { servers, known, explained: BTreeMap::new(), unexplained: BTreeMap::new() }
    }

    /// Adds what the servers make of an input, in their order.
    pub(crate) fn add(&mut self, seed: u64, input: &[u8], readings: Vec<Reading>) {
        let (expected, rules) = read(&[input, NEXT.as_bytes()].concat());
        let rules: BTreeSet<_> = rules.into_iter().collect();
        for (server, mut found) in self.servers.iter().zip(readings) {
            if !found.agrees_with(&expected) && !self.is_explained(server.name, &rules) {
                found = confirm(server, input, &found);
                if !found.agrees_with(&expected) {
                    let (expected, found) = (expected.clone(), found.clone());
                    let example =
                        Example { count: 1, seed, input: input.to_vec(), expected, found };
                    self.keep((server.name, rules.clone()), example);
                }
            }
        }
    }

    /// Whether a row is about a difference; counts it then.
    fn is_explained(&mut self, server: &'static str, rules: &BTreeSet<Rule>) -> bool {
        let names = rules.iter().map(|rule| (format!("{rule:?}"), server));
        let names: Vec<_> = names.filter(|name| self.known.contains(name)).collect();
        let is_known = !names.is_empty();
        for name in names {
            *self.explained.entry(name).or_default() += 1;
        }
        is_known
    }

    fn keep(&mut self, kind: Kind, new: Example) {
        let Some(known) = self.unexplained.get_mut(&kind) else {
            self.unexplained.insert(kind, new);
            return;
        };
        known.count += 1;
        if new.input.len() < known.input.len() {
            *known = Example { count: known.count, ..new };
        }
    }

    /// Whether each difference has a row.
    pub(crate) fn is_clean(&self) -> bool {
        self.unexplained.is_empty()
    }

    /// Prints how often each row was met, and what no row is about.
    pub(crate) fn report(&self) {
        let mut by_rule: BTreeMap<&str, Vec<String>> = BTreeMap::new();
        for ((rule, server), count) in &self.explained {
            by_rule.entry(rule).or_default().push(format!("{server} {count}"));
        }
        for (rule, counts) in by_rule {
            println!("    {rule}: {}", counts.join(", "));
        }
        for ((server, rules), example) in &self.unexplained {
            let Example { count, seed, input, expected, found } = example;
            println!(
                "{server}, {rules:?}, {count} times: {found}, not {expected}; seed {seed}: {}",
                input.escape_ascii()
            );
        }
    }
}
