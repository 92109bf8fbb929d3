//! Stage 5: formulas and roll-up summaries → calculations.
//!
//! In: drafts whose lookups are resolved. Out: the same with a [`Calculation`] in each field that
//! is worked out when it is read. A formula that does not compile, and fields that need each other
//! in a circle, are problems; what needs something that is not supported is left out, and so is
//! what needs that.
//!
//! | module      | what                                                              |
//! |-------------|-------------------------------------------------------------------|
//! | [`path`]    | a path of a formula → the field at its end                        |
//! | [`summary`] | a roll-up summary → its child, its operation, its filters         |
//!
//! Fields are visited after those that they need, so that whether an engine can work them out is
//! known with all that stands in them.

mod path;
mod summary;

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use base::{DateTime, span};
use formula::to_sql::{Column, NotInSql, is_too_large, with_calculated};
use formula::{Blanks, Context, Environment, Formula, Settings};
use jiff::tz::TimeZone;
use sql::Expr;

use crate::calculation::{Calculation, FormulaField, formula_type};
use crate::def::ComponentType;

use super::object::ObjectDraft;
use super::report::{At, Definition, Report};

use path::{Names, Paths};

/// Relationships that the formulas of one object may cross, as on the platform.
const RELATIONSHIPS_MAX: usize = 15;

/// Calculated fields that may need each other in a row.
const CHAIN_MAX: usize = 100;

/// Formulas that may be computed in memory for one field of one row.
const MEMORY_MAX: usize = 50;

/// A field among the drafts: the index of its object, and its own.
type Place = (usize, usize);

pub(crate) fn resolve(drafts: &mut [ObjectDraft<'_>], report: &mut Report) {
    let places: Vec<Place> = calculated(drafts).collect();
    if places.is_empty() {
        return;
    }
    for place in &places {
        summary::measure(drafts, *place);
    }
    let names = Names::new(drafts);
    let mut stage =
        Stage { drafts, names: &names, states: HashMap::new(), found: Vec::new(), report };
    for place in &places {
        stage.visit(*place, 0);
    }
    let found = stage.found;
    check_relationships(drafts, &found, report);
    let kept: HashSet<Place> = found.iter().map(|it| it.0).collect();
    let lost: HashSet<Place> = places.into_iter().filter(|it| !kept.contains(it)).collect();
    let moved = Moved::without(drafts, &lost);
    for ((object, field), mut calculation) in found {
        moved.apply(&mut calculation);
        drafts[object].fields[field].field.calculation = Some(calculation);
    }
    for (object, draft) in drafts.iter_mut().enumerate() {
        let mut at = 0;
        draft.fields.retain(|_| {
            at += 1;
            !lost.contains(&(object, at - 1))
        });
    }
}

/// The formula that a field says it is, where it is one.
pub(super) fn formula_of(source: Definition<'_>) -> Option<At<'_>> {
    source.find("formula").filter(|_| source.shipped.is_none())
}

/// Whether a field says that it is worked out.
pub(super) fn is_calculated(source: Definition<'_>) -> bool {
    formula_of(source).is_some() || source.text("type") == Some("Summary")
}

fn calculated(drafts: &[ObjectDraft<'_>]) -> impl Iterator<Item = Place> {
    drafts.iter().enumerate().flat_map(|(object, draft)| {
        let fields = draft.fields.iter().enumerate();
        fields.filter(|(_, it)| it.field.is_virtual()).map(move |(at, _)| (object, at))
    })
}

/// What is known of a field while the stage runs.
enum State {
    /// What it needs is being looked at.
    Open,
    /// What stands for it in other formulas; none where it is left out, or wrong.
    Done(Option<Stand>),
}

/// What stands for a calculated field in other formulas.
enum Stand {
    /// The expression that it is bound to.
    Sql(Expr),
    /// Nothing: it is computed in memory, with as many others as this, itself included.
    Memory(usize),
}

struct Stage<'d, 'a> {
    drafts: &'d [ObjectDraft<'a>],
    names: &'d Names,
    states: HashMap<Place, State>,
    found: Vec<(Place, Calculation)>,
    report: &'d mut Report,
}

impl<'a> Stage<'_, 'a> {
    fn visit(&mut self, place: Place, depth: usize) {
        if self.states.contains_key(&place) {
            return;
        }
        self.states.insert(place, State::Open);
        let done = self.field(place, depth);
        if done.is_none() {
            let draft = &self.drafts[place.0];
            let full_name = format!("{}.{}", draft.object.name, draft.fields[place.1].field.name);
            self.report.leave_out(ComponentType::Field, &full_name);
        }
        let stand = done.map(|(calculation, stand)| {
            self.found.push((place, calculation));
            stand
        });
        self.states.insert(place, State::Done(stand));
    }

    fn field(&mut self, place: Place, depth: usize) -> Option<(Calculation, Stand)> {
        let source = self.drafts[place.0].fields[place.1].source?;
        match formula_of(source) {
            Some(at) => {
                let (formula, stand) = self.formula(place, source, at, depth)?;
                Some((Calculation::Formula(Arc::new(formula)), stand))
            }
            None => {
                let summary = summary::read(self.drafts, self.names, place, self.report)?;
                let child = usize::from(summary.child.0);
                let filters = summary.filters.iter().map(|it| it.field);
                let needs = summary.field.into_iter().chain(filters);
                let needs: Vec<Place> = needs.map(|it| (child, usize::from(it.0))).collect();
                self.need(place, &needs, source.at(), depth)?;
                if let Some(need) = needs.iter().find(|it| 0 < self.in_memory(**it)) {
                    let field = &self.drafts[need.0].fields[need.1].field.name;
                    let message = format!("it needs {field}, which no engine computes");
                    self.report.unsupported(source.at(), message);
                    return None;
                }
                let field = &self.drafts[place.0].fields[place.1].field;
                let stand = Stand::Sql(path::stand_in(field).expr);
                Some((Calculation::Summary(Box::new(summary)), stand))
            }
        }
    }

    fn formula(
        &mut self,
        place: Place,
        source: Definition<'a>,
        at: At<'a>,
        depth: usize,
    ) -> Option<(FormulaField, Stand)> {
        let field = &self.drafts[place.0].fields[place.1].field;
        let blanks = match source.text("formulaTreatBlanksAs") {
            Some("BlankAsBlank") => Blanks::AsBlank,
            _ => Blanks::AsZero,
        };
        let returns = formula_type(field.ty)?;
        let settings = Settings { context: Context::FormulaField, returns: Some(returns), blanks };
        let paths = Paths::new(self.drafts, self.names, place.0);
        let formula = match formula::compile(at.text(), &settings, &paths) {
            Ok(formula) => formula,
            Err(error) => {
                tell(at, &error, &paths, self.report);
                return None;
            }
        };
        let paths: Option<Vec<_>> =
            formula.references().iter().map(|it| paths.find(&it.path).ok()).collect();
        let paths = paths?;
        let needs: Vec<Place> =
            paths.iter().map(|it| (usize::from(it.object.0), usize::from(it.field.0))).collect();
        self.need(place, &needs, at, depth)?;
        let stand = self.lower(&formula, &needs, (field.scale, returns), at)?;
        let in_sql = matches!(stand, Stand::Sql(_));
        Some((FormulaField { text: at.text().to_owned(), formula, paths, in_sql }, stand))
    }

    /// Visits what a field needs; none where one of them is not there, or needs the field itself.
    fn need(&mut self, place: Place, needs: &[Place], at: At<'_>, depth: usize) -> Option<()> {
        let drafts = self.drafts;
        let name = |(object, field): Place| {
            format!("{}.{}", drafts[object].object.name, drafts[object].fields[field].field.name)
        };
        let mut all = Some(());
        for need in needs {
            if !drafts[need.0].fields[need.1].field.is_virtual() {
                continue;
            }
            if CHAIN_MAX == depth {
                let message = format!("more than {CHAIN_MAX} calculated fields need each other");
                self.report.problem(at, message);
                return None;
            }
            self.visit(*need, depth + 1);
            match self.states.get(need) {
                Some(State::Done(Some(_))) => {}
                Some(State::Open) => {
                    let (this, other) = (name(place), name(*need));
                    let message = format!("{this} needs {other}, which needs {this} itself");
                    self.report.problem(at, message);
                    all = None;
                }
                _ => {
                    let message = format!("it needs {}, which is left out", name(*need));
                    self.report.unsupported(at, message);
                    all = None;
                }
            }
        }
        all
    }

    /// How many formulas are computed in memory for a field.
    fn in_memory(&self, place: Place) -> usize {
        match self.states.get(&place) {
            Some(State::Done(Some(Stand::Memory(n)))) => *n,
            _ => 0,
        }
    }

    fn too_large(&mut self, at: At<'_>) {
        let message = "with the calculated fields in it, the formula is too large";
        self.report.problem(at, message);
    }

    /// What stands for a formula in others; none, and told, where it takes too much.
    fn lower(
        &mut self,
        formula: &Formula,
        needs: &[Place],
        (scale, ty): (u32, formula::FieldType),
        at: At<'_>,
    ) -> Option<Stand> {
        let columns = Standing { stage: self, needs };
        let environment = Environment { now: DateTime(0), zone: &TimeZone::UTC };
        match formula.to_portable_sql(&columns, &environment, scale) {
            Ok(lowered) => {
                let bound = columns.bound(lowered.marked(ty));
                if is_too_large(&bound) {
                    self.too_large(at);
                    return None;
                }
                Some(Stand::Sql(bound))
            }
            Err(NotInSql::TooLarge) => {
                self.too_large(at);
                None
            }
            Err(NotInSql::Function(_) | NotInSql::Field(_)) => {
                let n = 1 + needs.iter().map(|it| self.in_memory(*it)).sum::<usize>();
                if MEMORY_MAX < n {
                    let message = "too many formulas that no engine computes need each other";
                    self.report.problem(at, message);
                    return None;
                }
                Some(Stand::Memory(n))
            }
        }
    }
}

/// What stands for the fields that a formula needs.
struct Standing<'s, 'd, 'a> {
    stage: &'s Stage<'d, 'a>,
    needs: &'s [Place],
}

impl formula::to_sql::Columns for Standing<'_, '_, '_> {
    fn column(&self, idx: usize, _reference: &formula::Reference) -> Option<Column> {
        let (object, field) = *self.needs.get(idx)?;
        let field_of = &self.stage.drafts[object].fields[field].field;
        match self.stage.states.get(&(object, field)) {
            Some(State::Done(Some(Stand::Sql(_)))) => {
                let ty = formula_type(field_of.ty)?;
                Some(Column::calculated(u32::try_from(idx).ok()?, ty, field_of.scale))
            }
            Some(State::Done(_) | State::Open) => None,
            None => Some(path::stand_in(field_of)),
        }
    }
}

impl Standing<'_, '_, '_> {
    /// An expression with the calculated fields that stand in it.
    fn bound(&self, body: Expr) -> Expr {
        let stands = self.needs.iter().zip(0..).filter_map(|(need, number)| {
            match self.stage.states.get(need) {
                Some(State::Done(Some(Stand::Sql(expr)))) => Some((number, expr.clone())),
                _ => None,
            }
        });
        with_calculated(stands, body)
    }
}

/// Tells why a formula does not compile.
fn tell(at: At<'_>, error: &formula::Error, paths: &Paths<'_, '_>, report: &mut Report) {
    if let formula::Error::FieldNotHere { path, .. } = error
        && path.starts_with('$')
    {
        report.unsupported(at, format!("its formula uses {path}, which is not supported yet"));
        return;
    }
    if let Some((object, field)) = paths.missing()
        && matches!(error, formula::Error::UnknownField { .. })
        && report.is_field_left_out(&object, &field)
    {
        report.unsupported(at, format!("its formula needs {object}.{field}, which is left out"));
        return;
    }
    let place = span::line_column(at.text(), error.span().start as usize);
    let (line, column) = (place.line, place.column);
    report.problem(at, format!("{error} (formula, line {line}, column {column})"));
}

/// Where fields come to stand when others are left out.
struct Moved(Vec<Vec<u16>>);

impl Moved {
    fn without(drafts: &[ObjectDraft<'_>], lost: &HashSet<Place>) -> Self {
        let of_object = |(object, draft): (usize, &ObjectDraft<'_>)| {
            let mut next = 0;
            let mut moved = Vec::with_capacity(draft.fields.len());
            for at in 0..draft.fields.len() {
                moved.push(next);
                next += u16::from(!lost.contains(&(object, at)));
            }
            moved
        };
        Self(drafts.iter().enumerate().map(of_object).collect())
    }

    fn apply(&self, calculation: &mut Calculation) {
        let at = |object: usize, field: &mut crate::schema::FieldId| {
            field.0 = self.0[object][usize::from(field.0)];
        };
        match calculation {
            Calculation::Formula(formula) => {
                let formula = Arc::get_mut(formula).expect("invariant: nobody else has it yet");
                for path in &mut formula.paths {
                    let mut from = usize::from(path.from.0);
                    for hop in &mut path.hops {
                        at(from, &mut hop.lookup);
                        from = usize::from(hop.target.0);
                    }
                    at(usize::from(path.object.0), &mut path.field);
                }
            }
            Calculation::Summary(summary) => {
                let child = usize::from(summary.child.0);
                at(child, &mut summary.lookup);
                summary.field.iter_mut().for_each(|it| at(child, it));
                summary.filters.iter_mut().for_each(|it| at(child, &mut it.field));
            }
        }
    }
}

/// Checks how many relationships the formulas of an object cross.
fn check_relationships(
    drafts: &[ObjectDraft<'_>],
    found: &[(Place, Calculation)],
    report: &mut Report,
) {
    let mut crossed: HashMap<usize, HashSet<&[crate::calculation::Hop]>> = HashMap::new();
    for ((object, _), calculation) in found {
        let Calculation::Formula(formula) = calculation else { continue };
        for path in &formula.paths {
            let ups = (1..=path.hops.len()).map(|n| &path.hops[..n]);
            crossed.entry(*object).or_default().extend(ups);
        }
    }
    for (object, crossed) in crossed {
        if RELATIONSHIPS_MAX < crossed.len() {
            let message = format!(
                "formulas of {} cross {} relationships; at most {RELATIONSHIPS_MAX} may be crossed",
                drafts[object].object.name,
                crossed.len()
            );
            report.problem(drafts[object].source.at(), message);
        }
    }
}
