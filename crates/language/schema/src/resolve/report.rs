//! What the stages read from, and whom they tell.
//!
//! [`At`] is an element with the component it stands in, so that whatever is said of it has a
//! file and a line. [`Definition`] is one component in its layers. [`Report`] collects every
//! problem and notice, and remembers what was left out, so that one fault is told once: a layout
//! that names a field which is not supported is no second fault.

use std::collections::HashSet;

use crate::def::{Component, ComponentType, Layers, Origin};
use crate::problem::{Notice, NoticeKind, Problem};
use crate::source::Element;

/// An element and its component.
#[derive(Debug, Clone, Copy)]
pub(crate) struct At<'a> {
    pub(crate) component: &'a Component,
    pub(crate) element: &'a Element,
}

impl<'a> At<'a> {
    pub(crate) fn of(component: &'a Component) -> Self {
        Self { component, element: &component.body }
    }

    pub(crate) fn child(self, name: &str) -> Option<Self> {
        self.element.child(name).map(|element| Self { element, ..self })
    }

    pub(crate) fn all(self, name: &'static str) -> impl Iterator<Item = Self> {
        self.element.all(name).map(move |element| Self { element, ..self })
    }

    pub(crate) fn text(self) -> &'a str {
        self.element.text.trim()
    }

    /// The text of the first child of this name, where it is not blank.
    pub(crate) fn text_of(self, name: &str) -> Option<&'a str> {
        self.element.text_of(name)
    }

    pub(crate) fn flag(self, report: &mut Report) -> bool {
        match self.text() {
            "true" | "1" => true,
            "false" | "0" | "" => false,
            other => {
                report.problem(self, format!("{} is `{other}`, not true or false", self.name()));
                false
            }
        }
    }

    pub(crate) fn flag_of(self, name: &str, report: &mut Report) -> bool {
        self.child(name).is_some_and(|it| it.flag(report))
    }

    pub(crate) fn number(self, report: &mut Report) -> Option<u32> {
        let number = self.text().parse().ok();
        if number.is_none() {
            let message = format!("{} is `{}`, not a whole number", self.name(), self.text());
            report.problem(self, message);
        }
        number
    }

    pub(crate) fn name(self) -> &'a str {
        &self.element.name
    }
}

/// One component in its layers: what ships, and what the customer says of it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Definition<'a> {
    pub(crate) shipped: Option<&'a Component>,
    pub(crate) customer: Option<&'a Component>,
    /// The elements by which a customer may change what ships.
    overridable: &'static [&'static str],
}

impl<'a> Definition<'a> {
    pub(crate) fn new(layers: &'a Layers, overridable: &'static [&'static str]) -> Self {
        Self { shipped: layers.shipped.as_ref(), customer: layers.customer.as_ref(), overridable }
    }

    /// The component whose name and place stand for the whole.
    pub(crate) fn component(self) -> &'a Component {
        let component = self.shipped.or(self.customer);
        component.expect("invariant: a catalog holds no empty layers")
    }

    /// The place that a problem of the whole is told at: the customer's file where there is one.
    pub(crate) fn at(self) -> At<'a> {
        At::of(self.customer.unwrap_or_else(|| self.component()))
    }

    pub(crate) fn find(self, name: &str) -> Option<At<'a>> {
        let of = |it: Option<&'a Component>| it.and_then(|it| At::of(it).child(name));
        of(self.customer_for(name)).or_else(|| of(self.shipped))
    }

    /// Every child of this name: the customer's if it has any, else what ships.
    pub(crate) fn all(self, name: &'static str) -> Vec<At<'a>> {
        let of = |it: Option<&'a Component>| -> Vec<At<'a>> {
            it.into_iter().flat_map(|it| At::of(it).all(name)).collect()
        };
        let customer = of(self.customer_for(name));
        if customer.is_empty() { of(self.shipped) } else { customer }
    }

    pub(crate) fn text(self, name: &str) -> Option<&'a str> {
        self.find(name).map(At::text).filter(|it| !it.is_empty())
    }

    pub(crate) fn owned(self, name: &str) -> Option<String> {
        self.text(name).map(str::to_owned)
    }

    pub(crate) fn flag(self, name: &str, absent: bool, report: &mut Report) -> bool {
        self.find(name).map_or(absent, |it| it.flag(report))
    }

    pub(crate) fn number(self, name: &str, report: &mut Report) -> Option<u32> {
        self.find(name).and_then(|it| it.number(report))
    }

    fn customer_for(self, name: &str) -> Option<&'a Component> {
        self.customer.filter(|_| self.shipped.is_none() || self.overridable.contains(&name))
    }
}

/// What the stages have to tell, and what they left out.
#[derive(Debug, Default)]
pub(crate) struct Report {
    pub(crate) problems: Vec<Problem>,
    pub(crate) notices: Vec<Notice>,
    left_out: HashSet<(ComponentType, String)>,
}

impl Report {
    pub(crate) fn problem(&mut self, at: At<'_>, message: impl Into<String>) {
        self.problems.push(Problem {
            file: at.component.file.clone(),
            line: at.element.line,
            component: at.component.name.clone(),
            message: message.into(),
        });
    }

    /// A part of a component has no effect.
    pub(crate) fn ignored(&mut self, at: At<'_>, message: impl Into<String>) {
        self.notice(NoticeKind::Ignored, at, message.into());
    }

    /// A whole component is left out.
    pub(crate) fn unsupported(&mut self, at: At<'_>, message: impl Into<String>) {
        let component = at.component;
        self.leave_out(component.ty, &component.name);
        self.notice(NoticeKind::Unsupported, At::of(component), message.into());
    }

    /// Remembers that a component is not in the schema, and that this has been told.
    pub(crate) fn leave_out(&mut self, ty: ComponentType, full_name: &str) {
        self.left_out.insert((ty, full_name.to_lowercase()));
    }

    pub(crate) fn is_left_out(&self, ty: ComponentType, full_name: &str) -> bool {
        self.left_out.contains(&(ty, full_name.to_lowercase()))
    }

    pub(crate) fn is_field_left_out(&self, object: &str, field: &str) -> bool {
        self.is_left_out(ComponentType::Field, &format!("{object}.{field}"))
    }

    fn notice(&mut self, kind: NoticeKind, at: At<'_>, message: String) {
        if at.component.origin == Origin::Shipped {
            return;
        }
        self.notices.push(Notice {
            kind,
            file: at.component.file.clone(),
            line: at.element.line,
            component: at.component.name.clone(),
            message,
        });
    }
}
