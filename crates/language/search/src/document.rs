//! The tokens of a record, by group of its fields.
//!
//! A record is a number of [`Run`]s: the tokens of a field, in order, and runs of their own for
//! what is not written there but looked for: the name as a whole, words without their joiners,
//! digits of a number, the words of a key. A phrase lies within one run.

use std::collections::HashMap;

use crate::expr::Group;
use crate::token::{self, Word, mark};
use crate::{html, normalize, phone};

/// Bounds of a record: PostgreSQL numbers 16,383 places, and takes a mebibyte of tokens.
const PLACES_MAX: usize = 12_000;
const BYTES_MAX: usize = 512 * 1024;

/// Bounds of a field: more words of a text are not indexed.
const FIELD_BYTES_MAX: usize = 128 * 1024;
const FIELD_TOKENS_MAX: usize = 4_000;

/// PostgreSQL keeps so many places of one token.
const REPEATS_MAX: u32 = 250;

/// What a name is known by as a whole.
pub(crate) const NAME_WORDS_MAX: usize = 6;

/// A text of a record.
#[derive(Debug, Clone, Copy)]
pub struct FieldText<'a> {
    pub group: Group,
    pub kind: FieldKind,
    /// Whether records are looked up by its value.
    pub key: bool,
    /// Whether it is what the record is called.
    pub name: bool,
    pub text: &'a str,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FieldKind {
    Text,
    Html,
    /// An address of e-mail or of the web.
    Address,
    Phone,
}

/// What is indexed of a record.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Document {
    runs: Vec<Run>,
    n_places: usize,
    n_bytes: usize,
}

/// Tokens next to each other; an empty one is a place where nothing is found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    pub group: Group,
    pub tokens: Vec<String>,
}

impl Document {
    pub fn of<'a>(fields: impl IntoIterator<Item = FieldText<'a>>) -> Self {
        let mut document = Self::default();
        let mut repeats = HashMap::new();
        for field in fields {
            document.add(&field, &mut repeats);
        }
        document
    }

    /// In the order of the fields.
    pub fn runs(&self) -> &[Run] {
        &self.runs
    }

    /// The bytes of all tokens together.
    pub fn n_bytes(&self) -> usize {
        self.n_bytes
    }

    fn add(&mut self, field: &FieldText<'_>, repeats: &mut HashMap<String, u32>) {
        let plain;
        let mut text = head(field.text, FIELD_BYTES_MAX);
        if field.kind == FieldKind::Html {
            plain = html::text(text);
            text = &plain;
        }
        let text = normalize::normalize(text);
        let words: Vec<Word<'_>> = token::words(&text).take(FIELD_TOKENS_MAX).collect();
        if words.is_empty() {
            return;
        }
        let mut tokens = Vec::with_capacity(words.len());
        words.iter().for_each(|it| token::store(it, &mut tokens));
        tokens.truncate(FIELD_TOKENS_MAX);
        let keys: Vec<String> = match field.key {
            true => tokens.iter().map(|it| format!("{}{it}", mark::KEY)).collect(),
            false => Vec::new(),
        };
        self.push(field.group, tokens, repeats);
        if field.kind == FieldKind::Phone {
            self.push(field.group, phone::grams(&phone::digits(&text)), repeats);
        }
        if [FieldKind::Text, FieldKind::Html].contains(&field.kind) {
            for joined in token::joined(words.iter().cloned()) {
                self.push(field.group, vec![joined], repeats);
            }
        }
        if field.name {
            self.push(Group::Name, vec![whole_name(&words)], repeats);
        }
        self.push(Group::Rest, keys, repeats);
    }

    fn push(&mut self, group: Group, tokens: Vec<String>, repeats: &mut HashMap<String, u32>) {
        let mut run = Run { group, tokens };
        // A place between this run and the next one belongs to it.
        run.tokens.truncate(PLACES_MAX.saturating_sub(self.n_places + 1));
        for token in &mut run.tokens {
            self.n_bytes += token.len();
            let n = repeats.entry(token.clone()).or_insert(0);
            *n += 1;
            if REPEATS_MAX < *n || BYTES_MAX < self.n_bytes {
                token.clear();
            }
        }
        if !run.tokens.is_empty() {
            self.n_places += run.tokens.len() + 1;
            self.runs.push(run);
        }
    }
}

/// The whole of a name as one token: its first words, each with an end.
pub(crate) fn whole_name(words: &[Word<'_>]) -> String {
    let mut name = name_begins(words.iter().map(|it| it.text));
    name.push(mark::NAME_END);
    name
}

/// How the token of a name begins that begins with `words`.
pub(crate) fn name_begins<'a>(words: impl Iterator<Item = &'a str>) -> String {
    let mut name = String::from(mark::NAME);
    for word in words.take(NAME_WORDS_MAX) {
        name.push_str(token::cut(word));
        name.push(mark::WORD_END);
    }
    name
}

/// As much of `text` as has `len_max` bytes.
fn head(text: &str, len_max: usize) -> &str {
    let mut end = text.len().min(len_max);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}
