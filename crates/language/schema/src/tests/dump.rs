//! A schema as lines of text, each of which says by itself what it is about.

use std::fmt::Write as _;

use crate::{
    Behavior, Calculation, Derivation, Field, FieldId, LayoutItem, Object, ObjectId, PathStart,
    PermissionSet, Picklist, Schema,
};

pub(crate) fn lines(schema: &Schema) -> Vec<String> {
    let mut out = Vec::new();
    for object in &schema.objects {
        out.push(object_line(object));
        out.extend(object.fields.iter().map(|it| field_line(schema, object, it)));
        for child in &object.child_relationships {
            if let Some(name) = &child.name {
                let other = schema.get(child.child);
                let field = &other.get(child.field).name;
                let on_delete = child.on_delete;
                out.push(format!(
                    "  {}.{name} <- {}.{field} {on_delete:?}",
                    object.name, other.name
                ));
            }
        }
        for it in &object.record_types {
            let active = if it.active { "" } else { " inactive" };
            out.push(format!(
                "  {} record type {} {:?}{active}",
                object.name, it.developer_name, it.label
            ));
        }
        for it in &object.list_views {
            let columns = names(object, &it.columns);
            let mut line = format!(
                "  {} list view {} {:?} ({columns})",
                object.name, it.developer_name, it.label
            );
            line += if it.mine { " mine" } else { "" };
            for filter in &it.filters {
                let field = &object.get(filter.field).name;
                write!(line, " where {field} {} {:?}", filter.operation, filter.value).unwrap();
            }
            out.push(line);
        }
        layouts(schema, object, &mut out);
    }
    for it in &schema.permission_sets {
        permission_set("permission set", it, schema, &mut out);
    }
    for it in &schema.profiles {
        permission_set("profile", it, schema, &mut out);
    }
    for tab in &schema.tabs {
        let object = tab.object.map_or("-", |it| &schema.get(it).name);
        out.push(format!("tab {} {:?} {object}", tab.name, tab.label));
    }
    for it in &schema.applications {
        let tabs: Vec<&str> = it.tabs.iter().map(|it| schema.get(*it).name.as_str()).collect();
        out.push(format!("application {} {:?} ({})", it.name, it.label, tabs.join(" ")));
    }
    out
}

fn object_line(it: &Object) -> String {
    let mut line = format!("{} {} {:?} {:?}", it.name, it.key_prefix, it.label, it.plural_label);
    write!(line, " {:?} {:?} name={}", it.kind, it.sharing_model, name_of(it)).unwrap();
    let able = [
        (it.setup, "setup"),
        (!it.createable, "no-create"),
        (!it.updateable, "no-update"),
        (!it.deletable, "no-delete"),
        (!it.undeletable, "no-undelete"),
        (!it.queryable, "no-query"),
        (!it.searchable, "no-search"),
        (!it.layoutable, "no-layout"),
    ];
    flags(&mut line, &able);
    assert_eq!(it.table, it.name.to_lowercase());
    line
}

fn name_of(object: &Object) -> &str {
    object.name_field().map_or("-", |it| &it.name)
}

fn field_line(schema: &Schema, object: &Object, it: &Field) -> String {
    let mut line = format!("  {}.{} {:?}", object.name, it.name, it.ty);
    match (it.length, it.precision, it.scale) {
        (0, 0, 0) => {}
        (0, 0, scale) => write!(line, "({scale})").unwrap(),
        (0, precision, scale) => write!(line, "({precision},{scale})").unwrap(),
        (length, ..) => write!(line, "({length})").unwrap(),
    }
    write!(line, " {:?}", it.label).unwrap();
    let able = [
        (it.required, "required"),
        (!it.nillable, "not-null"),
        (it.defaulted_on_create, "defaulted"),
        (!it.createable, "no-create"),
        (!it.updateable, "no-update"),
        (it.name_field, "name"),
        (it.unique, "unique"),
        (it.case_sensitive, "case-sensitive"),
        (it.external_id, "external-id"),
        (it.id_lookup, "id-lookup"),
        (it.indexed, "indexed"),
        (matches!(it.fold, Some(crate::Fold::Full(_))), "folded"),
    ];
    if it.system {
        line += " system";
    } else {
        flags(&mut line, &able);
    }
    if let Some(ty) = &it.describe_type {
        write!(line, " as-{ty}").unwrap();
    }
    if let Some(default) = &it.default {
        write!(line, " ={default:?}").unwrap();
    }
    if let Some(calculation) = &it.calculation {
        write!(line, " := {}", calculated(schema, calculation)).unwrap();
    }
    if let Some(number) = &it.auto_number {
        write!(line, " {}@{}", number.format, number.starting_number).unwrap();
    }
    references(&mut line, schema, it);
    if let Some(picklist) = &it.picklist {
        values(&mut line, object, picklist);
    }
    match &it.derived {
        None => {}
        Some(Derivation::PicklistAttribute { field, attribute }) => {
            write!(line, " from {}.{attribute:?}", object.get(*field).name).unwrap();
        }
        Some(Derivation::PicklistDefault { field, attribute }) => {
            write!(line, " default from {}.{attribute:?}", object.get(*field).name).unwrap();
        }
        Some(other) => write!(line, " from {other:?}").unwrap(),
    }
    for (key, part) in &it.components {
        assert_eq!(object.get(*part).compound, Some(it.id));
        write!(line, " {key}={}", object.get(*part).name).unwrap();
    }
    if let Some(column) = &it.column {
        assert_eq!(*column, it.name.to_lowercase());
    }
    line
}

/// A formula and where its references lead, or what a roll-up summary does.
fn calculated(schema: &Schema, calculation: &Calculation) -> String {
    let field = |object: ObjectId, field: FieldId| {
        let object = schema.get(object);
        format!("{}.{}", object.name, object.get(field).name)
    };
    match calculation {
        Calculation::Formula(it) => {
            let paths = it.paths.iter().map(|path| {
                let mut from = path.from;
                let mut out = match path.start {
                    PathStart::Record => String::new(),
                    start => format!("{start:?}: "),
                };
                for hop in &path.hops {
                    write!(out, "{} > ", field(from, hop.lookup)).unwrap();
                    from = hop.target;
                }
                out + &field(path.object, path.field)
            });
            format!("{} [{}]", it.text, paths.collect::<Vec<_>>().join(", "))
        }
        Calculation::Summary(it) => {
            let what = it.field.map_or("*".to_owned(), |id| field(it.child, id));
            let mut out = format!("{:?}({what}) by {}", it.operation, field(it.child, it.lookup));
            for filter in &it.filters {
                let name = field(it.child, filter.field);
                write!(out, " where {name} {:?} {:?}", filter.operation, filter.values).unwrap();
            }
            out
        }
    }
}

fn references(line: &mut String, schema: &Schema, it: &Field) {
    let Some(reference) = &it.reference else { return };
    let targets: Vec<&str> =
        reference.targets.iter().map(|it| schema.get(*it).name.as_str()).collect();
    write!(line, " -> {}", targets.join("|")).unwrap();
    let relationship = reference.relationship.as_deref().unwrap_or("-");
    write!(line, " by {relationship} {:?}", reference.on_delete).unwrap();
    if reference.reparentable {
        *line += " reparentable";
    }
}

fn values(line: &mut String, object: &Object, picklist: &Picklist) {
    if let Some(set) = &picklist.value_set {
        write!(line, " set {set}").unwrap();
    }
    *line += if picklist.restricted { " restricted" } else { "" };
    if let Some(controlling) = picklist.controlling {
        write!(line, " by {}", object.get(controlling).name).unwrap();
    }
    let shown: Vec<String> = picklist
        .values
        .iter()
        .take(12)
        .map(|it| {
            let mut out = it.name.clone();
            if it.label != it.name {
                write!(out, ":{}", it.label).unwrap();
            }
            out += if it.active { "" } else { "(inactive)" };
            if !it.valid_for.is_empty() {
                write!(out, "<{}>", it.valid_for.join(",")).unwrap();
            }
            out
        })
        .collect();
    let more = if picklist.values.len() <= 12 { "" } else { "; …" };
    write!(line, " {{{}{more}}}", shown.join("; ")).unwrap();
}

fn layouts(schema: &Schema, object: &Object, out: &mut Vec<String>) {
    for layout in &object.layouts {
        let prefix = format!("  {} layout {:?}", object.name, layout.name);
        for section in &layout.sections {
            let columns: Vec<String> = section
                .columns
                .iter()
                .map(|it| it.iter().map(|it| item(object, *it)).collect::<Vec<_>>().join(" "))
                .collect();
            let headings = [(section.detail_heading, "detail"), (section.edit_heading, "edit")];
            let mut line = format!("{prefix} {:?}", section.label);
            flags(&mut line, &headings);
            out.push(format!("{line} {}", columns.join(" | ")));
        }
        for list in &layout.related_lists {
            let child = schema.get(list.child);
            let field = &child.get(list.field).name;
            let columns = names(child, &list.columns);
            out.push(format!("{prefix} list {:?} {}.{field} ({columns})", list.label, child.name));
        }
    }
}

fn item(object: &Object, item: LayoutItem) -> String {
    match item {
        LayoutItem::Blank => "-".to_owned(),
        LayoutItem::Field { field, behavior } => {
            let mark = match behavior {
                Behavior::Edit => "",
                Behavior::Required => "!",
                Behavior::Readonly => "~",
            };
            format!("{}{mark}", object.get(field).name)
        }
    }
}

fn permission_set(kind: &str, set: &PermissionSet, schema: &Schema, out: &mut Vec<String>) {
    let prefix = format!("{kind} {}", set.name);
    out.push(format!("{prefix} {:?}", set.label));
    let mut lines = Vec::new();
    for (id, rights) in &set.objects {
        let rights: String = [
            (rights.create, 'c'),
            (rights.read, 'r'),
            (rights.edit, 'e'),
            (rights.delete, 'd'),
            (rights.view_all, 'V'),
            (rights.modify_all, 'M'),
        ]
        .iter()
        .map(|(has, letter)| if *has { *letter } else { '-' })
        .collect();
        lines.push(format!("  {prefix} {} {rights}", schema.get(*id).name));
    }
    for ((object, field), rights) in &set.fields {
        let object = schema.get(*object);
        let field = &object.get(*field).name;
        let rights = match (rights.read, rights.edit) {
            (true, true) => "re",
            (true, false) => "r-",
            _ => "--",
        };
        lines.push(format!("  {prefix} {}.{field} {rights}", object.name));
    }
    lines.sort();
    out.extend(lines);
    if !set.user_permissions.is_empty() {
        out.push(format!("  {prefix} may {}", set.user_permissions.join(" ")));
    }
    if !set.visible_tabs.is_empty() {
        out.push(format!("  {prefix} tabs {}", set.visible_tabs.join(" ")));
    }
}

fn names(object: &Object, fields: &[FieldId]) -> String {
    let names: Vec<&str> = fields.iter().map(|it| object.get(*it).name.as_str()).collect();
    names.join(" ")
}

fn flags(line: &mut String, flags: &[(bool, &str)]) {
    for (_, flag) in flags.iter().filter(|it| it.0) {
        *line += " ";
        *line += flag;
    }
}
