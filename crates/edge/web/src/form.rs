//! Form and query fields: `application/x-www-form-urlencoded`, read and written.
//!
//! In: bytes of anybody. Out: pairs in their order, or none where the bytes are not UTF-8 after
//! decoding or hold more pairs than a page of ours can send.

/// Far above the fields of the widest page; below what would cost anything.
const PAIRS_MAX: usize = 4_000;

/// The fields of a form or a query.
#[derive(Debug, Clone, Default)]
pub(crate) struct Form(Vec<(String, String)>);

impl Form {
    pub(crate) fn parse(text: &[u8]) -> Option<Self> {
        let mut pairs = Vec::new();
        for pair in text.split(|byte| *byte == b'&').filter(|it| !it.is_empty()) {
            if pairs.len() == PAIRS_MAX {
                return None;
            }
            let mut halves = pair.splitn(2, |byte| *byte == b'=');
            let name = decode(halves.next().unwrap_or_default())?;
            let value = decode(halves.next().unwrap_or_default())?;
            // Browsers send line ends as CRLF; records hold them as LF.
            pairs.push((name, value.replace("\r\n", "\n")));
        }
        Some(Self(pairs))
    }

    /// The first value of a field.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(it, _)| it == name).map(|(_, value)| value.as_str())
    }

    /// The first value, trimmed; empty where there is none.
    pub(crate) fn text(&self, name: &str) -> &str {
        self.get(name).unwrap_or_default().trim()
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.get(name).is_some()
    }

    pub(crate) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |(it, _)| it == name).map(|(_, value)| value.as_str())
    }

    pub(crate) fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }
}

/// Decodes `+` and `%xx`; a `%` that starts no pair of digits stands for itself.
fn decode(text: &[u8]) -> Option<String> {
    let mut out = Vec::with_capacity(text.len());
    let mut at = 0;
    while let Some(byte) = text.get(at) {
        let pair = text.get(at + 1..at + 3).and_then(hex_pair);
        match (byte, pair) {
            (b'%', Some(decoded)) => {
                out.push(decoded);
                at += 3;
                continue;
            }
            (b'+', _) => out.push(b' '),
            _ => out.push(*byte),
        }
        at += 1;
    }
    String::from_utf8(out).ok()
}

fn hex_pair(digits: &[u8]) -> Option<u8> {
    let [high, low] = digits else { return None };
    let high = char::from(*high).to_digit(16)?;
    let low = char::from(*low).to_digit(16)?;
    u8::try_from(high * 16 + low).ok()
}

/// Encodes a text for a query, a cookie or a path segment.
pub(crate) fn encode(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

/// Builds `path?name=value&…`, leaving out what is empty.
pub(crate) fn url(path: &str, query: &[(&str, &str)]) -> String {
    let mut out = path.to_owned();
    for (name, value) in query.iter().filter(|(_, value)| !value.is_empty()) {
        out.push(if out.contains('?') { '&' } else { '?' });
        out.push_str(&encode(name));
        out.push('=');
        out.push_str(&encode(value));
    }
    out
}

/// Where a sign-in leads to: the page that was wanted, unless it is the way in or out itself.
pub(crate) fn after_sign_in(text: &str) -> &str {
    let path = text.split(['?', '#']).next().unwrap_or_default();
    let is_page = !matches!(path.trim_end_matches('/'), "/login" | "/logout");
    same_site_path(text).filter(|_| is_page).unwrap_or("/")
}

/// A path of this site that a browser may be sent to: what `//`, `/\` or a control character
/// would make of another site is none.
pub(crate) fn same_site_path(text: &str) -> Option<&str> {
    let rest = text.strip_prefix('/')?;
    let leaves = rest.starts_with(['/', '\\']);
    let odd = text.chars().any(|it| it.is_control() || it == '\\' || !it.is_ascii());
    if leaves || odd || 2_000 < text.len() { None } else { Some(text) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_are_decoded() {
        let form = Form::parse(b"a=1+2&b=%C3%A9%0D%0Ax&a=3&c&d=100%&e=%zz").unwrap();
        assert_eq!(form.get("a"), Some("1 2"));
        assert_eq!(form.all("a").collect::<Vec<_>>(), ["1 2", "3"]);
        assert_eq!(form.get("b"), Some("é\nx"));
        assert_eq!(form.get("c"), Some(""));
        assert_eq!(form.get("d"), Some("100%"));
        assert_eq!(form.get("e"), Some("%zz"));
        assert!(Form::parse(b"a=%FF").is_none());
        assert!(Form::parse("a&".repeat(PAIRS_MAX + 1).as_bytes()).is_none());
    }

    #[test]
    fn what_is_encoded_is_decoded() {
        for text in ["", "a b", "é&=?#/%+", "日本\n"] {
            assert_eq!(decode(encode(text).as_bytes()).as_deref(), Some(text));
        }
        assert_eq!(url("/o/A", &[("q", "a&b"), ("page", "")]), "/o/A?q=a%26b");
    }

    #[test]
    fn only_paths_of_this_site_are_followed() {
        for path in ["/", "/o/Account?q=1", "/o/Account/001000000000001AAA"] {
            assert_eq!(same_site_path(path), Some(path));
        }
        for path in ["", "o", "//evil.example", "/\\evil.example", "https://evil.example", "/a\nb"]
        {
            assert_eq!(same_site_path(path), None, "{path}");
        }
        for path in ["/logout", "/login?next=%2F", "/logout/", "//evil.example"] {
            assert_eq!(after_sign_in(path), "/", "{path}");
        }
        assert_eq!(after_sign_in("/o/Account?q=1"), "/o/Account?q=1");
    }
}
