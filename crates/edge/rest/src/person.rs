//! What logins and identities tell of a user and their org.
//!
//! Read with the engine's own access: every user may know these facts of themselves, whatever
//! their profile says of the object.

use base::{DateTime, RecordId, Value};
use query::Record;
use records::Ctx;

use crate::error::Failure;
use crate::state::Tenant;

const USER: [&str; 22] = [
    "Username",
    "Name",
    "FirstName",
    "LastName",
    "CommunityNickname",
    "Email",
    "IsActive",
    "UserType",
    "ProfileId",
    "UserRoleId",
    "TimeZoneSidKey",
    "LocaleSidKey",
    "LanguageLocaleKey",
    "MobilePhone",
    "Street",
    "City",
    "State",
    "PostalCode",
    "Country",
    "CreatedDate",
    "LastModifiedDate",
    "Id",
];
const ORGANIZATION: [&str; 5] =
    ["Name", "DefaultCurrencyIsoCode", "DefaultLocaleSidKey", "IsSandbox", "Id"];

/// A user and their org.
pub(crate) struct Person {
    pub user_id: RecordId,
    pub org_id: String,
    user: Record,
    organization: Option<Record>,
    now: DateTime,
}

impl Person {
    pub(crate) fn read(tenant: &Tenant, user_id: RecordId) -> Result<Self, Failure> {
        let ctx = tenant.org.system("tell who a user is");
        let user = first(&ctx, "User", &USER, Some(user_id))?.ok_or_else(Failure::session)?;
        let organization = first(&ctx, "Organization", &ORGANIZATION, None)?;
        Ok(Self { user_id, org_id: tenant.id().to_owned(), user, organization, now: ctx.now })
    }

    /// A field of the user; none where it is empty.
    pub(crate) fn text(&self, field: &str) -> Option<String> {
        text(self.user.value(field))
    }

    /// A field of the org.
    pub(crate) fn of_org(&self, field: &str) -> Option<String> {
        text(self.organization.as_ref()?.value(field))
    }

    pub(crate) fn is_sandbox(&self) -> bool {
        let value = self.organization.as_ref().map(|it| it.value("IsSandbox"));
        value == Some(&Value::Bool(true))
    }

    pub(crate) fn is_active(&self) -> bool {
        self.user.value("IsActive") != &Value::Bool(false)
    }

    /// How far the user's clock is from UTC now.
    pub(crate) fn utc_offset_ms(&self) -> i64 {
        let name = self.text("TimeZoneSidKey").unwrap_or_default();
        let zone = jiff::tz::TimeZone::get(&name).unwrap_or(jiff::tz::TimeZone::UTC);
        i64::from(zone.to_offset(self.now.timestamp()).seconds()) * 1000
    }
}

fn first(
    ctx: &Ctx,
    object: &str,
    fields: &[&str],
    id: Option<RecordId>,
) -> Result<Option<Record>, Failure> {
    let Some(object) = ctx.schema.object(object) else { return Ok(None) };
    let known: Vec<&str> = fields.iter().copied().filter(|it| object.field(it).is_some()).collect();
    let condition = id.map(|it| format!(" WHERE Id = '{it}'")).unwrap_or_default();
    let text = format!("SELECT {} FROM {}{condition} LIMIT 1", known.join(", "), object.name);
    let options = records::QueryOptions { batch_size: 1, deleted: false, base: "" };
    Ok(records::query_records(ctx, &text, &options)?.records.pop())
}

fn text(value: &Value) -> Option<String> {
    match value {
        Value::Text(text) => Some(text.clone()),
        Value::Id(id) => Some(id.to_string()),
        Value::DateTime(at) => Some(at.to_string()),
        Value::Null
        | Value::Bool(_)
        | Value::Decimal(_)
        | Value::Date(_)
        | Value::Time(_)
        | Value::Bytes(_) => None,
    }
}
