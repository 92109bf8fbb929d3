//! A position in a source text, and the caret line that shows it to a person.

/// A range of bytes in a source text, `start` included, `end` excluded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash)]
pub struct Span {
    pub start: u32,
    pub end: u32,
}

impl Span {
    pub const fn new(start: usize, end: usize) -> Self {
        Self { start: start as u32, end: end as u32 }
    }

    /// The smallest span that holds both.
    pub fn to(self, other: Self) -> Self {
        Self { start: self.start.min(other.start), end: self.end.max(other.end) }
    }
}

/// Where a byte offset falls in a text, counted from 1 in characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LineColumn {
    pub line: usize,
    pub column: usize,
}

/// Finds the line and column of `offset`; an offset past the end counts as the end.
pub fn line_column(text: &str, offset: usize) -> LineColumn {
    let mut offset = offset.min(text.len());
    while !text.is_char_boundary(offset) {
        offset -= 1;
    }
    let before = &text[..offset];
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or(before).chars().count() + 1;
    LineColumn { line, column }
}

/// How many characters of a long line are shown on each side of the caret.
const CONTEXT_CHARS: usize = 60;

/// Renders the frame in which SOQL errors are reported (wire reference, section 3.5):
///
/// ```text
///
/// select id,name from accountx
///                     ^
/// ERROR at Row:1:Column:21
/// the message
/// ```
pub fn frame(text: &str, span: Span, message: &str) -> String {
    let at = line_column(text, span.start as usize);
    let line: Vec<char> = text.lines().nth(at.line - 1).unwrap_or("").chars().collect();
    let caret = (at.column - 1).min(line.len());
    let from = if line.len() > 2 * CONTEXT_CHARS { caret.saturating_sub(CONTEXT_CHARS) } else { 0 };
    let to = if line.len() > 2 * CONTEXT_CHARS {
        (caret + CONTEXT_CHARS).min(line.len())
    } else {
        line.len()
    };
    let context: String = line[from..to].iter().collect();
    format!(
        "\n{context}\n{}^\nERROR at Row:{}:Column:{}\n{message}",
        " ".repeat(caret - from),
        at.line,
        at.column
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frame_is_the_one_clients_know() {
        let text = "select id,name,type from accountx";
        assert_eq!(
            frame(text, Span::new(25, 33), "sObject type 'accountx' is not supported."),
            "\nselect id,name,type from accountx\n                         ^\n\
             ERROR at Row:1:Column:26\nsObject type 'accountx' is not supported."
        );
    }

    #[test]
    fn long_lines_are_cut_around_the_caret() {
        let text = format!("SELECT {} FROM x", "a, ".repeat(200));
        let frame = frame(&text, Span::new(300, 301), "no");
        let lines: Vec<&str> = frame.lines().collect();
        assert_eq!(lines[1].chars().count(), 2 * CONTEXT_CHARS);
        assert_eq!(lines[2].chars().count(), CONTEXT_CHARS + 1);
    }

    #[test]
    fn any_offset_has_a_place() {
        assert_eq!(line_column("a\nbé", 4), LineColumn { line: 2, column: 2 });
        assert_eq!(line_column("", 9), LineColumn { line: 1, column: 1 });
    }
}
