//! What changed and what was deleted in a range of time, for clients that keep copies.
//!
//! A range holds its start and not its end, ends after it starts, and spans at most 30 days
//! (wire reference, section 2.3). Seconds count here; the platform ignores them.

use base::{DateTime, Value};
use schema::Object;

use super::describe::readable;
use super::query::read_rows;
use crate::error::{Code, Failure};
use crate::reply::Reply;
use crate::request::Call;
use crate::wire::write::Writer;

const DAY_MS: i64 = 86_400_000;
const RANGE_MS_MAX: i64 = 30 * DAY_MS;

/// The fields that say when a record last changed, the best first.
const STAMPS: [&str; 3] = ["SystemModstamp", "LastModifiedDate", "CreatedDate"];

pub(crate) fn updated(call: &Call<'_>) -> Result<Reply, Failure> {
    let (object, range) = parameters(call)?;
    let rows = read_rows(call, &range.query(call, object, "IsDeleted = false")?, false)?;
    let mut w = Writer::with_capacity(rows.len() * 24 + 128);
    w.object(|w| {
        w.key("ids").array(|w| rows.iter().for_each(|it| w.id(it.id)));
        w.key("latestDateCovered").text(&range.covered(call).to_string());
    });
    Ok(Reply::json(w.finish()))
}

pub(crate) fn deleted(call: &Call<'_>) -> Result<Reply, Failure> {
    let (object, range) = parameters(call)?;
    let rows = read_rows(call, &range.query(call, object, "IsDeleted = true")?, true)?;
    let mut w = Writer::with_capacity(rows.len() * 80 + 256);
    w.object(|w| {
        w.key("deletedRecords").array(|w| {
            for row in &rows {
                w.object(|w| {
                    w.key("id").id(row.id);
                    w.key("deletedDate").optional(stamp(row).as_deref());
                });
            }
        });
        let earliest = DateTime(call.ctx.now.0 - RANGE_MS_MAX);
        w.key("earliestDateAvailable").text(&earliest.to_string());
        w.key("latestDateCovered").text(&range.covered(call).to_string());
    });
    Ok(Reply::json(w.finish()))
}

fn stamp(row: &query::Record) -> Option<String> {
    STAMPS.iter().find_map(|it| match row.value(it) {
        Value::DateTime(at) => Some(at.to_string()),
        _ => None,
    })
}

struct Range {
    start: DateTime,
    end: DateTime,
}

fn parameters<'a>(call: &'a Call<'_>) -> Result<(&'a Object, Range), Failure> {
    let object = readable(call, call.request.value(0))?;
    let wrong = |message: &str| Failure::new(Code::InvalidReplicationDate, message);
    let date = |name: &str| {
        let text = call.request.query.get(name).ok_or_else(|| Failure::missing(name))?;
        // A plus that a client did not encode has become a blank.
        DateTime::parse(&text.trim().replace(' ', "+")).map_err(|_| {
            wrong(&format!("{name} is not a datetime of the form 2013-05-05T00:00:00+00:00"))
        })
    };
    let range = Range { start: date("start")?, end: date("end")? };
    if range.end <= range.start {
        return Err(wrong("endDate must be after startDate"));
    }
    let length = range.end.0.checked_sub(range.start.0).unwrap_or(i64::MAX);
    if RANGE_MS_MAX < length || range.start.0 < call.ctx.now.0 - RANGE_MS_MAX {
        return Err(wrong("startDate and endDate must be within the last 30 days"));
    }
    Ok((object, range))
}

impl Range {
    fn query(&self, call: &Call<'_>, object: &Object, condition: &str) -> Result<String, Failure> {
        let readable = |name: &&str| {
            object.field(name).is_some_and(|it| call.ctx.access.can_read_field(object, it))
        };
        let stamp = STAMPS.into_iter().find(readable).ok_or_else(Failure::not_found)?;
        let (start, end) = (self.start.to_rfc3339(), self.end.to_rfc3339());
        Ok(format!(
            "SELECT Id, {stamp} FROM {} WHERE {condition} AND {stamp} >= {start} AND {stamp} < {end}",
            object.name
        ))
    }

    /// Until when nothing can be missing.
    fn covered(&self, call: &Call<'_>) -> DateTime {
        self.end.min(call.ctx.now)
    }
}
