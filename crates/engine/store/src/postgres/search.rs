//! The search index in `tsvector`s.
//!
//! No text search configuration has a part in it: vectors and queries are written in the form in
//! which the server stores them. A lexeme is a token with a sign of its group before it: weights
//! would say the same, but not in the index, so that all rows with a word anywhere would be read
//! to find the few that have it in a name. What the index cannot say of itself is said by lexemes
//! of their own, or rows would be read by the thousand to be thrown away:
//!
//! | lexeme       | what                                                                     |
//! |--------------|--------------------------------------------------------------------------|
//! | `=acme`      | a word of a name; `@` is before those of addresses, `#` of numbers        |
//! | `<=ac`       | the beginning of one: a short prefix has thousands of lexemes to merge    |
//! | `+=acme+ltd` | two words next to each other, because positions are in the rows only      |
//! | `>001`       | the row's object, because the range of its ids is in another index        |
//!
//! Beginnings and pairs are kept of names and addresses; other texts are long.
//!
//! The index takes new rows into a list first, which each search reads whole, so that list is kept
//! short. The server finds in the order of its table. Putting a hundred thousand hits in order to
//! take the first two thousand costs more than finding them, so whoever asks gets the first that
//! are found, and puts those in order. What so many rows have that the first few thousand of them
//! are enough is found by reading those ([`Link::find`]).

use base::{KeyPrefix, RecordId};
use search::token::mark;
use search::{Document, Expr, Group, Groups, Piece};
use sql::ValueRef;

use super::link::Link;
use crate::Error;
use crate::search::{INDEX, Signs, named, token, write};

pub(crate) const KEY: &str = "id";
pub(crate) const COLUMN: &str = "words";

/// What stands before a token of each group. No token has such a character.
const GROUPS: [&str; 4] = ["=", "@", "#", ""];

/// The groups of which beginnings and pairs are kept.
const SHORT: [Group; 2] = [Group::Name, Group::Email];

/// What stands before a beginning.
const BEGINNING: char = '<';

/// What stands before two words next to each other, and between them.
const PAIR: char = '+';

/// Bytes of beginnings and pairs in a row, which may have a mebibyte: many times what fields of
/// names and addresses hold.
const SHORT_BYTES_MAX: usize = 256 * 1024;

/// What stands before the key prefix of the row's object.
const OBJECT: char = '>';

/// How many characters the beginnings have that are lexemes of their own.
const BEGINNINGS: [usize; 3] = [1, 2, 3];

/// KiB of new rows that wait before they are sorted into the index.
const PENDING_KIB: usize = 512;

/// The largest position that a vector holds.
const POSITION_MAX: usize = 16_383;

// Tests have few rows and must come by all paths all the same.

/// Rows that are looked at to see how many of them an expression finds.
const SAMPLE: i64 = if cfg!(test) { 3 } else { 500 };

/// Hits that the index is asked for at least, so that the first of them can be told if there are
/// not more.
const HITS_MIN: i64 = 1_000;

/// Rows that are read at most to spare the index the work.
const READ_MAX: i64 = if cfg!(test) { 8 } else { 10_000 };

/// The document as a vector: `'>001' '=acme':1 '=ltd':2`.
pub(crate) fn vector(id: RecordId, document: &Document) -> String {
    let mut text = format!("'{OBJECT}{}' ", id.prefix());
    let mut short = String::new();
    let mut position = 0;
    for run in document.runs() {
        let group = named(Groups::of(&[run.group]), GROUPS).next().unwrap_or_default();
        let is_short = SHORT.contains(&run.group);
        let mut before = "";
        for token in &run.tokens {
            position += 1;
            let fits = position <= POSITION_MAX && !token.is_empty();
            if fits {
                text.push_str(&format!("'{group}{token}':{position} "));
            }
            if fits && is_short && short.len() < SHORT_BYTES_MAX {
                for beginning in BEGINNINGS.iter().filter_map(|it| head(token, *it)) {
                    short.push_str(&format!("'{BEGINNING}{group}{beginning}':{position} "));
                }
                if !before.is_empty() {
                    short.push_str(&format!("'{PAIR}{group}{before}{PAIR}{token}' "));
                }
            }
            before = if fits { token } else { "" };
        }
        // The place between this run and the next one.
        position += 1;
    }
    text + &short
}

/// The first `n` characters of a word or a whole name; none where there are fewer, or where the
/// token is something else.
fn head(token: &str, n: usize) -> Option<&str> {
    let text = token.strip_prefix(mark::NAME).unwrap_or(token);
    let (at, it) = text.char_indices().nth(n - 1)?;
    let end = token.len() - text.len() + at + it.len_utf8();
    text.starts_with(char::is_alphanumeric).then_some(&token[..end])
}

const SIGNS: Signs = Signs { and: " & ", or: " | ", without: " & !", phrase };

/// The expression as a `tsquery`.
pub(crate) fn query(wanted: &Expr) -> String {
    let mut text = String::new();
    write(wanted, &SIGNS, &mut text);
    text
}

fn phrase(groups: Groups, pieces: &[Piece], out: &mut String) {
    for (n, group) in named(groups, GROUPS).enumerate() {
        out.push_str(if n == 0 { "(" } else { " | " });
        phrase_of(group, pieces, out);
    }
    out.push(')');
}

/// Tokens hold no quotes.
fn phrase_of(group: &str, pieces: &[Piece], out: &mut String) {
    let is_short = named(Groups::of(&SHORT), GROUPS).any(|it| it == group);
    let star = |open: bool| if open { ":*" } else { "" };
    let alone = |piece: &Piece| {
        let (token, open) = token(piece);
        let has_own = is_short && BEGINNINGS.iter().any(|it| head(token, *it) == Some(token));
        match open && has_own {
            true => format!("'{BEGINNING}{group}{token}'"),
            false => format!("'{group}{token}'{}", star(open)),
        }
    };
    let pairs = pieces.windows(2).filter(|_| is_short).map(|it| {
        let (before, (token, open)) = (token(&it[0]).0, token(&it[1]));
        format!("'{PAIR}{group}{before}{PAIR}{token}'{}", star(open))
    });
    let mut all: Vec<String> = pairs.collect();
    // Two words are the pair; of more, pairs say where they may be.
    if all.len() != 1 {
        let words: Vec<String> = pieces.iter().map(alone).collect();
        all.push(words.join(" <-> "));
    }
    out.push_str(&format!("({})", all.join(" & ")));
}

impl Link {
    pub(crate) fn make_index(&self) -> Result<(), Error> {
        let table = self.table(INDEX);
        for text in [
            format!("DROP TABLE IF EXISTS {table}"),
            format!("CREATE TABLE {table} ({KEY} BIGINT PRIMARY KEY, {COLUMN} TSVECTOR NOT NULL)"),
            format!(
                "CREATE INDEX \"{INDEX}__{COLUMN}\" ON {table} USING gin ({COLUMN}) \
                 WITH (gin_pending_list_limit = {PENDING_KIB})"
            ),
        ] {
            self.run_later(&text, std::iter::empty())?;
        }
        Ok(())
    }

    /// Hands the ids that are found to `each`, at most `max`.
    ///
    /// To use the index means to collect everything that it has, before the first row comes. So
    /// the first rows are looked at: if many of them are found, reading on gives enough of them
    /// sooner.
    pub(crate) fn find(
        &self,
        query: &str,
        range: [i64; 2],
        max: i64,
        each: impl FnMut(i64),
    ) -> Result<(), Error> {
        // How often a token comes is a guess. A wrong one must not lead to reading all rows:
        // indexes are the only way left.
        self.run_later("SET LOCAL enable_seqscan TO OFF", std::iter::empty())?;
        let (mut sample, n_read) = self.sample(query, range)?;
        let n = i64::try_from(sample.len()).unwrap_or(0);
        if n_read < SAMPLE || max <= n {
            sample.truncate(usize::try_from(max).unwrap_or(usize::MAX));
            sample.into_iter().for_each(each);
            return Ok(());
        }
        if 0 < n && max.saturating_mul(SAMPLE) / n <= READ_MAX {
            let found = self.read(query, range, max)?;
            if found.len() as i64 == max {
                found.into_iter().for_each(each);
                return Ok(());
            }
        }
        self.look_up(query, range, max)?.into_iter().for_each(each);
        Ok(())
    }

    /// What is found among the first rows of a range, and how many these were.
    fn sample(&self, query: &str, [from, to]: [i64; 2]) -> Result<(Vec<i64>, i64), Error> {
        let text = format!(
            "SELECT CASE WHEN {COLUMN} @@ CAST($1 AS TSQUERY) THEN {KEY} END FROM {} \
             WHERE {KEY} BETWEEN $2 AND $3 ORDER BY {KEY} LIMIT $4",
            self.table(INDEX)
        );
        let (mut ids, mut n_read) = (Vec::new(), 0);
        self.ids(&text, query, &[from, to, SAMPLE], |id| {
            ids.extend(id);
            n_read += 1;
        })?;
        Ok((ids, n_read))
    }

    /// What is found among the first [`READ_MAX`] rows of a range, at most `max` of it.
    fn read(&self, query: &str, [from, to]: [i64; 2], max: i64) -> Result<Vec<i64>, Error> {
        let text = format!(
            "SELECT {KEY} FROM (SELECT {KEY}, {COLUMN} FROM {} WHERE {KEY} BETWEEN $2 AND $3 \
             ORDER BY {KEY} LIMIT $4) first_rows WHERE {COLUMN} @@ CAST($1 AS TSQUERY) LIMIT $5",
            self.table(INDEX)
        );
        let mut ids = Vec::new();
        self.ids(&text, query, &[from, to, READ_MAX, max], |id| ids.extend(id))?;
        Ok(ids)
    }

    /// What the index has of a range, at most `max` of it.
    fn look_up(&self, query: &str, [from, to]: [i64; 2], max: i64) -> Result<Vec<i64>, Error> {
        let query = match object(from, to) {
            Some(prefix) => format!("{query} & '{OBJECT}{prefix}'"),
            None => query.to_owned(),
        };
        // `id + 0` is in no index, so the other one is used.
        let text = format!(
            "SELECT {KEY} FROM {} WHERE {COLUMN} @@ CAST($1 AS TSQUERY) \
             AND {KEY} + 0 BETWEEN $2 AND $3 LIMIT $4",
            self.table(INDEX)
        );
        let mut ids = Vec::new();
        self.ids(&text, &query, &[from, to, max.max(HITS_MIN)], |id| ids.extend(id))?;
        ids.sort_unstable();
        ids.truncate(usize::try_from(max).unwrap_or(usize::MAX));
        Ok(ids)
    }

    fn ids(
        &self,
        text: &str,
        query: &str,
        values: &[i64],
        mut each: impl FnMut(Option<i64>),
    ) -> Result<(), Error> {
        let values = values.iter().map(|it| ValueRef::Int(*it));
        let values = std::iter::once(ValueRef::Text(query)).chain(values);
        self.ask(text, values, |row| {
            each(match row.get(0) {
                ValueRef::Int(id) => Some(id),
                _ => None,
            });
            Ok(())
        })
    }
}

/// The object of all ids of a range, if it is one.
fn object(from: i64, to: i64) -> Option<KeyPrefix> {
    let [from, to] = [from, to].map(|it| RecordId::from_raw(it).prefix());
    (from == to).then_some(from)
}
