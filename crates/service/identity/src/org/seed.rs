//! The rows of a new org without which clients stumble (wire reference, section 12).
//!
//! Profiles, permission sets, stages, statuses and the standard price book follow from metadata
//! and are there already.

use std::sync::Arc;

use base::{Date, RecordId};
use jiff::civil;
use jiff::tz::TimeZone;
use records::{Ctx, Input, Org};

use super::NewOrg;
use crate::{Error, row};

const DAYS: [&str; 7] =
    ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];

/// Writes the rows, and returns the administrator.
pub(super) fn plant(org: &Arc<Org>, id: RecordId, new: &NewOrg) -> Result<RecordId, Error> {
    let ctx = org.system("fill a new org");
    organization(&ctx, id, new)?;
    let administrator = administrator(&ctx, new)?;
    business_hours(&ctx, new)?;
    fiscal_year(&ctx, new)?;
    Ok(administrator)
}

fn organization(ctx: &Ctx, id: RecordId, new: &NewOrg) -> Result<(), Error> {
    let fields = [
        ("Name", text(&new.name)),
        ("PrimaryContact", full_name(new).into()),
        ("Country", new.country.as_deref().map_or(Input::Null, Input::from)),
        ("DefaultLocaleSidKey", text(&new.locale)),
        ("LanguageLocaleKey", text(&new.language)),
        ("TimeZoneSidKey", text(&new.time_zone)),
        ("DefaultCurrencyIsoCode", text(&new.currency)),
        ("FiscalYearStartMonth", 1.into()),
        ("OrganizationType", "Developer Edition".into()),
        ("InstanceName", "CANDOR".into()),
        ("IsSandbox", false.into()),
    ];
    row::create(ctx, "Organization", Some(id), &fields).map(|_| ())
}

fn administrator(ctx: &Ctx, new: &NewOrg) -> Result<RecordId, Error> {
    let profile = metadata::profile::ADMINISTRATOR.name;
    let profile = row::find(ctx, "Profile", "Name", profile)?;
    let profile = profile.ok_or(Error::NotShipped { name: "Profile" })?;
    let local_part = new.username.split('@').next().unwrap_or_default();
    let alias: String = local_part.chars().take(8).collect();
    let nickname: String = local_part.chars().take(40).collect();
    let fields = [
        ("Username", text(&new.username)),
        ("Email", text(&new.email)),
        ("FirstName", new.first_name.as_deref().map_or(Input::Null, Input::from)),
        ("LastName", text(&new.last_name)),
        ("Alias", alias.into()),
        ("CommunityNickname", nickname.into()),
        ("CompanyName", text(&new.name)),
        ("IsActive", true.into()),
        ("UserType", "Standard".into()),
        ("ProfileId", profile.into()),
        ("TimeZoneSidKey", text(&new.time_zone)),
        ("LocaleSidKey", text(&new.locale)),
        ("LanguageLocaleKey", text(&new.language)),
        ("EmailEncodingKey", "UTF-8".into()),
    ];
    // The id was reserved when the org was founded: rows before this one name it already.
    row::create(ctx, "User", Some(ctx.org.automated_user()), &fields)
}

/// Around the clock, until somebody says otherwise.
fn business_hours(ctx: &Ctx, new: &NewOrg) -> Result<(), Error> {
    let names: Vec<[String; 2]> =
        DAYS.iter().map(|day| ["Start", "End"].map(|it| format!("{day}{it}Time"))).collect();
    let mut fields: Vec<(&str, Input)> = vec![
        ("Name", "Default".into()),
        ("IsActive", true.into()),
        ("IsDefault", true.into()),
        ("TimeZoneSidKey", text(&new.time_zone)),
    ];
    fields.extend(names.iter().flatten().map(|it| (it.as_str(), "00:00:00.000Z".into())));
    row::create(ctx, "BusinessHours", None, &fields).map(|_| ())
}

/// The calendar year that the org is made in, with its quarters and months.
fn fiscal_year(ctx: &Ctx, new: &NewOrg) -> Result<(), Error> {
    let zone = TimeZone::get(&new.time_zone).unwrap_or(TimeZone::UTC);
    let year = ctx.now.date_in(&zone).civil().year();
    let (start, end) = months(year, 1, 12);
    let settings = row::create(
        ctx,
        "FiscalYearSettings",
        None,
        &[
            ("Name", year.to_string().into()),
            ("StartDate", start.to_string().into()),
            ("EndDate", end.to_string().into()),
            ("YearType", "Standard".into()),
            ("IsStandardYear", true.into()),
        ],
    )?;
    let quarters = (0..4).map(|it| ("Quarter", it + 1, 1 + 3 * it, 3));
    let all_months = (0..12).map(|it| ("Month", it + 1, 1 + it, 1));
    for (ty, number, month, n_months) in
        std::iter::once(("Year", 1, 1, 12)).chain(quarters).chain(all_months)
    {
        let (start, end) = months(year, month, n_months);
        let fields = [
            ("FiscalYearSettingsId", settings.into()),
            ("Type", ty.into()),
            ("Number", i64::from(number).into()),
            ("StartDate", start.to_string().into()),
            ("EndDate", end.to_string().into()),
            ("IsForecastPeriod", (ty == "Month").into()),
        ];
        row::create(ctx, "Period", None, &fields)?;
    }
    Ok(())
}

/// The first and the last day of `n_months` from `month` on.
fn months(year: i16, month: i8, n_months: i8) -> (Date, Date) {
    let last = civil::date(year, month + n_months - 1, 1).last_of_month();
    (Date::from_civil(civil::date(year, month, 1)), Date::from_civil(last))
}

fn full_name(new: &NewOrg) -> String {
    let first = new.first_name.as_deref().unwrap_or_default();
    format!("{first} {}", new.last_name).trim().to_owned()
}

fn text(text: &str) -> Input {
    text.into()
}
