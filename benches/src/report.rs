//! Everything that was measured, and the forms in which it is told.

mod columns;
mod json;
mod machine;
mod marks;
mod readme;
mod series;
mod text;

pub(crate) use self::machine::Machine;
pub(crate) use self::series::Series;

use crate::plan::Contest;
use crate::scenarios::Unit;

/// A report, while its rounds come in and when they are all there.
pub(crate) struct Report {
    /// How it was measured, in sentences.
    pub(crate) method: String,
    /// The command that repeats it.
    pub(crate) command: String,
    pub(crate) machine: Machine,
    pub(crate) tables: Vec<Table>,
    /// What was not measured or failed, and why.
    pub(crate) notes: Vec<String>,
}

/// A contest and its outcome: a series for each of its peers, in their order.
pub(crate) struct Table {
    pub(crate) contest: Contest,
    pub(crate) series: Vec<Series>,
}

impl Table {
    pub(crate) fn new(contest: Contest) -> Self {
        let series = contest.peers.iter().map(|peer| Series::new(peer.name.clone())).collect();
        Self { contest, series }
    }

    fn unit(&self) -> Unit {
        self.contest.scenario.load.unit()
    }

    fn of(&self, peer: &str) -> Option<&Series> {
        self.series.iter().find(|series| series.peer == peer)
    }

    fn base(&self) -> Option<&Series> {
        self.of(&self.contest.base)
    }

    fn ours(&self) -> Option<&Series> {
        self.of(self.contest.ours.as_deref()?)
    }

    fn set(&self) -> &'static str {
        self.contest.set.map_or("chosen", |set| set.name)
    }

    fn title(&self) -> String {
        let scenario = self.contest.scenario;
        format!("{} ({} peers): {}", scenario.name, self.set(), scenario.what)
    }
}
