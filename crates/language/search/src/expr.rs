//! A search over tokens, and whether a document matches it.

use crate::document::{Document, Run};

/// What a field is searched as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Group {
    Name,
    Email,
    Phone,
    Rest,
}

impl Group {
    pub const ALL: [Self; 4] = [Self::Name, Self::Email, Self::Phone, Self::Rest];
}

/// Some of the groups.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Groups(u8);

impl Groups {
    pub const ALL: Self = Self(0b1111);
    pub const NONE: Self = Self(0);

    pub fn of(groups: &[Group]) -> Self {
        Self(groups.iter().fold(0, |bits, it| bits | bit(*it)))
    }

    pub fn has(self, group: Group) -> bool {
        self.0 & bit(group) != 0
    }

    pub fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }
}

fn bit(group: Group) -> u8 {
    1 << group as u8
}

/// What a document must hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Expr {
    /// These tokens next to each other, in a run of one of the groups. Never empty.
    Phrase {
        groups: Groups,
        pieces: Vec<Piece>,
    },
    And(Vec<Self>),
    Or(Vec<Self>),
    /// The first, and none of the others.
    Without(Box<Self>, Vec<Self>),
    /// No document does.
    Nothing,
}

/// What one token must be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece {
    Token(String),
    /// It begins like this.
    Prefix(String),
    Glob(Vec<Glob>),
}

/// A part of a token with wildcards. The first one is [`Glob::Text`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Glob {
    Text(String),
    One,
    Run,
}

/// A search in the form that an index can answer: phrases without globs, in which only the last
/// piece may be a prefix.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Indexable {
    pub expr: Expr,
    /// Whether it finds what the search finds, and not more.
    pub exact: bool,
}

/// How much of a search an index is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Negations {
    Asked,
    /// They are left out: what a record holds in fields that the asker may not read must not keep
    /// it from being found.
    LeftOut,
}

impl Expr {
    /// All of `terms`.
    pub fn all(terms: Vec<Self>) -> Self {
        if terms.contains(&Self::Nothing) {
            return Self::Nothing;
        }
        Self::joined(terms, Self::And)
    }

    /// Any of `terms`, each asked once.
    pub fn any(terms: Vec<Self>) -> Self {
        let mut kept: Vec<Self> = Vec::with_capacity(terms.len());
        let flat = terms.into_iter().flat_map(|it| match it {
            Self::Or(terms) => terms,
            other => vec![other],
        });
        for term in flat {
            // Long lists come from long texts, in which looking for repeats costs too much.
            let seen = kept.len() < 64 && kept.contains(&term);
            if term != Self::Nothing && !seen {
                kept.push(term);
            }
        }
        Self::joined(kept, Self::Or)
    }

    fn joined(mut terms: Vec<Self>, join: impl FnOnce(Vec<Self>) -> Self) -> Self {
        match terms.len() {
            0 => Self::Nothing,
            1 => terms.remove(0),
            _ => join(terms),
        }
    }

    /// The same search, of those of its groups that are in `groups`.
    pub fn within(&self, groups: Groups) -> Self {
        let each = |terms: &[Self]| terms.iter().map(|it| it.within(groups)).collect();
        match self {
            Self::Phrase { groups: own, pieces } => match own.and(groups) {
                Groups::NONE => Self::Nothing,
                groups => Self::Phrase { groups, pieces: pieces.clone() },
            },
            Self::And(terms) => Self::all(each(terms)),
            Self::Or(terms) => Self::any(each(terms)),
            Self::Without(first, others) => match first.within(groups) {
                Self::Nothing => Self::Nothing,
                first => Self::Without(Box::new(first), others.clone()),
            },
            Self::Nothing => Self::Nothing,
        }
    }

    /// What to ask an index for documents that match.
    pub fn indexable(&self, negations: Negations) -> Indexable {
        let each = |terms: &[Self]| {
            let all: Vec<Indexable> = terms.iter().map(|it| it.indexable(negations)).collect();
            let exact = all.iter().all(|it| it.exact);
            (all.into_iter().map(|it| it.expr).collect::<Vec<_>>(), exact)
        };
        match self {
            Self::Phrase { groups, pieces } => of_phrase(*groups, pieces),
            Self::And(terms) => {
                let (terms, exact) = each(terms);
                Indexable { expr: Self::all(terms), exact }
            }
            Self::Or(terms) => {
                let (terms, exact) = each(terms);
                Indexable { expr: Self::any(terms), exact }
            }
            Self::Without(first, others) => {
                let first = first.indexable(negations);
                let mut exact = first.exact && negations == Negations::Asked;
                let mut asked = Vec::new();
                for it in others {
                    let it = it.indexable(negations);
                    exact &= it.exact;
                    if it.exact && negations == Negations::Asked && it.expr != Self::Nothing {
                        asked.push(it.expr);
                    }
                }
                let expr = match (first.expr, asked.is_empty()) {
                    (Self::Nothing, _) => Self::Nothing,
                    (first, true) => first,
                    (first, false) => Self::Without(Box::new(first), asked),
                };
                Indexable { expr, exact }
            }
            Self::Nothing => Indexable { expr: Self::Nothing, exact: true },
        }
    }

    /// Whether `document` is what this searches for.
    pub fn matches(&self, document: &Document) -> bool {
        match self {
            Self::Phrase { groups, pieces } => {
                let mut runs = document.runs().iter().filter(|it| groups.has(it.group));
                runs.any(|it| has_phrase(it, pieces))
            }
            Self::And(terms) => terms.iter().all(|it| it.matches(document)),
            Self::Or(terms) => terms.iter().any(|it| it.matches(document)),
            Self::Without(first, others) => {
                first.matches(document) && !others.iter().any(|it| it.matches(document))
            }
            Self::Nothing => false,
        }
    }
}

/// A phrase that an index cannot answer as a whole becomes its pieces, wherever they stand.
fn of_phrase(groups: Groups, pieces: &[Piece]) -> Indexable {
    let before_last = &pieces[..pieces.len() - 1];
    let tokens = before_last.iter().all(|it| matches!(it, Piece::Token(_)));
    let phrase = |pieces| Expr::Phrase { groups, pieces };
    if tokens && !matches!(pieces.last(), Some(Piece::Glob(_))) {
        return Indexable { expr: phrase(pieces.to_vec()), exact: true };
    }
    let alone = |piece: &Piece| {
        phrase(vec![match piece {
            Piece::Glob(parts) => match parts.first() {
                Some(Glob::Text(head)) => Piece::Prefix(head.clone()),
                _ => piece.clone(),
            },
            Piece::Token(_) | Piece::Prefix(_) => piece.clone(),
        }])
    };
    Indexable { expr: Expr::all(pieces.iter().map(alone).collect()), exact: false }
}

fn has_phrase(run: &Run, pieces: &[Piece]) -> bool {
    let fits = |(piece, token): (&Piece, &String)| !token.is_empty() && piece.fits(token);
    run.tokens.windows(pieces.len()).any(|it| pieces.iter().zip(it).all(fits))
}

impl Piece {
    fn fits(&self, token: &str) -> bool {
        match self {
            Self::Token(text) => text == token,
            Self::Prefix(text) => token.starts_with(text.as_str()),
            Self::Glob(parts) => glob_fits(parts, token),
        }
    }
}

/// Whether `token` is `parts`. Of several runs only the last one is ever tried again, so the time
/// is bounded by the product of both lengths.
fn glob_fits(parts: &[Glob], token: &str) -> bool {
    let (mut at, mut rest) = (0, token);
    let mut retry: Option<(usize, &str)> = None;
    loop {
        let step = match parts.get(at) {
            None if rest.is_empty() => return true,
            None => None,
            Some(Glob::Run) => {
                retry = Some((at + 1, rest));
                at += 1;
                continue;
            }
            Some(Glob::Text(text)) => rest.strip_prefix(text.as_str()),
            Some(Glob::One) => after_first(rest),
        };
        match (step, retry) {
            (Some(after), _) => (at, rest) = (at + 1, after),
            (None, None) => return false,
            (None, Some((from, start))) => {
                let Some(start) = after_first(start) else { return false };
                (at, rest) = (from, start);
                retry = Some((from, start));
            }
        }
    }
}

fn after_first(text: &str) -> Option<&str> {
    let mut chars = text.chars();
    chars.next().map(|_| chars.as_str())
}
