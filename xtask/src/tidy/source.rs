//! Rust text as the rules see it: line by line, without comments and strings, tests marked.
//!
//! The reader knows just enough of Rust's lexical grammar to blank comments, strings and
//! character literals; it never fails, and on text that is not Rust it is merely imprecise.

/// Stands for one character of a string in [`Source::code`].
pub(super) const IN_STRING: char = '\u{1}';

pub(super) struct Source<'a> {
    pub path: &'a str,
    pub raw: Vec<&'a str>,
    /// The lines of `raw`, comments as blanks and strings as [`IN_STRING`].
    pub code: Vec<String>,
    /// Whether the line belongs to a test: by its file, or by a `#[cfg(test)]` item.
    pub is_test: Vec<bool>,
}

impl<'a> Source<'a> {
    pub(super) fn new(path: &'a str, text: &'a str) -> Self {
        let raw: Vec<&str> = text.lines().collect();
        let code: Vec<String> = blank(text).lines().map(str::to_owned).collect();
        let is_test =
            if is_test_file(path) { vec![true; code.len()] } else { mark_test_items(&code) };
        Source { path, raw, code, is_test }
    }

    /// Returns the line of every use of `path`, also of one inside a group (`use std::{fs, io}`).
    pub(super) fn uses(&self, path: &str) -> Vec<usize> {
        let mut lines: Vec<usize> =
            (0..self.code.len()).filter(|idx| has_word(&self.code[*idx], path)).collect();
        if let Some((head, tail)) = path.rsplit_once("::").filter(|(_, tail)| !tail.is_empty()) {
            lines.extend(self.uses_in_group(head, tail));
        }
        lines.sort_unstable();
        lines.dedup();
        lines
    }

    fn uses_in_group(&self, head: &str, tail: &str) -> Vec<usize> {
        let opening = format!("use {head}::{{");
        let mut lines = Vec::new();
        let mut depth = 0_usize;
        for (line_idx, line) in self.code.iter().enumerate() {
            let group = match (depth, line.find(&opening)) {
                (0, None) => continue,
                (0, Some(start)) => {
                    depth = 1;
                    &line[start + opening.len()..]
                }
                _ => line.as_str(),
            };
            if has_word(group, tail) {
                lines.push(line_idx);
            }
            for char in group.chars() {
                match char {
                    '{' => depth += 1,
                    '}' => depth = depth.saturating_sub(1),
                    _ => {}
                }
            }
        }
        lines
    }
}

/// Says whether a file holds nothing but tests.
pub(super) fn is_test_file(path: &str) -> bool {
    let stem = path.rsplit('/').next().unwrap_or_default().trim_end_matches(".rs");
    stem == "tests"
        || stem.ends_with("_tests")
        || path.split('/').any(|part| part == "tests" || part == "testkit")
}

/// Says whether `word` stands in `line` with no identifier character touching either end.
pub(super) fn has_word(line: &str, word: &str) -> bool {
    let touches = |char: Option<char>| char.is_some_and(|c| c.is_alphanumeric() || c == '_');
    line.match_indices(word).any(|(start, _)| {
        let before = line[..start].chars().next_back();
        let after = line[start + word.len()..].chars().next();
        let is_open = |char: Option<char>| char.is_some_and(|c| !c.is_alphanumeric());
        (is_open(word.chars().next()) || !touches(before))
            && (is_open(word.chars().next_back()) || !touches(after))
    })
}

/// Marks the lines of items that stand under `#[cfg(test)]`.
fn mark_test_items(code: &[String]) -> Vec<bool> {
    let mut is_test = vec![false; code.len()];
    let mut depth: Option<usize> = None;
    for (line_idx, line) in code.iter().enumerate() {
        let mut rest = line.as_str();
        if depth.is_none() {
            let Some(start) = line.find("#[cfg(test)]") else { continue };
            depth = Some(0);
            rest = &line[start + "#[cfg(test)]".len()..];
        }
        is_test[line_idx] = true;
        for char in rest.chars() {
            match (char, depth) {
                ('{', Some(n)) => depth = Some(n + 1),
                ('}', Some(n)) if n > 1 => depth = Some(n - 1),
                ('}', Some(_)) | (';', Some(0)) => depth = None,
                _ => {}
            }
        }
    }
    is_test
}

/// Returns `text` with comments as blanks and the insides of strings as [`IN_STRING`].
pub(super) fn blank(text: &str) -> String {
    let mut reader = Reader { chars: text.chars().collect(), at: 0, out: String::new() };
    while reader.at < reader.chars.len() {
        reader.token();
    }
    reader.out
}

struct Reader {
    chars: Vec<char>,
    at: usize,
    out: String,
}

impl Reader {
    fn token(&mut self) {
        match (self.peek(0), self.peek(1)) {
            ('/', '/') => {
                while self.at < self.chars.len() && self.peek(0) != '\n' {
                    self.hide(' ');
                }
            }
            ('/', '*') => self.block_comment(),
            ('"', _) => self.string(),
            ('r', '"' | '#') if !self.follows_word() && self.raw_hashes().is_some() => {
                self.raw_string();
            }
            ('\'', _) => self.quote(),
            // Bytes and C strings: the prefix is kept, the string follows.
            _ => self.keep(),
        }
    }

    fn peek(&self, ahead: usize) -> char {
        self.chars.get(self.at + ahead).copied().unwrap_or('\0')
    }

    fn keep(&mut self) {
        if let Some(char) = self.chars.get(self.at) {
            self.out.push(*char);
            self.at += 1;
        }
    }

    fn hide(&mut self, with: char) {
        if let Some(char) = self.chars.get(self.at) {
            self.out.push(if *char == '\n' { '\n' } else { with });
            self.at += 1;
        }
    }

    /// Says whether the character before is part of a word, `b` of `br"…"` excepted.
    fn follows_word(&self) -> bool {
        let before = |n: usize| self.at.checked_sub(n).map(|idx| self.chars[idx]);
        let is_word = |char: Option<char>| char.is_some_and(|c| c.is_alphanumeric() || c == '_');
        match before(1) {
            Some('b' | 'c') => is_word(before(2)),
            other => is_word(other),
        }
    }

    fn block_comment(&mut self) {
        let mut depth = 0_usize;
        while self.at < self.chars.len() {
            let pair = (self.peek(0), self.peek(1));
            match pair {
                ('/', '*') => depth += 1,
                ('*', '/') => depth -= 1,
                _ => {}
            }
            self.hide(' ');
            if matches!(pair, ('/', '*') | ('*', '/')) {
                self.hide(' ');
            }
            if depth == 0 {
                return;
            }
        }
    }

    fn string(&mut self) {
        self.keep();
        while self.at < self.chars.len() {
            match self.peek(0) {
                '"' => return self.keep(),
                '\\' => {
                    self.hide(IN_STRING);
                    self.hide(IN_STRING);
                }
                _ => self.hide(IN_STRING),
            }
        }
    }

    fn raw_hashes(&self) -> Option<usize> {
        let hashes = (1..).take_while(|n| self.peek(*n) == '#').count();
        (self.peek(1 + hashes) == '"').then_some(hashes)
    }

    fn raw_string(&mut self) {
        let hashes = self.raw_hashes().unwrap_or(0);
        for _ in 0..hashes + 2 {
            self.keep();
        }
        while self.at < self.chars.len() {
            let closes = self.peek(0) == '"' && (1..=hashes).all(|n| self.peek(n) == '#');
            if closes {
                for _ in 0..=hashes {
                    self.keep();
                }
                return;
            }
            self.hide(IN_STRING);
        }
    }

    /// Reads a character literal, or one quote of a lifetime.
    fn quote(&mut self) {
        let is_escape = self.peek(1) == '\\';
        if !is_escape && self.peek(2) != '\'' {
            return self.keep();
        }
        self.keep();
        if is_escape {
            self.hide(IN_STRING);
        }
        self.hide(IN_STRING);
        while self.at < self.chars.len() && !matches!(self.peek(0), '\'' | '\n') {
            self.hide(IN_STRING);
        }
        self.keep();
    }
}
