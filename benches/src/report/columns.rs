//! The columns of a table, by its unit, and the text of their cells.

use super::{Series, Table};
use crate::sample::Measure;
use crate::scenarios::Unit;

/// A column: its title and its content.
pub(super) struct Column {
    pub(super) title: &'static str,
    cell: Cell,
}

#[derive(Clone, Copy)]
enum Cell {
    Peer,
    /// The median, divided by this unit (in seconds or bytes), with this many digits.
    Figure(Measure, f64, usize),
    /// Half the distance between the lowest and the highest round, in percent of the median.
    Spread(Measure),
    Errors,
    /// The part of other processes in the worst round, in percent.
    Others,
    /// The ratio of the peer to the base.
    ToBase(Measure),
    /// The ratio of Tremolo to the peer.
    Ours(Measure),
    /// System calls by name.
    Calls,
}

use Cell::{Calls, Errors, Figure, Others, Ours, Peer, Spread, ToBase};

const MILLI: f64 = 1e-3;
const MICRO: f64 = 1e-6;
const KIB: f64 = 1024.0;
const MIB: f64 = 1024.0 * 1024.0;

const fn column(title: &'static str, cell: Cell) -> Column {
    Column { title, cell }
}

const REQUEST: &[Column] = &exchanges("req/s");

const MESSAGE: &[Column] = &exchanges("msg/s");

/// The columns of small exchanges; `rate` is the title of their number per second.
const fn exchanges(rate: &'static str) -> [Column; 15] {
    [
        column("peer", Peer),
        column(rate, Figure(Measure::Throughput, 1.0, 0)),
        column("CPU µs", Figure(Measure::Cpu, MICRO, 3)),
        column("±%", Spread(Measure::Cpu)),
        column("user µs", Figure(Measure::User, MICRO, 3)),
        column("system µs", Figure(Measure::System, MICRO, 3)),
        column("p50 µs", Figure(Measure::P50, MICRO, 0)),
        column("p99 µs", Figure(Measure::P99, MICRO, 0)),
        column("errors", Errors),
        column("RSS MiB", Figure(Measure::PeakRss, MIB, 1)),
        column("others %", Others),
        column("CPU ×", ToBase(Measure::Cpu)),
        column("user ×", ToBase(Measure::User)),
        column("ours CPU ×", Ours(Measure::Cpu)),
        column("ours user ×", Ours(Measure::User)),
    ]
}

const BUSY: &[Column] = &[
    column("peer", Peer),
    column("req/s", Figure(Measure::Throughput, 1.0, 0)),
    column("CPU µs", Figure(Measure::Cpu, MICRO, 3)),
    column("±%", Spread(Measure::Cpu)),
    column("CPU × 64", Figure(Measure::CpuToFew, 1.0, 2)),
    column("p50 µs", Figure(Measure::P50, MICRO, 0)),
    column("p99 µs", Figure(Measure::P99, MICRO, 0)),
    column("errors", Errors),
    column("RSS MiB", Figure(Measure::PeakRss, MIB, 1)),
    column("others %", Others),
    column("CPU ×", ToBase(Measure::Cpu)),
    column("p99 ×", ToBase(Measure::P99)),
    column("ours CPU ×", Ours(Measure::Cpu)),
    column("ours p99 ×", Ours(Measure::P99)),
];

const GIB: &[Column] = &[
    column("peer", Peer),
    column("GiB/s", Figure(Measure::Throughput, 1.0, 2)),
    column("CPU s/GiB", Figure(Measure::Cpu, 1.0, 3)),
    column("±%", Spread(Measure::Cpu)),
    column("user s", Figure(Measure::User, 1.0, 3)),
    column("system s", Figure(Measure::System, 1.0, 3)),
    column("errors", Errors),
    column("RSS MiB", Figure(Measure::PeakRss, MIB, 1)),
    column("others %", Others),
    column("CPU ×", ToBase(Measure::Cpu)),
    column("user ×", ToBase(Measure::User)),
    column("ours CPU ×", Ours(Measure::Cpu)),
    column("ours user ×", Ours(Measure::User)),
];

const RATE: &[Column] = &[
    column("peer", Peer),
    column("MiB/s", Figure(Measure::Throughput, MIB, 3)),
    column("of the rate set", Figure(Measure::Rate, 1.0, 4)),
    column("errors", Errors),
    column("others %", Others),
];

const BESIDE: &[Column] = &[
    column("peer", Peer),
    column("req/s", Figure(Measure::Throughput, 1.0, 0)),
    column("p50 µs", Figure(Measure::P50, MICRO, 0)),
    column("p99 µs", Figure(Measure::P99, MICRO, 0)),
    column("±%", Spread(Measure::P99)),
    column("errors", Errors),
];

const STALL: &[Column] = &[
    column("peer", Peer),
    column("held MiB", Figure(Measure::Memory, MIB, 2)),
    column("errors", Errors),
    column("RSS MiB", Figure(Measure::PeakRss, MIB, 1)),
    column("held ×", ToBase(Measure::Memory)),
    column("ours ×", Ours(Measure::Memory)),
];

const CONNECTION: &[Column] = &[
    column("peer", Peer),
    column("KiB each", Figure(Measure::Memory, KIB, 2)),
    column("±%", Spread(Measure::Memory)),
    column("errors", Errors),
    column("RSS MiB", Figure(Measure::PeakRss, MIB, 1)),
    column("memory ×", ToBase(Measure::Memory)),
    column("ours ×", Ours(Measure::Memory)),
];

const CROWD: &[Column] = &[
    column("peer", Peer),
    column("connections", Figure(Measure::Clients, 1.0, 0)),
    column("KiB each", Figure(Measure::Memory, KIB, 2)),
    column("p50 µs", Figure(Measure::P50, MICRO, 0)),
    column("p99 µs", Figure(Measure::P99, MICRO, 0)),
    column("p50 × alone", Figure(Measure::SlowerP50, 1.0, 2)),
    column("p99 × alone", Figure(Measure::SlowerP99, 1.0, 2)),
    column("errors", Errors),
    column("RSS MiB", Figure(Measure::PeakRss, MIB, 1)),
    column("memory ×", ToBase(Measure::Memory)),
    column("ours ×", Ours(Measure::Memory)),
];

const CLIENT: &[Column] = &[
    column("peer", Peer),
    column("clients", Figure(Measure::Clients, 1.0, 0)),
    column("KiB idle", Figure(Measure::Before, KIB, 2)),
    column("KiB after", Figure(Measure::Memory, KIB, 2)),
    column("p50 ms", Figure(Measure::P50, MILLI, 1)),
    column("p99 ms", Figure(Measure::P99, MILLI, 1)),
    column("slow closed", Figure(Measure::Closed, 1.0, 0)),
    column("errors", Errors),
    column("RSS MiB", Figure(Measure::PeakRss, MIB, 1)),
    column("ours after ×", Ours(Measure::Memory)),
    column("ours p99 ×", Ours(Measure::P99)),
];

const CALL: &[Column] = &[
    column("peer", Peer),
    column("calls", Figure(Measure::Calls, 1.0, 3)),
    column("errors", Errors),
    column("by name", Calls),
];

/// The text of a cell without a value.
pub(super) const NOTHING: &str = "–";

/// Calls that are rarer than this are not named.
const RARE: f64 = 0.001;

impl Unit {
    pub(super) fn columns(self) -> &'static [Column] {
        match self {
            Self::Request => REQUEST,
            Self::Busy => BUSY,
            Self::Message => MESSAGE,
            Self::Gib => GIB,
            Self::Rate => RATE,
            Self::Beside => BESIDE,
            Self::Stall => STALL,
            Self::Connection => CONNECTION,
            Self::Crowd => CROWD,
            Self::Client => CLIENT,
            Self::Call => CALL,
        }
    }

    /// The most important figure.
    pub(super) fn main(self) -> Measure {
        match self {
            Self::Request | Self::Busy | Self::Message | Self::Gib => Measure::Cpu,
            Self::Rate => Measure::Rate,
            Self::Beside => Measure::P99,
            Self::Stall | Self::Connection | Self::Crowd | Self::Client => Measure::Memory,
            Self::Call => Measure::Calls,
        }
    }
}

impl Column {
    /// The cell of `series` in its `table`.
    pub(super) fn cell(&self, table: &Table, series: &Series) -> String {
        let known = |value: Option<f64>, digits: usize| {
            value.map_or_else(|| NOTHING.to_owned(), |value| format!("{value:.digits$}"))
        };
        match self.cell {
            Peer => series.peer.clone(),
            Figure(measure, scale, digits) => {
                known(series.median(measure).map(|value| value / scale), digits)
            }
            Spread(measure) => known(series.spread(measure).map(|part| 100.0 * part), 1),
            Errors => series.errors().to_string(),
            Others => known(series.others().map(|part| 100.0 * part), 1),
            ToBase(measure) => known(table.base().and_then(|base| series.ratio(base, measure)), 2),
            Ours(measure) => known(table.ours().and_then(|ours| ours.ratio(series, measure)), 2),
            Calls => {
                let calls = series.samples.last().map_or(&[][..], |sample| &sample.calls);
                let calls = calls.iter().filter(|(_, count)| *count >= RARE);
                let calls: Vec<_> =
                    calls.map(|(name, count)| format!("{name} {count:.3}")).collect();
                calls.join(", ")
            }
        }
    }
}
