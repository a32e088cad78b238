//! The numbers of one or more workers, as an object for Python.

use pyo3::prelude::*;
use pyo3::types::PyDict;
use tremolo_net::{Measure, MetricsFormat};

use super::request::Request;

/// Stats(rows)
///
/// The sums of the numbers of several workers.
#[pyclass(frozen, module = "tremolo._tremolo")]
#[derive(Debug)]
pub(super) struct Stats(tremolo_net::Stats);

#[pymethods]
impl Stats {
    #[new]
    #[expect(clippy::needless_pass_by_value, reason = "Python gives a list")]
    fn new(rows: Vec<Vec<u64>>) -> Self {
        Self(rows.iter().map(|row| tremolo_net::Stats::from_numbers(row)).sum())
    }

    /// How many numbers a row has.
    #[classattr]
    fn length() -> usize {
        tremolo_net::Stats::default().numbers().len()
    }

    /// All numbers by their names: integers, dictionaries of them, and pairs of a count and a sum
    /// in seconds.
    fn measures<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let measures = PyDict::new(py);
        for (name, measure) in self.0.measures() {
            match measure {
                Measure::Count(count) => measures.set_item(name, count)?,
                Measure::Counts(counts) => {
                    let by_label = PyDict::new(py);
                    for (label, count) in counts {
                        by_label.set_item(label, count)?;
                    }
                    measures.set_item(name, by_label)?;
                }
                Measure::Time(count, sum) => measures.set_item(name, (count, sum.as_secs_f64()))?,
            }
        }
        Ok(measures)
    }

    /// The media type and the text of a report, in the format that a client prefers.
    fn report(&self, request: &Request) -> (&'static str, String) {
        let format = MetricsFormat::preferred(request.head.fields());
        (format.content_type(), self.0.report(format))
    }
}
