//! One run in figures: what there is to measure, and what one round brought.
//!
//! All figures are in seconds and bytes; only the tables know of µs and KiB.

/// A figure of a run. What is per something is so per unit of the scenario.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Measure {
    /// Units per second.
    Throughput,
    /// Processor time of the server per unit, and of it what was spent in user space and in the
    /// kernel.
    Cpu,
    User,
    System,
    /// Latency.
    P50,
    P99,
    /// The highest resident size.
    PeakRss,
    /// Part of the busy time of the server's processor that belonged to somebody else.
    Others,
    /// Memory held per unit.
    Memory,
    /// System calls per unit.
    Calls,
    /// The rate achieved by the rate set.
    Rate,
}

impl Measure {
    pub(crate) const ALL: [Self; 11] = [
        Self::Throughput,
        Self::Cpu,
        Self::User,
        Self::System,
        Self::P50,
        Self::P99,
        Self::PeakRss,
        Self::Others,
        Self::Memory,
        Self::Calls,
        Self::Rate,
    ];

    /// Its name in JSON.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Throughput => "per_second",
            Self::Cpu => "cpu_s",
            Self::User => "user_s",
            Self::System => "system_s",
            Self::P50 => "p50_s",
            Self::P99 => "p99_s",
            Self::PeakRss => "peak_rss_bytes",
            Self::Others => "others",
            Self::Memory => "memory_bytes",
            Self::Calls => "calls",
            Self::Rate => "rate",
        }
    }
}

/// What one round brought.
#[derive(Clone, Debug, Default)]
pub(crate) struct Sample {
    figures: Vec<(Measure, f64)>,
    /// What failed: connections, reads, writes, answers, transfers.
    pub(crate) errors: u64,
    /// System calls per unit by name, the frequent ones first.
    pub(crate) calls: Vec<(String, f64)>,
}

impl Sample {
    /// A round in which so much failed; all of it is 1.
    pub(crate) fn with_errors(errors: u64) -> Self {
        Self { errors, ..Self::default() }
    }

    pub(crate) fn with(mut self, measure: Measure, value: f64) -> Self {
        self.figures.push((measure, value));
        self
    }

    pub(crate) fn with_calls(mut self, calls: Vec<(String, f64)>) -> Self {
        self.calls = calls;
        self
    }

    /// Takes out what means nothing.
    pub(crate) fn forget(&mut self, measures: &[Measure]) {
        self.figures.retain(|(measure, _)| !measures.contains(measure));
    }

    pub(crate) fn figure(&self, measure: Measure) -> Option<f64> {
        self.figures.iter().find(|(known, _)| *known == measure).map(|(_, value)| *value)
    }
}
