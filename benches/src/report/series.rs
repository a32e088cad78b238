//! The results of one peer in one scenario: medians, spread and ratios over the rounds.
//!
//! A ratio is the median of the ratios of each round. A disturbance of a round then affects both
//! sides of the ratio.

use crate::sample::{Measure, Sample};

/// One sample per round.
pub(crate) struct Series {
    pub(crate) peer: String,
    pub(crate) samples: Vec<Sample>,
}

impl Series {
    pub(crate) fn new(peer: String) -> Self {
        Self { peer, samples: Vec::new() }
    }

    /// The median of the rounds that have the figure.
    pub(crate) fn median(&self, measure: Measure) -> Option<f64> {
        median(self.samples.iter().filter_map(|sample| sample.figure(measure)).collect())
    }

    /// The median of the rounds' ratios to `other`.
    pub(crate) fn ratio(&self, other: &Self, measure: Measure) -> Option<f64> {
        let pairs = self.samples.iter().zip(&other.samples);
        let ratios = pairs.filter_map(|(ours, other)| {
            let other = other.figure(measure).filter(|value| *value > 0.0)?;
            Some(ours.figure(measure)? / other)
        });
        median(ratios.collect())
    }

    /// Half the distance between the lowest and the highest round, as a fraction of the median.
    pub(crate) fn spread(&self, measure: Measure) -> Option<f64> {
        let values = || self.samples.iter().filter_map(|sample| sample.figure(measure));
        let (low, high) = (values().reduce(f64::min)?, values().reduce(f64::max)?);
        Some((high - low) / 2.0 / self.median(measure)?)
    }

    /// The part of other processes in the most disturbed round; a median would hide it.
    pub(crate) fn others(&self) -> Option<f64> {
        self.samples.iter().filter_map(|sample| sample.figure(Measure::Others)).reduce(f64::max)
    }

    pub(crate) fn errors(&self) -> u64 {
        self.samples.iter().map(|sample| sample.errors).sum()
    }
}

fn median(mut values: Vec<f64>) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    match values.len() {
        0 => None,
        len if len % 2 == 1 => Some(values[middle]),
        _ => Some(f64::midpoint(values[middle - 1], values[middle])),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn series(cpu: &[f64]) -> Series {
        let sample = |&cpu: &f64| Sample::with_errors(1).with(Measure::Cpu, cpu);
        Series { peer: String::new(), samples: cpu.iter().map(sample).collect() }
    }

    #[test]
    fn the_median_of_an_even_count_is_the_mean_of_the_middle_two() {
        assert_eq!(median(vec![9.0, 1.0, 4.0]), Some(4.0));
        assert_eq!(median(vec![9.0, 1.0, 4.0, 2.0]), Some(3.0));
        assert_eq!(median(Vec::new()), None);
    }

    #[test]
    fn ratios_are_taken_round_by_round() {
        let (ours, base) = (series(&[1.0, 8.0, 3.0]), series(&[2.0, 4.0, 6.0]));
        assert_eq!(ours.ratio(&base, Measure::Cpu), Some(0.5));
        assert_eq!(ours.ratio(&base, Measure::User), None);
    }

    #[test]
    fn a_failed_round_counts_as_an_error_without_figures() {
        let mut ours = series(&[1.0, 3.0]);
        ours.samples.push(Sample::with_errors(1));
        assert_eq!((ours.median(Measure::Cpu), ours.errors()), (Some(2.0), 3));
        assert_eq!(ours.ratio(&series(&[1.0, 1.0, 1.0]), Measure::Cpu), Some(2.0));
    }

    #[test]
    fn one_disturbed_round_is_visible() {
        let mut series = series(&[1.0, 50.0, 1.0]);
        series.samples[1] = series.samples[1].clone().with(Measure::Others, 0.5);
        assert_eq!(series.others(), Some(0.5));
        assert_eq!(series.spread(Measure::Cpu), Some(24.5));
    }
}
