//! The describe of one object, in short and in full.

use base::RecordId;
use query::Cell;
use schema::{Object, ObjectKind, OnDelete};

use super::field;
use crate::error::Failure;
use crate::request::Call;
use crate::resource::query::read_all;
use crate::wire::write::Writer;

/// Writes the members that the list of all objects has of each.
pub(super) fn write_summary(call: &Call<'_>, object: &Object, w: &mut Writer) {
    write_flags(call, object, w);
    write_names(call, object, w);
}

pub(super) fn write(call: &Call<'_>, object: &Object) -> Result<Vec<u8>, Failure> {
    let record_types = record_types(call, object)?;
    let mut w = Writer::with_capacity(64 * 1024);
    w.object(|w| {
        write_summary(call, object, w);
        w.key("actionOverrides").array(|_| {});
        w.key("childRelationships").array(|w| write_children(call, object, w));
        w.key("compactLayoutable").bool(false);
        w.key("defaultImplementation").null();
        w.key("extendedBy").null();
        w.key("extendsInterfaces").null();
        w.key("fields").array(|w| {
            let readable = |it: &&schema::Field| call.ctx.access.can_read_field(object, it);
            for it in object.fields.iter().filter(readable) {
                field::write(call, object, it, w);
            }
        });
        w.key("implementedBy").null();
        w.key("implementsInterfaces").null();
        w.key("listviewable").null();
        w.key("lookupLayoutable").null();
        w.key("namedLayoutInfos").array(|_| {});
        w.key("networkScopeFieldName").null();
        w.key("recordTypeInfos").array(|w| write_record_types(&record_types, w));
        w.key("searchLayoutable").bool(false);
        w.key("sobjectDescribeOption").text("FULL");
        w.key("supportedScopes").array(|w| write_scopes(object, w));
    });
    Ok(w.finish())
}

fn write_flags(call: &Call<'_>, object: &Object, w: &mut Writer) {
    let rights = call.ctx.access.object(object);
    let deletable = object.deletable && rights.delete;
    let flags = [
        ("activateable", false),
        ("createable", object.createable && rights.create),
        ("custom", object.kind != ObjectKind::Standard),
        ("customSetting", false),
        ("deepCloneable", false),
        ("deletable", deletable),
        ("deprecatedAndHidden", false),
        ("feedEnabled", false),
        ("hasSubtypes", false),
        ("isInterface", false),
        ("isSubtype", false),
        ("layoutable", object.layoutable),
        ("mergeable", false),
        ("mruEnabled", false),
        ("queryable", object.queryable),
        ("replicateable", object.queryable),
        ("retrieveable", object.queryable),
        ("searchable", object.searchable && object.queryable),
        ("triggerable", false),
        ("undeletable", object.undeletable && deletable),
        ("updateable", object.updateable && rights.edit),
    ];
    for (name, flag) in flags {
        w.key(name).bool(flag);
    }
}

fn write_names(call: &Call<'_>, object: &Object, w: &mut Writer) {
    w.key("associateEntityType").null();
    w.key("associateParentEntity").null();
    w.key("keyPrefix").text(&object.key_prefix.to_string());
    w.key("label").text(&object.label);
    w.key("labelPlural").text(&object.plural_label);
    w.key("name").text(&object.name);
    let url = format!("{}/sobjects/{}", call.request.base(), object.name);
    w.key("urls").object(|w| {
        w.key("sobject").text(&url);
        w.key("describe").text(&format!("{url}/describe"));
        w.key("rowTemplate").text(&format!("{url}/{{ID}}"));
    });
}

fn write_children(call: &Call<'_>, object: &Object, w: &mut Writer) {
    for it in &object.child_relationships {
        let child = call.ctx.schema.get(it.child);
        let lookup = child.get(it.field);
        if !call.ctx.access.can_read_field(child, lookup) {
            continue;
        }
        w.object(|w| {
            w.key("cascadeDelete").bool(it.on_delete == OnDelete::Cascade);
            w.key("childSObject").text(&child.name);
            w.key("deprecatedAndHidden").bool(false);
            w.key("field").text(&lookup.name);
            w.key("junctionIdListNames").array(|_| {});
            w.key("junctionReferenceTo").array(|_| {});
            w.key("relationshipName").optional(it.name.as_deref());
            w.key("restrictedDelete").bool(it.on_delete == OnDelete::Restrict);
        });
    }
}

struct RecordType {
    id: RecordId,
    name: String,
    developer_name: String,
    active: bool,
    master: bool,
}

/// The object's record types that have a row, the master last.
fn record_types(call: &Call<'_>, object: &Object) -> Result<Vec<RecordType>, Failure> {
    let mut types = Vec::new();
    if !object.record_types.is_empty() {
        let text = format!(
            "SELECT Id, DeveloperName FROM RecordType WHERE SobjectType = '{}'",
            object.name
        );
        for row in read_all(call, &text)? {
            let Some(Cell::Value(base::Value::Text(name))) = row.get("DeveloperName") else {
                continue;
            };
            let of_schema = object.record_types.iter().find(|it| it.developer_name == *name);
            types.extend(of_schema.map(|it| RecordType {
                id: row.id,
                name: it.label.clone(),
                developer_name: it.developer_name.clone(),
                active: it.active,
                master: false,
            }));
        }
    }
    types.push(RecordType {
        id: RecordId::MASTER_RECORD_TYPE,
        name: "Master".to_owned(),
        developer_name: "Master".to_owned(),
        active: true,
        master: true,
    });
    Ok(types)
}

fn write_record_types(types: &[RecordType], w: &mut Writer) {
    for it in types {
        w.object(|w| {
            w.key("active").bool(it.active);
            w.key("available").bool(it.active);
            // No profile chooses another default yet.
            w.key("defaultRecordTypeMapping").bool(it.master);
            w.key("developerName").text(&it.developer_name);
            w.key("master").bool(it.master);
            w.key("name").text(&it.name);
            w.key("recordTypeId").id(it.id);
            w.key("urls").object(|_| {});
        });
    }
}

fn write_scopes(object: &Object, w: &mut Writer) {
    let label = object.plural_label.to_lowercase();
    let mut scope = |of: &str, name: &str| {
        w.object(|w| {
            w.key("label").text(&format!("{of} {label}"));
            w.key("name").text(name);
        });
    };
    scope("All", "everything");
    if object.field("OwnerId").is_some() {
        scope("My", "mine");
    }
}
