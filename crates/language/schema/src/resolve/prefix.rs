//! Key prefixes of custom objects.
//!
//! In: the catalog and the prefixes given before, which never change and are never given again.
//! Out: the same with one for each new object: from `a00` in the order of names, platform events
//! from `e00`.

use std::collections::{BTreeMap, HashSet};

use base::{KeyPrefix, name};

use crate::def::{Catalog, ComponentType};

use super::object::EVENT_SUFFIX;

/// How many prefixes start with one letter.
const PREFIXES: u32 = 62 * 62;

/// Gives each custom object and platform event without a prefix the next free one. Where none is
/// left, the object gets none, which [`super::resolve()`] reports.
pub fn assign_prefixes(
    catalog: &Catalog,
    existing: &BTreeMap<String, KeyPrefix>,
) -> BTreeMap<String, KeyPrefix> {
    let mut out = existing.clone();
    let mut taken: HashSet<KeyPrefix> = existing.values().copied().collect();
    let named: HashSet<String> = existing.keys().map(|it| name::key(it)).collect();
    for component in catalog.customer().filter(|it| it.ty == ComponentType::Object) {
        let object = &component.name;
        let first = match () {
            () if name::is_custom(object) => "a00",
            () if object.ends_with(EVENT_SUFFIX) => "e00",
            () => continue,
        };
        if named.contains(&name::key(object)) {
            continue;
        }
        let first = KeyPrefix::parse(first).expect("invariant: three base-62 characters");
        let free = (0..PREFIXES).map(|it| first.offset(it)).find(|it| !taken.contains(it));
        if let Some(prefix) = free {
            taken.insert(prefix);
            out.insert(object.clone(), prefix);
        }
    }
    out
}
