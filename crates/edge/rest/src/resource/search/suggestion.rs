//! What helps while somebody types: names that begin so, which objects are searched, and what
//! their results show (wire reference, section 3.7).

use schema::{Field, FieldType, Object};

use super::{found, malformed};
use crate::error::{Code, Failure, of_search_syntax};
use crate::reply::Reply;
use crate::request::Call;
use crate::resource::record::names;
use crate::wire::write::Writer;

/// Characters of a text for which suggestions are made.
const CHARS_MIN: usize = 3;
const CHARS_MAX: usize = 200;

/// Suggestions where nobody says how many.
const LIMIT: u64 = 5;

const OBJECTS_MAX: usize = 10;

pub(crate) fn suggest(call: &Call<'_>) -> Result<Reply, Failure> {
    let form = &call.request.query;
    let q = form.get("q").ok_or_else(|| Failure::missing("q"))?;
    let objects = names(form.get("sobject").ok_or_else(|| Failure::missing("sobject"))?);
    if OBJECTS_MAX < objects.len() {
        return Err(malformed(format!("At most {OBJECTS_MAX} objects")));
    }
    if CHARS_MAX < q.chars().count() {
        return Err(malformed(format!("The text has more than {CHARS_MAX} characters")));
    }
    let limit = form.get("limit").map_or(Ok(LIMIT), str::parse);
    let limit = limit.map_err(|_| malformed("limit must be a number"))?;
    let unknown_too = form.flag("ignoreUnsupportedSObjects");
    let mut returning = Vec::new();
    for name in objects {
        match searched(call, name) {
            Ok(object) => returning.push(of_object(call, object)?),
            Err(_) if unknown_too => {}
            Err(failure) => return Err(failure),
        }
    }
    // Two characters of Chinese say as much as a word does elsewhere.
    let words = q.split_whitespace().count();
    let short = q.is_ascii() && q.trim().chars().count() < CHARS_MIN;
    if words == 0 || short || returning.is_empty() {
        return Ok(answer(&[], false));
    }
    let returning = returning.join(", ");
    let text = format!("FIND {} IN NAME FIELDS RETURNING {returning} LIMIT {limit}", typed(q));
    let search = match soql::sosl::parse(&text) {
        Ok(search) => search,
        Err(soql::sosl::Error::TermTooShort { .. }) => return Ok(answer(&[], false)),
        Err(error) => return Err(of_search_syntax(&error, &text)),
    };
    let page = found(call, &search, &text)?;
    Ok(answer(&page.records, page.more))
}

fn answer(records: &[u8], more: bool) -> Reply {
    let mut w = Writer::with_capacity(records.len() + 64);
    w.object(|w| {
        w.key("autoSuggestResults").array(|w| {
            if !records.is_empty() {
                w.raw(records);
            }
        });
        w.key("hasMoreResults").bool(more);
    });
    Reply::json(w.finish())
}

/// The words of a text as far as they are typed: the last one may go on, and nothing in them is
/// an operator or a wildcard.
fn typed(text: &str) -> String {
    let mut out = String::from("{");
    for (n, word) in text.split_whitespace().enumerate() {
        if 0 < n {
            out.push(' ');
        }
        out.extend(word.chars().flat_map(|it| ['\\', it]));
    }
    out.push_str("*}");
    out
}

/// An object of whose records names are suggested, with what is returned of them.
fn of_object(call: &Call<'_>, object: &Object) -> Result<String, Failure> {
    let form = &call.request.query;
    let mut fields = vec!["Id"];
    fields.extend(object.name_field().map(|it| it.name.as_str()));
    for name in names(form.get("fields").unwrap_or_default()) {
        if !fields.iter().any(|it| it.eq_ignore_ascii_case(name)) {
            fields.push(name);
        }
    }
    let condition = form.get("where").map(|it| format!(" WHERE {it}")).unwrap_or_default();
    let text = format!("{}({}{condition})", object.name, fields.join(", "));
    // It must stay one object, whatever the condition is.
    let alone = format!("FIND {{xx}} RETURNING {text}");
    let parsed = soql::sosl::parse(&alone).map_err(|error| of_search_syntax(&error, &alone))?;
    if parsed.returning.len() == 1 && parsed.limit.is_none() && parsed.with.is_empty() {
        Ok(text)
    } else {
        Err(malformed("The where parameter is not well-formed"))
    }
}

/// An object that the caller may search.
fn searched<'a>(call: &'a Call<'_>, name: &str) -> Result<&'a Object, Failure> {
    let object = call.ctx.schema.object(name).filter(|it| call.ctx.access.can_read_object(it));
    let object = object.ok_or_else(|| {
        let name = name.chars().take(80).collect();
        Failure::new(Code::InvalidType, query::ErrorKind::UnknownObject(name).to_string())
    })?;
    let known = records::search::searchable(&call.ctx).iter().any(|it| it.id == object.id);
    if known {
        return Ok(object);
    }
    let message = format!("entity type {} does not support search", object.name);
    Err(Failure::new(Code::InvalidTypeForOperation, message))
}

/// The objects that are searched, in order.
pub(crate) fn scope_order(call: &Call<'_>) -> Result<Reply, Failure> {
    let base = call.request.base();
    let mut w = Writer::default();
    w.array(|w| {
        for object in records::search::searchable(&call.ctx) {
            w.object(|w| {
                w.key("type").text(&object.name);
                w.key("url").text(&format!("{base}/sobjects/{}/describe", object.name));
            });
        }
    });
    Ok(Reply::json(w.finish()))
}

/// Rows and columns of an object's results.
const LAYOUT_ROWS: i64 = 25;
const COLUMNS_MAX: usize = 5;

/// What the results of objects show: the name, and what their first list view shows.
pub(crate) fn layout(call: &Call<'_>) -> Result<Reply, Failure> {
    let given = call.request.query.get("q").ok_or_else(|| Failure::missing("q"))?;
    let objects: Result<Vec<&Object>, Failure> =
        names(given).into_iter().map(|it| searched(call, it)).collect();
    let objects = objects?;
    let mut w = Writer::default();
    w.array(|w| {
        for object in objects {
            w.object(|w| {
                w.key("errorMsg").null();
                w.key("label").text("Search Results");
                w.key("limitRows").int(LAYOUT_ROWS);
                w.key("objectType").text(&object.name);
                w.key("searchColumns").array(|w| {
                    columns(call, object).iter().for_each(|it| write_column(w, object, it));
                });
            });
        }
    });
    Ok(Reply::json(w.finish()))
}

fn columns<'a>(call: &Call<'_>, object: &'a Object) -> Vec<&'a Field> {
    let view = object.list_views.first().map(|it| it.columns.as_slice()).unwrap_or_default();
    let mut columns: Vec<&Field> = object.name_field().into_iter().collect();
    for field in view.iter().map(|it| object.get(*it)) {
        let readable = call.ctx.access.can_read_field(object, field);
        if readable && !columns.iter().any(|it| it.id == field.id) {
            columns.push(field);
        }
    }
    columns.truncate(COLUMNS_MAX);
    columns
}

fn write_column(w: &mut Writer, object: &Object, field: &Field) {
    let format = match field.ty {
        FieldType::Date => Some("date"),
        FieldType::DateTime => Some("datetime"),
        FieldType::Currency => Some("currency"),
        _ => None,
    };
    w.object(|w| {
        w.key("field").text(&format!("{}.{}", object.name, field.name));
        w.key("format").optional(format);
        w.key("label").text(&field.label);
        w.key("name").text(&field.name);
    });
}
