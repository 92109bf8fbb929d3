//! Names of tables, columns and indexes: short enough for every engine.
//!
//! PostgreSQL cuts names after 63 bytes, in silence; two long names would then be one. Longer
//! ones are shortened here and end in a hash of the whole.

/// The longest name, in bytes.
pub const NAME_MAX: usize = 60;

/// `_` and sixteen digits.
const SUFFIX_LEN: usize = 17;

/// `name`, which is ASCII, as it stands in the database.
pub(crate) fn name(name: &str) -> String {
    if name.len() <= NAME_MAX {
        return name.to_owned();
    }
    let head: String = name.chars().take(NAME_MAX - SUFFIX_LEN).collect();
    format!("{head}_{:016x}", fnv1a(name.as_bytes()))
}

/// FNV-1a of 64 bits: short, and the same for ever, which the standard library's is not.
fn fnv1a(bytes: &[u8]) -> u64 {
    let step = |hash: u64, byte: &u8| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, step)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_names_are_shortened_and_stay_apart() {
        assert_eq!(name("account__name__fold"), "account__name__fold");
        let (a, b) = ("a".repeat(60), "a".repeat(61));
        assert_eq!(name(&a), a);
        assert_eq!(name(&b).len(), NAME_MAX);
        assert_ne!(name(&b), name(&format!("{b}b")));
        assert_eq!(fnv1a(b"foobar"), 0x8594_4171_f739_67e8, "the published test value");
    }
}
