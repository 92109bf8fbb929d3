//! `/parameterizedSearch`: a search without its language, by query string or by body (wire
//! reference, section 3.7).

use soql::sosl::SearchScope;

use super::{in_braces, malformed, run};
use crate::error::{Code, Failure};
use crate::reply::Reply;
use crate::request::Call;
use crate::resource::record::names;
use crate::wire::form::Form;
use crate::wire::read::{self, Json};

/// What is asked for.
#[derive(Debug, Default)]
struct Parameters {
    q: String,
    fields: Vec<String>,
    objects: Vec<Wanted>,
    scope: Option<String>,
    overall_limit: Option<String>,
    default_limit: Option<String>,
    metadata: Option<String>,
}

/// What is asked for of one object.
#[derive(Debug, Default)]
struct Wanted {
    name: String,
    fields: Vec<String>,
    where_: Option<String>,
    order_by: Option<String>,
    limit: Option<String>,
}

/// What the platform takes here and Candor does not have.
const UNSUPPORTED: [&str; 5] =
    ["division", "dataCategory", "dataCategories", "netWorkIds", "pricebookId"];

/// What means nothing here: articles are what is tracked and cut into snippets, and no spelling
/// is corrected.
const WITHOUT_EFFECT: [&str; 4] =
    ["snippet", "spellCorrection", "updateTracking", "updateViewStat"];

pub(crate) fn by_query(call: &Call<'_>) -> Result<Reply, Failure> {
    let form = &call.request.query;
    for name in UNSUPPORTED {
        if form.get(name).is_some_and(|it| !it.is_empty()) {
            return Err(unsupported(name));
        }
    }
    let text = |name: &str| form.get(name).map(str::to_owned);
    let list = |name: &str| owned(names(form.get(name).unwrap_or_default()));
    let objects = all(form, "sobject").into_iter().flat_map(|it| owned(names(it)));
    let objects = objects.map(|name| {
        let own = |what: &str| form.get(&format!("{name}.{what}")).map(str::to_owned);
        Wanted {
            fields: owned(names(&own("fields").unwrap_or_default())),
            where_: own("where"),
            order_by: own("orderBy"),
            limit: own("limit"),
            name,
        }
    });
    let parameters = Parameters {
        q: text("q").ok_or_else(|| Failure::missing("q"))?,
        fields: list("fields"),
        objects: objects.collect(),
        scope: text("in"),
        overall_limit: text("overallLimit"),
        default_limit: text("defaultLimit"),
        metadata: text("metadata"),
    };
    run_parameters(call, &parameters)
}

pub(crate) fn by_body(call: &Call<'_>) -> Result<Reply, Failure> {
    let mut members = call.request.json_object()?;
    let mut parameters =
        Parameters { q: read::take_text(&mut members, "q")?, ..Parameters::default() };
    for (key, json) in members {
        match key.as_str() {
            "fields" => parameters.fields = texts(&key, json)?,
            "sobjects" => parameters.objects = wanted(json)?,
            "in" => parameters.scope = scalar(&key, json)?,
            "overallLimit" => parameters.overall_limit = scalar(&key, json)?,
            "defaultLimit" => parameters.default_limit = scalar(&key, json)?,
            "metadata" => parameters.metadata = scalar(&key, json)?,
            key if UNSUPPORTED.contains(&key) => {
                let is_empty = json.is_null() || json.as_array().is_some_and(Vec::is_empty);
                if !is_empty {
                    return Err(unsupported(key));
                }
            }
            key if WITHOUT_EFFECT.contains(&key) => {}
            _ => return Err(unrecognized(&key)),
        }
    }
    run_parameters(call, &parameters)
}

fn wanted(json: Json) -> Result<Vec<Wanted>, Failure> {
    let Json::Array(elements) = json else { return Err(wrong("list", "sobjects")) };
    let of_element = |json| {
        let mut members = read::object(json)?;
        let name = read::take_text(&mut members, "name")?;
        let mut wanted = Wanted { name, ..Wanted::default() };
        for (key, json) in members {
            match key.as_str() {
                "fields" => wanted.fields = texts(&key, json)?,
                "where" => wanted.where_ = scalar(&key, json)?,
                "orderBy" => wanted.order_by = scalar(&key, json)?,
                "limit" => wanted.limit = scalar(&key, json)?,
                _ => return Err(unrecognized(&key)),
            }
        }
        Ok(wanted)
    };
    elements.into_iter().map(of_element).collect()
}

/// Writes the search as SOSL, and runs that.
fn run_parameters(call: &Call<'_>, it: &Parameters) -> Result<Reply, Failure> {
    let mut text = format!("FIND {}", in_braces(&it.q));
    if let Some(scope) = &it.scope {
        let scope = SearchScope::of(scope).ok_or_else(|| {
            malformed(format!("Invalid value for parameter in: {}", brief(scope)))
        })?;
        text.push_str(&format!(" IN {} FIELDS", scope.name()));
    }
    if it.objects.is_empty() && !it.fields.is_empty() {
        return Err(Failure::missing("sobject"));
    }
    for (n, object) in it.objects.iter().enumerate() {
        text.push_str(if n == 0 { " RETURNING " } else { ", " });
        text.push_str(&returning(it, object)?);
    }
    if let Some(metadata) = &it.metadata {
        if !metadata.eq_ignore_ascii_case("LABELS") {
            return Err(malformed("Invalid value for parameter metadata: LABELS is the only one"));
        }
        text.push_str(" WITH METADATA = 'LABELS'");
    }
    if let Some(limit) = &it.overall_limit {
        text.push_str(&format!(" LIMIT {}", number("overallLimit", limit)?));
    }
    // A condition with a parenthesis too many would add objects that nobody has named.
    let parsed = soql::sosl::parse(&text);
    if parsed.is_ok_and(|parsed| parsed.returning.len() != it.objects.len()) {
        return Err(malformed("A where, orderBy or fields parameter is not well-formed"));
    }
    run(call, &text)
}

/// An object as RETURNING names it.
fn returning(all: &Parameters, object: &Wanted) -> Result<String, Failure> {
    let fields = if object.fields.is_empty() { &all.fields } else { &object.fields };
    let fields = if fields.is_empty() { "Id".to_owned() } else { fields.join(", ") };
    let mut text = format!("{}({fields}", object.name);
    if let Some(condition) = &object.where_ {
        text.push_str(&format!(" WHERE {condition}"));
    }
    if let Some(order) = &object.order_by {
        text.push_str(&format!(" ORDER BY {order}"));
    }
    if let Some(limit) = object.limit.as_ref().or(all.default_limit.as_ref()) {
        text.push_str(&format!(" LIMIT {}", number("limit", limit)?));
    }
    text.push(')');
    Ok(text)
}

fn number(name: &str, text: &str) -> Result<u64, Failure> {
    let number = text.parse().ok().filter(|it| *it <= soql::sosl::ROWS_MAX);
    number.ok_or_else(|| {
        let max = soql::sosl::ROWS_MAX;
        malformed(format!("{name} must be a number up to {max}: {}", brief(text)))
    })
}

fn brief(text: &str) -> String {
    text.chars().take(80).collect()
}

/// All values under a name.
fn all<'a>(form: &'a Form, name: &str) -> Vec<&'a str> {
    form.0.iter().filter(|(it, _)| it == name).map(|(_, value)| value.as_str()).collect()
}

fn owned(names: Vec<&str>) -> Vec<String> {
    names.into_iter().map(str::to_owned).collect()
}

/// A text, or a number as one; none for null.
fn scalar(key: &str, json: Json) -> Result<Option<String>, Failure> {
    match json {
        Json::Null => Ok(None),
        Json::String(text) => Ok(Some(text)),
        Json::Number(number) => Ok(Some(number.to_string())),
        Json::Bool(_) | Json::Array(_) | Json::Object(_) => Err(wrong("string", key)),
    }
}

fn texts(key: &str, json: Json) -> Result<Vec<String>, Failure> {
    match json {
        Json::Array(elements) => read::texts(elements),
        Json::Null => Ok(Vec::new()),
        _ => Err(wrong("list", key)),
    }
}

fn wrong(what: &str, key: &str) -> Failure {
    Failure::shape(format!("Cannot deserialize instance of {what} in field {key}"))
}

fn unrecognized(key: &str) -> Failure {
    Failure::shape(format!("Unrecognized field \"{}\"", brief(key)))
}

fn unsupported(name: &str) -> Failure {
    let message = format!("The parameter {name} is not supported by this version of Candor");
    Failure::new(Code::MalformedSearch, message)
}
