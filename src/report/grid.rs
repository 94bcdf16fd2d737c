//! A table of cells, as text or as Markdown.

use unicode_width::UnicodeWidthStr as _;

/// Where a column's cells stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Align {
    Left,
    Right,
}

/// Rows under a header; every row is as long as the header.
#[derive(Debug)]
pub(super) struct Grid {
    pub header: Vec<(String, Align)>,
    pub rows: Vec<Vec<String>>,
}

impl Grid {
    /// Aligned columns, two blanks apart; nothing but figures between the lines.
    pub(super) fn text(&self) -> String {
        let widths = self.widths();
        let titles: Vec<_> = self.header.iter().map(|(title, _)| title.clone()).collect();
        let mut text = String::new();
        for row in std::iter::once(&titles).chain(&self.rows) {
            let cells = row.iter().zip(&self.header).zip(&widths);
            let cells: Vec<_> = cells.map(|((cell, (_, align)), width)| pad(cell, *align, *width)).collect();
            text.push_str(cells.join("  ").trim_end());
            text.push('\n');
        }
        text
    }

    /// A pipe table.
    pub(super) fn markdown(&self) -> String {
        let line = |cells: Vec<&str>| format!("| {} |\n", cells.join(" | "));
        let rule = |(_, align): &(String, Align)| if *align == Align::Left { "---" } else { "---:" };
        let mut text = line(self.header.iter().map(|(title, _)| title.as_str()).collect());
        text.push_str(&line(self.header.iter().map(rule).collect()));
        for row in &self.rows {
            text.push_str(&line(row.iter().map(String::as_str).collect()));
        }
        text
    }

    fn widths(&self) -> Vec<usize> {
        let column = |index: usize| self.rows.iter().map(move |row| row[index].width());
        let titles = self.header.iter().enumerate();
        titles.map(|(index, (title, _))| column(index).max().unwrap_or(0).max(title.width())).collect()
    }
}

fn pad(cell: &str, align: Align, width: usize) -> String {
    let blanks = " ".repeat(width - cell.width());
    match align {
        Align::Left => format!("{cell}{blanks}"),
        Align::Right => format!("{blanks}{cell}"),
    }
}
