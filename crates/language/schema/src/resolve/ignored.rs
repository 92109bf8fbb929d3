//! Tells what a component says that has no effect here.
//!
//! For each type: the elements that the stages act upon, and for the usual others a sentence
//! that says what is missing. An element in neither list is told by its name, so nothing that a
//! customer writes is dropped in silence. Values that ask for nothing (`false`, `None`) are not
//! told.

use crate::def::Component;
use crate::source::Element;

use super::report::{At, Report};

/// What a component of some type may say.
pub(crate) struct Vocabulary {
    /// Elements that have their effect, or that have none anywhere.
    acted: &'static [&'static str],
    /// Elements that have no effect here, and what to tell.
    told: &'static [(&'static str, &'static str)],
}

pub(crate) const OBJECT: Vocabulary = Vocabulary {
    acted: &[
        "deploymentStatus",
        "description",
        "enableBulkApi",
        "enableReports",
        "enableSearch",
        "enableSharing",
        "enableStreamingApi",
        "eventType",
        "fullName",
        "gender",
        "label",
        "nameField",
        "pluralLabel",
        "publishBehavior",
        "sharingModel",
        "startsWith",
        "visibility",
    ],
    told: &[
        (
            "actionOverrides",
            "pages that replace an action are not supported; the built-in page is used",
        ),
        ("allowInChatterGroups", "groups are not supported yet"),
        ("compactLayoutAssignment", "compact layouts are not supported yet"),
        ("enableActivities", "tasks and events of custom objects are not supported yet"),
        ("enableFeeds", "feeds are not supported yet"),
        ("enableHistory", "field history is not tracked yet"),
        ("externalSharingModel", "external users are not supported yet"),
        ("searchLayouts", "search layouts are not supported yet"),
    ],
};

pub(crate) const FIELD: Vocabulary = Vocabulary {
    acted: &[
        "caseSensitive",
        "defaultValue",
        "deleteConstraint",
        "description",
        "displayFormat",
        "displayLocationInDecimal",
        "externalId",
        "formula",
        "formulaTreatBlanksAs",
        "fullName",
        "inlineHelpText",
        "label",
        "length",
        "picklist",
        "precision",
        "referenceTo",
        "relationshipLabel",
        "relationshipName",
        "relationshipOrder",
        "reparentableMasterDetail",
        "required",
        "scale",
        "startingNumber",
        "summarizedField",
        "summaryFilterItems",
        "summaryForeignKey",
        "summaryOperation",
        "type",
        "unique",
        "valueSet",
        "visibleLines",
    ],
    told: &[
        ("lookupFilter", "lookup filters are not enforced yet"),
        (
            "maskChar",
            "encrypted text is shown to whoever may read the field; masks are not supported yet",
        ),
        (
            "maskType",
            "encrypted text is shown to whoever may read the field; masks are not supported yet",
        ),
        ("populateExistingRows", "records that exist already get no number"),
        ("trackFeedHistory", "feeds are not supported yet"),
        ("trackHistory", "field history is not tracked yet"),
        ("trackTrending", "trends are not recorded yet"),
        ("writeRequiresMasterRead", "the sharing of master records is not enforced yet"),
    ],
};

/// What a customer's file may say of a standard field.
pub(crate) const STANDARD_FIELD: Vocabulary = Vocabulary {
    acted: &[
        "defaultValue",
        "deleteConstraint",
        "description",
        "fullName",
        "inlineHelpText",
        "label",
        "length",
        "picklist",
        "precision",
        "referenceTo",
        "relationshipLabel",
        "relationshipName",
        "required",
        "scale",
        "type",
        "valueSet",
        "visibleLines",
    ],
    told: FIELD.told,
};

pub(crate) const VALUE_SET: Vocabulary = Vocabulary {
    acted: &["customValue", "description", "fullName", "masterLabel", "sorted", "standardValue"],
    told: &[],
};

pub(crate) const RECORD_TYPE: Vocabulary = Vocabulary {
    acted: &["active", "description", "fullName", "label"],
    told: &[
        ("businessProcess", "business processes are not supported yet"),
        ("compactLayoutAssignment", "compact layouts are not supported yet"),
        ("picklistValues", "every value of a picklist is offered in every record type"),
    ],
};

pub(crate) const LIST_VIEW: Vocabulary = Vocabulary {
    acted: &["columns", "filterScope", "filters", "fullName", "label", "language"],
    told: &[("sharedTo", "the list view is offered to everyone who may read the object")],
};

pub(crate) const LAYOUT: Vocabulary = Vocabulary {
    acted: &["fullName", "layoutSections", "relatedLists"],
    told: &[
        ("customButtons", "custom buttons are not supported yet"),
        ("excludeButtons", "every button that the user's rights allow is shown"),
        ("feedLayout", "feeds are not supported yet"),
        ("headers", "tags are not supported"),
        ("miniLayout", "hover details are not supported"),
        ("multilineLayoutFields", "editing of several lines at once is not supported yet"),
        ("platformActionList", "quick actions are not supported yet"),
        ("quickActionList", "quick actions are not supported yet"),
        ("relatedContent", "related content is not supported yet"),
        ("relatedObjects", "details of related records are not shown"),
        ("summaryLayout", "the highlights panel is not supported yet"),
    ],
};

pub(crate) const PERMISSION_SET: Vocabulary = Vocabulary {
    acted: &[
        "custom",
        "description",
        "fieldPermissions",
        "fullName",
        "label",
        "objectPermissions",
        "tabSettings",
        "tabVisibilities",
        "userLicense",
        "userPermissions",
    ],
    told: &[
        ("applicationVisibilities", "every application is offered to everyone"),
        ("classAccesses", "Apex is not supported"),
        ("customMetadataTypeAccesses", "custom metadata types are not supported yet"),
        ("customPermissions", "custom permissions are not supported yet"),
        ("customSettingAccesses", "custom settings are not supported yet"),
        ("flowAccesses", "flows are not supported yet"),
        ("hasActivationRequired", "a permission set takes effect as soon as it is assigned"),
        ("layoutAssignments", "every user sees the object's first layout"),
        ("license", "licenses are not checked"),
        ("loginHours", "login hours are not enforced yet"),
        ("loginIpRanges", "login address ranges are not enforced yet"),
        ("pageAccesses", "Visualforce is not supported"),
        ("recordTypeVisibilities", "every record type is offered to everyone"),
    ],
};

pub(crate) const TAB: Vocabulary = Vocabulary {
    acted: &["customObject", "description", "fullName", "hasSidebar", "label", "motif"],
    told: &[("actionOverrides", "pages that replace a tab are not supported")],
};

pub(crate) const APPLICATION: Vocabulary = Vocabulary {
    acted: &["description", "fullName", "label", "navType", "setupExperience", "tabs", "uiType"],
    told: &[
        (
            "actionOverrides",
            "pages that replace an action are not supported; the built-in page is used",
        ),
        ("brand", "brands of applications are not supported yet"),
        ("formFactors", "an application is offered on every device"),
        (
            "profileActionOverrides",
            "pages that replace an action are not supported; the built-in page is used",
        ),
        ("utilityBar", "utility bars are not supported yet"),
    ],
};

/// Tells each element of `component` that has no effect, once.
pub(crate) fn tell(component: &Component, vocabulary: &Vocabulary, report: &mut Report) {
    let mut told: Vec<&str> = Vec::new();
    for element in &component.body.children {
        let name = element.name.as_str();
        let known = vocabulary.acted.contains(&name) || told.contains(&name);
        if known || asks_for_nothing(element) {
            continue;
        }
        told.push(name);
        let at = At { component, element };
        match vocabulary.told.iter().find(|it| it.0 == name) {
            Some((_, message)) => report.ignored(at, format!("{name}: {message}")),
            None => report.ignored(at, format!("{name}: kept for retrieve, without effect")),
        }
    }
}

fn asks_for_nothing(element: &Element) -> bool {
    let nothing = |text: &str| matches!(text, "" | "false" | "0" | "None" | "Default" | "SYSTEM");
    if element.children.is_empty() {
        return nothing(element.text.trim());
    }
    element.text_of("type") == Some("Default") || element.text_of("visible") == Some("false")
}
