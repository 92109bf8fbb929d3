//! Where a component's file lies in a project, and which component a file holds.
//!
//! In: a path below a package directory, with any leading folders and either slash. Out: a
//! [`Place`]. The name's ending says the type; the folders say which object a child belongs to.
//! File names may be percent-encoded, as the platform's own tools write them.
//!
//! Three answers, so that a deploy reports each file for what it is: a component, a component of
//! a type that Candor does not support, or no metadata at all (a README, sample data).

use std::fmt::Write as _;

use crate::def::ComponentType;

/// What a path holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    Component {
        ty: ComponentType,
        name: String,
    },
    /// Metadata of another type: reported, never dropped in silence.
    Unsupported {
        type_name: String,
        name: String,
    },
    NotMetadata,
}

/// Types that live as files of their own, by the ending before `-meta.xml`.
const FILES: &[(&str, &str, ComponentType)] = &[
    ("object", "objects", ComponentType::Object),
    ("layout", "layouts", ComponentType::Layout),
    ("permissionset", "permissionsets", ComponentType::PermissionSet),
    ("profile", "profiles", ComponentType::Profile),
    ("tab", "tabs", ComponentType::Tab),
    ("app", "applications", ComponentType::Application),
    ("globalValueSet", "globalValueSets", ComponentType::GlobalValueSet),
    ("standardValueSet", "standardValueSets", ComponentType::StandardValueSet),
];

/// Types that live below their object's folder.
const CHILDREN: &[(&str, &str, ComponentType)] = &[
    ("field", "fields", ComponentType::Field),
    ("recordType", "recordTypes", ComponentType::RecordType),
    ("listView", "listViews", ComponentType::ListView),
    ("validationRule", "validationRules", ComponentType::ValidationRule),
    ("webLink", "webLinks", ComponentType::WebLink),
    ("fieldSet", "fieldSets", ComponentType::FieldSet),
    ("compactLayout", "compactLayouts", ComponentType::CompactLayout),
    ("businessProcess", "businessProcesses", ComponentType::BusinessProcess),
    ("sharingReason", "sharingReasons", ComponentType::SharingReason),
    ("index", "indexes", ComponentType::Index),
];

/// Metadata types that Candor does not support, by the ending of their files: a readable name.
const OTHER_TYPES: &[(&str, &str)] = &[
    ("approvalProcess", "ApprovalProcess"),
    ("asset", "ContentAsset"),
    ("assignmentRules", "AssignmentRules"),
    ("autoResponseRules", "AutoResponseRules"),
    ("cls", "ApexClass"),
    ("component", "ApexComponent"),
    ("connectedApp", "ConnectedApp"),
    ("customPermission", "CustomPermission"),
    ("dashboard", "Dashboard"),
    ("duplicateRule", "DuplicateRule"),
    ("email", "EmailTemplate"),
    ("escalationRules", "EscalationRules"),
    ("flexipage", "FlexiPage"),
    ("flow", "Flow"),
    ("globalValueSetTranslation", "GlobalValueSetTranslation"),
    ("group", "Group"),
    ("labels", "CustomLabels"),
    ("matchingRule", "MatchingRules"),
    ("md", "CustomMetadata"),
    ("namedCredential", "NamedCredential"),
    ("objectTranslation", "CustomObjectTranslation"),
    ("page", "ApexPage"),
    ("pathAssistant", "PathAssistant"),
    ("permissionsetgroup", "PermissionSetGroup"),
    ("queue", "Queue"),
    ("quickAction", "QuickAction"),
    ("remoteSite", "RemoteSiteSetting"),
    ("report", "Report"),
    ("reportType", "ReportType"),
    ("resource", "StaticResource"),
    ("role", "Role"),
    ("settings", "Settings"),
    ("sharingRules", "SharingRules"),
    ("trigger", "ApexTrigger"),
    ("workflow", "Workflow"),
];

/// Folders whose every subfolder is one component, whatever its files are called.
const BUNDLES: &[(&str, &str)] = &[
    ("aura", "AuraDefinitionBundle"),
    ("digitalExperiences", "DigitalExperienceBundle"),
    ("experiences", "ExperienceBundle"),
    ("lwc", "LightningComponentBundle"),
    ("waveTemplates", "WaveTemplateBundle"),
];

/// Folders of files that lie beside their `-meta.xml`.
const CODE: &[(&str, &str)] = &[
    ("classes", "cls"),
    ("components", "component"),
    ("email", "email"),
    ("pages", "page"),
    ("triggers", "trigger"),
];

const META: &str = "-meta.xml";

/// Says what the file at `path` holds.
pub fn place(path: &str) -> Place {
    let parts: Vec<&str> = path.split(['/', '\\']).filter(|it| !it.is_empty()).collect();
    let Some((file, folders)) = parts.split_last() else { return Place::NotMetadata };
    if file.starts_with('.') {
        return Place::NotMetadata;
    }
    if let Some(place) = bundle(folders) {
        return place;
    }
    if let Some(stem) = file.strip_suffix(META) {
        let Some((name, ending)) = stem.rsplit_once('.') else { return Place::NotMetadata };
        return of_meta_file(folders, &decode(name), ending);
    }
    beside_meta_file(file, folders)
}

/// The path of a component's file below the package directory.
pub fn path_of(ty: ComponentType, full_name: &str) -> String {
    if let Some((ending, folder, _)) = CHILDREN.iter().find(|it| it.2 == ty) {
        let (object, name) = full_name.split_once('.').unwrap_or(("", full_name));
        let (object, name) = (encode(object), encode(name));
        return format!("objects/{object}/{folder}/{name}.{ending}{META}");
    }
    let name = encode(full_name);
    match FILES.iter().find(|it| it.2 == ty) {
        Some((ending, folder, ComponentType::Object)) => {
            format!("{folder}/{name}/{name}.{ending}{META}")
        }
        Some((ending, folder, _)) => format!("{folder}/{name}.{ending}{META}"),
        None => name,
    }
}

fn of_meta_file(folders: &[&str], name: &str, ending: &str) -> Place {
    if let Some((_, _, ty)) = FILES.iter().find(|it| it.0 == ending) {
        return Place::Component { ty: *ty, name: name.to_owned() };
    }
    if let Some((_, folder, ty)) = CHILDREN.iter().find(|it| it.0 == ending)
        && let [.., "objects", object, parent] = folders
        && parent == folder
    {
        let name = format!("{}.{name}", decode(object));
        return Place::Component { ty: *ty, name };
    }
    Place::Unsupported { type_name: type_of(ending), name: name.to_owned() }
}

fn type_of(ending: &str) -> String {
    let known = OTHER_TYPES.iter().find(|it| it.0 == ending);
    known.map_or(ending, |it| it.1).to_owned()
}

fn bundle(folders: &[&str]) -> Option<Place> {
    for (at, folder) in folders.iter().enumerate() {
        let known = BUNDLES.iter().find(|it| it.0 == *folder);
        if let (Some((_, type_name)), Some(name)) = (known, folders.get(at + 1)) {
            let (type_name, name) = ((*type_name).to_owned(), (*name).to_owned());
            return Some(Place::Unsupported { type_name, name });
        }
    }
    None
}

fn beside_meta_file(file: &str, folders: &[&str]) -> Place {
    for (at, folder) in folders.iter().enumerate() {
        if *folder == "staticresources" {
            let first = folders.get(at + 1).unwrap_or(&file);
            let name = first.split('.').next().unwrap_or(first).to_owned();
            return Place::Unsupported { type_name: "StaticResource".to_owned(), name };
        }
        let code = CODE.iter().find(|it| it.0 == *folder);
        if let (Some((_, ending)), Some((name, suffix))) = (code, file.rsplit_once('.'))
            && suffix == *ending
        {
            return Place::Unsupported { type_name: type_of(ending), name: name.to_owned() };
        }
    }
    Place::NotMetadata
}

/// Decodes `%28` and its like; what is not an encoding stands for itself.
fn decode(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let digits = bytes.get(at + 1..at + 3).filter(|_| bytes[at] == b'%');
        let hex = |it: &[u8]| u8::from_str_radix(std::str::from_utf8(it).ok()?, 16).ok();
        let encoded = digits.filter(|it| it.iter().all(u8::is_ascii_hexdigit)).and_then(hex);
        out.push(encoded.unwrap_or(bytes[at]));
        at += if encoded.is_some() { 3 } else { 1 };
    }
    String::from_utf8(out).unwrap_or_else(|_| text.to_owned())
}

/// Encodes what file systems or the platform's tools do not take in a name.
fn encode(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for (at, char) in text.char_indices() {
        // A leading point would hide the file, or climb out of the folder.
        if char.is_alphanumeric() || " -_".contains(char) || (char == '.' && 0 < at) {
            out.push(char);
        } else {
            for byte in char.encode_utf8(&mut [0; 4]).bytes() {
                let _infallible = write!(out, "%{byte:02X}");
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn shown(path: &str) -> String {
        match place(path) {
            Place::Component { ty, name } => format!("{} {name}", ty.metadata_name()),
            Place::Unsupported { type_name, name } => format!("unsupported {type_name} {name}"),
            Place::NotMetadata => "no metadata".to_owned(),
        }
    }

    #[test]
    fn paths_name_components() {
        let main = "force-app/main/default";
        for (path, what) in [
            ("objects/Order__c/Order__c.object-meta.xml", "CustomObject Order__c"),
            ("objects/Case.object-meta.xml", "CustomObject Case"),
            ("objects/Case/fields/A__c.field-meta.xml", "CustomField Case.A__c"),
            (r"objects\Case\listViews\My.listView-meta.xml", "ListView Case.My"),
            ("objects/Case/webLinks/L.webLink-meta.xml", "WebLink Case.L"),
            ("layouts/Case-Case Layout.layout-meta.xml", "Layout Case-Case Layout"),
            ("layouts/A-B %28C%29.layout-meta.xml", "Layout A-B (C)"),
            ("layouts/A-100%.layout-meta.xml", "Layout A-100%"),
            ("permissionsets/x.permissionset-meta.xml", "PermissionSet x"),
            ("profiles/Admin.profile-meta.xml", "Profile Admin"),
            ("tabs/X__c.tab-meta.xml", "CustomTab X__c"),
            ("applications/E.app-meta.xml", "CustomApplication E"),
            ("globalValueSets/G.globalValueSet-meta.xml", "GlobalValueSet G"),
            ("standardValueSets/I.standardValueSet-meta.xml", "StandardValueSet I"),
            ("flows/F.flow-meta.xml", "unsupported Flow F"),
            ("strange/F.odd-meta.xml", "unsupported odd F"),
            ("fields/F.field-meta.xml", "unsupported field F"),
            ("lwc/tile/tile.js", "unsupported LightningComponentBundle tile"),
            ("lwc/tile/__tests__/tile.test.js", "unsupported LightningComponentBundle tile"),
            ("lwc/jsconfig.json", "no metadata"),
            ("classes/Foo.cls", "unsupported ApexClass Foo"),
            ("classes/Foo.cls-meta.xml", "unsupported ApexClass Foo"),
            ("classes/README.md", "no metadata"),
            ("staticresources/pics/a/b.png", "unsupported StaticResource pics"),
            ("staticresources/logo.png", "unsupported StaticResource logo"),
            ("data/Accounts.json", "no metadata"),
            (".forceignore", "no metadata"),
            ("-meta.xml", "no metadata"),
            ("", "no metadata"),
        ] {
            assert_eq!(shown(&format!("{main}/{path}")), what, "{path}");
        }
    }

    #[test]
    fn every_type_has_a_path_that_names_it() {
        for ty in ComponentType::ALL {
            let name = if ty.is_child() { "Case.A (b) %/é" } else { "Case-A (b) %/é" };
            let path = path_of(*ty, name);
            assert_eq!(place(&path), Place::Component { ty: *ty, name: name.to_owned() }, "{path}");
        }
    }

    proptest! {
        #[test]
        fn any_path_has_an_answer(path in "\\PC{0,60}") {
            let _answer = place(&path);
        }

        #[test]
        fn any_name_comes_back(name in "[^.]{1,20}") {
            let path = path_of(ComponentType::Layout, &format!("A-{name}"));
            prop_assert!(!path.contains(".."), "{}", path);
            prop_assert_eq!(place(&path), Place::Component {
                ty: ComponentType::Layout,
                name: format!("A-{name}"),
            });
        }
    }
}
