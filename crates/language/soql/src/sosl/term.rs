//! Search text into words, phrases and what joins them.
//!
//! ```text
//! or      = and { "OR" and }
//! and     = without { [ "AND" ] without }
//! without = term { ( "AND" "NOT" | "NOT" ) term }
//! term    = word | '"' characters '"' | "(" or ")"
//! word    = character { character | "*" | "?" }, without blanks, parentheses and quotes
//! ```
//!
//! A backslash makes the next character stand for itself. The platform reserves more characters
//! than mean something here (`& | ! [ ] ^ ~ : ' + -`); people write `555-1234` without a
//! backslash and mean it, so those stand for themselves with and without one. An operator that
//! joins nothing (`and`, `rock and`) is a word. A wildcard may stand anywhere in a word; what of
//! it an index can find is the index's matter.
//!
//! Long texts are not read: over [`PLAIN_CHARS`] characters, operators mean nothing and one word
//! is enough; over [`NOTHING_CHARS`], nothing is found (wire reference, section 10.6).

use std::fmt::{Display, Formatter, Write as _};

use base::Span;

use crate::NESTING_MAX;
use crate::ast::{Pattern, PatternPart};
use crate::error::excerpt;
use crate::sosl::Error;

/// Longer texts lose their operators.
pub const PLAIN_CHARS: usize = 4_000;

/// Longer texts find nothing.
pub const NOTHING_CHARS: usize = 10_000;

/// How many characters a search must name.
const CHARS_MIN: usize = 2;

/// What a record must hold to be found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Term {
    /// A word with its wildcards: `*` is any run, `?` any one character.
    Word(Pattern),
    /// Words next to each other.
    Phrase(String),
    /// At least two.
    And(Vec<Self>),
    /// At least two.
    Or(Vec<Self>),
    /// The first, and none of the others, of which there is at least one.
    Without(Box<Self>, Vec<Self>),
    /// No record does.
    Nothing,
}

/// Reads the text of a search.
pub fn parse(text: &str) -> Result<Term, Error> {
    parse_at(trim(text), 0)
}

/// The text without the blanks around it, except one that a backslash keeps.
pub(crate) fn trim(text: &str) -> &str {
    let text = text.trim_start();
    let trimmed = text.trim_end();
    let kept = text[trimmed.len()..].chars().next().filter(|_| ends_escaped(trimmed));
    &text[..trimmed.len() + kept.map_or(0, char::len_utf8)]
}

/// Reads `text`, trimmed, whose first byte is the statement's byte `start`.
pub(crate) fn parse_at(text: &str, start: usize) -> Result<Term, Error> {
    if text.is_empty() {
        return Err(Error::NoTerm);
    }
    let n_chars = text.chars().count();
    if NOTHING_CHARS < n_chars {
        return Ok(Term::Nothing);
    }
    let term = if PLAIN_CHARS < n_chars { plain(text) } else { Reader::new(text, start).read()? };
    if named_chars(&term) < CHARS_MIN {
        return Err(Error::TermTooShort { term: excerpt(text) });
    }
    Ok(term)
}

/// Any of the words of `text`, in which nothing but wildcards has a meaning.
fn plain(text: &str) -> Term {
    let mut words: Vec<Term> = text
        .split(|it: char| it.is_whitespace() || matches!(it, '(' | ')' | '"'))
        .filter(|it| !it.is_empty())
        .map(|it| Term::Word(word(&mut it.chars())))
        .collect();
    if words.len() == 1 { words.remove(0) } else { Term::Or(words) }
}

/// How deep parentheses stand in the canonical form of a term.
fn parentheses(term: &Term) -> usize {
    let inside = |it: &Term| match it {
        Term::Word(_) | Term::Phrase(_) | Term::Nothing => 0,
        Term::And(_) | Term::Or(_) | Term::Without(..) => 1 + parentheses(it),
    };
    match term {
        Term::Word(_) | Term::Phrase(_) | Term::Nothing => 0,
        Term::And(terms) | Term::Or(terms) => terms.iter().map(inside).max().unwrap_or(0),
        Term::Without(first, others) => {
            others.iter().map(inside).max().unwrap_or(0).max(inside(first))
        }
    }
}

/// Reads a word to its end.
fn word(rest: &mut std::str::Chars<'_>) -> Pattern {
    let mut parts = Vec::new();
    while let Some(it) = rest.next() {
        match it {
            '*' => push(&mut parts, PatternPart::AnyRun),
            '?' => push(&mut parts, PatternPart::AnyOne),
            '\\' => push_char(&mut parts, rest.next().unwrap_or('\\')),
            it => push_char(&mut parts, it),
        }
    }
    Pattern { parts }
}

/// Two runs next to each other are one.
fn push(parts: &mut Vec<PatternPart>, part: PatternPart) {
    if part != PatternPart::AnyRun || parts.last() != Some(&PatternPart::AnyRun) {
        parts.push(part);
    }
}

fn push_char(parts: &mut Vec<PatternPart>, it: char) {
    match parts.last_mut() {
        Some(PatternPart::Text(text)) => text.push(it),
        _ => parts.push(PatternPart::Text(it.to_string())),
    }
}

/// How many characters a term names, wildcards left out.
fn named_chars(term: &Term) -> usize {
    match term {
        Term::Word(pattern) => {
            let text = |it: &PatternPart| match it {
                PatternPart::Text(text) => text.chars().count(),
                PatternPart::AnyRun | PatternPart::AnyOne => 0,
            };
            pattern.parts.iter().map(text).sum()
        }
        Term::Phrase(text) => text.chars().filter(|it| !it.is_whitespace()).count(),
        Term::And(terms) | Term::Or(terms) => terms.iter().map(named_chars).sum(),
        Term::Without(term, _) => named_chars(term),
        Term::Nothing => 0,
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Word,
    And,
    Or,
    Not,
    Phrase,
    Open,
    Close,
    End,
}

#[derive(Debug, Clone, Copy)]
struct Token {
    kind: Kind,
    start: usize,
    end: usize,
}

struct Reader<'a> {
    text: &'a str,
    /// Where the text stands in its statement.
    start: usize,
    /// Never empty; the last is the end, which is never passed.
    tokens: Vec<Token>,
    at: usize,
    depth: usize,
}

impl<'a> Reader<'a> {
    fn new(text: &'a str, start: usize) -> Self {
        Self { text, start, tokens: tokens(text), at: 0, depth: 0 }
    }

    fn read(mut self) -> Result<Term, Error> {
        let term = self.or()?;
        if self.kind(0) != Kind::End {
            return Err(self.unexpected());
        }
        // Operators nest, too: `((a b) or c) d` has three levels and two parentheses.
        if NESTING_MAX < parentheses(&term) {
            let span = Span::new(self.start, self.start + self.text.len());
            return Err(crate::Error::TooDeep { span }.into());
        }
        Ok(term)
    }

    fn token(&self, ahead: usize) -> Token {
        self.tokens[(self.at + ahead).min(self.tokens.len() - 1)]
    }

    fn kind(&self, ahead: usize) -> Kind {
        self.token(ahead).kind
    }

    fn bump(&mut self) -> Token {
        let token = self.token(0);
        self.at = (self.at + 1).min(self.tokens.len() - 1);
        token
    }

    /// Whether a term begins there: operators count, which are words where nothing is joined.
    fn begins(&self, ahead: usize) -> bool {
        !matches!(self.kind(ahead), Kind::Close | Kind::End)
    }

    /// Takes an operator, if something follows that it joins.
    fn eat(&mut self, kinds: &[Kind]) -> bool {
        let found = kinds.iter().enumerate().all(|(at, kind)| self.kind(at) == *kind);
        let joins = found && self.begins(kinds.len());
        if joins {
            self.at += kinds.len();
        }
        joins
    }

    fn or(&mut self) -> Result<Term, Error> {
        let mut terms = vec![self.and()?];
        while self.eat(&[Kind::Or]) {
            terms.push(self.and()?);
        }
        Ok(if terms.len() == 1 { terms.remove(0) } else { Term::Or(terms) })
    }

    fn and(&mut self) -> Result<Term, Error> {
        let mut terms = vec![self.without()?];
        while self.eat(&[Kind::And]) || (self.begins(0) && !self.is_or()) {
            terms.push(self.without()?);
        }
        Ok(if terms.len() == 1 { terms.remove(0) } else { Term::And(terms) })
    }

    fn is_or(&self) -> bool {
        self.kind(0) == Kind::Or && self.begins(1)
    }

    fn without(&mut self) -> Result<Term, Error> {
        let first = self.term()?;
        let mut others = Vec::new();
        while self.eat(&[Kind::And, Kind::Not]) || self.eat(&[Kind::Not]) {
            others.push(self.term()?);
        }
        Ok(if others.is_empty() { first } else { Term::Without(Box::new(first), others) })
    }

    fn term(&mut self) -> Result<Term, Error> {
        let token = self.token(0);
        match token.kind {
            Kind::Word | Kind::And | Kind::Or | Kind::Not => {
                self.bump();
                Ok(Term::Word(word(&mut self.text[token.start..token.end].chars())))
            }
            Kind::Phrase => self.phrase(token),
            Kind::Open => {
                if self.depth == NESTING_MAX {
                    return Err(crate::Error::TooDeep { span: self.span(token) }.into());
                }
                self.bump();
                self.depth += 1;
                let term = self.or()?;
                self.depth -= 1;
                if self.kind(0) != Kind::Close {
                    return Err(self.unexpected());
                }
                self.bump();
                Ok(term)
            }
            Kind::Close | Kind::End => Err(self.unexpected()),
        }
    }

    fn phrase(&mut self, token: Token) -> Result<Term, Error> {
        let inner = self.text[token.start + 1..token.end].strip_suffix('"');
        let closed = inner.filter(|it| !ends_escaped(it));
        let Some(inner) = closed else {
            let end = self.tokens[self.tokens.len() - 1];
            let span = self.span(end);
            return Err(crate::Error::UnexpectedToken { token: "<EOF>".to_owned(), span }.into());
        };
        self.bump();
        let mut text = String::with_capacity(inner.len());
        let mut rest = inner.chars();
        while let Some(it) = rest.next() {
            text.push(if it == '\\' { rest.next().unwrap_or(it) } else { it });
        }
        Ok(Term::Phrase(text.trim().to_owned()))
    }

    fn span(&self, token: Token) -> Span {
        Span::new(self.start + token.start, self.start + token.end)
    }

    fn unexpected(&self) -> Error {
        let token = self.token(0);
        let shown = match token.kind {
            Kind::End => "<EOF>".to_owned(),
            _ => excerpt(&self.text[token.start..token.end]),
        };
        crate::Error::UnexpectedToken { token: shown, span: self.span(token) }.into()
    }
}

/// Whether the character after `text` is escaped.
fn ends_escaped(text: &str) -> bool {
    text.bytes().rev().take_while(|it| *it == b'\\').count() % 2 == 1
}

fn tokens(text: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut rest = text.char_indices().peekable();
    while let Some((start, it)) = rest.next() {
        let mut end = start + it.len_utf8();
        let kind = match it {
            it if it.is_whitespace() => continue,
            '(' => Kind::Open,
            ')' => Kind::Close,
            '"' => {
                let mut escaped = false;
                for (at, it) in rest.by_ref() {
                    end = at + it.len_utf8();
                    if it == '"' && !escaped {
                        break;
                    }
                    escaped = it == '\\' && !escaped;
                }
                Kind::Phrase
            }
            first => {
                let mut escaped = first == '\\';
                while let Some((at, it)) = rest.next_if(|(_, it)| escaped || !ends_word(*it)) {
                    end = at + it.len_utf8();
                    escaped = it == '\\' && !escaped;
                }
                word_kind(&text[start..end])
            }
        };
        tokens.push(Token { kind, start, end });
    }
    tokens.push(Token { kind: Kind::End, start: text.len(), end: text.len() });
    tokens
}

fn ends_word(it: char) -> bool {
    it.is_whitespace() || matches!(it, '(' | ')' | '"')
}

fn word_kind(word: &str) -> Kind {
    let kinds = [("AND", Kind::And), ("OR", Kind::Or), ("NOT", Kind::Not)];
    let found = kinds.into_iter().find(|(name, _)| name.eq_ignore_ascii_case(word));
    found.map_or(Kind::Word, |(_, kind)| kind)
}

/// Parentheses stand around every joined term inside of another.
impl Display for Term {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Word(pattern) => write_word(f, pattern),
            Self::Phrase(text) => {
                f.write_char('"')?;
                for it in text.chars() {
                    write!(f, "{}{it}", if matches!(it, '"' | '\\') { "\\" } else { "" })?;
                }
                f.write_char('"')
            }
            Self::And(terms) => write_joined(f, terms, " AND "),
            Self::Or(terms) => write_joined(f, terms, " OR "),
            Self::Without(first, others) => {
                Inner(first).fmt(f)?;
                others.iter().try_for_each(|it| write!(f, " AND NOT {}", Inner(it)))
            }
            Self::Nothing => Ok(()),
        }
    }
}

/// A term inside of another.
struct Inner<'a>(&'a Term);

impl Display for Inner<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        match self.0 {
            Term::Word(_) | Term::Phrase(_) | Term::Nothing => self.0.fmt(f),
            Term::And(_) | Term::Or(_) | Term::Without(..) => write!(f, "({})", self.0),
        }
    }
}

fn write_joined(f: &mut Formatter<'_>, terms: &[Term], word: &str) -> std::fmt::Result {
    for (at, term) in terms.iter().enumerate() {
        write!(f, "{}{}", if at == 0 { "" } else { word }, Inner(term))?;
    }
    Ok(())
}

fn write_word(f: &mut Formatter<'_>, pattern: &Pattern) -> std::fmt::Result {
    if let [PatternPart::Text(text)] = pattern.parts.as_slice()
        && word_kind(text) != Kind::Word
    {
        // A backslash keeps it from being the operator of this name.
        f.write_char('\\')?;
    }
    for part in &pattern.parts {
        match part {
            PatternPart::AnyRun => f.write_char('*')?,
            PatternPart::AnyOne => f.write_char('?')?,
            PatternPart::Text(text) => {
                for it in text.chars() {
                    let reserved = "?&|!{}[]()^~*:\\\"'+-".contains(it) || it.is_whitespace();
                    write!(f, "{}{it}", if reserved { "\\" } else { "" })?;
                }
            }
        }
    }
    Ok(())
}
