//! Normalized text into words, words into the tokens that are indexed.
//!
//! A word is a run of letters, digits and their marks: what stands between words means nothing,
//! so an address of e-mail is the words of its parts, one after another, and looking for it is
//! looking for those words next to each other. A word of a script without blanks ends where the
//! script does, and becomes a token for each of its characters: that one and the next. So any
//! part of it is found, as neighboring tokens:
//!
//! ```text
//! Zoë O'Hara      → zoe · o · hara
//! ann@acme.test   → ann · acme · test
//! 東京都庁 Tower    → 東京 · 京都 · 都庁 · 庁 · tower
//! ```

use std::iter::Peekable;
use std::str::CharIndices;

use crate::normalize;

/// Characters for private use, with which tokens begin that are no words. No word has one.
pub mod mark {
    /// A place where nothing is, so that what stands around it is not next to each other.
    pub const GAP: char = '\u{E000}';
    /// A record's whole name.
    pub const NAME: char = '\u{E001}';
    /// Four digits of a number.
    pub const DIGITS: char = '\u{E002}';
    /// A word of a field by whose value records are looked up.
    pub const KEY: char = '\u{E003}';
    /// Stands after each word of a name.
    pub const WORD_END: char = '\u{E004}';
    /// Stands after the last word of a name.
    pub const NAME_END: char = '\u{E005}';
}

/// Longer tokens are cut, where they are stored and where they are asked for.
pub(crate) const TOKEN_CHARS_MAX: usize = 64;

/// Signs inside of what many write as one word: `O'Hara`, `Wal-Mart`, `AT&T`, `A.B.C`.
const JOINERS: [char; 7] = ['\'', '\u{2019}', '\u{2BC}', '-', '\u{2010}', '&', '.'];

/// A word of normalized text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Word<'a> {
    pub(crate) text: &'a str,
    pub(crate) unspaced: bool,
    /// Whether just a joiner stands between it and the word before.
    pub(crate) joined: bool,
}

/// The words of a normalized text, in order.
pub(crate) fn words(text: &str) -> Words<'_> {
    Words { text, rest: text.char_indices().peekable(), end: usize::MAX }
}

pub(crate) struct Words<'a> {
    text: &'a str,
    rest: Peekable<CharIndices<'a>>,
    /// Where the last word ended.
    end: usize,
}

impl<'a> Iterator for Words<'a> {
    type Item = Word<'a>;

    fn next(&mut self) -> Option<Word<'a>> {
        while self.rest.next_if(|(_, it)| !normalize::is_word(*it)).is_some() {}
        let (start, first) = self.rest.next()?;
        let unspaced = normalize::is_unspaced(first);
        let mut end = start + first.len_utf8();
        let of_word = |it: char| normalize::is_word(it) && goes_on(unspaced, it);
        while let Some((at, it)) = self.rest.next_if(|(_, it)| of_word(*it)) {
            end = at + it.len_utf8();
        }
        let between = self.text.get(self.end..start).unwrap_or_default();
        let mut between = between.chars();
        let joiner = between.next().filter(|it| JOINERS.contains(it));
        let joined = joiner.is_some() && between.next().is_none();
        self.end = end;
        Some(Word { text: &self.text[start..end], unspaced, joined })
    }
}

/// Whether a word that is of such a script goes on with `it`. Marks go with any script.
fn goes_on(unspaced: bool, it: char) -> bool {
    normalize::is_unspaced(it) == unspaced || !it.is_alphanumeric()
}

/// Adds the tokens of `word` as they are stored.
pub(crate) fn store(word: &Word<'_>, out: &mut Vec<String>) {
    if word.unspaced {
        pairs(word.text, out);
        out.extend(word.text.chars().next_back().map(String::from));
    } else {
        out.push(cut(word.text).to_owned());
    }
}

/// Adds each two neighboring characters of `text`.
pub(crate) fn pairs(text: &str, out: &mut Vec<String>) {
    let mut before: Option<(usize, char)> = None;
    for (at, it) in text.char_indices() {
        if let Some((start, _)) = before {
            out.push(text[start..at + it.len_utf8()].to_owned());
        }
        before = Some((at, it));
    }
}

/// As much of a word as a token holds.
pub(crate) fn cut(word: &str) -> &str {
    if word.len() <= TOKEN_CHARS_MAX {
        return word;
    }
    let end = word.char_indices().nth(TOKEN_CHARS_MAX).map_or(word.len(), |(at, _)| at);
    &word[..end]
}

/// The most words that are one when what joins them is left out, and its most characters.
const JOINED_WORDS_MAX: usize = 4;
const JOINED_CHARS_MAX: usize = 40;

/// The words that `words` hold when joiners are left out: `ohara` of `O'Hara`.
pub(crate) fn joined<'a>(words: impl Iterator<Item = Word<'a>>) -> Vec<String> {
    let mut found = Vec::new();
    let (mut text, mut n) = (String::new(), 0);
    let mut keep = |text: &mut String, n: usize| {
        let fits = text.chars().count() <= JOINED_CHARS_MAX;
        if (2..=JOINED_WORDS_MAX).contains(&n) && fits {
            found.push(text.clone());
        }
        text.clear();
    };
    for word in words {
        if !word.joined || word.unspaced {
            keep(&mut text, n);
            n = 0;
        }
        if !word.unspaced {
            // Of more words it holds no more than it takes to see that they are too many.
            if n <= JOINED_WORDS_MAX {
                text.push_str(word.text);
            }
            n += 1;
        }
    }
    keep(&mut text, n);
    found
}
