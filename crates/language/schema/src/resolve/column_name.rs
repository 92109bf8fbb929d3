//! The old names of columns and related lists, as list views and layouts still write them.
//!
//! A column is `NAME`, `CASES.CASE_NUMBER`, `CORE.USERS.ALIAS` or a field's API name; a related
//! list is `RelatedContactList` or `Child__c.Lookup__c`. In: such a name and the object it is
//! said of. Out: the field, where there is one; the caller tells the rest.

use crate::schema::{Field, FieldId, Object, ObjectId, Schema};

/// Related lists that have a name of their own, and the object whose records they list.
const RELATED_LISTS: &[(&str, &str)] = &[
    ("RelatedActivityList", "Task"),
    ("RelatedAssetList", "Asset"),
    ("RelatedAttachmentList", "Attachment"),
    ("RelatedCampaignList", "CampaignMember"),
    ("RelatedCampaignMemberList", "CampaignMember"),
    ("RelatedCaseCommentsList", "CaseComment"),
    ("RelatedCaseList", "Case"),
    ("RelatedCommentsList", "CaseComment"),
    ("RelatedContactList", "Contact"),
    ("RelatedContactRoleList", "OpportunityContactRole"),
    ("RelatedContentList", "ContentDocumentLink"),
    ("RelatedContractList", "Contract"),
    ("RelatedEmailMessageList", "EmailMessage"),
    ("RelatedFileList", "ContentDocumentLink"),
    ("RelatedHistoryList", "Task"),
    ("RelatedLeadList", "Lead"),
    ("RelatedLineItemList", "OpportunityLineItem"),
    ("RelatedNoteList", "Note"),
    ("RelatedOpportunityLineItemList", "OpportunityLineItem"),
    ("RelatedOpportunityList", "Opportunity"),
    ("RelatedOrderList", "Order"),
    ("RelatedOrderProductList", "OrderItem"),
    ("RelatedPricebookEntryList", "PricebookEntry"),
    ("RelatedPricebookList", "PricebookEntry"),
    ("RelatedProductList", "OpportunityLineItem"),
    ("RelatedStageHistoryList", "OpportunityHistory"),
];

/// Columns whose old name says something else than the field's, squashed.
const COLUMNS: &[(&str, &str)] = &[
    ("acctsite", "Site"),
    ("accountphone", "Phone"),
    ("closedatedateonly", "CloseDate"),
    ("createdby", "CreatedById"),
    ("createdbyuser", "CreatedById"),
    ("createddatedateonly", "CreatedDate"),
    ("duedate", "ActivityDate"),
    ("employees", "NumberOfEmployees"),
    ("expamount", "ExpectedRevenue"),
    ("lastupdate", "LastModifiedDate"),
    ("lastupdateby", "LastModifiedById"),
    ("owneralias", "OwnerId"),
    ("ownername", "OwnerId"),
    ("phone1", "Phone"),
    ("phone2", "Fax"),
    ("phone3", "MobilePhone"),
    ("phone4", "HomePhone"),
    ("phone5", "OtherPhone"),
    ("phone6", "AssistantPhone"),
    ("recordtype", "RecordTypeId"),
    ("sales", "AnnualRevenue"),
    ("updatedby", "LastModifiedById"),
    ("updatedbyuser", "LastModifiedById"),
    ("url", "Website"),
];

/// Prefixes under which the columns of a person stand, squashed, and the lookup to that person.
const PEOPLE: &[(&str, &str)] = &[
    ("coreusers", "OwnerId"),
    ("owner", "OwnerId"),
    ("createdby", "CreatedById"),
    ("createdbyuser", "CreatedById"),
    ("updatedby", "LastModifiedById"),
    ("updatedbyuser", "LastModifiedById"),
];

/// The field of `object` that a column shows.
pub(crate) fn column(object: &Object, name: &str) -> Option<FieldId> {
    if let Some(field) = object.field(name) {
        return Some(field.id);
    }
    let (prefix, rest) = name.rsplit_once('.').unwrap_or(("", name));
    let (prefix, rest) = (squash(prefix), squash(rest));
    let field = |name: &str| object.field(name).map(|it| it.id);
    if let Some((_, person)) = PEOPLE.iter().find(|it| it.0 == prefix) {
        return field(person);
    }
    if rest == "name" || rest == "fullname" {
        return named(object, &prefix);
    }
    if let Some(found) = squashed(object, &rest) {
        return Some(found);
    }
    if let Some((_, other)) = COLUMNS.iter().find(|it| it.0 == rest) {
        return field(other);
    }
    let stem = rest.strip_suffix("name").unwrap_or(&rest);
    address(object, &rest)
        .or_else(|| squashed(object, &format!("{stem}id")))
        .or_else(|| squashed(object, &format!("is{rest}")))
}

/// `NAME` and `ACCOUNT.NAME`: the object's own name, or the lookup to what has that name.
fn named(object: &Object, prefix: &str) -> Option<FieldId> {
    let own = squash(&object.name);
    let plural = squash(&object.plural_label);
    let last = prefix.strip_prefix("sales").filter(|it| !it.is_empty()).unwrap_or(prefix);
    if last.is_empty() || last == own || last == plural {
        return object.name_field;
    }
    squashed(object, &format!("{last}id"))
}

fn squashed(object: &Object, wanted: &str) -> Option<FieldId> {
    object.fields.iter().find(|it| squash(&it.name) == wanted).map(|it| it.id)
}

/// `ADDRESS1_CITY`: the first address of the object, or the second.
fn address(object: &Object, rest: &str) -> Option<FieldId> {
    let rest = rest.strip_prefix("address")?;
    let prefixes: &[&str] = match (rest.get(..1)?, object.name.as_str()) {
        ("1", "Contact") => &["Other"],
        ("2", "Contact") => &["Mailing"],
        ("1", _) => &["Billing", ""],
        ("2", _) => &["Shipping"],
        _ => return None,
    };
    let part = rest.get(1..)?;
    let part = if part == "zip" { "postalcode" } else { part };
    prefixes.iter().find_map(|it| squashed(object, &format!("{}{part}", squash(it))))
}

fn squash(name: &str) -> String {
    name.chars().filter(|it| it.is_ascii_alphanumeric()).collect::<String>().to_ascii_lowercase()
}

/// What a related list's name says.
pub(crate) enum RelatedList<'s> {
    Found(&'s Object, &'s Field),
    /// The child object is there, but no lookup of this name points to the parent.
    NoLookup {
        object: String,
        field: String,
    },
    NoObject(String),
    /// Not a list of records that Candor has.
    Unknown,
}

/// The child object and lookup whose records a related list on `parent` shows.
pub(crate) fn related_list<'s>(
    schema: &'s Schema,
    parent: ObjectId,
    name: &str,
) -> RelatedList<'s> {
    if let Some((child, lookup)) = name.split_once('.') {
        let Some(object) = schema.object(child) else {
            return RelatedList::NoObject(child.to_owned());
        };
        let found = object
            .field(lookup)
            .or_else(|| object.parent_relationship(lookup))
            .filter(|it| points_to(it, parent));
        return match found {
            Some(field) => RelatedList::Found(object, field),
            None => RelatedList::NoLookup { object: object.name.clone(), field: lookup.to_owned() },
        };
    }
    let child = RELATED_LISTS.iter().find(|it| it.0 == name).and_then(|it| schema.object(it.1));
    let lookup = child.and_then(|it| best_lookup(it, schema.get(parent)));
    match (child, lookup) {
        (Some(child), Some(lookup)) => RelatedList::Found(child, lookup),
        _ => RelatedList::Unknown,
    }
}

/// Of several lookups to a parent, the one that is named after it.
fn best_lookup<'s>(child: &'s Object, parent: &Object) -> Option<&'s Field> {
    let named = child.field(&format!("{}Id", parent.name));
    let mut all = child.fields.iter();
    named
        .filter(|it| points_to(it, parent.id))
        .or_else(|| all.find(|it| !it.system && points_to(it, parent.id)))
}

fn points_to(field: &Field, parent: ObjectId) -> bool {
    field.reference.as_ref().is_some_and(|it| it.targets.contains(&parent))
}
