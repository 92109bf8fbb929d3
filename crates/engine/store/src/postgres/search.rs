//! The search index in `tsvector`s.
//!
//! No text search configuration has a part in it: vectors and queries are written in the form in
//! which the server stores them. Groups are weights, which the index does not hold, so what is
//! asked of some groups only is looked up in the rows that the index finds, as phrases are.
//!
//! The index takes new rows into a list first, which each search reads whole, so that list is kept
//! short. The server finds in the order of its table. Putting a hundred thousand hits in order to
//! take the first two thousand costs more than finding them, so whoever asks gets the first that
//! are found, and puts those in order.

use search::{Document, Expr, Groups, Piece};
use sql::ValueRef;

use super::link::Link;
use crate::Error;
use crate::search::{INDEX, Signs, named, token, write};

pub(crate) const KEY: &str = "id";
pub(crate) const COLUMN: &str = "words";

const WEIGHTS: [&str; 4] = ["A", "B", "C", "D"];

/// KiB of new rows that wait before they are sorted into the index.
const PENDING_KIB: usize = 512;

/// The largest position that a vector holds.
const POSITION_MAX: usize = 16_383;

/// The document as a vector: `'acme':1A 'ltd':2A`.
pub(crate) fn vector(document: &Document) -> String {
    let mut text = String::new();
    let mut position = 0;
    for run in document.runs() {
        let weight = named(Groups::of(&[run.group]), WEIGHTS).next().unwrap_or_default();
        for token in &run.tokens {
            position += 1;
            if !token.is_empty() && position <= POSITION_MAX {
                text.push_str(&format!("'{token}':{position}{weight} "));
            }
        }
        // The place between this run and the next one.
        position += 1;
    }
    text
}

const SIGNS: Signs = Signs { and: " & ", or: " | ", without: " & !", phrase };

/// The expression as a `tsquery`.
pub(crate) fn query(wanted: &Expr) -> String {
    let mut text = String::new();
    write(wanted, &SIGNS, &mut text);
    text
}

/// Tokens hold no quotes.
fn phrase(groups: Groups, pieces: &[Piece], out: &mut String) {
    let weights: String =
        if groups == Groups::ALL { String::new() } else { named(groups, WEIGHTS).collect() };
    out.push('(');
    for (n, piece) in pieces.iter().enumerate() {
        if 0 < n {
            out.push_str(" <-> ");
        }
        let (token, open) = token(piece);
        let star = if open { "*" } else { "" };
        let colon = if open || !weights.is_empty() { ":" } else { "" };
        out.push_str(&format!("'{token}'{colon}{star}{weights}"));
    }
    out.push(')');
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
    pub(crate) fn find(
        &self,
        query: &str,
        [from, to]: [i64; 2],
        max: i64,
        mut each: impl FnMut(i64),
    ) -> Result<(), Error> {
        // How often a token comes is a guess. A wrong one must not lead to reading all rows:
        // the index is the only way left. (`id + 0` is in no index.)
        self.run_later("SET LOCAL enable_seqscan TO OFF", std::iter::empty())?;
        let text = format!(
            "SELECT {KEY} FROM {} WHERE {COLUMN} @@ CAST($1 AS TSQUERY) \
             AND {KEY} + 0 BETWEEN $2 AND $3 LIMIT $4",
            self.table(INDEX)
        );
        let values =
            [ValueRef::Text(query), ValueRef::Int(from), ValueRef::Int(to), ValueRef::Int(max)];
        self.ask(&text, values.into_iter(), |row| {
            if let ValueRef::Int(id) = row.get(0) {
                each(id);
            }
            Ok(())
        })
    }
}
