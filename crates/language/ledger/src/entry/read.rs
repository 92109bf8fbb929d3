//! Canonical bytes to an entry.
//!
//! The shape is fixed, so this is no JSON reader: it expects each key where the writer puts it.
//! Nothing is skipped, nothing nests, and nothing larger than the input is allocated.
//!
//! **Absent on purpose.** Which texts, numbers and combinations are allowed:
//! [`Entry::parse`] settles that by writing the entry again.

use base::{DateTime, RecordId};

use super::{Actor, ActorKind, Body, Entry, Kind, Why};
use crate::{Error, Hash};

struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

/// Reads the keys in the order in which [`super::write::entry`] writes them.
pub(super) fn entry(bytes: &[u8]) -> Result<Entry, Error> {
    let mut it = Reader { bytes, at: 0 };
    it.expect(r#"{"act":"#)?;
    let actor = it.actor()?;
    let body = it.optional(r#","body":"#, Reader::body)?;
    let fields = it.optional(r#","f":"#, Reader::fields)?.unwrap_or_default();
    it.expect(r#","k":"#)?;
    let kind = it.text()?;
    let kind = Kind::ALL.into_iter().find(|it| it.as_str() == kind).ok_or(Error::UnknownKind)?;
    it.expect(r#","m":"#)?;
    let counter = it.number()?;
    let object = it.optional(r#","obj":"#, Reader::object)?;
    it.expect(r#","org":"#)?;
    let org = it.text()?.to_owned();
    let previous = it.optional(r#","pl":"#, Reader::number)?;
    let policy = it.optional(r#","pol":"#, Reader::hash)?;
    let request = it.optional(r#","req":"#, |it| it.text().map(str::to_owned))?;
    let row = it.optional(r#","row":"#, Reader::hash)?;
    it.expect(r#","t":"#)?;
    let time = DateTime::parse(it.text()?).map_err(|_| Error::Time)?;
    it.expect(r#","v":1"#)?;
    let why = it.optional(r#","why":"#, Reader::why)?;
    it.expect("}")?;
    if it.at != bytes.len() {
        return Err(it.error());
    }
    Ok(Entry {
        kind,
        time,
        counter,
        org,
        object,
        actor,
        row,
        previous,
        body,
        why,
        policy,
        request,
        fields,
    })
}

impl<'a> Reader<'a> {
    fn actor(&mut self) -> Result<Actor, Error> {
        self.expect(r#"{"h":"#)?;
        let pseudonym = self.hash()?;
        self.expect(r#","t":"#)?;
        let kind = self.text()?;
        self.expect("}")?;
        let kind = ActorKind::ALL.into_iter().find(|it| it.as_str() == kind);
        Ok(Actor { kind: kind.ok_or(Error::UnknownActor)?, pseudonym })
    }

    fn body(&mut self) -> Result<Body, Error> {
        self.expect(r#"{"c":"#)?;
        let commitment = self.hash()?;
        self.expect(r#","n":"#)?;
        let len = u32::try_from(self.number()?).map_err(|_| self.error())?;
        self.expect("}")?;
        Ok(Body { commitment, len })
    }

    fn fields(&mut self) -> Result<Vec<String>, Error> {
        self.expect("[")?;
        let mut fields = vec![self.text()?.to_owned()];
        while self.take(",") {
            fields.push(self.text()?.to_owned());
        }
        self.expect("]")?;
        Ok(fields)
    }

    fn object(&mut self) -> Result<(String, RecordId), Error> {
        self.expect(r#"{"id":"#)?;
        let id = RecordId::parse(self.text()?).map_err(|_| Error::RecordId)?;
        self.expect(r#","t":"#)?;
        let object = self.text()?.to_owned();
        self.expect("}")?;
        Ok((object, id))
    }

    fn why(&mut self) -> Result<Why, Error> {
        self.expect(r#"{"code":"#)?;
        let code = self.text()?.to_owned();
        let reference = self.optional(r#","ref":"#, |it| it.text().map(str::to_owned))?;
        self.expect("}")?;
        Ok(Why { code, reference })
    }

    fn error(&self) -> Error {
        Error::Syntax { at: self.at }
    }

    fn rest(&self) -> &'a [u8] {
        &self.bytes[self.at..]
    }

    fn take(&mut self, literal: &str) -> bool {
        let found = self.rest().starts_with(literal.as_bytes());
        if found {
            self.at += literal.len();
        }
        found
    }

    fn expect(&mut self, literal: &str) -> Result<(), Error> {
        if self.take(literal) { Ok(()) } else { Err(self.error()) }
    }

    fn optional<T>(
        &mut self,
        key: &str,
        value: impl FnOnce(&mut Self) -> Result<T, Error>,
    ) -> Result<Option<T>, Error> {
        if self.take(key) { value(self).map(Some) } else { Ok(None) }
    }

    /// Reads a quoted text up to the next quote: no allowed text has an escape.
    fn text(&mut self) -> Result<&'a str, Error> {
        self.expect("\"")?;
        let rest = self.rest();
        let len = rest.iter().position(|it| *it == b'"').ok_or(self.error())?;
        let text = std::str::from_utf8(&rest[..len]).map_err(|_| self.error())?;
        self.at += len + 1;
        Ok(text)
    }

    fn number(&mut self) -> Result<u64, Error> {
        let mut number: u64 = 0;
        let start = self.at;
        while let Some(digit) = self.rest().first().filter(|it| it.is_ascii_digit()) {
            let next =
                number.checked_mul(10).and_then(|it| it.checked_add(u64::from(digit - b'0')));
            number = next.ok_or(self.error())?;
            self.at += 1;
        }
        if self.at == start { Err(self.error()) } else { Ok(number) }
    }

    fn hash(&mut self) -> Result<Hash, Error> {
        let at = self.at;
        let error = Error::Syntax { at };
        let text = self.text()?;
        if text.len() != 64 {
            return Err(error);
        }
        let mut hash = [0; 32];
        for (byte, pair) in hash.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
            let high = hex_digit(pair[0]).ok_or(error)?;
            let low = hex_digit(pair[1]).ok_or(error)?;
            *byte = high << 4 | low;
        }
        Ok(hash)
    }
}

fn hex_digit(byte: u8) -> Option<u8> {
    match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        _ => None,
    }
}
