//! What a deploy would do, found before anything is done.
//!
//! In: what an org has stored, and what a project holds. Out: a [`Plan`], or every problem.
//! Pure: reads nothing and writes nothing.

use std::collections::{BTreeMap, HashSet};

use base::KeyPrefix;
use schema::source::{Place, place};
use schema::{
    Catalog, Component, ComponentType, Notice, Problem, Refusal, Schema, Step, assign_prefixes,
};

use crate::load;
use crate::profile::{self, Grant};
use crate::report::{Outcome, Report};
use crate::stored::Stored;

/// What a deploy will do.
#[derive(Debug)]
pub(crate) struct Plan {
    pub schema: Schema,
    pub steps: Vec<Step>,
    pub changes: Vec<Change>,
    /// The prefixes of new objects.
    pub prefixes: Vec<(String, KeyPrefix)>,
    pub report: Report,
}

/// A component that differs from the stored one of its name.
#[derive(Debug)]
pub(crate) struct Change {
    pub old: Option<Component>,
    pub new: Component,
}

/// What a project asks for.
#[derive(Debug)]
pub(crate) enum Planned {
    Nothing(Report),
    Change(Box<Plan>),
}

/// Plans the deploy of `project`.
pub(crate) fn plan(
    stored: &Stored,
    project: schema::def::Project,
) -> Result<Planned, Vec<Problem>> {
    let schema::def::Project { components, mut problems, notices } = project;
    let mut report = Report::default();
    let components = named(components, &mut problems);
    let files: HashSet<String> = components.iter().map(|it| it.file.clone()).collect();
    let mut changes = changes(stored, components, &mut report);
    let mut catalog = load::catalog(&stored.components);
    for it in &changes {
        catalog.insert(it.new.clone());
    }
    let prefixes = assign_prefixes(&catalog, &stored.prefixes);
    let resolved = load::resolve(&catalog, &prefixes);
    let (mut schema, found) = match resolved {
        Ok(resolved) => {
            problems.extend(setup_fields(&changes, &resolved.0));
            if !problems.is_empty() {
                return Err(in_order(problems));
            }
            resolved
        }
        Err(found) => {
            problems.extend(found.into_iter().map(|it| placed(it, &files)));
            return Err(in_order(problems));
        }
    };
    let of_project = |it: &Notice| files.contains(&it.file);
    for it in notices.into_iter().chain(found.into_iter().filter(of_project)) {
        tell(it, &mut report);
    }
    if changes.is_empty() {
        report.sort();
        return Ok(Planned::Nothing(report));
    }
    if grant(stored, &schema, &mut changes, &mut catalog, &mut report) {
        (schema, _) = load::resolve(&catalog, &prefixes)?;
    }
    let steps = steps(stored, &schema, &changes)?;
    let new = prefixes.into_iter().filter(|it| !stored.prefixes.contains_key(&it.0));
    report.sort();
    let prefixes = new.collect();
    Ok(Planned::Change(Box::new(Plan { schema, steps, changes, prefixes, report })))
}

/// Gives the profiles that every org has the one name of theirs that files have.
fn named(mut components: Vec<Component>, problems: &mut Vec<Problem>) -> Vec<Component> {
    let mut seen = HashSet::new();
    for it in components.iter_mut().filter(|it| it.ty == ComponentType::Profile) {
        it.name = profile::developer_name(&it.name).to_owned();
        if !seen.insert(base::fold(&it.name).into_owned()) {
            let message = "another file holds the same profile".to_owned();
            let (file, component) = (it.file.clone(), it.name.clone());
            problems.push(Problem { file, line: it.body.line, component, message });
        }
    }
    components
}

/// The rows of setup are written from metadata and by the engine, which fill no other fields.
fn setup_fields<'a>(changes: &'a [Change], schema: &'a Schema) -> impl Iterator<Item = Problem> {
    let fields = changes.iter().map(|it| &it.new).filter(|it| it.ty == ComponentType::Field);
    fields.filter_map(|it| {
        let object = schema.object(it.split_name()?.0).filter(|it| it.setup)?;
        let known = object.field(it.split_name()?.1).is_some_and(|it| !it.custom);
        let message = format!("{} takes no custom fields", object.name);
        let (file, component) = (it.file.clone(), it.name.clone());
        (!known).then_some(Problem { file, line: it.body.line, component, message })
    })
}

/// Compares the components of a project with the stored ones. The content counts, not the
/// file's form.
fn changes(stored: &Stored, components: Vec<Component>, report: &mut Report) -> Vec<Change> {
    let key = |it: &Component| (it.ty, base::fold(&it.name).into_owned());
    let by_key: BTreeMap<_, _> = stored.components.iter().map(|it| (key(it), it)).collect();
    let mut changes = Vec::new();
    for component in components {
        let old = by_key.get(&key(&component)).copied();
        let body = match (component.ty, old) {
            (ComponentType::Profile, Some(old)) => profile::merge(&old.body, &component.body),
            (ComponentType::Profile, None) => profile::canonical(&component.body),
            _ => component.body.clone(),
        };
        let outcome = match old {
            None => Outcome::Created,
            Some(old) if old.body == body => Outcome::Unchanged,
            Some(_) => Outcome::Changed,
        };
        report.add(component.ty, &component.name, &component.file, outcome);
        if outcome != Outcome::Unchanged {
            changes.push(Change { old: old.cloned(), new: Component { body, ..component } });
        }
    }
    changes
}

/// A problem of a component that was deployed earlier is one that this deploy makes.
fn placed(problem: Problem, files: &HashSet<String>) -> Problem {
    if files.contains(&problem.file) {
        return problem;
    }
    let message = format!("{} (the component is in the org, not in this project)", problem.message);
    Problem { message, ..problem }
}

fn in_order(mut problems: Vec<Problem>) -> Vec<Problem> {
    problems.sort_by(|a, b| (&a.file, a.line).cmp(&(&b.file, b.line)));
    problems
}

fn tell(notice: Notice, report: &mut Report) {
    let type_name = match place(&notice.file) {
        Place::Unsupported { type_name, .. } => type_name,
        Place::Component { ty, .. } => ty.metadata_name().to_owned(),
        Place::NotMetadata => String::new(),
    };
    report.notice(notice, type_name);
}

/// Grants new objects and fields to the administrator. Returns whether that changed anything.
fn grant(
    stored: &Stored,
    schema: &Schema,
    changes: &mut Vec<Change>,
    catalog: &mut Catalog,
    report: &mut Report,
) -> bool {
    let grants = changes.iter().filter(|it| it.old.is_none()).filter_map(|it| match it.new.ty {
        ComponentType::Object => Some(Grant::Object(it.new.name.clone())),
        ComponentType::Field => Some(Grant::Field(it.new.name.clone())),
        _ => None,
    });
    let Some((change, granted)) = granted(stored, schema, catalog, grants.collect()) else {
        return false;
    };
    report.granted = granted;
    catalog.insert(change.new.clone());
    let is_it = |it: &Component| it.ty == change.new.ty && it.name == change.new.name;
    match changes.iter_mut().find(|it| is_it(&it.new)) {
        Some(planned) => planned.new = change.new,
        None => {
            report.change(change.new.ty, &change.new.name, &change.new.file);
            changes.push(change);
        }
    }
    true
}

/// The administrator's profile with `grants`, and which of them it did not have; none where it
/// had them all.
pub(crate) fn granted(
    stored: &Stored,
    schema: &Schema,
    catalog: &Catalog,
    grants: Vec<Grant>,
) -> Option<(Change, Vec<Grant>)> {
    let name = profile::ADMINISTRATOR.developer_name;
    let administrator = catalog.get(ComponentType::Profile, name)?.clone();
    let (body, granted) = profile::grant(&administrator.body, schema, grants);
    if granted.is_empty() {
        return None;
    }
    let new = Component { body, ..administrator };
    let is_it = |it: &&Component| it.ty == new.ty && it.name == new.name;
    let old = stored.components.iter().find(is_it).cloned();
    Some((Change { old, new }, granted))
}

/// The steps from the tables as they are.
fn steps(stored: &Stored, schema: &Schema, changes: &[Change]) -> Result<Vec<Step>, Vec<Problem>> {
    let (before, _) = load::resolve(&load::catalog(&stored.components), &stored.prefixes)?;
    schema::diff(&before, schema).map_err(|refusals| {
        let refused = |it: Refusal| refused(it, changes);
        in_order(refusals.into_iter().map(refused).collect())
    })
}

/// The problem at the component that asks for what is refused.
fn refused(refusal: Refusal, changes: &[Change]) -> Problem {
    let Refusal { component, message } = refusal;
    let is_it = |it: &&Component| {
        matches!(it.ty, ComponentType::Object | ComponentType::Field)
            && it.name.eq_ignore_ascii_case(&component)
    };
    let change = changes.iter().map(|it| &it.new).find(is_it);
    let file = change.map(|it| it.file.clone()).unwrap_or_default();
    Problem { file, line: change.map_or(0, |it| it.body.line), component, message }
}
