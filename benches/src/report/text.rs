//! The report as text for a terminal, and as Markdown.

use std::fmt::Write as _;

use super::{Report, Table};

impl Report {
    /// Titles, aligned columns, then the targets and the notes.
    pub(crate) fn text(&self) -> String {
        let mut out = self.head();
        for table in &self.tables {
            let rows = table.rows();
            let width = |column: usize| {
                rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0)
            };
            let _ = writeln!(out, "\n{}", table.title());
            for row in &rows {
                let mut line = format!("{:<1$}", row[0], width(0));
                for (column, cell) in row.iter().enumerate().skip(1) {
                    let _ = write!(line, "  {cell:>width$}", width = width(column));
                }
                let _ = writeln!(out, "{}", line.trim_end());
            }
        }
        for line in self.marks() {
            let _ = write!(out, "\n{line}");
        }
        for note in &self.notes {
            let _ = write!(out, "\nnote: {note}");
        }
        out.push('\n');
        out
    }

    /// The report as Markdown.
    pub(crate) fn markdown(&self) -> String {
        let mut out = self.head();
        for table in &self.tables {
            let _ = writeln!(out, "\n## {}\n", table.title());
            for (at, row) in table.rows().iter().enumerate() {
                let _ = writeln!(out, "| {} |", row.join(" | "));
                if at == 0 {
                    let _ = writeln!(out, "| --- |{}", " ---: |".repeat(row.len() - 1));
                }
            }
        }
        let marks = self.marks();
        if !marks.is_empty() {
            let _ = writeln!(out, "\n## Marks\n\n```\n{}\n```", marks.join("\n"));
        }
        if !self.notes.is_empty() {
            let _ = writeln!(out, "\n## Notes\n\n- {}", self.notes.join("\n- "));
        }
        out
    }

    fn head(&self) -> String {
        format!("{}\n\n{}\n\n{}\n", self.machine.sentence(), self.method, self.command)
    }
}

impl Table {
    /// The column titles, and a row for each peer.
    fn rows(&self) -> Vec<Vec<String>> {
        let columns = self.unit().columns();
        let mut rows = vec![columns.iter().map(|column| column.title.to_owned()).collect()];
        for series in &self.series {
            rows.push(columns.iter().map(|column| column.cell(self, series)).collect());
        }
        rows
    }
}
