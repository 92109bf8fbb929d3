//! Metadata components as they are written: nothing resolved, nothing lost.
//!
//! In: files of a project, or those that ship with Candor. Out: a [`Catalog`] of
//! [`Component`]s. Bodies keep elements that nothing here interprets, so that a retrieve gives
//! back what was deployed.
//!
//! | module   | what                                                        |
//! |----------|-------------------------------------------------------------|
//! | `read`   | files → components; inline children become their own        |
//!
//! **Invariant.** A catalog holds at most one component of a type, name and origin. What ships
//! and what the customer says of the same component lie in two layers; `resolve` merges them.

mod read;

use std::collections::BTreeMap;

use crate::source::Element;

pub use read::{FileContent, Project, read_file, read_project};

/// The types of components that Candor keeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ComponentType {
    StandardValueSet,
    GlobalValueSet,
    Object,
    Field,
    RecordType,
    BusinessProcess,
    CompactLayout,
    FieldSet,
    Index,
    ListView,
    SharingReason,
    ValidationRule,
    WebLink,
    Layout,
    Tab,
    Application,
    PermissionSet,
    Profile,
}

impl ComponentType {
    pub const ALL: &'static [Self] = &[
        Self::StandardValueSet,
        Self::GlobalValueSet,
        Self::Object,
        Self::Field,
        Self::RecordType,
        Self::BusinessProcess,
        Self::CompactLayout,
        Self::FieldSet,
        Self::Index,
        Self::ListView,
        Self::SharingReason,
        Self::ValidationRule,
        Self::WebLink,
        Self::Layout,
        Self::Tab,
        Self::Application,
        Self::PermissionSet,
        Self::Profile,
    ];

    /// The metadata format's name of the type, which is also that of the root element.
    pub fn metadata_name(self) -> &'static str {
        match self {
            Self::StandardValueSet => "StandardValueSet",
            Self::GlobalValueSet => "GlobalValueSet",
            Self::Object => "CustomObject",
            Self::Field => "CustomField",
            Self::RecordType => "RecordType",
            Self::BusinessProcess => "BusinessProcess",
            Self::CompactLayout => "CompactLayout",
            Self::FieldSet => "FieldSet",
            Self::Index => "Index",
            Self::ListView => "ListView",
            Self::SharingReason => "SharingReason",
            Self::ValidationRule => "ValidationRule",
            Self::WebLink => "WebLink",
            Self::Layout => "Layout",
            Self::Tab => "CustomTab",
            Self::Application => "CustomApplication",
            Self::PermissionSet => "PermissionSet",
            Self::Profile => "Profile",
        }
    }

    /// The type of this name in the metadata format.
    pub fn from_metadata_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|it| it.metadata_name() == name)
    }

    /// The element that holds such a component inside an object's file.
    pub fn inline_element(self) -> Option<&'static str> {
        Some(match self {
            Self::Field => "fields",
            Self::RecordType => "recordTypes",
            Self::BusinessProcess => "businessProcesses",
            Self::CompactLayout => "compactLayouts",
            Self::FieldSet => "fieldSets",
            Self::Index => "indexes",
            Self::ListView => "listViews",
            Self::SharingReason => "sharingReasons",
            Self::ValidationRule => "validationRules",
            Self::WebLink => "webLinks",
            _ => return None,
        })
    }

    /// Whether such components belong to an object: their full names are `Object.Name`.
    pub fn is_child(self) -> bool {
        self.inline_element().is_some()
    }
}

/// Who wrote a component.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Origin {
    Shipped,
    Customer,
}

/// One component, as its file has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Component {
    pub ty: ComponentType,
    /// The full name: `Account`, `Account.Industry`, `Account-Account Layout`.
    pub name: String,
    pub body: Element,
    pub origin: Origin,
    pub file: String,
    /// The place among the inline children of an object's file; 0 in a file of its own.
    pub order: u32,
}

impl Component {
    /// The object's name and the component's own, for children of objects.
    pub fn split_name(&self) -> Option<(&str, &str)> {
        self.name.split_once('.').filter(|_| self.ty.is_child())
    }
}

/// Components by type and name.
#[derive(Debug, Clone, Default)]
pub struct Catalog {
    entries: BTreeMap<(ComponentType, String), Layers>,
}

/// What is said of one component, and by whom.
#[derive(Debug, Clone, Default)]
pub(crate) struct Layers {
    pub(crate) shipped: Option<Component>,
    pub(crate) customer: Option<Component>,
}

impl Layers {
    fn of(&mut self, origin: Origin) -> &mut Option<Component> {
        match origin {
            Origin::Shipped => &mut self.shipped,
            Origin::Customer => &mut self.customer,
        }
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Component> {
        self.shipped.iter().chain(&self.customer)
    }
}

impl Catalog {
    /// What ships with Candor. The caller keeps it: reading it takes milliseconds.
    ///
    /// # Panics
    ///
    /// If a shipped file is not a readable component, which tests rule out.
    pub fn shipped() -> Self {
        let mut catalog = Self::default();
        for (path, text) in crate::standard::FILES {
            match read_file(path, text, Origin::Shipped) {
                Ok(FileContent::Components(components)) => {
                    for component in components {
                        catalog.insert(component);
                    }
                }
                other => panic!("invariant: the shipped {path} is readable: {other:?}"),
            }
        }
        catalog
    }

    /// Adds a component; returns the one of the same type, name and origin that it replaces.
    pub fn insert(&mut self, component: Component) -> Option<Component> {
        let key = (component.ty, key(&component.name));
        let layers = self.entries.entry(key).or_default();
        layers.of(component.origin).replace(component)
    }

    /// Adds every component of `other`, replacing those of the same type, name and origin.
    pub fn merge(&mut self, other: Self) {
        for layers in other.entries.into_values() {
            for component in layers.shipped.into_iter().chain(layers.customer) {
                self.insert(component);
            }
        }
    }

    /// The component of this name, without regard to case; the customer's where both exist.
    pub fn get(&self, ty: ComponentType, name: &str) -> Option<&Component> {
        let layers = self.layers(ty, name)?;
        layers.customer.as_ref().or(layers.shipped.as_ref())
    }

    /// Every component of every origin, by type and name.
    pub fn iter(&self) -> impl Iterator<Item = &Component> {
        self.entries.values().flat_map(Layers::iter)
    }

    /// What the customer deployed, by type and name: what a retrieve gives back.
    pub fn customer(&self) -> impl Iterator<Item = &Component> {
        self.entries.values().filter_map(|it| it.customer.as_ref())
    }

    pub(crate) fn layers(&self, ty: ComponentType, name: &str) -> Option<&Layers> {
        self.entries.get(&(ty, key(name)))
    }

    pub(crate) fn of_type(&self, ty: ComponentType) -> impl Iterator<Item = &Layers> {
        let all = self.entries.range((ty, String::new())..);
        all.take_while(move |((it, _), _)| *it == ty).map(|(_, layers)| layers)
    }
}

/// Layout and value set names are not ASCII, so names fold here as text does.
fn key(name: &str) -> String {
    base::fold(name).into_owned()
}
