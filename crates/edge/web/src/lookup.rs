//! Choosing the record that a lookup points to, without a script.
//!
//! Few records are a list to choose from. Many are typed by name: what was typed is looked up
//! when the form comes back, exactly; where that finds none or several, the form shows the
//! candidates. The id of a choice that stands travels beside its name.
//!
//! | form field     | what it holds                                              |
//! |----------------|------------------------------------------------------------|
//! | `Field`        | the id that was chosen, or the name or id that was typed   |
//! | `Field.object` | which object is meant, where a lookup leads to several     |
//! | `Field.id`     | the id that belongs to the name in `Field.was`             |
//! | `Field.was`    | the name that was shown                                    |

use base::RecordId;
use query::Record;
use schema::{Field, Object, ObjectKind};

use crate::component::value::{hint, record_name};
use crate::failure::Failure;
use crate::form::Form;
use crate::read::{self, Query};
use crate::sheet;
use crate::visit::Visit;

/// A list of at most this many records can be chosen from.
const OPTIONS_MAX: u64 = 200;
const RECENT: u64 = 50;
const CREATED: &str = "CreatedDate";
const CANDIDATES: u64 = 6;
/// A lookup to more objects than this is typed even if all their records are few.
const LISTED_OBJECTS_MAX: usize = 3;

/// What an input offers.
pub(crate) enum Choices {
    /// Every record, by object.
    All(Vec<(String, Vec<(RecordId, String)>)>),
    /// Names of late; `objects` (API name, label) where the lookup leads to several.
    Typed { recent: Vec<String>, objects: Vec<(String, String)> },
}

/// What a form says about a lookup.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Choice {
    /// What the input shows: a name, or what was typed.
    pub text: String,
    /// The record that `text` stands for.
    pub id: Option<RecordId>,
    /// The API name of the object that is meant, where there are several.
    pub object: String,
    /// Records that `text` might mean.
    pub candidates: Vec<Candidate>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Candidate {
    pub id: RecordId,
    pub name: String,
    /// What tells it from others of its name.
    pub hint: String,
}

/// What became of what a person chose.
pub(crate) enum Resolved {
    Nothing,
    Record(RecordId),
    /// Nobody has the name; or several have. The message says which.
    Unclear(String, Vec<Candidate>),
}

pub(crate) fn targets<'a>(visit: &'a Visit, field: &Field) -> Vec<&'a Object> {
    let ids = field.reference.as_ref().map_or(&[][..], |it| &it.targets);
    let objects = ids.iter().map(|id| visit.ctx.schema.get(*id));
    let mut objects: Vec<&Object> = objects
        .filter(|it| it.queryable && visit.ctx.access.can_read_object(it))
        .filter(|it| it.kind != ObjectKind::PlatformEvent && it.name_field.is_some())
        .collect();
    if 1 < objects.len() {
        objects.sort_by_key(|it| (it.name != "User", it.label.to_lowercase()));
    }
    objects
}

/// What the input of `field`, of `object`, offers when it now holds `choice`.
pub(crate) fn choices(
    visit: &Visit,
    object: &Object,
    field: &Field,
    choice: &Choice,
) -> Result<Choices, Failure> {
    let targets = targets(visit, field);
    if targets.len() <= LISTED_OBJECTS_MAX {
        let mut lists = Vec::with_capacity(targets.len());
        for target in &targets {
            match all(visit, object, target)? {
                Some(list) => lists.push((target.plural_label.clone(), list)),
                None => break,
            }
        }
        if lists.len() == targets.len() {
            return Ok(Choices::All(lists));
        }
    }
    let meant = targets.iter().find(|it| it.name == choice.object).or(targets.first());
    let recent = match meant {
        Some(target) => recent(visit, target)?,
        None => Vec::new(),
    };
    let several = 1 < targets.len();
    let objects = targets.iter().filter(|_| several);
    let objects = objects.map(|it| (it.name.clone(), it.label.clone())).collect();
    Ok(Choices::Typed { recent, objects })
}

/// Every record that may be chosen, by name; none if they are too many.
fn all(
    visit: &Visit,
    object: &Object,
    target: &Object,
) -> Result<Option<Vec<(RecordId, String)>>, Failure> {
    let query = choosable(object, target).page(0, OPTIONS_MAX + 1);
    let records = query.rows(&visit.ctx)?;
    if OPTIONS_MAX < records.len() as u64 {
        return Ok(None);
    }
    let mut list: Vec<(RecordId, String)> =
        records.iter().map(|it| (it.id, record_name(visit, target, it))).collect();
    list.sort_by_cached_key(|(id, name)| (base::fold(name).into_owned(), *id));
    tell_twins_apart(visit, target, &mut list)?;
    Ok(Some(list))
}

/// Adds to names that stand more than once in a sorted list what tells their records apart.
fn tell_twins_apart(
    visit: &Visit,
    target: &Object,
    list: &mut [(RecordId, String)],
) -> Result<(), Failure> {
    let same =
        |a: &(RecordId, String), b: &(RecordId, String)| base::fold(&a.1) == base::fold(&b.1);
    let twins = list.chunk_by(same).filter(|it| 1 < it.len()).flatten();
    let twins: Vec<RecordId> = twins.map(|(id, _)| *id).collect();
    if twins.is_empty() {
        return Ok(());
    }
    let among = format!("Id IN ({})", read::id_list(&twins));
    let records = Query::of(target, telling(visit, target)).with(among).rows(&visit.ctx)?;
    for it in candidates(visit, target, &records) {
        if let Some((_, name)) = list.iter_mut().find(|(id, _)| *id == it.id) {
            *name = format!("{name} \u{2013} {}", it.hint);
        }
    }
    Ok(())
}

/// The records of `target` that a lookup of `object` is likely to want.
fn choosable<'a>(object: &Object, target: &'a Object) -> Query<'a> {
    let mut query = Query::of(target, target.name_field().into_iter().collect());
    if target.name == "RecordType" {
        query = query.with(format!("SobjectType = {}", read::quote(&object.name)));
    }
    if target.field("IsActive").is_some() && (target.setup || target.name == "User") {
        query = query.with("IsActive = TRUE".to_owned());
    }
    query
}

fn recent(visit: &Visit, target: &Object) -> Result<Vec<String>, Failure> {
    let query = Query::of(target, target.name_field().into_iter().collect())
        .order_by("SystemModstamp DESC NULLS LAST".to_owned())
        .page(0, RECENT);
    let records = query.rows(&visit.ctx)?;
    let mut names: Vec<String> = records.iter().map(|it| record_name(visit, target, it)).collect();
    names.sort();
    names.dedup();
    Ok(names)
}

impl Choice {
    /// What a form says.
    pub(crate) fn of_form(form: &Form, field: &Field) -> Self {
        let part = |suffix: &str| form.text(&format!("{}.{suffix}", field.name)).to_owned();
        let text = form.text(&field.name).to_owned();
        let stands = text == part("was");
        let id = RecordId::parse(&part("id")).ok().filter(|_| stands && !text.is_empty());
        Self { text, id, object: part("object"), candidates: Vec::new() }
    }

    /// A lookup that holds this record.
    pub(crate) fn of_record(visit: &Visit, id: RecordId, name: &str) -> Self {
        let object = visit.ctx.schema.object_of_prefix(id.prefix());
        let object = object.map(|it| it.name.clone()).unwrap_or_default();
        Self { text: name.to_owned(), id: Some(id), object, candidates: Vec::new() }
    }
}

/// Finds the record that `choice` means.
pub(crate) fn resolve(visit: &Visit, field: &Field, choice: &Choice) -> Result<Resolved, Failure> {
    if choice.text.is_empty() {
        return Ok(Resolved::Nothing);
    }
    if let Some(id) = choice.id {
        return Ok(Resolved::Record(id));
    }
    let targets = targets(visit, field);
    if let Ok(id) = RecordId::parse(&choice.text)
        && let Some(target) = targets.iter().find(|it| it.key_prefix == id.prefix())
        && 0 < Query::of(target, Vec::new()).with(format!("Id = '{id}'")).count(&visit.ctx)?
    {
        return Ok(Resolved::Record(id));
    }
    let meant = targets.iter().find(|it| it.name == choice.object).or(targets.first());
    let Some(target) = meant else {
        return Ok(Resolved::Unclear("Nothing can be chosen here.".to_owned(), Vec::new()));
    };
    by_name(visit, target, &choice.text)
}

fn by_name(visit: &Visit, target: &Object, text: &str) -> Result<Resolved, Failure> {
    let Some(name) = target.name_field() else {
        return Ok(Resolved::Unclear("Type an id.".to_owned(), Vec::new()));
    };
    let find = |condition: String| {
        let fields = telling(visit, target);
        Query::of(target, fields).with(condition).page(0, CANDIDATES).rows(&visit.ctx)
    };
    let candidates = |records: &[Record]| candidates(visit, target, records);
    let label = target.label.to_lowercase();
    let exact = find(format!("{} = {}", name.name, read::quote(text)))?;
    match exact.as_slice() {
        [only] => Ok(Resolved::Record(only.id)),
        [] => {
            let close = match read::word_begins(&visit.ctx, target, text) {
                Some(condition) => find(condition)?,
                None => Vec::new(),
            };
            let text = if close.is_empty() {
                format!("No {label} is named \u{201c}{text}\u{201d}.")
            } else {
                format!("No {label} is named exactly \u{201c}{text}\u{201d}. Choose one below.")
            };
            Ok(Resolved::Unclear(text, candidates(&close)))
        }
        several => {
            let text = format!(
                "Several {label} records are named \u{201c}{text}\u{201d}. Choose one below."
            );
            Ok(Resolved::Unclear(text, candidates(several)))
        }
    }
}

/// The fields that [`candidates`] reads.
fn telling<'a>(visit: &'a Visit, target: &'a Object) -> Vec<&'a Field> {
    let more = target.name_field().into_iter().chain(target.field(CREATED));
    sheet::columns(visit, target).into_iter().chain(more).collect()
}

/// Records of similar names, each with what tells it from the others: what lists show beside
/// the name, else since when it is there, and the id where even that is the same.
fn candidates(visit: &Visit, target: &Object, records: &[Record]) -> Vec<Candidate> {
    let created = |record: &Record| {
        let at = target.field(CREATED);
        let at = at.and_then(|it| visit.style.show(it, record.value(&it.name)));
        at.map(|it| format!("created {it}")).unwrap_or_default()
    };
    let mut all: Vec<Candidate> = Vec::with_capacity(records.len());
    for record in records {
        let hint = hint(visit, target, record);
        let hint = if hint.is_empty() { created(record) } else { hint };
        all.push(Candidate { id: record.id, name: record_name(visit, target, record), hint });
    }
    let key = |it: &Candidate| (base::fold(&it.name).into_owned(), it.hint.clone());
    let keys: Vec<_> = all.iter().map(key).collect();
    for (it, own) in all.iter_mut().zip(&keys) {
        if it.hint.is_empty() || 1 < keys.iter().filter(|key| *key == own).count() {
            let gap = if it.hint.is_empty() { "" } else { ", " };
            it.hint = format!("{}{gap}{}", it.hint, it.id);
        }
    }
    all
}
