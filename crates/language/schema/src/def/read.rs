//! Files → components.
//!
//! In: a path and a text. Out: the components that the file holds; of an object's file, also
//! its inline `<fields>`, `<recordTypes>` and the like, each as a component of its own. A file of
//! a type that Candor does not support gives a notice.

use std::collections::BTreeMap;

use crate::problem::{Notice, NoticeKind, Problem};
use crate::source::{Element, Place, place, xml};

use super::{Component, ComponentType, Origin, key};

/// What one file holds.
#[derive(Debug)]
pub enum FileContent {
    /// The file's own component first.
    Components(Vec<Component>),
    Unsupported(Notice),
    NotMetadata,
}

/// What the files of a project hold, taken together.
#[derive(Debug, Default)]
pub struct Project {
    pub components: Vec<Component>,
    pub problems: Vec<Problem>,
    /// One for each component of an unsupported type, however many files it has.
    pub notices: Vec<Notice>,
}

/// Reads one file.
pub fn read_file(path: &str, text: &str, origin: Origin) -> Result<FileContent, Problem> {
    let (ty, name) = match place(path) {
        Place::NotMetadata => return Ok(FileContent::NotMetadata),
        Place::Unsupported { type_name, name } => {
            return Ok(FileContent::Unsupported(Notice {
                kind: NoticeKind::Unsupported,
                file: path.to_owned(),
                line: 0,
                message: format!("components of type {type_name} are not supported yet"),
                component: name,
            }));
        }
        Place::Component { ty, name } => (ty, name),
    };
    let problem =
        |line, message| Problem { file: path.to_owned(), line, component: name.clone(), message };
    let body = xml::parse(text).map_err(|it| problem(it.line, it.to_string()))?;
    if body.name != ty.metadata_name() {
        let wanted = ty.metadata_name();
        let message = format!("the root element is `{}`, not `{wanted}`", body.name);
        return Err(problem(body.line, message));
    }
    let own = name.split_once('.').filter(|_| ty.is_child()).map(|it| it.1);
    if let (Some(own), Some(says)) = (own, body.text_of("fullName"))
        && key(own) != key(says)
    {
        let message = format!("the file is named after `{own}`, but its fullName is `{says}`");
        return Err(problem(body.line, message));
    }
    let component = Component { ty, name, body, origin, file: path.to_owned(), order: 0 };
    split(component).map(FileContent::Components)
}

/// Reads the files of a project; a component that two files hold is a problem.
pub fn read_project<'a>(files: impl IntoIterator<Item = (&'a str, &'a str)>) -> Project {
    let mut project = Project::default();
    let mut seen: BTreeMap<(ComponentType, String), String> = BTreeMap::new();
    for (path, text) in files {
        match read_file(path, text, Origin::Customer) {
            Ok(FileContent::NotMetadata) => {}
            Ok(FileContent::Unsupported(notice)) => {
                let told = project
                    .notices
                    .iter()
                    .any(|it| it.component == notice.component && it.message == notice.message);
                if !told {
                    project.notices.push(notice);
                }
            }
            Ok(FileContent::Components(components)) => {
                for it in components {
                    let first = seen.insert((it.ty, key(&it.name)), path.to_owned());
                    if let Some(first) = first {
                        project.problems.push(Problem {
                            file: path.to_owned(),
                            line: it.body.line,
                            message: format!("{first} holds a component of the same name"),
                            component: it.name.clone(),
                        });
                    }
                    project.components.push(it);
                }
            }
            Err(problem) => project.problems.push(problem),
        }
    }
    project
}

/// Takes inline children out of an object's body.
fn split(mut object: Component) -> Result<Vec<Component>, Problem> {
    if object.ty != ComponentType::Object {
        return Ok(vec![object]);
    }
    let mut children = Vec::new();
    let mut rest = Vec::new();
    for element in std::mem::take(&mut object.body.children) {
        match ComponentType::ALL.iter().find(|it| it.inline_element() == Some(&element.name)) {
            Some(ty) => children.push(child(&object, *ty, element, children.len())?),
            None => rest.push(element),
        }
    }
    object.body.children = rest;
    children.insert(0, object);
    Ok(children)
}

fn child(
    object: &Component,
    ty: ComponentType,
    mut body: Element,
    n_before: usize,
) -> Result<Component, Problem> {
    let Some(own) = body.text_of("fullName") else {
        return Err(Problem {
            file: object.file.clone(),
            line: body.line,
            component: object.name.clone(),
            message: format!("a child of the element `{}` has no fullName", body.name),
        });
    };
    let name = format!("{}.{own}", object.name);
    body.name = ty.metadata_name().to_owned();
    let order = u32::try_from(n_before + 1).unwrap_or(u32::MAX);
    Ok(Component { ty, name, body, origin: object.origin, file: object.file.clone(), order })
}
