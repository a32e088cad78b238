//! The figures of one round.
//!
//! All figures are in seconds and bytes. Only the tables convert them to µs and KiB.

/// A figure of a round. Figures "per unit" are per unit of the scenario.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Measure {
    /// Units per second.
    Throughput,
    /// Processor time of the server per unit. The next two are its parts in user space and in the
    /// kernel.
    Cpu,
    User,
    System,
    /// Latency.
    P50,
    P99,
    /// The highest resident size.
    PeakRss,
    /// The fraction of the processor's busy time that other processes used.
    Others,
    /// Memory per unit.
    Memory,
    /// Memory per client of a room before its first message; `Memory` is that after the last one.
    Before,
    /// The clients of a room or the idle connections, and those clients that do not read and were disconnected.
    Clients,
    Closed,
    /// System calls per unit.
    Calls,
    /// Processor time with many busy connections, divided by that with 64.
    CpuToFew,
    /// Latency beside many idle connections, divided by that without them.
    SlowerP50,
    SlowerP99,
    /// The achieved rate divided by the configured rate.
    Rate,
}

impl Measure {
    pub(crate) const ALL: [Self; 17] = [
        Self::Throughput,
        Self::Cpu,
        Self::User,
        Self::System,
        Self::P50,
        Self::P99,
        Self::PeakRss,
        Self::Others,
        Self::Memory,
        Self::Before,
        Self::Clients,
        Self::Closed,
        Self::Calls,
        Self::CpuToFew,
        Self::SlowerP50,
        Self::SlowerP99,
        Self::Rate,
    ];

    /// The name in JSON.
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
            Self::Before => "memory_before_bytes",
            Self::Clients => "clients",
            Self::Closed => "closed",
            Self::Calls => "calls",
            Self::CpuToFew => "cpu_to_few",
            Self::SlowerP50 => "slower_p50",
            Self::SlowerP99 => "slower_p99",
            Self::Rate => "rate",
        }
    }
}

/// The results of one round.
#[derive(Clone, Debug, Default)]
pub(crate) struct Sample {
    figures: Vec<(Measure, f64)>,
    /// Failed connections, reads, writes, responses and transfers.
    pub(crate) errors: u64,
    /// System calls per unit by name, the highest count first.
    pub(crate) calls: Vec<(String, f64)>,
}

impl Sample {
    /// A round with this number of errors; 1 if the whole round failed.
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

    /// Removes figures that are not valid.
    pub(crate) fn forget(&mut self, measures: &[Measure]) {
        self.figures.retain(|(measure, _)| !measures.contains(measure));
    }

    pub(crate) fn figure(&self, measure: Measure) -> Option<f64> {
        self.figures.iter().find(|(known, _)| *known == measure).map(|(_, value)| *value)
    }
}
