//! A dotted path to joins and a field, as the caller may read it.
//!
//! `Account.Owner.Name` from Contact: two left joins, reused by every path that shares them, and
//! a column. What the caller may not read resolves exactly as what does not exist.

use std::collections::{HashMap, HashSet};

use base::Span;
use schema::{Field, FieldId, FieldType, Object, ObjectId, PathStart};
use sql::{Alias, CompareOp, Expr, Join, JoinKind, Source};

use crate::compile::{AliasSource, Context};
use crate::error::{Error, ErrorKind};
use crate::in_memory::InMemory;
use crate::period::Period;

/// Levels up that a path may go (wire reference, section 10.3).
const LEVELS_MAX: usize = 5;

/// Relationships to parents that one query may name.
const RELATIONSHIPS_MAX: usize = 55;

/// Tables that one query may join: each target of a polymorphic relationship, and what formulas
/// refer to, for itself. Engines join 64 at most.
const JOINS_MAX: usize = 60;

/// What may be read of a parent whose object is not known before the row is: the platform's
/// pseudo-object `Name`.
const POLYMORPHIC_FIELDS: [&str; 11] = [
    "Id",
    "Name",
    "FirstName",
    "LastName",
    "Email",
    "Phone",
    "Title",
    "Username",
    "Alias",
    "IsActive",
    "ProfileId",
];

/// The tables of one select: its root and the parents joined so far.
pub(crate) struct Tables<'s> {
    pub(crate) context: &'s Context<'s>,
    pub(crate) root: &'s Object,
    pub(crate) root_alias: Alias,
    /// `FROM Contact c, c.Account a`: names for the root and for parents.
    names: HashMap<String, Vec<String>>,
    pub(crate) joins: Vec<Join>,
    by_path: HashMap<(Alias, FieldId, ObjectId, Right), Alias>,
    /// What the query itself names.
    relationships: HashSet<(Alias, FieldId)>,
    /// What stands for the calculated fields that are needed so far.
    pub(crate) calculated: HashMap<(Alias, FieldId), crate::calculated::Calculated>,
    /// Where paths begin that do not begin at the record.
    pub(crate) starts: HashMap<PathStart, Alias>,
    aliases: &'s AliasSource,
}

/// Whose right to read a joined parent is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Right {
    Callers,
    /// Nobody's: whoever may read a formula reads what it makes of other records.
    Formulas,
}

/// One step up: the relationship's canonical name, and where it leads.
#[derive(Clone)]
pub(crate) struct Step<'s> {
    pub(crate) key: String,
    pub(crate) parent: Parent<'s>,
}

#[derive(Clone)]
pub(crate) enum Parent<'s> {
    One {
        alias: Alias,
        object: &'s Object,
    },
    /// A polymorphic lookup: the lookup's own column, and each target.
    Many {
        lookup: Expr,
        targets: Vec<(Alias, &'s Object)>,
    },
}

/// A lookup field, from a table that is joined.
pub(crate) struct Lookup<'s> {
    /// The relationship's canonical name.
    pub(crate) key: String,
    alias: Alias,
    field: &'s Field,
    /// What it may lead to and may be read; never empty.
    pub(crate) targets: Vec<&'s Object>,
    pub(crate) polymorphic: bool,
}

impl Lookup<'_> {
    pub(crate) fn column(&self) -> Expr {
        column(self.alias, self.field)
    }
}

/// A resolved path.
pub(crate) struct Resolved<'s> {
    pub(crate) steps: Vec<Step<'s>>,
    pub(crate) leaf: Leaf<'s>,
}

pub(crate) enum Leaf<'s> {
    Field {
        alias: Alias,
        object: &'s Object,
        field: &'s Field,
    },
    /// A field of a polymorphic parent, in each target that has it.
    Shared {
        name: String,
        of: Vec<(Alias, &'s Object, &'s Field)>,
    },
    /// `What.Type`: the object of a polymorphic parent.
    Type {
        lookup: Expr,
        targets: Vec<&'s Object>,
    },
    /// What a function makes of fields, or of a group.
    Computed(Box<Computed<'s>>),
    /// A formula that no engine computes: it is shown, and that is all.
    InMemory(Box<InMemory<'s>>),
}

/// A value that is no column.
pub(crate) struct Computed<'s> {
    pub name: String,
    pub ty: FieldType,
    /// Of numbers.
    pub scale: u32,
    /// The field that says how text compares, and which values there are.
    pub field: Option<&'s Field>,
    pub expr: Expr,
    /// Null where the value is.
    pub null_of: Expr,
    /// The value in the form in which it is compared.
    pub compared: Expr,
    pub measure: Measure,
}

/// How a computed value compares with a number.
pub(crate) enum Measure {
    Plain,
    /// As a fraction.
    Average {
        sum: Expr,
        count: Expr,
    },
    /// By its haversine.
    Distance(soql::DistanceUnit),
    /// As any number, or as the date whose part it is.
    Period(Period),
}

impl<'s> Resolved<'s> {
    /// The path with canonical names, as result columns show it.
    pub(crate) fn canonical(&self) -> String {
        let mut parts: Vec<&str> = self.steps.iter().map(|it| it.key.as_str()).collect();
        parts.push(self.leaf.name());
        parts.join(".")
    }
}

impl<'s> Leaf<'s> {
    pub(crate) fn name(&self) -> &str {
        match self {
            Self::Field { field, .. } => &field.name,
            Self::Shared { name, .. } => name,
            Self::Type { .. } => "Type",
            Self::Computed(it) => &it.name,
            Self::InMemory(it) => &it.field.name,
        }
    }

    /// The field that decides type and behavior; none for `Type`.
    pub(crate) fn field(&self) -> Option<&'s Field> {
        match self {
            Self::Field { field, .. } => Some(field),
            Self::Shared { of, .. } => of.first().map(|(_, _, field)| *field),
            Self::Type { .. } => None,
            Self::Computed(it) => it.field,
            Self::InMemory(it) => Some(it.field),
        }
    }

    /// The type that decides how it is compared; `Type` compares as text.
    pub(crate) fn ty(&self) -> FieldType {
        match self {
            Self::Computed(it) => it.ty,
            // Of no use but to be shown, as long text.
            Self::InMemory(_) => FieldType::LongTextArea,
            _ => self.field().map_or(FieldType::Text, |it| it.ty),
        }
    }

    /// The decimal places of a number.
    pub(crate) fn scale(&self) -> u32 {
        match self {
            Self::Computed(it) => it.scale,
            _ => self.field().map_or(0, |it| it.scale),
        }
    }

    /// The value in SQL.
    pub(crate) fn expr(&self) -> Expr {
        match self {
            Self::Field { alias, field, .. } => column(*alias, field),
            Self::Shared { of, .. } => {
                coalesce(of.iter().map(|(alias, _, field)| column(*alias, field)).collect())
            }
            Self::Type { lookup, targets } => type_name(lookup, targets, type_label),
            Self::Computed(it) => it.expr.clone(),
            Self::InMemory(_) => Expr::Value(sql::Value::Null),
        }
    }

    /// What is null where the value is.
    pub(crate) fn null_of(&self) -> Expr {
        match self {
            Self::Computed(it) => it.null_of.clone(),
            _ => self.expr(),
        }
    }

    /// The value in the form in which it is compared.
    pub(crate) fn compared(&self) -> Expr {
        match self {
            Self::Field { alias, field, .. } => compared(*alias, field),
            Self::Shared { of, .. } => {
                coalesce(of.iter().map(|(alias, _, field)| compared(*alias, field)).collect())
            }
            Self::Type { lookup, targets } => {
                type_name(lookup, targets, |it| base::fold(&type_label(it)).into_owned())
            }
            Self::Computed(it) => it.compared.clone(),
            Self::InMemory(_) => Expr::Value(sql::Value::Null),
        }
    }
}

impl Leaf<'_> {
    /// The form of `text` in which it compares with the leaf.
    pub(crate) fn comparable(&self, text: &str) -> String {
        match self.field() {
            Some(field) => field.comparable(text).into_owned(),
            None => base::fold(text).replace('\0', ""),
        }
    }
}

fn column(alias: Alias, field: &Field) -> Expr {
    Expr::Column(alias, field.column().to_owned())
}

fn compared(alias: Alias, field: &Field) -> Expr {
    field.compared(|it| Expr::Column(alias, it.to_owned()))
}

fn coalesce(mut parts: Vec<Expr>) -> Expr {
    if parts.len() == 1 { parts.remove(0) } else { Expr::Coalesce(parts) }
}

/// The name of the object whose key prefix the lookup's value has.
fn type_name(lookup: &Expr, targets: &[&Object], label: impl Fn(&Object) -> String) -> Expr {
    let whens = targets.iter().map(|object| {
        let first = base::RecordId::new(object.key_prefix, 0).raw();
        let last = base::RecordId::new(object.key_prefix, base::RecordId::SEQUENCE_MAX).raw();
        let within = Expr::And(vec![
            lookup.clone().compare(CompareOp::Ge, Expr::int(first)),
            lookup.clone().compare(CompareOp::Le, Expr::int(last)),
        ]);
        (within, Expr::text(label(object)))
    });
    Expr::Case(whens.collect(), Box::new(Expr::Value(sql::Value::Null)))
}

/// What `Owner.Type` says of a record of `object`: a group that owns records is a queue.
fn type_label(object: &Object) -> String {
    if object.name == "Group" { "Queue".to_owned() } else { object.name.clone() }
}

impl<'s> Tables<'s> {
    pub(crate) fn new(
        context: &'s Context<'s>,
        root: &'s Object,
        aliases: &'s AliasSource,
    ) -> Self {
        let root_alias = aliases.next();
        Self {
            context,
            root,
            root_alias,
            names: HashMap::new(),
            joins: Vec::new(),
            by_path: HashMap::new(),
            relationships: HashSet::new(),
            calculated: HashMap::new(),
            starts: HashMap::new(),
            aliases,
        }
    }

    pub(crate) fn aliases(&self) -> &'s AliasSource {
        self.aliases
    }

    /// Gives an alias of the FROM clause its path, which leads to a parent; the root has none.
    pub(crate) fn name(
        &mut self,
        alias: &soql::Ident,
        path: Option<&soql::Path>,
    ) -> Result<(), Error> {
        let mut parents = Vec::new();
        if let Some(path) = path {
            self.resolve_lookup(path)?;
            parents = self.unqualified(path).into_iter().map(|(name, _)| name).collect();
        }
        if self.names.insert(alias.text.to_ascii_lowercase(), parents).is_some() {
            return Err(Error::at(alias.span, ErrorKind::DuplicateAlias(alias.text.clone())));
        }
        Ok(())
    }

    pub(crate) fn root_column(&self, column: &str) -> Expr {
        Expr::Column(self.root_alias, column.to_owned())
    }

    /// Resolves a path that ends in a field.
    pub(crate) fn resolve(&mut self, path: &soql::Path) -> Result<Resolved<'s>, Error> {
        let segments = self.unqualified(path);
        let Some(((last, last_span), ups)) = segments.split_last() else {
            return Err(unknown_field(self.root, "", path.span));
        };
        let steps = self.steps(ups, path.span)?;
        let leaf = self.leaf(steps.last(), last, *last_span)?;
        Ok(Resolved { steps, leaf })
    }

    /// The path's segments without the object's own name or alias before them.
    fn unqualified(&self, path: &soql::Path) -> Vec<(String, Span)> {
        let all: Vec<(String, Span)> =
            path.segments.iter().map(|it| (it.text.clone(), it.span)).collect();
        let Some(((first, span), rest)) = all.split_first() else { return all };
        if rest.is_empty() {
            return all;
        }
        if let Some(path) = self.names.get(&first.to_ascii_lowercase()) {
            let named = path.iter().map(|it| (it.clone(), *span));
            return named.chain(rest.iter().cloned()).collect();
        }
        let own = first.eq_ignore_ascii_case(&self.root.name);
        if own && self.root.parent_relationship(first).is_none() { rest.to_vec() } else { all }
    }

    /// Resolves a path that ends in a relationship, without joining what the last step leads to.
    pub(crate) fn resolve_lookup(
        &mut self,
        path: &soql::Path,
    ) -> Result<(Vec<Step<'s>>, Lookup<'s>), Error> {
        let segments = self.unqualified(path);
        let Some(((last, span), ups)) = segments.split_last() else {
            return Err(unknown_field(self.root, "", path.span));
        };
        let steps = self.steps(ups, path.span)?;
        let lookup = self.lookup(steps.last(), last, *span)?;
        Ok((steps, lookup))
    }

    fn steps(&mut self, ups: &[(String, Span)], span: Span) -> Result<Vec<Step<'s>>, Error> {
        if LEVELS_MAX < ups.len() {
            return Err(Error::at(span, ErrorKind::PathTooLong { max: LEVELS_MAX }));
        }
        let mut steps: Vec<Step<'s>> = Vec::with_capacity(ups.len());
        for (name, span) in ups {
            let lookup = self.lookup(steps.last(), name, *span)?;
            steps.push(self.step(&lookup, *span)?);
        }
        Ok(steps)
    }

    /// The lookup whose relationship is `name`, as the caller may read it.
    fn lookup(&self, from: Option<&Step<'s>>, name: &str, span: Span) -> Result<Lookup<'s>, Error> {
        let unknown = || Error::at(span, ErrorKind::UnknownRelationship(name.to_owned()));
        let (alias, object) = match from {
            None => (self.root_alias, self.root),
            Some(Step { parent: Parent::One { alias, object }, .. }) => (*alias, *object),
            Some(_) => return Err(unknown()),
        };
        let context = self.context;
        let access = context.access;
        let field = object.parent_relationship(name).ok_or_else(unknown)?;
        let reference = field.reference.as_ref().ok_or_else(unknown)?;
        if !access.can_read_field(object, field) {
            return Err(unknown());
        }
        let targets: Vec<&'s Object> = reference
            .targets
            .iter()
            .map(|it| context.schema.get(*it))
            .filter(|it| access.can_read_object(it))
            .collect();
        if targets.is_empty() {
            return Err(unknown());
        }
        let key = reference.relationship.clone().unwrap_or_else(|| name.to_owned());
        let polymorphic = reference.targets.len() != 1;
        Ok(Lookup { key, alias, field, targets, polymorphic })
    }

    /// Joins all that a lookup leads to.
    fn step(&mut self, lookup: &Lookup<'s>, span: Span) -> Result<Step<'s>, Error> {
        let key = lookup.key.clone();
        if let ([object], false) = (lookup.targets.as_slice(), lookup.polymorphic) {
            let alias = self.join((lookup.alias, lookup.field), object, Right::Callers, span)?;
            return Ok(Step { key, parent: Parent::One { alias, object } });
        }
        let parent = self.join_some(lookup, &lookup.targets, span)?;
        Ok(Step { key, parent })
    }

    /// Joins some of the objects that a lookup leads to, as one parent of several objects.
    pub(crate) fn join_some(
        &mut self,
        lookup: &Lookup<'s>,
        targets: &[&'s Object],
        span: Span,
    ) -> Result<Parent<'s>, Error> {
        let targets: Result<Vec<_>, Error> = targets
            .iter()
            .map(|it| {
                let alias = self.join((lookup.alias, lookup.field), it, Right::Callers, span)?;
                Ok((alias, *it))
            })
            .collect();
        Ok(Parent::Many { lookup: lookup.column(), targets: targets? })
    }

    /// Joins one of the objects that a lookup leads to.
    pub(crate) fn join_one(
        &mut self,
        lookup: &Lookup<'s>,
        object: &'s Object,
        span: Span,
    ) -> Result<Step<'s>, Error> {
        let alias = self.join((lookup.alias, lookup.field), object, Right::Callers, span)?;
        Ok(Step { key: lookup.key.clone(), parent: Parent::One { alias, object } })
    }

    /// Resolves a path that begins at a parent.
    pub(crate) fn resolve_from(
        &mut self,
        from: &Step<'s>,
        path: &soql::Path,
    ) -> Result<Resolved<'s>, Error> {
        let mut steps = vec![from.clone()];
        let Some((last, ups)) = path.segments.split_last() else {
            return Err(unknown_field(self.root, "", path.span));
        };
        for segment in ups {
            if LEVELS_MAX <= steps.len() {
                return Err(Error::at(path.span, ErrorKind::PathTooLong { max: LEVELS_MAX }));
            }
            let lookup = self.lookup(steps.last(), &segment.text, segment.span)?;
            steps.push(self.step(&lookup, segment.span)?);
        }
        let leaf = self.leaf(steps.last(), &last.text, last.span)?;
        // The first step is where the path begins, not part of it.
        steps.remove(0);
        Ok(Resolved { steps, leaf })
    }

    /// Joins the parent that `field` points to, once.
    pub(crate) fn join(
        &mut self,
        (from, field): (Alias, &Field),
        parent: &Object,
        right: Right,
        span: Span,
    ) -> Result<Alias, Error> {
        let key = (from, field.id, parent.id, right);
        if let Some(alias) = self.by_path.get(&key) {
            return Ok(*alias);
        }
        if right == Right::Callers {
            self.relationships.insert((from, field.id));
            if RELATIONSHIPS_MAX < self.relationships.len() {
                let (what, max) = ("parent relationships", RELATIONSHIPS_MAX);
                return Err(Error::at(span, ErrorKind::TooMany { what, max }));
            }
        }
        let alias = self.aliases.next();
        let id = Expr::Column(alias, "id".to_owned()).eq(column(from, field));
        let on = match right {
            Right::Callers => Expr::all([id, self.context.access.predicate(parent, alias)]),
            Right::Formulas => id,
        };
        self.join_on(alias, parent, on, span)?;
        self.by_path.insert(key, alias);
        Ok(alias)
    }

    /// Joins what `on` says, under `alias`.
    pub(crate) fn join_on(
        &mut self,
        alias: Alias,
        object: &Object,
        on: Expr,
        span: Span,
    ) -> Result<(), Error> {
        if self.joins.len() == JOINS_MAX {
            let kind = ErrorKind::TooMany { what: "joined objects", max: JOINS_MAX };
            return Err(Error::at(span, kind));
        }
        let source = Source::Table(object.table.clone());
        self.joins.push(Join { kind: JoinKind::Left, source, alias, on });
        Ok(())
    }

    fn leaf(&mut self, from: Option<&Step<'s>>, name: &str, span: Span) -> Result<Leaf<'s>, Error> {
        match from.map(|it| &it.parent) {
            None => self.field_of(self.root_alias, self.root, name, span),
            Some(Parent::One { alias, object }) => self.field_of(*alias, object, name, span),
            Some(Parent::Many { lookup, targets }) => {
                self.shared_field(lookup, targets, name, span)
            }
        }
    }

    pub(crate) fn field_of(
        &mut self,
        alias: Alias,
        object: &'s Object,
        name: &str,
        span: Span,
    ) -> Result<Leaf<'s>, Error> {
        let field = object.field(name).filter(|it| self.context.access.can_read_field(object, it));
        let field = field.ok_or_else(|| unknown_field(object, name, span))?;
        if field.is_virtual() {
            return self.calculated(alias, field, span);
        }
        Ok(Leaf::Field { alias, object, field })
    }

    fn shared_field(
        &self,
        lookup: &Expr,
        targets: &[(Alias, &'s Object)],
        name: &str,
        span: Span,
    ) -> Result<Leaf<'s>, Error> {
        if name.eq_ignore_ascii_case("Type") {
            let targets = targets.iter().map(|(_, object)| *object).collect();
            return Ok(Leaf::Type { lookup: lookup.clone(), targets });
        }
        let unknown = || {
            let (object, field) = ("Name".to_owned(), name.to_owned());
            Error::at(span, ErrorKind::UnknownField { object, field })
        };
        let canonical = POLYMORPHIC_FIELDS.iter().find(|it| it.eq_ignore_ascii_case(name));
        let canonical = canonical.ok_or_else(unknown)?;
        let access = self.context.access;
        let mut of: Vec<(Alias, &'s Object, &'s Field)> = Vec::new();
        for (alias, object) in targets {
            // Other objects name their records otherwise (CaseNumber, Subject): any name serves.
            let field = match *canonical {
                "Name" => object.name_field(),
                other => object.field(other),
            };
            let field = field.filter(|it| access.can_read_field(object, it));
            of.extend(field.map(|it| (*alias, *object, it)));
        }
        // One column has one type; the first target's decides.
        let ty = of.first().map(|(_, _, it)| it.ty.is_text());
        of.retain(|(_, _, it)| Some(it.ty.is_text()) == ty);
        if of.is_empty() {
            return Err(unknown());
        }
        Ok(Leaf::Shared { name: (*canonical).to_owned(), of })
    }
}

fn unknown_field(object: &Object, name: &str, span: Span) -> Error {
    let (object, field) = (object.name.clone(), name.to_owned());
    Error::at(span, ErrorKind::UnknownField { object, field })
}
