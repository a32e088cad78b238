//! The table of counts: as `docs/counts.md` keeps it, and beside an older one.

use std::fmt::{self, Write as _};

/// What was counted, and with what.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Table {
    pub(super) tools: String,
    pub(super) rows: Vec<Row>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Row {
    pub(super) name: String,
    pub(super) about: String,
    pub(super) counts: Counts,
}

/// Per request. In hundredths, because what happens once in a while counts as well.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Counts {
    pub(super) instructions: u64,
    pub(super) allocations: Hundredths,
    pub(super) bytes: Hundredths,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Hundredths(u64);

impl Table {
    /// Reads what [`Display`](fmt::Display) has written. A line that is no row is passed over.
    pub(super) fn parse(text: &str) -> Self {
        let tools = text.lines().find_map(|line| line.strip_prefix(TOOLS)?.strip_suffix('.'));
        let rows = text.lines().filter_map(Row::parse).collect();
        Self { tools: tools.unwrap_or("nothing").to_owned(), rows }
    }

    /// These counts, those of `older`, and what differs.
    pub(super) fn beside(&self, older: &Self) -> String {
        let mut text = format!(
            "{:<16}{:>10}{:>10}{:>10}{:>10}  allocations, bytes\n",
            "", "recorded", "now", "", ""
        );
        for Row { name, counts, .. } in &self.rows {
            let old = older.rows.iter().find(|row| row.name == *name).map(|row| row.counts);
            let now = grouped(counts.instructions);
            let heap = |counts: Counts| format!("{}, {}", counts.allocations, counts.bytes);
            let (recorded, by, percent) = match old {
                None => ("new".to_owned(), String::new(), String::new()),
                Some(old) => difference(old.instructions, counts.instructions),
            };
            let _ = write!(text, "{name:<16}{recorded:>10}{now:>10}{by:>10}{percent:>10}  ");
            let _ = match old.map(heap).filter(|old| *old != heap(*counts)) {
                Some(old) => writeln!(text, "{}; recorded: {old}", heap(*counts)),
                None => writeln!(text, "{}", heap(*counts)),
            };
        }
        text
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{PREFACE}\n{TOOLS}{}.\n", self.tools)?;
        writeln!(f, "| input | what one request of it is | instructions | allocations | bytes |")?;
        writeln!(f, "| --- | --- | ---: | ---: | ---: |")?;
        for Row { name, about, counts: Counts { instructions, allocations, bytes } } in &self.rows {
            let instructions = grouped(*instructions);
            writeln!(f, "| {name} | {about} | {instructions} | {allocations} | {bytes} |")?;
        }
        Ok(())
    }
}

impl Row {
    fn parse(line: &str) -> Option<Self> {
        let cells: Vec<_> = line.strip_prefix("| ")?.strip_suffix(" |")?.split(" | ").collect();
        let [name, about, instructions, allocations, bytes] = cells.as_slice() else { return None };
        let counts = Counts {
            instructions: ungrouped(instructions)?,
            allocations: Hundredths::parse(allocations)?,
            bytes: Hundredths::parse(bytes)?,
        };
        Some(Self { name: (*name).to_owned(), about: (*about).to_owned(), counts })
    }
}

impl Hundredths {
    /// A total, shared out.
    pub(super) fn of(total: u64, requests: u64) -> Self {
        Self((total * 100 + requests / 2) / requests)
    }

    fn parse(text: &str) -> Option<Self> {
        let (whole, rest) = text.split_once('.').unwrap_or((text, "00"));
        let rest = (rest.len() == 2).then(|| rest.parse::<u64>().ok())??;
        Some(Self(ungrouped(whole)? * 100 + rest))
    }
}

impl fmt::Display for Hundredths {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (whole, rest) = (grouped(self.0 / 100), self.0 % 100);
        if rest == 0 { f.write_str(&whole) } else { write!(f, "{whole}.{rest:02}") }
    }
}

/// The older count, by how much the newer one differs, and in per cent.
fn difference(old: u64, new: u64) -> (String, String, String) {
    let (by, sign) = (new.abs_diff(old), if new < old { '-' } else { '+' });
    if by == 0 {
        return (grouped(old), "=".to_owned(), String::new());
    }
    let percent = Hundredths::of(by * 100, old.max(1)).0;
    let percent = format!("{sign}{}.{:02} %", percent / 100, percent % 100);
    (grouped(old), format!("{sign}{}", grouped(by)), percent)
}

/// With a comma between thousands.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// The number that [`grouped`] has written, or valgrind.
pub(super) fn ungrouped(text: &str) -> Option<u64> {
    text.replace(',', "").parse().ok()
}

const TOOLS: &str = "Recorded with ";

const PREFACE: &str = "\
# Counts

The cost of one request on a persistent connection, after the buffers have reached their final size:
instructions in user space, calls of the allocator (including growing and shrinking), and the bytes
that were requested from it. `cargo xtask counts` counts again and prints the differences;
`cargo xtask counts --record` writes this page. The inputs are in `counts/`.

On one machine with one toolchain the counts of the engine are exactly repeatable, also on a busy
machine. Another compiler, another libc, or a processor with other vector instructions has other
counts: compare only counts of one machine. `front-hello` is the server and a minimal client
together, over a socket; its last digit varies. A count shows that something changed; `benches/`
measures the effect on time.
";

#[cfg(test)]
mod tests {
    use super::*;

    fn row(name: &str, instructions: u64, allocations: u64) -> Row {
        let counts = Counts {
            instructions,
            allocations: Hundredths(allocations),
            bytes: Hundredths(allocations * 64),
        };
        Row { name: name.to_owned(), about: format!("`{name}`, once"), counts }
    }

    fn table(rows: &[Row]) -> Table {
        Table { tools: "rustc 1.95.0 and valgrind-3.19.0".to_owned(), rows: rows.to_vec() }
    }

    #[test]
    fn what_is_written_is_read_again() {
        let table = table(&[row("a", 1_234_567, 0), row("b", 12, 103), row("c", 0, 123_450)]);
        let text = table.to_string();
        assert!(text.contains("| b | `b`, once | 12 | 1.03 | 65.92 |"), "{text}");
        assert_eq!(Table::parse(&text), table);
        assert_eq!(Table::parse("# Counts\n\n| a | b |\n").rows, []);
    }

    #[test]
    fn differences_are_shown_in_instructions_and_in_per_cent() {
        let old = table(&[row("less", 2_000, 0), row("more", 1_000, 100), row("same", 7, 0)]);
        let new = [row("less", 995, 0), row("more", 1_001, 0), row("same", 7, 0), row("x", 1, 0)];
        let text = table(&new).beside(&old);
        let lines: Vec<_> = text
            .lines()
            .map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "))
            .collect();
        assert_eq!(
            lines[1..],
            [
                "less 2,000 995 -1,005 -50.25 % 0, 0",
                "more 1,000 1,001 +1 +0.10 % 0, 0; recorded: 1, 64",
                "same 7 7 = 0, 0",
                "x new 1 0, 0",
            ]
        );
    }

    #[test]
    fn shares_are_rounded_to_hundredths() {
        for (total, requests, text) in
            [(0, 4_800, "0"), (4_800, 4_800, "1"), (16, 4_800, "0"), (24, 4_800, "0.01")]
        {
            assert_eq!(Hundredths::of(total, requests).to_string(), text, "{total}");
        }
        for wrong in ["", "1.5", "1.123", "x", "-1"] {
            assert_eq!(Hundredths::parse(wrong), None, "{wrong}");
        }
    }
}
