//! API names: what a valid one is, and their equality without case.

/// The longest API name of an object or field, suffix included.
pub const LENGTH_MAX: usize = 80;

/// Whether `text` is an API name: ASCII letters, digits and underscores, a letter first, no two
/// underscores together except before a suffix such as `__c`, and none at the end.
pub fn is_valid(text: &str) -> bool {
    let bytes = text.as_bytes();
    let starts = bytes.first().is_some_and(u8::is_ascii_alphabetic);
    let ends = bytes.last().is_some_and(u8::is_ascii_alphanumeric);
    let letters = bytes.iter().all(|it| it.is_ascii_alphanumeric() || *it == b'_');
    let stem = text.split("__").next().unwrap_or(text);
    starts
        && ends
        && letters
        && bytes.len() <= LENGTH_MAX
        && !stem.ends_with('_')
        && !text.contains("___")
        && text.matches("__").count() <= 2
}

/// Whether the name has the suffix of custom objects and fields.
pub fn is_custom(text: &str) -> bool {
    text.len() > 3 && text.as_bytes()[text.len() - 3..].eq_ignore_ascii_case(b"__c")
}

/// The form under which names are looked up; names are ASCII, so this is not [`crate::fold()`].
pub fn key(text: &str) -> String {
    text.to_ascii_lowercase()
}

/// The relationship name of a lookup: `Foo__c` is `Foo__r`, `AccountId` is `Account`.
pub fn relationship_of(field: &str) -> Option<String> {
    if is_custom(field) {
        return Some(format!("{}__r", &field[..field.len() - 3]));
    }
    field.strip_suffix("Id").filter(|it| !it.is_empty()).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn valid_names() {
        for name in ["Account", "Foo__c", "ns__Foo__c", "A1_b__c", "Manufacturing_Event__e"] {
            assert!(is_valid(name), "{name}");
        }
        for name in ["", "1a", "_a", "a_", "a___c", "a b", "é", "a.b", "a'; DROP TABLE x"] {
            assert!(!is_valid(name), "{name}");
        }
    }

    #[test]
    fn relationships_follow_the_field() {
        assert_eq!(relationship_of("AccountId").as_deref(), Some("Account"));
        assert_eq!(relationship_of("Order__c").as_deref(), Some("Order__r"));
        assert_eq!(relationship_of("Id"), None);
        assert_eq!(relationship_of("Name"), None);
    }
}
