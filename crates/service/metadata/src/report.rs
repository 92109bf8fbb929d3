//! What a deploy did, component by component: facts, for a table or for JSON.

use schema::{ComponentType, Notice, NoticeKind};

use crate::profile::Grant;

/// What became of every component of a project.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    /// By type, then by name.
    pub entries: Vec<Entry>,
    /// What was granted to the administrator's profile, so that whoever deployed new objects and
    /// fields can see them.
    pub granted: Vec<Grant>,
    /// The index of the ledger entry; none when nothing changed.
    pub leaf: Option<u64>,
}

/// One component.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The metadata format's name of the type.
    pub type_name: String,
    pub name: String,
    pub file: String,
    pub outcome: Outcome,
    /// What was accepted and has no effect.
    pub notices: Vec<Line>,
}

/// A remark about a line of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// From 1; 0 where the remark is about the whole file.
    pub line: usize,
    pub message: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    Created,
    Changed,
    Unchanged,
    /// Nothing of it has an effect; the notices say why.
    Unsupported,
}

impl Outcome {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Changed => "changed",
            Self::Unchanged => "unchanged",
            Self::Unsupported => "unsupported",
        }
    }
}

impl Report {
    pub fn count(&self, outcome: Outcome) -> usize {
        self.entries.iter().filter(|it| it.outcome == outcome).count()
    }

    /// Whether the deploy changed nothing.
    pub fn is_no_op(&self) -> bool {
        self.leaf.is_none()
    }

    pub(crate) fn add(&mut self, ty: ComponentType, name: &str, file: &str, outcome: Outcome) {
        self.entries.push(Entry {
            type_name: ty.metadata_name().to_owned(),
            name: name.to_owned(),
            file: file.to_owned(),
            outcome,
            notices: Vec::new(),
        });
    }

    /// Adds what was noticed to the entries of the components, or as entries of their own where
    /// the project holds no component of that name.
    pub(crate) fn notice(&mut self, notice: Notice, type_name: String) {
        let Notice { kind, file, line, component, message } = notice;
        let remark = Line { line, message };
        let named = |it: &&mut Entry| it.name == component && it.file == file;
        if let Some(entry) = self.entries.iter_mut().find(named) {
            entry.notices.push(remark);
            if kind == NoticeKind::Unsupported {
                entry.outcome = Outcome::Unsupported;
            }
        } else if kind == NoticeKind::Unsupported {
            let (outcome, notices) = (Outcome::Unsupported, vec![remark]);
            self.entries.push(Entry { type_name, name: component, file, outcome, notices });
        }
    }

    /// Says that a component changed which the project may hold unchanged, or not at all.
    pub(crate) fn change(&mut self, ty: ComponentType, name: &str, file: &str) {
        let type_name = ty.metadata_name();
        let mut entries = self.entries.iter_mut();
        match entries.find(|it| it.type_name == type_name && it.name.eq_ignore_ascii_case(name)) {
            Some(entry) => entry.outcome = Outcome::Changed,
            None => self.add(ty, name, file, Outcome::Changed),
        }
    }

    pub(crate) fn sort(&mut self) {
        let key = |it: &Entry| (it.type_name.clone(), base::fold(&it.name).into_owned());
        self.entries.sort_by_cached_key(key);
    }
}
