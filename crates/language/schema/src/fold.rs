//! How text is compared: the one place that says so, for queries, saves and tables alike.
//!
//! Text that may be filtered or sorted compares by its fold ([`base::fold()`]), and no engine can
//! fold: so a shadow column holds what the engine could not work out.
//!
//! | shadow | of which fields                          | holds                          | compared is               |
//! |--------|------------------------------------------|--------------------------------|---------------------------|
//! | full   | those that are looked up by value        | the fold; carries the index    | the shadow                |
//! | sparse | all others that may be filtered          | the fold of text beyond ASCII  | `COALESCE(shadow, lower)` |
//!
//! `lower` sees ASCII only, where all engines agree, so equality, order and prefixes are the same
//! everywhere by construction. A sparse shadow is null in almost every row, which costs a byte or
//! a bit. Both kinds have the same column: what a field becomes later decides only whether nulls
//! are filled in.

use std::borrow::Cow;

use sql::Expr;

use crate::physical;
use crate::schema::{Field, FieldType};

/// The shadow of a text field, by the name of its column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fold {
    Full(String),
    Sparse(String),
}

impl Fold {
    /// The shadow that `field` has; none for what is not text or may not be filtered.
    pub(crate) fn of(field: &Field) -> Option<Self> {
        let own = field.column.as_ref().filter(|_| is_compared(field.ty))?;
        let column = physical::name(&format!("{own}__fold"));
        let full = is_looked_up(field) && !field.case_sensitive;
        Some(if full { Self::Full(column) } else { Self::Sparse(column) })
    }

    pub fn column(&self) -> &str {
        match self {
            Self::Full(column) | Self::Sparse(column) => column,
        }
    }

    /// What the shadow of `text` holds.
    pub fn value(&self, text: &str) -> Option<String> {
        match self {
            Self::Sparse(_) if text.is_ascii() => None,
            _ => Some(base::fold(text).into_owned()),
        }
    }
}

impl Field {
    /// The field in the form in which it is compared; `column` names a column of its table.
    ///
    /// # Panics
    ///
    /// For compounds, which have no column.
    pub fn compared(&self, column: impl Fn(&str) -> Expr) -> Expr {
        let own = column(self.column());
        match &self.fold {
            Some(_) if self.case_sensitive => own,
            Some(Fold::Full(shadow)) => column(shadow),
            Some(Fold::Sparse(shadow)) => {
                Expr::Coalesce(vec![column(shadow), Expr::Lower(Box::new(own))])
            }
            None => own,
        }
    }

    /// The form of `text` that equals [`Field::compared`] for values that are equal to it.
    pub fn comparable<'t>(&self, text: &'t str) -> Cow<'t, str> {
        let stored = storable(text);
        match stored {
            _ if self.case_sensitive => stored,
            Cow::Borrowed(text) => base::fold(text),
            Cow::Owned(text) => Cow::Owned(base::fold(&text).into_owned()),
        }
    }

    /// Whether [`Field::compared`] is a column, which alone an index can serve.
    pub fn compares_by_column(&self) -> bool {
        self.case_sensitive || !matches!(self.fold, Some(Fold::Sparse(_)))
    }

    /// Whether records are found by the text of this field, by means of an index.
    pub fn is_looked_up_by_text(&self) -> bool {
        is_compared(self.ty) && is_looked_up(self)
    }
}

/// `text` without U+0000, which PostgreSQL cannot hold: no stored text has one, because input
/// drops it, so what is asked for must not have one either.
fn storable(text: &str) -> Cow<'_, str> {
    if text.contains('\0') { Cow::Owned(text.replace('\0', "")) } else { Cow::Borrowed(text) }
}

fn is_compared(ty: FieldType) -> bool {
    ty.is_text() && ty.is_filterable()
}

fn is_looked_up(field: &Field) -> bool {
    field.name_field || field.unique || field.external_id || field.indexed || field.id_lookup
}
