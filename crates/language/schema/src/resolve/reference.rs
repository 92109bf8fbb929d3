//! Stage 3: names of objects in lookups → references.
//!
//! In: drafts whose lookups name their targets. Out: the same with [`Reference`]s; a lookup
//! whose target cannot be had is left out. Checked: targets, relationship names, the number of
//! lookups, and that masters and details form no cycle and no more than three levels.

use std::collections::HashMap;

use base::name;

use crate::schema::{FieldType, ObjectId, ObjectKind, OnDelete, Reference};

use super::elsewhere;
use super::field::FieldDraft;
use super::object::{self, ObjectDraft};
use super::report::{At, Report};

/// The most lookups of one object, and the most masters among them.
const LOOKUPS_MAX: usize = 40;
const MASTERS_MAX: usize = 2;
/// The most details below one another.
const LEVELS_MAX: usize = 3;

pub(crate) fn resolve(drafts: &mut [ObjectDraft<'_>], report: &mut Report) {
    for at in 0..drafts.len() {
        let fields = std::mem::take(&mut drafts[at].fields);
        let mut kept = Vec::with_capacity(fields.len());
        for mut draft in fields {
            if !draft.field.ty.is_reference() {
                kept.push(draft);
            } else if let Some(targets) = targets(&draft, drafts, report) {
                draft.field.reference = Some(reference(&draft, targets, report));
                kept.push(draft);
            } else {
                let (object, field) = (&drafts[at].object.name, &draft.field.name);
                let full_name = format!("{object}.{field}");
                report.leave_out(crate::def::ComponentType::Field, &full_name);
            }
        }
        drafts[at].fields = kept;
    }
    check_numbers(drafts, report);
    check_child_names(drafts, report);
    check_masters(drafts, report);
}

fn targets(
    draft: &FieldDraft<'_>,
    drafts: &[ObjectDraft<'_>],
    report: &mut Report,
) -> Option<Vec<ObjectId>> {
    let custom = draft.field.custom;
    if draft.targets.is_empty() || (custom && 1 < draft.targets.len()) {
        let at = draft.source?.at();
        let n = if custom { "one object" } else { "at least one object" };
        report.problem(at, format!("a lookup names {n} in referenceTo"));
        return None;
    }
    let mut ids = Vec::new();
    for target in &draft.targets {
        match object::find(drafts, target.object) {
            Some(found) => ids.push(drafts[found].object.id),
            None => {
                tell_missing(draft, target.object, target.at, report);
                return None;
            }
        }
    }
    Some(ids)
}

fn tell_missing(draft: &FieldDraft<'_>, target: &str, at: Option<At<'_>>, report: &mut Report) {
    use crate::def::ComponentType;
    let Some(at) = at else {
        report.problems.push(crate::problem::Problem {
            file: String::new(),
            line: 0,
            component: draft.field.name.clone(),
            message: format!("there is no object {target}"),
        });
        return;
    };
    if report.is_left_out(ComponentType::Object, target) || elsewhere::is_known(target) {
        report.unsupported(at, format!("it points to {target}, which is not supported yet"));
    } else {
        report.problem(at, format!("there is no object {target}"));
    }
}

fn reference(draft: &FieldDraft<'_>, targets: Vec<ObjectId>, report: &mut Report) -> Reference {
    let field = &draft.field;
    let Some(source) = draft.source else {
        return Reference {
            targets,
            relationship: name::relationship_of(&field.name),
            child_relationship: None,
            related_list_label: None,
            on_delete: OnDelete::Restrict,
            relationship_order: None,
            reparentable: false,
        };
    };
    let order = source.number("relationshipOrder", report);
    Reference {
        targets,
        relationship: name::relationship_of(&field.name),
        child_relationship: child_name(draft, report),
        related_list_label: source.owned("relationshipLabel"),
        on_delete: on_delete(draft, report),
        relationship_order: order.and_then(|it| u8::try_from(it).ok()),
        reparentable: field.ty == FieldType::MasterDetail && field.updateable,
    }
}

fn child_name(draft: &FieldDraft<'_>, report: &mut Report) -> Option<String> {
    let at = draft.source?.find("relationshipName").filter(|it| !it.text().is_empty())?;
    if !draft.field.custom {
        return Some(at.text().to_owned());
    }
    if !name::is_valid(at.text()) || at.text().contains("__") {
        report.problem(at, format!("`{}` is not a valid relationshipName", at.text()));
    }
    Some(format!("{}__r", at.text()))
}

fn on_delete(draft: &FieldDraft<'_>, report: &mut Report) -> OnDelete {
    if draft.field.ty == FieldType::MasterDetail {
        return OnDelete::Cascade;
    }
    let clear = if draft.field.required { OnDelete::Restrict } else { OnDelete::Clear };
    let at = draft.source.and_then(|it| it.find("deleteConstraint"));
    match at.map(|it| (it, it.text())) {
        None | Some((_, "SetNull")) => clear,
        Some((_, "Restrict")) => OnDelete::Restrict,
        Some((_, "Cascade")) => OnDelete::Cascade,
        Some((at, other)) => {
            report.problem(at, format!("`{other}` is not a deleteConstraint"));
            clear
        }
    }
}

fn check_numbers(drafts: &[ObjectDraft<'_>], report: &mut Report) {
    for draft in drafts {
        let custom = draft.fields.iter().filter(|it| it.field.custom);
        let n_lookups = custom.filter(|it| it.field.ty.is_reference()).count();
        if LOOKUPS_MAX < n_lookups {
            let message = format!("the object has {n_lookups} lookups, more than {LOOKUPS_MAX}");
            report.problem(draft.source.at(), message);
        }
        let n_masters = masters(draft).count();
        if MASTERS_MAX < n_masters {
            let message = format!("the object has {n_masters} masters, more than {MASTERS_MAX}");
            report.problem(draft.source.at(), message);
        }
    }
}

fn masters<'b, 'a>(draft: &'b ObjectDraft<'a>) -> impl Iterator<Item = &'b FieldDraft<'a>> {
    draft.fields.iter().filter(|it| it.field.ty == FieldType::MasterDetail)
}

/// A parent's children are told apart by the name of their relationship.
fn check_child_names(drafts: &[ObjectDraft<'_>], report: &mut Report) {
    let mut seen: HashMap<(ObjectId, String), String> = HashMap::new();
    for draft in drafts {
        for field in &draft.fields {
            let Some(reference) = &field.field.reference else { continue };
            let (Some(child), Some(source)) = (&reference.child_relationship, field.source) else {
                continue;
            };
            let this = format!("{}.{}", draft.object.name, field.field.name);
            for target in &reference.targets {
                let key = (*target, name::key(child));
                if let Some(first) = seen.insert(key, this.clone()) {
                    let parent = &drafts[usize::from(target.0)].object.name;
                    let message =
                        format!("{first} gives {parent} a relationship named {child} too");
                    report.problem(source.find("relationshipName").unwrap_or(source.at()), message);
                }
            }
        }
    }
}

fn check_masters(drafts: &[ObjectDraft<'_>], report: &mut Report) {
    let mut levels: Vec<Level> = vec![Level::Unknown; drafts.len()];
    for at in 0..drafts.len() {
        level(drafts, at, &mut levels, report);
        for field in masters(&drafts[at]) {
            let Some(source) = field.source.filter(|_| field.field.custom) else { continue };
            if drafts[at].object.kind != ObjectKind::Custom {
                report.problem(source.at(), "only a custom object can be a detail");
            }
            let target = field.targets.first().map_or("", |it| it.object);
            let master = object::find(drafts, target).map(|it| drafts[it].object.kind);
            if master == Some(ObjectKind::PlatformEvent) {
                report.problem(source.at(), "a platform event cannot be a master");
            }
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Level {
    Unknown,
    /// On the path that is being followed.
    Open,
    Known(usize),
}

/// How many masters stand above an object; recursion is as deep as [`LEVELS_MAX`] allows plus
/// what a faulty project adds, at most one level an object.
fn level(
    drafts: &[ObjectDraft<'_>],
    at: usize,
    levels: &mut [Level],
    report: &mut Report,
) -> usize {
    match levels[at] {
        Level::Known(known) => return known,
        Level::Open | Level::Unknown => {}
    }
    levels[at] = Level::Open;
    let mut highest = 0;
    for field in masters(&drafts[at]) {
        let target = field.field.reference.as_ref().and_then(|it| it.targets.first());
        let (Some(target), Some(source)) = (target, field.source) else { continue };
        let target = usize::from(target.0);
        if levels[target] == Level::Open {
            report.problem(source.at(), "the object would be its own master, through its masters");
            continue;
        }
        let above = level(drafts, target, levels, report) + 1;
        if LEVELS_MAX < above {
            let message = format!("details stand more than {LEVELS_MAX} levels below one another");
            report.problem(source.at(), message);
        }
        highest = highest.max(above);
    }
    levels[at] = Level::Known(highest);
    highest
}
