//! Describes: what objects and fields there are, and what the caller may do with them.
//!
//! In: the call's schema and access. Out: JSON in which every key of the wire stands (wire
//! reference, section 2.2). What the caller may not read is not mentioned. Flags say what works
//! here, so that nothing is promised which has no resource behind it: no search, no merge.
//!
//! Answers are kept per user until the schema or the user's rights change.

mod cache;
mod field;
mod kind;
mod object;

use schema::Object;

use crate::error::Failure;
use crate::reply::Reply;
use crate::request::Call;
use crate::wire::write::Writer;

pub(crate) use cache::Cache;
pub(crate) use kind::type_name;

use cache::Key;

pub(crate) fn global(call: &Call<'_>) -> Result<Reply, Failure> {
    cache::answer(call, Key::global(call), |call| {
        let mut w = Writer::with_capacity(128 * 1024);
        w.object(|w| {
            w.key("encoding").text("UTF-8");
            w.key("maxBatchSize").int(200);
            w.key("sobjects").array(|w| {
                let readable = |it: &&Object| call.ctx.access.can_read_object(it);
                for object in call.ctx.schema.objects.iter().filter(readable) {
                    w.object(|w| object::write_summary(call, object, w));
                }
            });
        });
        Ok(w.finish())
    })
}

pub(crate) fn basic(call: &Call<'_>) -> Result<Reply, Failure> {
    let object = readable(call, call.request.value(0))?;
    let mut w = Writer::with_capacity(4096);
    w.object(|w| {
        w.key("objectDescribe").object(|w| object::write_summary(call, object, w));
        // What a user has viewed is not kept.
        w.key("recentItems").array(|_| {});
    });
    Ok(Reply::json(w.finish()))
}

pub(crate) fn object(call: &Call<'_>) -> Result<Reply, Failure> {
    let object = readable(call, call.request.value(0))?;
    cache::answer(call, Key::object(call, object), |call| object::write(call, object))
}

/// The object with this name, which does not exist for a caller who may not read it.
pub(crate) fn readable<'a>(call: &'a Call<'_>, name: &str) -> Result<&'a Object, Failure> {
    let object = call.ctx.schema.object(name);
    object.filter(|it| call.ctx.access.can_read_object(it)).ok_or_else(Failure::not_found)
}
