//! The table of `tests/cases/differential.txt`.

use crate::case::unescape;

/// An input that servers read differently.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// The name of the rule that decides.
    pub rule: String,
    /// Where the RFCs have it.
    pub sections: String,
    /// The input as it is written in the table.
    pub written: String,
    /// Its bytes.
    pub input: Vec<u8>,
    /// What ours makes of it.
    pub ours: String,
    /// Why.
    pub reason: String,
}

/// All rows, in the order of the file.
///
/// # Panics
///
/// If a line has not five parts.
#[must_use]
pub fn rows() -> Vec<Row> {
    let lines = include_str!("../../cases/differential.txt").lines();
    lines.filter(|line| !line.is_empty() && !line.starts_with('#')).map(row).collect()
}

fn row(line: &str) -> Row {
    let parts: Vec<_> = line.split(" | ").map(str::to_owned).collect();
    let Ok([rule, sections, written, ours, reason]) = <[String; 5]>::try_from(parts) else {
        panic!("not five parts: {line}");
    };
    let input = unescape(&expand(&written));
    Row { rule, sections, written, input, ours, reason }
}

/// `{x*3}` is `xxx`.
fn expand(text: &str) -> String {
    let Some((before, rest)) = text.split_once('{') else { return text.to_owned() };
    let (repeated, after) = rest.split_once('}').expect("a repetition has an end");
    let (what, count) = repeated.split_once('*').expect("a repetition has a count");
    let count = count.parse().expect("the count is a number");
    format!("{before}{}{}", what.repeat(count), expand(after))
}

#[cfg(test)]
mod tests {
    use super::super::NEXT;
    use super::super::reference::read;
    use super::*;

    #[test]
    fn repetitions_are_expanded() {
        assert_eq!(expand("a{bc*3}d{e*0}"), "abcbcbcd");
    }

    #[test]
    fn the_reference_reads_each_row_by_its_rule() {
        for row in rows() {
            let (reading, rules) = read(&[&row.input, NEXT.as_bytes()].concat());
            let names: Vec<_> = rules.iter().map(|rule| format!("{rule:?}")).collect();
            assert!(names.contains(&row.rule), "{row:?}: {names:?}");

            assert_eq!(reading.to_string(), row.ours, "{row:?}");
        }
    }
}
