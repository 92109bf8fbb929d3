//! `/o/{Object}/new` and `/o/{Object}/{id}/edit`: one form, for records to be and records that
//! are.
//!
//! | stage     | what                                                                     |
//! |-----------|--------------------------------------------------------------------------|
//! | `blank`   | which fields the form has: the page layout's, as far as they may be written |
//! | [`Filled`] | what each field holds: the record's values, the defaults, what was typed  |
//! | `meanwhile` | who changed what since the form was opened                             |
//! | `taken`   | what was typed, as input for `records`: only what differs                 |
//! | `view`    | the form as markup                                                        |
//!
//! A form that was refused comes back with everything that was typed. Of one that was opened
//! before somebody else changed the record, what only one of both changed is kept; where both
//! changed a field, the form says so before it overwrites.

mod blank;
mod meanwhile;
mod taken;
mod view;

use std::collections::BTreeMap;

use base::{RecordId, Value};
use query::Record;
use records::{Row, SaveOptions};
use schema::{Field, FieldId, FieldType, Object};

use crate::component::input::Typed;
use crate::component::value;
use crate::failure::Failure;
use crate::flash::{Flash, isolate};
use crate::form::{Form, url};
use crate::lookup::Choice;
use crate::message;
use crate::names::Names;
use crate::page::record::path_of;
use crate::read;
use crate::reply::Reply;
use crate::visit::{Visit, list_path, record_path};
use blank::Blank;
use meanwhile::{Present, Seen};

const OPTIONS: SaveOptions = SaveOptions { all_or_none: true };

/// A form with what its fields hold.
struct Filled<'a> {
    blank: Blank<'a>,
    object: &'a Object,
    /// The record as it is; none for one to be.
    record: Option<&'a Record>,
    names: &'a Names,
    typed: BTreeMap<FieldId, Typed>,
    problems: Vec<Problem>,
    /// Whether this is a form that came back.
    refused: bool,
}

/// What is wrong, with a field or with the whole.
struct Problem {
    field: Option<FieldId>,
    text: String,
}

/// The record as it was when the form was opened.
const STAMP: &str = "SystemModstamp";

pub(crate) fn new(visit: &Visit) -> Result<Reply, Failure> {
    let object = creatable(visit)?;
    let blank = Blank::for_new(visit, object);
    let typed = blank.fields().map(|it| initial(visit, object, it));
    let typed: BTreeMap<FieldId, Typed> = typed.collect::<Result<_, Failure>>()?;
    let names = Names::default();
    let form = Filled {
        blank,
        object,
        record: None,
        names: &names,
        typed,
        problems: Vec::new(),
        refused: false,
    };
    Ok(Reply::Page(view::page(visit, &form)?))
}

pub(crate) fn create(visit: &Visit) -> Result<Reply, Failure> {
    let object = creatable(visit)?;
    let blank = Blank::for_new(visit, object);
    let typed = typed_in(&visit.ask.form, &blank);
    let mut taken = taken::take(visit, object, &blank, typed, None)?;
    let mut id = None;
    if taken.problems.is_empty() {
        let row = Row { object: object.id, id: None, fields: std::mem::take(&mut taken.fields) };
        match records::create(&visit.ctx, vec![row], &OPTIONS)?.into_iter().next() {
            Some(Ok(saved)) => id = Some(saved.id),
            Some(Err(refused)) => taken.problems.extend(problems(visit, object, &refused.errors)),
            None => {}
        }
    }
    let Some(id) = id else {
        let names = Names::default();
        let form = Filled {
            blank,
            object,
            record: None,
            names: &names,
            typed: taken.typed,
            problems: taken.problems,
            refused: true,
        };
        return Ok(Reply::Refused(view::page(visit, &form)?));
    };
    let flash = Flash::done(format!("{} was created.", isolate(&name_of(visit, object, id)?)));
    let path = if visit.ask.form.has("again") {
        again_path(visit, object)
    } else {
        record_path(object, id)
    };
    Ok(Reply::see_with(path, flash))
}

pub(crate) fn edit(visit: &Visit) -> Result<Reply, Failure> {
    let (object, id) = editable(visit)?;
    let (blank, record) = present(visit, object, id)?;
    let names = Names::of(visit, value::ids([&record]))?;
    let typed = blank.fields().map(|it| (it.id, held(visit, it, &record, &names))).collect();
    let form = Filled {
        blank,
        object,
        record: Some(&record),
        names: &names,
        typed,
        problems: Vec::new(),
        refused: false,
    };
    Ok(Reply::Page(view::page(visit, &form)?))
}

pub(crate) fn save(visit: &Visit) -> Result<Reply, Failure> {
    let (object, id) = editable(visit)?;
    let (blank, record) = present(visit, object, id)?;
    let names = Names::of(visit, value::ids([&record]))?;
    let typed = typed_in(&visit.ask.form, &blank);
    let seen = Seen::of_form(&visit.ask.form, &record);
    let present = Present { record: &record, names: &names, seen };
    let mut taken = taken::take(visit, object, &blank, typed, Some(&present))?;
    if taken.clash {
        let text = meanwhile::warning(visit, object, &record)?;
        taken.problems.insert(0, Problem { field: None, text });
    }
    if taken.problems.is_empty() && !taken.fields.is_empty() {
        let fields = std::mem::take(&mut taken.fields);
        let row = Row { object: object.id, id: Some(id), fields };
        if let Some(Err(refused)) =
            records::update(&visit.ctx, vec![row], &OPTIONS)?.into_iter().next()
        {
            taken.problems.extend(problems(visit, object, &refused.errors));
        }
    }
    if taken.problems.is_empty() {
        let name = isolate(&name_of(visit, object, id)?);
        let kept = meanwhile::kept(&taken.kept);
        let flash = Flash::done(format!("{name} was saved.{kept}"));
        return Ok(Reply::see_with(record_path(object, id), flash));
    }
    let form = Filled {
        blank,
        object,
        record: Some(&record),
        names: &names,
        typed: taken.typed,
        problems: taken.problems,
        refused: true,
    };
    Ok(Reply::Refused(view::page(visit, &form)?))
}

fn creatable(visit: &Visit) -> Result<&Object, Failure> {
    Some(visit.object()?).filter(|it| visit.can_create(it)).ok_or(Failure::Missing)
}

fn editable(visit: &Visit) -> Result<(&Object, RecordId), Failure> {
    let object = visit.object()?;
    if visit.can_edit(object) { Ok((object, visit.id(object)?)) } else { Err(Failure::Missing) }
}

/// The form of a record, and the record with all that the form shows.
fn present<'a>(
    visit: &'a Visit,
    object: &'a Object,
    id: RecordId,
) -> Result<(Blank<'a>, Record), Failure> {
    let blank = Blank::for_edit(visit, object);
    let stamps = [STAMP, "LastModifiedById"].iter().filter_map(|it| object.field(it));
    let mut fields: Vec<&Field> = blank.shown().chain(stamps).collect();
    fields.extend(object.name_field());
    let record = read::record(&visit.ctx, object, id, fields)?;
    Ok((blank, record))
}

/// What a new record's field begins with: what the URL says, else its default.
fn initial(visit: &Visit, object: &Object, field: &Field) -> Result<(FieldId, Typed), Failure> {
    let given = visit.ask.query.text(&field.name);
    if field.ty.is_reference() {
        let id = match RecordId::parse(given) {
            Ok(id) => Some(id),
            Err(_) if field.name == "OwnerId" => Some(visit.me.id),
            Err(_) => None,
        };
        let choice = match id {
            Some(id) => {
                let names = Names::of(visit, vec![id])?;
                let name = names.get(id).map(|name| Choice::of_record(visit, id, name));
                name.unwrap_or_default()
            }
            None => Choice::default(),
        };
        return Ok((field.id, Typed::Lookup(choice)));
    }
    let picklist = field.picklist.as_ref();
    let default = picklist.and_then(|it| it.values.iter().find(|it| it.default && it.active));
    let text = match (given, &field.default, default) {
        ("", Some(value), _) => visit.style.input(field, value),
        ("", None, Some(value)) if object.field(&field.name).is_some() => value.name.clone(),
        (given, ..) => given.to_owned(),
    };
    Ok((field.id, Typed::Text(text)))
}

/// What a field of a record holds, as its input shows it.
fn held(visit: &Visit, field: &Field, record: &Record, names: &Names) -> Typed {
    let value = record.value(&field.name);
    match value {
        Value::Id(id) => {
            let name = names.get(*id).unwrap_or("not available");
            Typed::Lookup(Choice::of_record(visit, *id, name))
        }
        Value::Null if field.ty.is_reference() => Typed::Lookup(Choice::default()),
        _ => Typed::Text(visit.style.input(field, value).replace("\r\n", "\n")),
    }
}

fn typed_in(form: &Form, blank: &Blank<'_>) -> BTreeMap<FieldId, Typed> {
    let typed = blank.fields().map(|field| {
        let typed = match field.ty {
            _ if field.ty.is_reference() => Typed::Lookup(Choice::of_form(form, field)),
            FieldType::Checkbox => Typed::Text(form.has(&field.name).to_string()),
            FieldType::MultiselectPicklist => {
                Typed::Text(form.all(&field.name).collect::<Vec<_>>().join(";"))
            }
            FieldType::TextArea | FieldType::LongTextArea | FieldType::Html => {
                Typed::Text(form.get(&field.name).unwrap_or_default().to_owned())
            }
            _ => Typed::Text(form.text(&field.name).to_owned()),
        };
        (field.id, typed)
    });
    typed.collect()
}

fn problems(visit: &Visit, object: &Object, errors: &[records::RowError]) -> Vec<Problem> {
    let mut problems = Vec::new();
    for error in errors {
        let text = message::of(&visit.ctx.schema, error);
        let fields = error.fields.iter().filter_map(|name| object.field(name));
        let before = problems.len();
        problems.extend(fields.map(|it| Problem { field: Some(it.id), text: text.clone() }));
        if problems.len() == before {
            problems.push(Problem { field: None, text });
        }
    }
    problems
}

fn name_of(visit: &Visit, object: &Object, id: RecordId) -> Result<String, Failure> {
    let names = Names::of(visit, vec![id])?;
    Ok(names.get(id).map_or_else(|| object.label.clone(), str::to_owned))
}

/// Another new record like the one that was just made: under the same parents.
fn again_path(visit: &Visit, object: &Object) -> String {
    let query: Vec<(&str, &str)> = visit
        .ask
        .query
        .pairs()
        .filter(|(name, _)| *name == "from" || object.field(name).is_some())
        .collect();
    url(&format!("{}/new", list_path(object)), &query)
}

/// Where a form that is given up leads back to.
fn back_path(visit: &Visit, object: &Object, id: Option<RecordId>) -> String {
    let from = RecordId::parse(visit.ask.query.text("from")).ok();
    match (id, from.and_then(|it| path_of(visit, it))) {
        (Some(id), _) => record_path(object, id),
        (None, Some(path)) => path,
        (None, None) => list_path(object),
    }
}
