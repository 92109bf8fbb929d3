//! A search into its canonical text.

use std::fmt::{Display, Formatter, Result};

use crate::ast::{Literal, WithMode};
use crate::print::{Commas, write_categories};
use crate::sosl::{Returning, Search, SearchScope, SearchWith};

impl Display for Search {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        write!(f, "FIND {{{}}}", self.find.text)?;
        if self.scope != SearchScope::All {
            write!(f, " IN {} FIELDS", self.scope.name())?;
        }
        if !self.returning.is_empty() {
            write!(f, " RETURNING {}", Commas(&self.returning))?;
        }
        for with in &self.with {
            write!(f, " WITH {with}")?;
        }
        if let Some(limit) = self.limit {
            write!(f, " LIMIT {limit}")?;
        }
        if !self.update.is_empty() {
            let kinds: Vec<_> = self.update.iter().map(|it| it.kind).collect();
            write!(f, " UPDATE {}", Commas(&kinds))?;
        }
        Ok(())
    }
}

impl Display for Returning {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        write!(f, "{}", self.object)?;
        if self.fields.is_empty() {
            return Ok(());
        }
        write!(f, "({}", Commas(&self.fields))?;
        if let Some(condition) = &self.where_ {
            write!(f, " WHERE {condition}")?;
        }
        if let Some(name) = &self.list_view {
            write!(f, " USING ListView = {name}")?;
        }
        if !self.order_by.is_empty() {
            write!(f, " ORDER BY {}", Commas(&self.order_by))?;
        }
        if let Some(limit) = self.limit {
            write!(f, " LIMIT {limit}")?;
        }
        if let Some(offset) = self.offset {
            write!(f, " OFFSET {offset}")?;
        }
        write!(f, ")")
    }
}

fn text(it: &str) -> Literal {
    Literal::Text(it.to_owned())
}

impl Display for SearchWith {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match self {
            Self::Division(name) => write!(f, "DIVISION = {}", text(name)),
            Self::DataCategory(filters) => write_categories(f, filters),
            Self::Snippet { target_length: None } => write!(f, "SNIPPET"),
            Self::Snippet { target_length: Some(n) } => write!(f, "SNIPPET (target_length = {n})"),
            Self::Network { ids, list: true } => {
                let ids: Vec<Literal> = ids.iter().map(|it| text(it)).collect();
                write!(f, "NETWORK IN ({})", Commas(&ids))
            }
            Self::Network { ids, list: false } => {
                ids.iter().try_for_each(|it| write!(f, "NETWORK = {}", text(it)))
            }
            Self::PricebookId(id) => write!(f, "PricebookId = {}", text(id)),
            Self::Metadata(what) => write!(f, "METADATA = {}", text(what)),
            Self::Highlight => write!(f, "HIGHLIGHT"),
            Self::SpellCorrection(on) => {
                write!(f, "SPELL_CORRECTION = {}", if *on { "TRUE" } else { "FALSE" })
            }
            Self::Mode(WithMode::System) => write!(f, "SYSTEM_MODE"),
            Self::Mode(WithMode::User | WithMode::SecurityEnforced) => write!(f, "USER_MODE"),
        }
    }
}
