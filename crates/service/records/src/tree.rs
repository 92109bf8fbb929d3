//! Creating parents with their children, nested, all or none.

use base::RecordId;

use crate::context::{Ctx, Supply};
use crate::draft::Draft;
use crate::error::{Error, Operation, RowError, RowErrorKind};
use crate::input::{Input, Row};
use crate::order;
use crate::save::{self, SaveOptions};

/// A record to create, and those below it.
#[derive(Debug, Clone, PartialEq)]
pub struct TreeNode {
    /// What the caller calls it.
    pub reference: String,
    pub row: Row,
    /// Children by the name of their relationship.
    pub children: Vec<(String, Vec<TreeNode>)>,
}

/// What became of a tree: the ids of all records, or what was wrong with some, and then nothing
/// was saved. Both in the order of the tree, parents first, each under its reference.
pub type TreeOutcome = Result<Vec<(String, RecordId)>, Vec<(String, Vec<RowError>)>>;

const ALL: SaveOptions = SaveOptions { all_or_none: true };

/// Creates all records of `nodes` in one unit of work.
pub fn create_tree(ctx: &Ctx, nodes: Vec<TreeNode>) -> Result<TreeOutcome, Error> {
    let mut flat = Vec::new();
    for node in nodes {
        flatten(ctx, node, None, &mut flat);
    }
    let (references, flat): (Vec<String>, Vec<Flat>) =
        flat.into_iter().map(|it| (it.reference.clone(), it)).unzip();
    let mut supply = Supply::new(ctx, flat);
    let drafts = ctx.write(|tx| {
        let flat = supply.take()?;
        // Children name their parents before these exist, so ids are given first.
        let mut ids = Vec::with_capacity(flat.len());
        for node in &flat {
            let object = ctx.schema.get(node.row.object);
            ids.extend(order::allocate_ids(tx, object, 1)?);
        }
        let mut drafts: Vec<Draft> =
            flat.into_iter().enumerate().map(|(at, it)| draft(ctx, it, at, &ids)).collect();
        order::prepare(ctx, &mut drafts);
        if save::is_hopeless(&drafts, &ALL) {
            return Ok(tx.unchanged(drafts)?);
        }
        match save::settle_and_write(ctx, tx, &mut drafts, &ALL)? {
            Some(logged) => Ok(tx.commit(logged, drafts)),
            None => Ok(tx.unchanged(drafts)?),
        }
    })?;
    let written = !save::is_hopeless(&drafts, &ALL);
    let named = references.into_iter().zip(drafts);
    Ok(if written {
        Ok(named.filter_map(|(reference, draft)| Some((reference, draft.id?))).collect())
    } else {
        let refused = named.filter(|(_, draft)| !draft.is_ok());
        Err(refused.map(|(reference, draft)| (reference, draft.errors)).collect())
    })
}

/// A node of the tree in a list where parents come first.
#[derive(Clone)]
struct Flat {
    reference: String,
    row: Row,
    /// The place of the parent in the list, and the child's lookup to it, or what is wrong with
    /// the relationship.
    parent: Option<(usize, Result<String, RowError>)>,
}

fn flatten(
    ctx: &Ctx,
    node: TreeNode,
    parent: Option<(usize, Result<String, RowError>)>,
    out: &mut Vec<Flat>,
) {
    let at = out.len();
    let object = ctx.schema.get(node.row.object);
    out.push(Flat { reference: node.reference, row: node.row, parent });
    for (name, children) in node.children {
        let relationship = object.child_relationship(&name);
        for child in children {
            let lookup = relationship
                .filter(|it| it.child == child.row.object)
                .map(|it| ctx.schema.get(it.child).get(it.field).name.clone())
                .ok_or_else(|| {
                    let (object, field) = (object.name.clone(), name.clone());
                    RowError::new(RowErrorKind::UnknownField { object, field })
                });
            flatten(ctx, child, Some((at, lookup)), out);
        }
    }
}

fn draft(ctx: &Ctx, node: Flat, at: usize, ids: &[RecordId]) -> Draft {
    let mut row = node.row;
    row.id = Some(ids[at]);
    let mut wrong = None;
    match node.parent {
        Some((parent, Ok(lookup))) => row.fields.push((lookup, Input::from(ids[parent]))),
        Some((_, Err(error))) => wrong = Some(error),
        None => {}
    }
    let mut draft = Draft::new(ctx.schema.get(row.object), row, Operation::Create);
    draft.errors.extend(wrong);
    draft
}
