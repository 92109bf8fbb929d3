//! Compiled queries, remembered by their text.
//!
//! What else a query is compiled with belongs to whoever holds the cache: one for each actor under
//! one schema, thrown away when either changes. The day stands in the key, because date literals
//! count from it; nothing finer than a day does.

use std::collections::HashMap;
use std::sync::Arc;

use base::Date;

use crate::Compiled;

/// Queries that one actor repeats are few; those that carry values are many and never come again.
const QUERIES_MAX: usize = 256;

/// Longer texts hold lists of values and are not repeated.
const TEXT_BYTES_MAX: usize = 8 * 1024;

/// The day on which date literals count, and whether deleted records count too.
pub type Variant = (Date, bool);

/// The queries of one actor.
#[derive(Debug, Default)]
pub struct Cache {
    /// Those used since the last turn, and those used before: a turn forgets the latter.
    recent: HashMap<(Box<str>, Variant), Arc<Compiled>>,
    former: HashMap<(Box<str>, Variant), Arc<Compiled>>,
}

impl Cache {
    /// The query of this text, if it is remembered.
    pub fn get(&mut self, text: &str, variant: Variant) -> Option<Arc<Compiled>> {
        if TEXT_BYTES_MAX < text.len() {
            return None;
        }
        let key = (Box::from(text), variant);
        if let Some(found) = self.recent.get(&key) {
            return Some(Arc::clone(found));
        }
        let found = self.former.remove(&key)?;
        self.put(key, Arc::clone(&found));
        Some(found)
    }

    /// Remembers a query, perhaps in the place of one that was not used for long.
    pub fn insert(&mut self, text: &str, variant: Variant, compiled: Arc<Compiled>) {
        if text.len() <= TEXT_BYTES_MAX {
            self.put((Box::from(text), variant), compiled);
        }
    }

    fn put(&mut self, key: (Box<str>, Variant), compiled: Arc<Compiled>) {
        if QUERIES_MAX / 2 <= self.recent.len() {
            self.former = std::mem::take(&mut self.recent);
        }
        self.recent.insert(key, compiled);
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use access::Access;
    use base::DateTime;
    use jiff::tz::TimeZone;

    use super::*;
    use crate::{Calendar, Context, compile};

    fn compiled() -> Arc<Compiled> {
        let catalog = schema::def::Catalog::shipped();
        let (schema, _) = schema::resolve(&catalog, &BTreeMap::new()).unwrap();
        let context = Context {
            schema: &schema,
            access: &Access::system("test"),
            now: DateTime(0),
            zone: &TimeZone::UTC,
            calendar: Calendar {
                week_start: 0,
                fiscal_start_month: 1,
                fiscal_year_named_by_start: false,
            },
            style: &Arc::new(locale::Style::new("en_US", TimeZone::UTC, "USD")),
            deleted: false,
        };
        let query = soql::parse("SELECT Id FROM Account").unwrap();
        Arc::new(compile(&context, &query).unwrap())
    }

    #[test]
    fn what_is_used_stays_and_what_is_not_goes() {
        let (mut cache, compiled) = (Cache::default(), compiled());
        let today = (Date(1), false);
        cache.insert("kept", today, Arc::clone(&compiled));
        for n in 0..10 * QUERIES_MAX {
            cache.insert(&n.to_string(), today, Arc::clone(&compiled));
            assert!(cache.get("kept", today).is_some());
        }
        assert!(cache.get("0", today).is_none());
        assert!(cache.recent.len() + cache.former.len() <= QUERIES_MAX);
    }

    #[test]
    fn a_day_and_deleted_records_make_another_query() {
        let (mut cache, compiled) = (Cache::default(), compiled());
        cache.insert("q", (Date(1), false), compiled);
        assert!(cache.get("q", (Date(1), false)).is_some());
        assert!(cache.get("q", (Date(2), false)).is_none());
        assert!(cache.get("q", (Date(1), true)).is_none());
    }
}
