//! The names of the records that other records point to.
//!
//! One query for each object that is pointed to, whatever the lookups are: plain, polymorphic or
//! without a relationship name. A record that the person may not read has no name here.

use std::collections::HashMap;

use base::RecordId;
use maud::{Markup, html};

use crate::failure::Failure;
use crate::read::{self, Query};
use crate::visit::{Visit, record_path};

/// SQL statements stay short: ids are asked for in parts.
const IDS_MAX: usize = 200;

#[derive(Debug, Default)]
pub(crate) struct Names(HashMap<RecordId, String>);

impl Names {
    pub(crate) fn of(visit: &Visit, ids: Vec<RecordId>) -> Result<Self, Failure> {
        let mut ids = ids;
        ids.sort_unstable();
        ids.dedup();
        let mut names = HashMap::with_capacity(ids.len());
        for group in ids.chunk_by(|a, b| a.prefix() == b.prefix()) {
            let Some(object) = visit.ctx.schema.object_of_prefix(group[0].prefix()) else {
                continue;
            };
            if !object.queryable || !visit.ctx.access.can_read_object(object) {
                continue;
            }
            for part in group.chunks(IDS_MAX) {
                let among = format!("Id IN ({})", read::id_list(part));
                let fields = object.name_field().into_iter().collect();
                for record in Query::of(object, fields).with(among).rows(&visit.ctx)? {
                    let name = crate::component::value::record_name(visit, object, &record);
                    names.insert(record.id, name);
                }
            }
        }
        Ok(Self(names))
    }

    pub(crate) fn get(&self, id: RecordId) -> Option<&str> {
        self.0.get(&id).map(String::as_str)
    }

    /// The name of a record, leading to its page where it has one.
    pub(crate) fn link(&self, visit: &Visit, id: RecordId) -> Markup {
        let object = visit.ctx.schema.object_of_prefix(id.prefix());
        match (self.get(id), object) {
            (Some(name), Some(object)) if visit.has_pages(object) => {
                html! { a href=(record_path(object, id)) { bdi { (name) } } }
            }
            (Some(name), _) => html! { bdi { (name) } },
            (None, _) => html! { span.muted { "not available" } },
        }
    }
}
