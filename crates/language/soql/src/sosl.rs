//! SOSL: search text and what to return, into a tree, and back.
//!
//! In: the text of one `FIND` statement, or the search text of a request that has no statement
//! around it ([`term::parse`]). Out: a [`Search`], or the first [`Error`].
//!
//! **Invariants.** `parse(print(s))` is `s` up to spans. The search text stands in the tree as it
//! was written, and beside it as the [`Term`] that it says. Depth is bounded as for queries.
//!
//! **Absent on purpose.** No schema and no index: which objects can be searched, and what of a
//! pattern an index can find, is the search's matter. Quotes instead of braces are Apex only.
//!
//! The grammar is the wire reference's, section 10.6, in `parse::search`.

pub mod term;
mod print;

use base::Span;

use crate::ast::{
    CategoryFilter, Condition, Ident, OrderItem, Path, Query, SelectItem, Update, WithMode,
};

pub use term::Term;

/// The most rows of a search, and the largest `LIMIT`.
pub const ROWS_MAX: u64 = 2_000;

/// A statement.
#[derive(Debug, Clone, PartialEq)]
pub struct Search {
    pub find: Find,
    /// Where `IN … FIELDS` is left out, [`SearchScope::All`].
    pub scope: SearchScope,
    /// Empty where every searchable object is asked for.
    pub returning: Vec<Returning>,
    pub with: Vec<SearchWith>,
    pub limit: Option<u64>,
    pub update: Vec<Update>,
    pub span: Span,
}

/// What stands in the braces.
#[derive(Debug, Clone, PartialEq)]
pub struct Find {
    /// As it was written, without blanks around it.
    pub text: String,
    pub term: Term,
    pub span: Span,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SearchScope {
    All,
    Name,
    Email,
    Phone,
    Sidebar,
}

impl SearchScope {
    pub const ALL: [Self; 5] = [Self::All, Self::Name, Self::Email, Self::Phone, Self::Sidebar];

    pub fn name(self) -> &'static str {
        match self {
            Self::All => "ALL",
            Self::Name => "NAME",
            Self::Email => "EMAIL",
            Self::Phone => "PHONE",
            Self::Sidebar => "SIDEBAR",
        }
    }

    /// The scope of this name, without regard to case.
    pub fn of(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.name().eq_ignore_ascii_case(word))
    }
}

/// `Contact(Id, Name WHERE … ORDER BY … LIMIT 5 OFFSET 5)`
#[derive(Debug, Clone, PartialEq)]
pub struct Returning {
    pub object: Ident,
    /// Paths, and the functions `toLabel`, `FORMAT` and `convertCurrency`; empty where only the
    /// object is named, which returns ids.
    pub fields: Vec<SelectItem>,
    pub where_: Option<Condition>,
    /// `USING ListView = Recent`
    pub list_view: Option<Ident>,
    pub order_by: Vec<OrderItem>,
    pub limit: Option<u64>,
    pub offset: Option<u64>,
    pub span: Span,
}

impl Returning {
    /// The query of the same fields and conditions, for the records that a search has found.
    pub fn query(&self) -> Query {
        let path =
            |text: &str, span| Path { segments: vec![Ident { text: text.to_owned(), span }], span };
        let span = self.object.span;
        let id = || vec![SelectItem::Path { path: path("Id", span), alias: None }];
        Query {
            select: if self.fields.is_empty() { id() } else { self.fields.clone() },
            from: crate::ast::From {
                object: path(&self.object.text, span),
                alias: None,
                joins: Vec::new(),
            },
            scope: None,
            where_: self.where_.clone(),
            with: Vec::new(),
            group_by: None,
            order_by: self.order_by.clone(),
            limit: self.limit,
            offset: self.offset,
            all_rows: None,
            for_: Vec::new(),
            update: Vec::new(),
            span: self.span,
        }
    }
}

#[derive(Debug, Clone, PartialEq)]
pub enum SearchWith {
    Division(String),
    DataCategory(Vec<CategoryFilter>),
    /// The length of the excerpts in characters, where one is asked for.
    Snippet {
        target_length: Option<u64>,
    },
    /// Ids, one for `=`; never empty.
    Network {
        ids: Vec<String>,
        list: bool,
    },
    PricebookId(String),
    Metadata(String),
    Highlight,
    SpellCorrection(bool),
    Mode(WithMode),
}

/// Why a text is no search.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    #[error("No search term found. The search term must be enclosed in braces.")]
    NoTerm,

    #[error("search term must be longer than one character: {term}")]
    TermTooShort { term: String },

    #[error("SOSL LIMIT must be at most {ROWS_MAX}")]
    LimitTooLarge { span: Span },

    #[error(transparent)]
    Statement(#[from] crate::Error),
}

impl Error {
    /// The text that goes on the wire for the statement `text`.
    pub fn frame(&self, text: &str) -> String {
        match self {
            Self::NoTerm | Self::TermTooShort { .. } => self.to_string(),
            Self::LimitTooLarge { span } => base::span::frame(text, *span, &self.to_string()),
            Self::Statement(error) => error.frame(text),
        }
    }
}

/// Reads one SOSL statement.
pub fn parse(text: &str) -> Result<Search, Error> {
    if crate::is_too_long(text) {
        return Err(crate::Error::StatementTooLong.into());
    }
    crate::parse::search::parse(text)
}

/// Writes `search` in its canonical form.
pub fn print(search: &Search) -> String {
    search.to_string()
}
