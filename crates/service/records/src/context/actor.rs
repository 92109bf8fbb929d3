//! A user's rights and zone, from the rows that give them.

use std::sync::{Arc, Mutex, OnceLock};

use access::Access;
use base::{RecordId, Value};
use jiff::tz::TimeZone;
use locale::Style;
use query::Calendar;
use schema::{Object, PermissionSet, Schema};
use store::Reader;

use crate::error::Error;
use crate::fetch;

/// Everything that is read here: what is remembered of it is outdated once such a field, or such
/// a record, has changed.
const READ: [(&str, &[&str]); 5] = [
    ("User", &USER),
    ("Profile", &["Name"]),
    ("PermissionSet", &["Name"]),
    ("PermissionSetAssignment", &["AssigneeId", "PermissionSetId"]),
    ("Organization", &ORGANIZATION),
];

const USER: [&str; 4] = ["ProfileId", "TimeZoneSidKey", "LocaleSidKey", "IsActive"];

const ORGANIZATION: [&str; 5] = [
    "TimeZoneSidKey",
    "DefaultLocaleSidKey",
    "DefaultCurrencyIsoCode",
    "FiscalYearStartMonth",
    "UsesStartDateAsFiscalYearName",
];

/// What is known outside of the org as well: by what people sign in, and how it is called.
const TOLD: [(&str, &str); 2] = [("User", "Username"), ("Organization", "Name")];

/// Whether rights, zones or the fiscal year follow from a field, or what others know of the org.
pub(crate) fn gives_rights(object: &Object, field: &str) -> bool {
    let read = READ.iter().find(|it| it.0 == object.name);
    read.is_some_and(|it| field == "IsDeleted" || it.1.contains(&field))
        || TOLD.contains(&(&*object.name, field))
}

/// What is remembered of a user who acts.
pub(crate) struct Actor {
    pub access: Arc<Access>,
    pub zone: TimeZone,
    pub style: Arc<Style>,
    pub pseudonym: ledger::Hash,
    pub grants: Grants,
    /// The queries that were compiled with these rights.
    pub compiled: Mutex<query::Cache>,
}

/// The names of what gives a user rights; nothing else does.
#[derive(Debug, Default)]
pub(crate) struct Grants {
    profile: Option<String>,
    permission_sets: Vec<String>,
}

impl Grants {
    /// Whether `other` gives all that this gives. Permission sets only add.
    pub(super) fn is_within(&self, other: &Self) -> bool {
        self.profile == other.profile
            && self.permission_sets.iter().all(|it| other.permission_sets.contains(it))
    }

    fn sets<'a>(&'a self, schema: &'a Schema) -> impl Iterator<Item = &'a PermissionSet> {
        let profile = find(&schema.profiles, self.profile.as_deref());
        let names = self.permission_sets.iter();
        profile.into_iter().chain(names.filter_map(|it| find(&schema.permission_sets, Some(it))))
    }
}

/// What the org's row says about time.
pub(super) struct Regional {
    pub zone: TimeZone,
    pub calendar: Calendar,
    locale: String,
    currency: String,
}

pub(super) fn regional_once<'a>(
    cell: &'a OnceLock<Regional>,
    reader: &Reader,
    schema: &Schema,
) -> Result<&'a Regional, Error> {
    if let Some(known) = cell.get() {
        return Ok(known);
    }
    let rows = fetch::values(reader, schema, "Organization", &ORGANIZATION, None)?;
    let row = rows.into_iter().next();
    let [zone, locale, currency, month, by_start] = row.unwrap_or([const { Value::Null }; 5]);
    let text = |value: &Value, otherwise: &str| value.as_text().unwrap_or(otherwise).to_owned();
    let (locale, currency) = (text(&locale, "en_US"), text(&currency, "USD"));
    let month = match month {
        Value::Decimal(month) => u8::try_from(month).ok().filter(|it| (1..=12).contains(it)),
        _ => None,
    };
    let zone = zone_named(&zone).unwrap_or(TimeZone::UTC);
    let calendar = Calendar {
        week_start: Calendar::week_start_of(&locale),
        fiscal_start_month: month.unwrap_or(1),
        fiscal_year_named_by_start: by_start == Value::Bool(true),
    };
    Ok(cell.get_or_init(|| Regional { zone, calendar, locale, currency }))
}

/// Reads who `user` is and what the profile and the permission sets grant.
pub(super) fn load(
    reader: &Reader,
    schema: &Schema,
    regional: &Regional,
    user: RecordId,
    pseudonym: ledger::Hash,
) -> Result<Actor, Error> {
    let (grants, zone, locale) = held(reader, schema, user)?;
    let zone = zone_named(&zone).unwrap_or_else(|| regional.zone.clone());
    let locale = locale.as_text().unwrap_or(&regional.locale);
    let sets: Vec<&PermissionSet> = grants.sets(schema).collect();
    Ok(Actor {
        access: Arc::new(Access::of_user(schema, user, &sets)),
        style: Arc::new(Style::new(locale, zone.clone(), &regional.currency)),
        zone,
        pseudonym,
        grants,
        compiled: Mutex::default(),
    })
}

/// What gives rights to `user`, who may act.
pub(super) fn grants(reader: &Reader, schema: &Schema, user: RecordId) -> Result<Grants, Error> {
    Ok(held(reader, schema, user)?.0)
}

/// What gives rights to `user`, and the names of the user's zone and locale.
fn held(reader: &Reader, schema: &Schema, user: RecordId) -> Result<(Grants, Value, Value), Error> {
    let unknown = || Error::UnknownActor { user };
    let by_id = Some(("Id", vec![Value::Id(user)]));
    let rows = fetch::values(reader, schema, "User", &USER, by_id)?;
    let [profile, zone, locale, active] = rows.into_iter().next().ok_or_else(unknown)?;
    if active == Value::Bool(false) {
        return Err(unknown());
    }
    let profile = named(reader, schema, "Profile", profile)?;
    let assigned = Some(("AssigneeId", vec![Value::Id(user)]));
    let assigned =
        fetch::values(reader, schema, "PermissionSetAssignment", &["PermissionSetId"], assigned)?;
    let mut permission_sets = Vec::new();
    for [id] in assigned {
        permission_sets.extend(named(reader, schema, "PermissionSet", id)?);
    }
    Ok((Grants { profile, permission_sets }, zone, locale))
}

fn named(
    reader: &Reader,
    schema: &Schema,
    object: &str,
    id: Value,
) -> Result<Option<String>, Error> {
    let rows = fetch::values(reader, schema, object, &["Name"], Some(("Id", vec![id])))?;
    Ok(rows.into_iter().next().and_then(|[name]| name.as_text().map(str::to_owned)))
}

/// A set that was undeployed grants nothing any more.
fn find<'a>(sets: &'a [PermissionSet], name: Option<&str>) -> Option<&'a PermissionSet> {
    sets.iter().find(|it| name.is_some_and(|name| it.name.eq_ignore_ascii_case(name)))
}

fn zone_named(name: &Value) -> Option<TimeZone> {
    TimeZone::get(name.as_text()?).ok()
}
