//! The search index in FTS5.
//!
//! The table keeps no content, only which token stands where (`content=''`), and rows can be
//! deleted without it (`contentless_delete`). Its tokenizer splits at what is neither an ASCII
//! letter or digit nor beyond ASCII, which in text made of tokens are the blanks. Beginnings of
//! up to four characters have lists of their own: without, a short prefix would have to merge the
//! lists of thousands of tokens. (The mark of a name's token is one of its characters.)

use search::token::mark;
use search::{Document, Expr, Group, Groups, Piece};
use sql::ValueRef;

use super::connection::Connection;
use crate::Error;
use crate::search::{INDEX, Signs, named, token, write};

pub(crate) const KEY: &str = "rowid";
pub(crate) const COLUMNS: [&str; 4] = ["name", "email", "phone", "rest"];

/// The tokens of each group.
pub(crate) fn texts(document: &Document) -> [String; 4] {
    Group::ALL.map(|group| {
        let mut text = String::new();
        for run in document.runs().iter().filter(|it| it.group == group) {
            if !text.is_empty() {
                text.push(mark::GAP);
                text.push(' ');
            }
            for token in &run.tokens {
                match token.as_str() {
                    "" => text.push(mark::GAP),
                    token => text.push_str(token),
                }
                text.push(' ');
            }
        }
        text
    })
}

const SIGNS: Signs = Signs { and: " AND ", or: " OR ", without: " NOT ", phrase };

/// What FTS5 is asked.
pub(crate) fn query(wanted: &Expr) -> String {
    let mut text = String::new();
    write(wanted, &SIGNS, &mut text);
    text
}

/// Tokens hold no quotes.
fn phrase(groups: Groups, pieces: &[Piece], out: &mut String) {
    out.push('(');
    if groups != Groups::ALL {
        let columns: Vec<&str> = named(groups, COLUMNS).collect();
        out.push_str(&format!("{{{}}}: ", columns.join(" ")));
    }
    let tokens: Vec<&str> = pieces.iter().map(|it| token(it).0).collect();
    let open = pieces.last().is_some_and(|it| token(it).1);
    out.push_str(&format!("\"{}\"{})", tokens.join(" "), if open { " *" } else { "" }));
}

impl Connection {
    pub(crate) fn make_index(&self) -> Result<(), Error> {
        self.control(&format!("DROP TABLE IF EXISTS {INDEX}"))?;
        self.control(&format!(
            "CREATE VIRTUAL TABLE {INDEX} USING fts5({}, content='', contentless_delete=1, \
             tokenize='ascii', prefix='1 2 3 4')",
            COLUMNS.join(", ")
        ))
    }

    /// Hands the ids that are found to `each`, at most `max`, the smallest ones.
    pub(crate) fn find(
        &self,
        query: &str,
        [from, to]: [i64; 2],
        max: i64,
        mut each: impl FnMut(i64),
    ) -> Result<(), Error> {
        let text = format!(
            "SELECT rowid FROM {INDEX} WHERE {INDEX} MATCH ?1 AND rowid BETWEEN ?2 AND ?3 \
             ORDER BY rowid LIMIT ?4"
        );
        let values =
            [ValueRef::Text(query), ValueRef::Int(from), ValueRef::Int(to), ValueRef::Int(max)];
        self.ask(&text, values.into_iter(), |row| {
            if let ValueRef::Int(id) = super::bind::value(row, 0) {
                each(id);
            }
            Ok(())
        })
    }
}
