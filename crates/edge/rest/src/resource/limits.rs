//! What is left of the limits, and how many records there are.
//!
//! Only limits that something measures are listed. The storage that is reported as maximum is
//! what the format bears, not a quota.

use schema::Object;

use super::query::count;
use crate::error::Failure;
use crate::reply::Reply;
use crate::request::Call;
use crate::state::REQUESTS_MAX;
use crate::wire::write::Writer;

/// 1 TiB.
const STORAGE_MB_MAX: u64 = 1024 * 1024;

/// More names than an org has objects.
const OBJECTS_MAX: usize = 1000;

pub(crate) fn list(call: &Call<'_>) -> Result<Reply, Failure> {
    let used = stored_mb(call)?;
    let left = STORAGE_MB_MAX.saturating_sub(used);
    let requests = call.tenant.usage.today();
    let mut w = Writer::default();
    w.object(|w| {
        let mut limit = |name: &str, max: u64, remaining: u64| {
            w.key(name).object(|w| {
                w.key("Max").int(max as i64);
                w.key("Remaining").int(remaining as i64);
            });
        };
        limit("DailyApiRequests", REQUESTS_MAX, REQUESTS_MAX.saturating_sub(requests));
        limit("DataStorageMB", STORAGE_MB_MAX, left);
        limit("FileStorageMB", STORAGE_MB_MAX, left);
    });
    Ok(Reply::json(w.finish()))
}

/// The size of the org's databases; files and records share one.
fn stored_mb(call: &Call<'_>) -> Result<u64, Failure> {
    Ok(call.tenant.org.store.size_bytes()?.div_ceil(1024 * 1024))
}

pub(crate) fn record_count(call: &Call<'_>) -> Result<Reply, Failure> {
    let counted = |it: &&Object| it.queryable && call.ctx.access.can_read_object(it);
    let objects: Vec<&Object> = match call.request.query.get("sObjects") {
        Some(names) => {
            let names = names.split(',').map(str::trim).take(OBJECTS_MAX);
            names.filter_map(|it| call.ctx.schema.object(it)).filter(counted).collect()
        }
        None => call.ctx.schema.objects.iter().filter(counted).collect(),
    };
    let mut w = Writer::default();
    w.open(b'{');
    w.key("sObjects").open(b'[');
    for object in objects {
        let n = count(call, &format!("SELECT COUNT() FROM {}", object.name))?;
        w.object(|w| {
            w.key("count").int(i64::try_from(n).unwrap_or(i64::MAX));
            w.key("name").text(&object.name);
        });
    }
    w.close(b']');
    w.close(b'}');
    Ok(Reply::json(w.finish()))
}
