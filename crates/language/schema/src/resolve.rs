//! Components → one [`Schema`], by stages.
//!
//! | stage | module         | from → to                                             |
//! |-------|----------------|-------------------------------------------------------|
//! | 1     | [`object`]     | components → objects without fields                   |
//! | 2     | [`field`]      | components → fields whose lookups and sets are names  |
//! | 3     | [`mod@reference`] | names of objects → references                         |
//! | 4     | [`picklist`]   | value sets → values                                   |
//! | 5     | [`calculation`] | formulas and roll-up summaries → what they need      |
//! | 6     | [`assemble`]   | drafts → objects with ids, compounds and indexes      |
//! | 7     | [`view`]       | record types and list views                           |
//! | 8     | [`layout`]     | page layouts                                          |
//! | 9     | [`permission`] | permission sets and profiles                          |
//! | 10    | [`tab`]        | tabs and applications                                 |
//!
//! A stage never stops at a fault: it tells it to the [`report`], leaves the component out and
//! goes on, so that a deploy lists every problem at once.

mod report;
mod elsewhere;
mod ignored;
mod prefix;
mod object;
mod field;
mod reference;
mod picklist;
mod calculation;
mod assemble;
mod column_name;
mod view;
mod layout;
mod permission;
mod tab;

use std::collections::BTreeMap;

use base::KeyPrefix;

use crate::def::Catalog;
use crate::problem::{Notice, Problem};
use crate::schema::Schema;
use crate::source::Element;
use crate::source::xml::EXTENSION_PREFIX;

use report::{At, Report};

pub use prefix::assign_prefixes;

/// Resolves a catalog; `prefixes` are those of [`assign_prefixes`].
///
/// # Errors
///
/// Every problem of every component, in the order of files and lines.
pub fn resolve(
    catalog: &Catalog,
    prefixes: &BTreeMap<String, KeyPrefix>,
) -> Result<(Schema, Vec<Notice>), Vec<Problem>> {
    let mut report = Report::default();
    check_extensions(catalog, &mut report);
    let mut drafts = object::draft(catalog, prefixes, &mut report);
    field::draft(catalog, &mut drafts, &mut report);
    reference::resolve(&mut drafts, &mut report);
    picklist::resolve(catalog, &mut drafts, &mut report);
    calculation::resolve(&mut drafts, &mut report);
    let mut schema = assemble::assemble(drafts, &mut report);
    view::resolve(catalog, &mut schema, &mut report);
    layout::resolve(catalog, &mut schema, &mut report);
    permission::resolve(catalog, &mut schema, &mut report);
    tab::resolve(catalog, &mut schema, &mut report);
    let Report { mut problems, mut notices, .. } = report;
    if problems.is_empty() {
        notices.sort_by(|a, b| (&a.file, a.line).cmp(&(&b.file, b.line)));
        return Ok((schema, notices));
    }
    problems.sort_by(|a, b| (&a.file, a.line).cmp(&(&b.file, b.line)));
    problems.dedup();
    Err(problems)
}

/// Only what ships may say more than the format can.
fn check_extensions(catalog: &Catalog, report: &mut Report) {
    for component in catalog.customer() {
        if let Some(element) = extension(&component.body) {
            let message = format!("{} is not an element of the format", element.name);
            report.problem(At { component, element }, message);
        }
    }
}

fn extension(element: &Element) -> Option<&Element> {
    if element.name.starts_with(EXTENSION_PREFIX) {
        return Some(element);
    }
    element.children.iter().find_map(extension)
}
