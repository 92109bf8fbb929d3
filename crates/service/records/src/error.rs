//! Why a call or one of its rows was refused, as facts: no codes, no sentences for clients.
//!
//! [`Error`] ends a call. [`Refused`] is data, one row's outcome beside the others'. What either
//! looks like on the wire is decided in one place, at the edge.

use base::{RecordId, Span};
use schema::FieldType;

/// Why a call could not be answered at all.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("the database refused")]
    Store(#[from] store::Error),

    #[error("the query is wrong")]
    Query(#[from] query::Error),

    #[error("the query cannot be read")]
    Syntax(#[from] soql::Error),

    /// A search names an object of which no records can be found.
    #[error("records of `{object}` cannot be searched")]
    NotSearchable { object: String, span: Span },

    /// The locator names no open cursor of this user.
    #[error("no such query locator")]
    InvalidQueryLocator,

    /// Metadata was changed, or rights were taken from the actor, since the call began. Nothing
    /// was done; beginning again is all it takes.
    #[error("metadata or rights have changed since the call began")]
    Stale,

    /// The schema cannot be read from what the org has stored.
    #[error("the org's schema cannot be read")]
    Schema(#[source] Box<dyn std::error::Error + Send + Sync>),

    /// The user does not exist, is inactive, or has a profile that no longer exists.
    #[error("user {user} cannot act")]
    UnknownActor { user: RecordId },

    #[error("no object `{name}`")]
    UnknownObject { name: String },

    #[error("object `{object}` has no field `{field}`")]
    UnknownField { object: String, field: String },

    /// The database holds what the code cannot have written.
    #[error("the database is inconsistent: {what}")]
    Inconsistent { what: &'static str },
}

/// What became of one row of a call.
pub type Outcome = Result<Saved, Refused>;

/// A row that was saved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Saved {
    pub id: RecordId,
    /// Whether the record is new; false for everything but creates and upserts.
    pub created: bool,
}

/// A row that was not saved, and every reason of the step that refused it.
#[derive(Debug, Clone, PartialEq)]
pub struct Refused {
    /// The record that was meant, where one was known.
    pub id: Option<RecordId>,
    /// Whether the row would have made a record.
    pub created: bool,
    pub errors: Vec<RowError>,
}

/// The facts in a developer's words; what clients are told is the edge's.
impl std::fmt::Display for Refused {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (n, error) in self.errors.iter().enumerate() {
            let comma = if n == 0 { "" } else { "; " };
            write!(f, "{comma}{:?} [{}]", error.kind, error.fields.join(", "))?;
        }
        Ok(())
    }
}

/// One reason for which a row was refused.
#[derive(Debug, Clone, PartialEq)]
pub struct RowError {
    pub kind: RowErrorKind,
    /// The API names of the fields at fault, canonical.
    pub fields: Vec<String>,
}

/// What a caller wanted to do to a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Operation {
    Create,
    Update,
    Delete,
    Undelete,
}

/// What the input looked like, for messages about types.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Shape {
    Null,
    Bool,
    Number,
    Text,
    Object,
    List,
    Bytes,
}

/// Why a field may not be set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Locked {
    /// Nobody may set it, or this actor may not.
    Rights,
    /// The value would lock the actor out.
    OwnUser,
    /// The value would leave the org without an active administrator.
    LastAdministrator,
}

/// The records that keep another one from being deleted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Blocking {
    /// The label of their object, plural.
    pub label: String,
    /// Some of their names.
    pub names: Vec<String>,
}

/// Facts only; labels are the fields' own.
#[derive(Debug, Clone, PartialEq)]
pub enum RowErrorKind {
    /// The object may not be created, changed, … by anybody or by this actor.
    NotPermitted {
        object: String,
        operation: Operation,
    },
    /// The object has no such field, or the actor may not see it: the answer is the same.
    UnknownField {
        object: String,
        field: String,
    },
    /// [`RowError::fields`] may not be set.
    NotWriteable {
        operation: Operation,
        why: Locked,
    },
    /// [`RowError::fields`] have no value and need one.
    RequiredMissing,
    WrongType {
        label: String,
        value: String,
        given: Shape,
        wanted: FieldType,
    },
    TextTooLong {
        label: String,
        value: String,
        max: u32,
    },
    InvalidEmail {
        label: String,
        value: String,
    },
    NumberOutOfRange {
        label: String,
        value: String,
    },
    /// Not one of a restricted picklist's active values.
    NotInPicklist {
        label: String,
        value: String,
    },
    /// The text is not an id.
    MalformedId {
        label: String,
        value: String,
    },
    /// An id of an object that the field cannot point to, or a record that is the row's own or
    /// stands below it.
    WrongTarget {
        label: String,
        id: RecordId,
        circular: bool,
    },
    /// The field points to a record that does not exist or is deleted.
    UnknownReference {
        label: String,
        id: RecordId,
    },
    /// The field points to a record that the actor may not read.
    UnreadableReference {
        label: String,
        id: RecordId,
    },
    /// No parent has this external id.
    ForeignKeyNotFound {
        value: String,
        field: String,
        object: String,
    },
    /// Several parents have this external id.
    ForeignKeyAmbiguous {
        value: String,
        field: String,
        object: String,
    },
    /// The parent's field is no external id.
    NotExternalId {
        object: String,
        field: String,
    },
    /// The record type is not one of this object's active ones.
    RecordTypeUnavailable {
        label: String,
        id: RecordId,
    },
    InactiveOwner {
        id: RecordId,
        object: String,
    },
    /// A master-detail field that keeps the parent it was created with.
    NotReparentable {
        label: String,
    },
    /// Another record has this value already.
    DuplicateValue {
        field: String,
        existing: Option<RecordId>,
    },
    /// An earlier row of the same call names the same record.
    DuplicateInCall {
        value: String,
    },
    /// An upsert's external id fits several records.
    ExternalIdAmbiguous {
        ids: Vec<RecordId>,
    },
    /// An upsert without a value for its external id.
    ExternalIdMissing {
        field: String,
    },
    /// An update or delete without an id.
    IdMissing,
    /// The record does not exist, is another object's, or may not be seen: the answer is the
    /// same.
    RecordNotFound {
        id: RecordId,
    },
    Deleted {
        id: RecordId,
    },
    /// Others hold on to the record that was to be deleted.
    Blocked {
        name: String,
        children: Vec<Blocking>,
    },
    /// More records hang on this one than one call may delete.
    CascadeTooLarge {
        max: usize,
    },
    /// An undelete of a record that is not in the recycle bin by itself.
    NotInRecycleBin {
        id: RecordId,
    },
    /// An undelete of a detail whose master is still deleted.
    ParentDeleted {
        label: String,
    },
    /// Nothing was wrong with this row, but with another of an all-or-none call.
    RolledBack,
}

impl RowError {
    pub(crate) fn new(kind: RowErrorKind) -> Self {
        Self { kind, fields: Vec::new() }
    }

    pub(crate) fn at(kind: RowErrorKind, field: &schema::Field) -> Self {
        Self { kind, fields: vec![field.name.clone()] }
    }
}
