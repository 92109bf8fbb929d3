//! Records with their children, nested, all or none (wire reference, section 4.3).

use std::collections::HashSet;

use records::{RowError, RowErrorKind, TreeNode};
use schema::Object;

use super::collection::{RECORDS_MAX, object_named};
use super::describe::readable;
use super::record::given_once;
use crate::error::{Code, Failure, Item, of_row};
use crate::reply::Reply;
use crate::request::Call;
use crate::wire::read::{self, Json};
use crate::wire::write::{Writer, status_codes};

const LEVELS_MAX: usize = 5;
const TYPES_MAX: usize = 5;

pub(crate) fn create(call: &Call<'_>) -> Result<Reply, Failure> {
    let object = readable(call, call.request.value(0))?;
    let mut members = call.request.json_object()?;
    let records = read::take_array(&mut members, "records")?;
    let mut tree = Tree { call, n_records: 0, types: HashSet::new(), references: HashSet::new() };
    let nodes = match tree.nodes(records, Some(object), 1)? {
        Ok(nodes) => nodes,
        Err(misnamed) => return Ok(refused(&[misnamed])),
    };
    Ok(match records::create_tree(&call.ctx, nodes)? {
        Ok(saved) => {
            let mut w = Writer::default();
            w.object(|w| {
                w.key("hasErrors").bool(false);
                w.key("results").array(|w| {
                    for (reference, id) in &saved {
                        w.object(|w| {
                            w.key("referenceId").text(reference);
                            w.key("id").id(*id);
                        });
                    }
                });
            });
            Reply::created(w.finish())
        }
        Err(errors) => refused(&errors.into_iter().map(explained).collect::<Vec<_>>()),
    })
}

type Misnamed = (String, Vec<Item>);

struct Tree<'a> {
    call: &'a Call<'a>,
    n_records: usize,
    types: HashSet<schema::ObjectId>,
    references: HashSet<String>,
}

impl Tree<'_> {
    /// The nodes of one list. The inner error is about the reference id of a record.
    fn nodes(
        &mut self,
        records: Vec<Json>,
        object: Option<&Object>,
        level: usize,
    ) -> Result<Result<Vec<TreeNode>, Misnamed>, Failure> {
        if LEVELS_MAX < level {
            return Err(too_large("levels", LEVELS_MAX));
        }
        let mut nodes = Vec::with_capacity(records.len());
        for json in records {
            match self.node(json, object, level)? {
                Ok(node) => nodes.push(node),
                Err(misnamed) => return Ok(Err(misnamed)),
            }
        }
        Ok(Ok(nodes))
    }

    fn node(
        &mut self,
        json: Json,
        object: Option<&Object>,
        level: usize,
    ) -> Result<Result<TreeNode, Misnamed>, Failure> {
        let mut members = read::object(json)?;
        self.n_records += 1;
        if RECORDS_MAX < self.n_records {
            return Err(too_large("records", RECORDS_MAX));
        }
        let call = self.call;
        let object = match (read::type_of(&members), object) {
            (Some(name), Some(object)) if !name.eq_ignore_ascii_case(&object.name) => {
                let message = format!("The record is of type {name}, and not of {}", object.name);
                return Err(Failure::new(Code::InvalidInput, message));
            }
            (_, Some(object)) => object,
            (Some(name), None) => object_named(call, name)?,
            (None, None) => {
                let message = "Each record needs its type in attributes";
                return Err(Failure::new(Code::InvalidInput, message));
            }
        };
        self.types.insert(object.id);
        if TYPES_MAX < self.types.len() {
            return Err(too_large("types", TYPES_MAX));
        }
        let reference = match self.reference(&members) {
            Ok(reference) => reference,
            Err(misnamed) => return Ok(Err(misnamed)),
        };
        let mut children = Vec::new();
        for (name, records) in take_children(&mut members) {
            if records.is_empty() && !has_children(call, object, &name) {
                // Of a list that has records, each of them is refused.
                let (object, field) = (object.name.clone(), name);
                let kind = RowErrorKind::UnknownField { object, field };
                let error = RowError { kind, fields: Vec::new() };
                return Ok(Err((reference, vec![of_row(&error)])));
            }
            match self.nodes(records, None, level + 1)? {
                Ok(nodes) => children.push((name, nodes)),
                Err(misnamed) => return Ok(Err(misnamed)),
            }
        }
        let fields = read::fields(members);
        if let Err(item) = given_once(call, object, &fields) {
            return Ok(Err((reference, vec![item])));
        }
        let row = records::Row { object: object.id, id: None, fields };
        Ok(Ok(TreeNode { reference, row, children }))
    }

    fn reference(&mut self, members: &read::Object) -> Result<String, Misnamed> {
        let given = members.get("attributes").and_then(|it| it.get("referenceId"));
        let given = given.and_then(Json::as_str).unwrap_or_default().trim().to_owned();
        let message = if given.is_empty() {
            "Include a reference ID for each record in the request."
        } else if self.references.insert(given.clone()) {
            return Ok(given);
        } else {
            "Duplicate ReferenceId provided in the request."
        };
        let fields = Some(Vec::new());
        Err((given, vec![Item { code: Code::InvalidInput, message: message.to_owned(), fields }]))
    }
}

/// Whether the caller sees that `object` has a relationship to children with this name.
fn has_children(call: &Call<'_>, object: &Object, name: &str) -> bool {
    object.child_relationship(name).is_some_and(|it| {
        let child = call.ctx.schema.get(it.child);
        call.ctx.access.can_read_object(child)
            && call.ctx.access.can_read_field(child, child.get(it.field))
    })
}

/// Takes out the members that are lists of children.
fn take_children(members: &mut read::Object) -> Vec<(String, Vec<Json>)> {
    let is_list = |json: &Json| json.get("records").is_some_and(Json::is_array);
    let names: Vec<String> =
        members.iter().filter(|(_, it)| is_list(it)).map(|(name, _)| name.clone()).collect();
    let mut children = Vec::with_capacity(names.len());
    for name in names {
        let list = members.remove(&name).map(|mut it| it["records"].take());
        if let Some(Json::Array(records)) = list {
            children.push((name, records));
        }
    }
    children
}

fn too_large(what: &str, max: usize) -> Failure {
    let message = format!("Limit for number of {what} in request exceeded. The maximum is {max}.");
    Failure::new(Code::InvalidInput, message)
}

fn explained((reference, errors): (String, Vec<RowError>)) -> Misnamed {
    (reference, errors.iter().map(of_row).collect())
}

fn refused(results: &[Misnamed]) -> Reply {
    let mut w = Writer::default();
    w.object(|w| {
        w.key("hasErrors").bool(true);
        w.key("results").array(|w| {
            for (reference, items) in results {
                w.object(|w| {
                    w.key("referenceId").text(reference);
                    w.key("errors");
                    status_codes(w, items);
                });
            }
        });
    });
    Reply::json_with(crate::error::status(Code::InvalidInput), w.finish())
}
