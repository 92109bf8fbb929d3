//! Describes that were written before, for conditional requests and for those who ask again.
//!
//! An answer holds as long as the very schema and the very rights that it was written from are
//! the caller's. The whole cache is dropped when it is full: it fills again from memory alone.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::sync::{Arc, Mutex, PoisonError};

use access::Access;
use axum::body::Bytes;
use base::{DateTime, RecordId};
use schema::{Object, ObjectId, Schema};

use crate::error::Failure;
use crate::reply::Reply;
use crate::request::Call;
use crate::wire::date;

const BYTES_MAX: usize = 16 * 1024 * 1024;

/// The describes of one org.
#[derive(Debug, Default)]
pub(crate) struct Cache(Mutex<Kept>);

#[derive(Debug, Default)]
struct Kept {
    answers: HashMap<Key, Arc<Answer>>,
    bytes: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Key {
    user: RecordId,
    version: u16,
    /// None for the list of all objects.
    object: Option<ObjectId>,
}

impl Key {
    pub(super) fn global(call: &Call<'_>) -> Self {
        Self { user: call.ctx.actor(), version: call.request.version, object: None }
    }

    pub(super) fn object(call: &Call<'_>, object: &Object) -> Self {
        Self { object: Some(object.id), ..Self::global(call) }
    }
}

#[derive(Debug)]
struct Answer {
    schema: Arc<Schema>,
    access: Arc<Access>,
    body: Bytes,
    etag: String,
    /// In whole seconds, as headers have it.
    modified: DateTime,
}

/// Answers with what was written before, where it still holds.
pub(super) fn answer(
    call: &Call<'_>,
    key: Key,
    write: impl FnOnce(&Call<'_>) -> Result<Vec<u8>, Failure>,
) -> Result<Reply, Failure> {
    let cache = &call.tenant.describes;
    let before = cache.get(key);
    let answer = match before {
        Some(answer) if answer.holds(call) => answer,
        before => {
            let body = write(call)?;
            cache.keep(key, Answer::new(call, body, before.as_deref()))
        }
    };
    Ok(answer.reply(call))
}

impl Cache {
    fn get(&self, key: Key) -> Option<Arc<Answer>> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.answers.get(&key).map(Arc::clone)
    }

    fn keep(&self, key: Key, answer: Answer) -> Arc<Answer> {
        let answer = Arc::new(answer);
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if BYTES_MAX < kept.bytes + answer.body.len() {
            *kept = Kept::default();
        }
        kept.bytes += answer.body.len();
        if let Some(old) = kept.answers.insert(key, Arc::clone(&answer)) {
            kept.bytes -= old.body.len();
        }
        answer
    }
}

impl Answer {
    fn new(call: &Call<'_>, body: Vec<u8>, before: Option<&Self>) -> Self {
        let mut hasher = DefaultHasher::new();
        body.hash(&mut hasher);
        let second = DateTime(call.ctx.now.0.div_euclid(1000) * 1000);
        // Two answers of one second must differ in their dates, or the second is never seen.
        let modified = before.map_or(second, |it| DateTime(second.0.max(it.modified.0 + 1000)));
        Self {
            schema: Arc::clone(&call.ctx.schema),
            access: Arc::clone(&call.ctx.access),
            etag: format!("W/\"{:016x}\"", hasher.finish()),
            body: body.into(),
            modified,
        }
    }

    fn holds(&self, call: &Call<'_>) -> bool {
        Arc::ptr_eq(&self.schema, &call.ctx.schema) && Arc::ptr_eq(&self.access, &call.ctx.access)
    }

    fn reply(&self, call: &Call<'_>) -> Reply {
        let last_modified = date::print(self.modified);
        let known = match call.request.if_none_match() {
            Some(tags) => tags.split(',').any(|it| self.is_tagged(it.trim())),
            None => call.request.if_modified_since().is_some_and(|it| self.modified <= it),
        };
        let reply =
            if known { Reply::not_modified() } else { Reply::json_bytes(self.body.clone()) };
        reply.versioned(&self.etag, &last_modified)
    }

    /// Compares weakly, as conditional reading does.
    fn is_tagged(&self, tag: &str) -> bool {
        let opaque = |it: &str| it.strip_prefix("W/").unwrap_or(it).to_owned();
        tag == "*" || opaque(tag) == opaque(&self.etag)
    }
}
