//! A search term into expressions over tokens, the best matches first.
//!
//! A word of the search is split like any text: `ann@acme.test` and `555-0142` become phrases. What
//! looks like a telephone number is a fragment of one, too, and what has joiners (`wal-mart`) is
//! also the one word without them. Wildcards stand for parts of a token, at its end or in its
//! middle; at its beginning they are left out, as on the platform, because no index could serve
//! them. A word of which nothing is left says nothing; a search of nothing else finds nothing.
//!
//! What is called exactly like the search comes first, then what is called like it and more, then
//! what has its words in a name, then the rest.

use soql::sosl::{SearchScope, Term};
use soql::{Pattern, PatternPart};

use crate::document::{NAME_WORDS_MAX, name_begins};
use crate::expr::{Expr, Glob, Group, Groups, Piece};
use crate::token::{self, Word, mark};
use crate::{normalize, phone};

/// A search in the order in which its matches are wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// What finds the best matches first. Each finds nothing that `all` does not find.
    pub tiers: Vec<Expr>,
    pub all: Expr,
}

impl Plan {
    /// The plan for `term` in the fields of `scope`.
    pub fn of(term: &Term, scope: SearchScope) -> Self {
        let reader = Reader::of(scope);
        let all = reader.term(term).unwrap_or(Expr::Nothing);
        let mut tiers = Vec::new();
        if reader.groups.has(Group::Name) && all != Expr::Nothing {
            let name = Groups::of(&[Group::Name]);
            tiers.extend(reader.called(term).into_iter().flatten());
            let named = all.within(name);
            if named != all && named != Expr::Nothing {
                tiers.push(named);
            }
        }
        Self { tiers, all }
    }
}

/// Digits of neighboring words that are one number together.
const NUMBER_DIGITS_MIN: usize = 7;

/// Of more alternatives none is looked for as a name.
const NAMES_MAX: usize = 16;

struct Reader {
    groups: Groups,
    /// Whether keys count, and words are beginnings of words: the scope SIDEBAR.
    sidebar: bool,
}

/// A part of a word, between what is neither letter, digit nor wildcard.
enum Part {
    Token { parts: Vec<Glob>, joined: bool },
    Unspaced { text: String, wildcard: bool },
}

impl Reader {
    fn of(scope: SearchScope) -> Self {
        let groups = match scope {
            SearchScope::All => Groups::ALL,
            SearchScope::Name => Groups::of(&[Group::Name]),
            SearchScope::Email => Groups::of(&[Group::Email]),
            SearchScope::Phone => Groups::of(&[Group::Phone]),
            SearchScope::Sidebar => Groups::of(&[Group::Name, Group::Email, Group::Phone]),
        };
        Self { groups, sidebar: scope == SearchScope::Sidebar }
    }

    /// None where the term says nothing.
    fn term(&self, term: &Term) -> Option<Expr> {
        match term {
            Term::Word(pattern) => self.word(pattern),
            Term::Phrase(text) => self.phrase(text),
            Term::And(terms) => self.and(terms),
            Term::Or(terms) => {
                let terms: Vec<Expr> = terms.iter().filter_map(|it| self.term(it)).collect();
                (!terms.is_empty()).then(|| Expr::any(terms))
            }
            Term::Without(first, others) => {
                let first = self.term(first)?;
                let others: Vec<Expr> = others.iter().filter_map(|it| self.term(it)).collect();
                Some(match others.is_empty() {
                    true => first,
                    false => Expr::Without(Box::new(first), others),
                })
            }
            Term::Nothing => Some(Expr::Nothing),
        }
    }

    /// All of `terms`; neighboring words that are a number together may also stand together.
    fn and(&self, terms: &[Term]) -> Option<Expr> {
        let mut all = Vec::new();
        for run in terms.chunk_by(|a, b| number_of(a).is_some() && number_of(b).is_some()) {
            let words: Vec<Expr> = run.iter().filter_map(|it| self.term(it)).collect();
            if words.is_empty() {
                continue;
            }
            let words = Expr::all(words);
            let number: String = run.iter().filter_map(number_of).collect();
            let together = 1 < run.len() && NUMBER_DIGITS_MIN <= number.len();
            all.push(match self.number(&number).filter(|_| together) {
                Some(number) => Expr::any(vec![words, number]),
                None => words,
            });
        }
        (!all.is_empty()).then(|| Expr::all(all))
    }

    fn word(&self, pattern: &Pattern) -> Option<Expr> {
        let parts = parts_of(pattern);
        let mut forms = vec![self.in_order(&parts)?];
        if let Some(joined) = joined(&parts) {
            forms.push(self.phrase_of(vec![self.last(joined)]));
        }
        if let Some(number) = number_of_pattern(pattern) {
            forms.extend(self.number(&number));
        }
        Some(Expr::any(forms))
    }

    /// The parts of a word next to each other; a wildcard in a script without blanks parts them.
    fn in_order(&self, parts: &[Part]) -> Option<Expr> {
        let mut phrases = Vec::new();
        let mut pieces = Vec::new();
        for (n, part) in parts.iter().enumerate() {
            let is_last = n + 1 == parts.len();
            match part {
                Part::Token { parts, .. } => {
                    pieces.push(if is_last { self.last(piece(parts)) } else { piece(parts) });
                }
                Part::Unspaced { text, wildcard } => {
                    let ends = is_last || *wildcard;
                    pieces.extend(unspaced(text, ends));
                    if ends && !is_last {
                        phrases.push(std::mem::take(&mut pieces));
                    }
                }
            }
        }
        phrases.push(pieces);
        let phrases = phrases.into_iter().filter(|it| !it.is_empty());
        let phrases: Vec<Expr> = phrases.map(|it| self.phrase_of(it)).collect();
        (!phrases.is_empty()).then(|| Expr::all(phrases))
    }

    /// Words next to each other, as they are written.
    fn phrase(&self, text: &str) -> Option<Expr> {
        let text = normalize::normalize(text);
        let words: Vec<Word<'_>> = token::words(&text).collect();
        let mut pieces = Vec::new();
        for (n, word) in words.iter().enumerate() {
            match word.unspaced {
                true => pieces.extend(unspaced(word.text, n + 1 == words.len())),
                false => pieces.push(Piece::Token(token::cut(word.text).to_owned())),
            }
        }
        if pieces.is_empty() {
            return None;
        }
        let mut forms = vec![self.phrase_of(pieces)];
        if phone::is_number(&text) {
            forms.extend(self.number(&phone::digits(&text)));
        }
        Some(Expr::any(forms))
    }

    /// What stands last in a word: in a sidebar, only its beginning.
    fn last(&self, piece: Piece) -> Piece {
        match piece {
            Piece::Token(text) if self.sidebar => Piece::Prefix(text),
            other => other,
        }
    }

    fn phrase_of(&self, pieces: Vec<Piece>) -> Expr {
        let groups = self.groups;
        if !self.sidebar {
            return Expr::Phrase { groups, pieces };
        }
        let keys = pieces.iter().map(key).collect();
        let of_key = Expr::Phrase { groups: Groups::of(&[Group::Rest]), pieces: keys };
        Expr::any(vec![Expr::Phrase { groups, pieces }, of_key])
    }

    /// A fragment of a telephone number; none where it is too short for one.
    fn number(&self, digits: &str) -> Option<Expr> {
        let groups = self.groups.and(Groups::of(&[Group::Phone]));
        let grams = phone::wanted(digits);
        let pieces = grams.into_iter().map(Piece::Token).collect::<Vec<_>>();
        (!pieces.is_empty() && groups != Groups::NONE).then_some(Expr::Phrase { groups, pieces })
    }

    /// What finds the records that are called exactly like the words of `term`, and those that
    /// are called so and more; none where it is more than words.
    fn called(&self, term: &Term) -> Option<[Expr; 2]> {
        match term {
            Term::Or(terms) if terms.len() <= NAMES_MAX => {
                let (whole, begins): (Vec<Expr>, Vec<Expr>) =
                    terms.iter().filter_map(|it| self.called(it)).map(|[a, b]| (a, b)).unzip();
                (!whole.is_empty()).then(|| [Expr::any(whole), Expr::any(begins)])
            }
            Term::Without(first, others) => {
                let called = self.called(first)?;
                let others: Vec<Expr> = others.iter().filter_map(|it| self.term(it)).collect();
                Some(match others.is_empty() {
                    true => called,
                    false => called.map(|it| Expr::Without(Box::new(it), others.clone())),
                })
            }
            Term::Phrase(text) => self.name(term, text, false),
            Term::Word(pattern) => {
                let (text, is_open) = plain(pattern)?;
                self.name(term, &text, is_open || self.sidebar)
            }
            Term::And(terms) => {
                let words = terms.iter().map(|it| match it {
                    Term::Word(pattern) => plain(pattern),
                    _ => None,
                });
                let words: Vec<(String, bool)> = words.collect::<Option<_>>()?;
                let (last, before) = words.split_last()?;
                if before.iter().any(|(_, is_open)| *is_open) {
                    return None;
                }
                let texts: Vec<&str> = words.iter().map(|(text, _)| text.as_str()).collect();
                self.name(term, &texts.join(" "), last.1 || self.sidebar)
            }
            Term::Or(_) | Term::Nothing => None,
        }
    }

    /// The same for the `text` of `term`, whose last word may go on where it `is_open`.
    fn name(&self, term: &Term, text: &str, is_open: bool) -> Option<[Expr; 2]> {
        let text = normalize::normalize(text);
        let words: Vec<Word<'_>> = token::words(&text).collect();
        let is_open = words.last()?.unspaced || is_open;
        let mut begins = name_begins(words.iter().map(|it| it.text));
        let whole = format!("{begins}{}", mark::NAME_END);
        if is_open {
            begins.pop();
        }
        let groups = Groups::of(&[Group::Name]);
        let of_name = |piece| Expr::Phrase { groups, pieces: vec![piece] };
        let called = [of_name(Piece::Token(whole)), of_name(Piece::Prefix(begins))];
        let is_whole = |it: &Word<'_>| !it.unspaced || token::cut(it.text) == it.text;
        if words.len() <= NAME_WORDS_MAX && words.iter().all(is_whole) {
            return Some(called);
        }
        // Names are known by their first words only, and long words by their beginnings: the rest
        // must be there, too.
        let all = self.term(term)?.within(groups);
        Some(called.map(|it| Expr::all(vec![it, all.clone()])))
    }
}

/// The text of a pattern without wildcards but at its end, and whether it has some there.
fn plain(pattern: &Pattern) -> Option<(String, bool)> {
    match pattern.parts.as_slice() {
        [PatternPart::Text(text)] => Some((text.clone(), false)),
        [PatternPart::Text(text), PatternPart::AnyRun] => Some((text.clone(), true)),
        _ => None,
    }
}

/// The digits of a word that is part of a number.
fn number_of(term: &Term) -> Option<String> {
    match term {
        Term::Word(pattern) => number_of_pattern(pattern),
        _ => None,
    }
}

fn number_of_pattern(pattern: &Pattern) -> Option<String> {
    let (text, _) = plain(pattern)?;
    let text = normalize::normalize(&text);
    phone::is_number(&text).then(|| phone::digits(&text))
}

/// The parts of a word with wildcards.
fn parts_of(pattern: &Pattern) -> Vec<Part> {
    let mut parts = Vec::new();
    // Whether what comes next goes on with the token before it.
    let mut is_open = false;
    for it in &pattern.parts {
        let wildcard = match it {
            PatternPart::AnyRun => Glob::Run,
            PatternPart::AnyOne => Glob::One,
            PatternPart::Text(text) => {
                add_text(&mut parts, &normalize::normalize(text), &mut is_open);
                continue;
            }
        };
        match parts.last_mut().filter(|_| is_open) {
            Some(Part::Token { parts, .. }) => parts.push(wildcard),
            Some(Part::Unspaced { wildcard, .. }) => {
                *wildcard = true;
                is_open = false;
            }
            // At its beginning it says nothing.
            None => {}
        }
    }
    parts
}

fn add_text(parts: &mut Vec<Part>, text: &str, is_open: &mut bool) {
    let starts_word = text.starts_with(normalize::is_word);
    for (n, word) in token::words(text).enumerate() {
        if word.unspaced {
            parts.push(Part::Unspaced { text: word.text.to_owned(), wildcard: false });
            continue;
        }
        let more = Glob::Text(token::cut(word.text).to_owned());
        match parts.last_mut().filter(|_| n == 0 && *is_open && starts_word) {
            Some(Part::Token { parts, .. }) => parts.push(more),
            _ => parts.push(Part::Token { parts: vec![more], joined: word.joined }),
        }
    }
    *is_open = text.ends_with(normalize::is_word);
}

fn piece(parts: &[Glob]) -> Piece {
    match parts {
        [Glob::Text(text)] => Piece::Token(text.clone()),
        [Glob::Text(text), Glob::Run] => Piece::Prefix(text.clone()),
        _ => Piece::Glob(parts.to_vec()),
    }
}

/// The tokens that stand where `text` does; `ends` says that anything may follow.
fn unspaced(text: &str, ends: bool) -> Vec<Piece> {
    let mut tokens = Vec::new();
    token::pairs(text, &mut tokens);
    let single = tokens.is_empty();
    let mut pieces: Vec<Piece> = tokens.into_iter().map(Piece::Token).collect();
    let last = text.chars().next_back().map(String::from);
    match (ends, single) {
        (true, true) => pieces.extend(last.map(Piece::Prefix)),
        (true, false) => {}
        (false, _) => pieces.extend(last.map(Piece::Token)),
    }
    pieces
}

/// The one word that a word with joiners is without them.
fn joined(all: &[Part]) -> Option<Piece> {
    let mut text = String::new();
    let mut is_open = false;
    for (n, part) in all.iter().enumerate() {
        let Part::Token { parts, joined } = part else { return None };
        let it = match parts.as_slice() {
            [Glob::Text(it)] => it,
            [Glob::Text(it), Glob::Run] if n + 1 == all.len() => {
                is_open = true;
                it
            }
            _ => return None,
        };
        if 0 < n && !joined {
            return None;
        }
        text.push_str(it);
    }
    let text = token::cut(&text).to_owned();
    let piece = if is_open { Piece::Prefix(text) } else { Piece::Token(text) };
    (1 < all.len()).then_some(piece)
}

/// The same piece of a key.
fn key(piece: &Piece) -> Piece {
    let marked = |text: &str| format!("{}{text}", mark::KEY);
    match piece {
        Piece::Token(text) => Piece::Token(marked(text)),
        Piece::Prefix(text) => Piece::Prefix(marked(text)),
        Piece::Glob(parts) => Piece::Glob(match parts.split_first() {
            Some((Glob::Text(head), rest)) => {
                [Glob::Text(marked(head))].into_iter().chain(rest.iter().cloned()).collect()
            }
            _ => parts.clone(),
        }),
    }
}
