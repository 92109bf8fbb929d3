//! Record ids: text of 15 or 18 characters at the edges, one integer inside.
//!
//! Outside, an id is 15 case-sensitive base-62 characters, or 18 with a suffix that encodes
//! their case. Inside, it is one non-negative `i64`: 18 bits of key prefix, then 45 bits of a
//! per-object sequence, so that joins compare integers and creation order is id order.
//!
//! The digits sort `0-9A-Za-z`, as their bytes do, so text order is id order too. Layout and
//! suffix: the platform's documented algorithm (semantics reference, section 3.1).
//!
//! **Absent on purpose.** Which object a prefix belongs to: `schema` knows.

use std::fmt;

const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const SUFFIX: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ012345";
const SEQUENCE_BITS: u32 = 45;

/// The three leading characters of an id, which name its object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct KeyPrefix(u32);

/// The id of one record.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RecordId(i64);

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    #[error("an id has 15 or 18 characters")]
    Length,
    #[error("an id holds only letters and digits")]
    Character,
    #[error("the last three characters do not match the case of the first fifteen")]
    Suffix,
}

impl KeyPrefix {
    /// Reads three base-62 characters.
    pub fn parse(text: &str) -> Result<Self, Error> {
        let bytes = text.as_bytes();
        if bytes.len() != 3 {
            return Err(Error::Length);
        }
        let mut number = 0;
        for byte in bytes {
            number = number * 62 + digit(*byte).ok_or(Error::Character)?;
        }
        Ok(Self(number))
    }

    /// The prefix `n` places after this one, as custom objects take them from `a00` on.
    pub fn offset(self, n: u32) -> Self {
        Self(self.0 + n)
    }
}

impl fmt::Display for KeyPrefix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for place in [62 * 62, 62, 1] {
            write!(f, "{}", DIGITS[(self.0 / place % 62) as usize] as char)?;
        }
        Ok(())
    }
}

impl RecordId {
    /// The largest sequence; never given to a record, so it can stand for "names no record".
    pub const SEQUENCE_MAX: i64 = (1 << SEQUENCE_BITS) - 1;

    /// The master record type's id, `012000000000000AAA`.
    pub const MASTER_RECORD_TYPE: Self = Self(64 << SEQUENCE_BITS);

    /// Builds the id of record number `sequence` of the object with `prefix`.
    ///
    /// # Panics
    ///
    /// If `sequence` is negative or above [`Self::SEQUENCE_MAX`]: allocators stay below.
    pub fn new(prefix: KeyPrefix, sequence: i64) -> Self {
        assert!((0..=Self::SEQUENCE_MAX).contains(&sequence), "invariant: a sequence has 45 bits");
        Self((i64::from(prefix.0) << SEQUENCE_BITS) | sequence)
    }

    /// The integer that storage holds.
    pub const fn raw(self) -> i64 {
        self.0
    }

    /// The id that storage holds as `raw`.
    pub const fn from_raw(raw: i64) -> Self {
        Self(raw)
    }

    pub fn prefix(self) -> KeyPrefix {
        KeyPrefix((self.0 >> SEQUENCE_BITS) as u32)
    }

    pub fn sequence(self) -> i64 {
        self.0 & Self::SEQUENCE_MAX
    }

    /// Reads 15 or 18 characters.
    ///
    /// With 18, the suffix restores the case of the first 15 (spreadsheets change it); a suffix
    /// that cannot belong to them is an error. A well-formed id whose number is larger than any
    /// that Candor gives becomes one that names no record.
    pub fn parse(text: &str) -> Result<Self, Error> {
        let bytes = text.as_bytes();
        let mut body = [0_u8; 15];
        match bytes.len() {
            15 => body.copy_from_slice(bytes),
            18 => {
                body.copy_from_slice(&bytes[..15]);
                restore_case(&mut body, &bytes[15..])?;
            }
            _ => return Err(Error::Length),
        }
        let mut prefix = 0;
        for byte in &body[..3] {
            prefix = prefix * 62 + digit(*byte).ok_or(Error::Character)?;
        }
        let mut sequence: i128 = 0;
        for byte in &body[3..] {
            sequence = sequence * 62 + i128::from(digit(*byte).ok_or(Error::Character)?);
        }
        let sequence = sequence.min(i128::from(Self::SEQUENCE_MAX)) as i64;
        Ok(Self::new(KeyPrefix(prefix), sequence))
    }

    /// The 15-character form.
    pub fn to_15(self) -> String {
        String::from_utf8_lossy(&self.chars()[..15]).into_owned()
    }

    /// The 18 characters as ASCII bytes, for writers that avoid a `String`.
    pub fn chars(self) -> [u8; 18] {
        let mut out = [b'0'; 18];
        let prefix = (self.0 >> SEQUENCE_BITS) as u32;
        for (place, weight) in [(0, 62 * 62), (1, 62), (2, 1)] {
            out[place] = DIGITS[(prefix / weight % 62) as usize];
        }
        // Most records have small numbers: the rest of the places are zeros already.
        let mut rest = self.sequence() as u64;
        let mut place = 15;
        while 0 < rest {
            place -= 1;
            out[place] = DIGITS[(rest % 62) as usize];
            rest /= 62;
        }
        let (body, suffix) = out.split_at_mut(15);
        for (group, place) in body.chunks(5).zip(suffix) {
            *place = suffix_char(group);
        }
        out
    }
}

/// Appends the suffix to 15 characters: `CASESAFEID` of the formula language.
pub fn case_safe(text: &str) -> Result<String, Error> {
    let bytes = text.as_bytes();
    if bytes.len() != 15 {
        return Err(Error::Length);
    }
    if bytes.iter().any(|byte| digit(*byte).is_none()) {
        return Err(Error::Character);
    }
    let mut out = text.to_owned();
    out.extend(bytes.chunks(5).map(|group| suffix_char(group) as char));
    Ok(out)
}

fn suffix_char(group: &[u8]) -> u8 {
    let mut bits = 0;
    for (k, byte) in group.iter().enumerate() {
        if byte.is_ascii_uppercase() {
            bits |= 1 << k;
        }
    }
    SUFFIX[bits]
}

fn restore_case(body: &mut [u8; 15], suffix: &[u8]) -> Result<(), Error> {
    for (group, letter) in body.chunks_mut(5).zip(suffix) {
        let letter = letter.to_ascii_uppercase();
        let bits = SUFFIX.iter().position(|it| *it == letter).ok_or(Error::Suffix)?;
        for (k, byte) in group.iter_mut().enumerate() {
            let upper = bits & (1 << k) != 0;
            if upper && !byte.is_ascii_alphabetic() {
                return Err(Error::Suffix);
            }
            *byte = if upper { byte.to_ascii_uppercase() } else { byte.to_ascii_lowercase() };
        }
    }
    Ok(())
}

fn digit(byte: u8) -> Option<u32> {
    match byte {
        b'0'..=b'9' => Some(u32::from(byte - b'0')),
        b'A'..=b'Z' => Some(u32::from(byte - b'A') + 10),
        b'a'..=b'z' => Some(u32::from(byte - b'a') + 36),
        _ => None,
    }
}

impl fmt::Display for RecordId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&String::from_utf8_lossy(&self.chars()))
    }
}

impl fmt::Debug for RecordId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn suffixes_are_the_documented_ones() {
        for (body, suffix) in [
            ("0019000000B98de", "AAB"),
            ("500B000000A1nvP", "IAR"),
            ("001A0000006Vm9r", "IAC"),
            ("001A0000006VM9r", "IAG"),
            ("AAAAbAAAAbAAAAb", "PPP"),
            ("aaAABaaAABaaAAB", "222"),
            ("aaaAbaaaAbaaaAb", "III"),
            ("012000000000000", "AAA"),
        ] {
            assert_eq!(case_safe(body).unwrap(), format!("{body}{suffix}"));
        }
    }

    #[test]
    fn the_master_record_type_is_itself() {
        let id = RecordId::parse("012000000000000AAA").unwrap();
        assert_eq!(id, RecordId::MASTER_RECORD_TYPE);
        assert_eq!(id.to_string(), "012000000000000AAA");
    }

    #[test]
    fn text_and_integer_agree() {
        let prefix = KeyPrefix::parse("a0Z").unwrap();
        for sequence in [0, 1, 61, 62, 3843, 1 << 40, RecordId::SEQUENCE_MAX] {
            let id = RecordId::new(prefix, sequence);
            assert!(0 <= id.raw());
            assert_eq!(RecordId::parse(&id.to_string()), Ok(id));
            assert_eq!(RecordId::parse(&id.to_15()), Ok(id));
            assert_eq!(id.sequence(), sequence);
            assert_eq!(id.prefix().to_string(), "a0Z");
        }
        let one = RecordId::new(prefix, 1);
        let two = RecordId::new(prefix, 2);
        assert!(one < two);
        assert!(one.to_string() < two.to_string());
    }

    #[test]
    fn case_is_restored_from_the_suffix() {
        let id = RecordId::new(KeyPrefix::parse("001").unwrap(), 987_654_321_987);
        let shouted = id.to_string().to_uppercase();
        assert_eq!(RecordId::parse(&shouted), Ok(id));
        assert_eq!(RecordId::parse(&id.to_string().to_lowercase()), Ok(id));
    }

    #[test]
    fn what_is_not_an_id_is_refused() {
        assert_eq!(RecordId::parse("abc"), Err(Error::Length));
        assert_eq!(RecordId::parse("00100000000000é"), Err(Error::Length));
        assert_eq!(RecordId::parse("001-00000000000"), Err(Error::Character));
        assert_eq!(RecordId::parse("001000000000000P00"), Err(Error::Suffix));
        assert_eq!(RecordId::parse("0010000000000008AA"), Err(Error::Suffix));
    }

    #[test]
    fn an_id_of_another_system_names_no_record() {
        let id = RecordId::parse("001zzzzzzzzzzzz").unwrap();
        assert_eq!(id.sequence(), RecordId::SEQUENCE_MAX);
        assert_eq!(id.prefix().to_string(), "001");
    }
}
