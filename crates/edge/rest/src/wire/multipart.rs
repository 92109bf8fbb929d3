//! Bodies of several parts, `multipart/form-data` (RFC 7578): forms with files.
//!
//! At most [`PARTS_MAX`] parts; part headers other than the disposition and the type are
//! skipped. A body that breaks the format is refused as a whole.

/// More parts than any resource takes.
const PARTS_MAX: usize = 64;

/// One part of a body.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Part<'a> {
    pub name: String,
    pub file_name: Option<String>,
    pub content_type: Option<String>,
    pub content: &'a [u8],
}

/// The boundary that a content type names.
pub(crate) fn boundary(content_type: &str) -> Option<&str> {
    let parameters = content_type.split(';').skip(1);
    let value =
        parameters.filter_map(|it| it.trim().split_once('=')).find_map(|(key, value)| {
            key.trim().eq_ignore_ascii_case("boundary").then_some(value.trim())
        })?;
    let value = value.strip_prefix('"').and_then(|it| it.strip_suffix('"')).unwrap_or(value);
    (1..=70).contains(&value.len()).then_some(value)
}

/// Splits a body into its parts; none where it breaks the format.
pub(crate) fn parse<'a>(body: &'a [u8], boundary: &str) -> Option<Vec<Part<'a>>> {
    let delimiter = [b"\r\n--", boundary.as_bytes()].concat();
    // The first delimiter may stand at the very beginning.
    let first = &delimiter[2..];
    let mut rest = if body.starts_with(first) {
        &body[first.len()..]
    } else {
        &body[find(body, &delimiter)? + delimiter.len()..]
    };
    let mut parts = Vec::new();
    loop {
        if rest.starts_with(b"--") {
            return Some(parts);
        }
        if parts.len() == PARTS_MAX {
            return None;
        }
        rest = &rest[find(rest, b"\r\n")? + 2..];
        let end = find(rest, &delimiter)?;
        parts.push(part(&rest[..end])?);
        rest = &rest[end + delimiter.len()..];
    }
}

fn part(text: &[u8]) -> Option<Part<'_>> {
    // A part without headers has no name either, so it is refused below.
    let split = find(text, b"\r\n\r\n")?;
    let headers = std::str::from_utf8(&text[..split]).ok()?;
    let mut part = Part {
        name: String::new(),
        file_name: None,
        content_type: None,
        content: &text[split + 4..],
    };
    for line in headers.split("\r\n") {
        let (name, value) = line.split_once(':')?;
        if name.trim().eq_ignore_ascii_case("content-disposition") {
            part.name = parameter(value, "name")?;
            part.file_name = parameter(value, "filename");
        } else if name.trim().eq_ignore_ascii_case("content-type") {
            part.content_type = Some(value.trim().to_owned());
        }
    }
    (!part.name.is_empty()).then_some(part)
}

/// The value of a parameter of a disposition, its quotes and escapes resolved.
fn parameter(disposition: &str, wanted: &str) -> Option<String> {
    let mut rest = disposition.split_once(';')?.1;
    loop {
        let (name, after) = rest.split_once('=')?;
        let (value, after) = value(after.trim_start());
        if name.trim().eq_ignore_ascii_case(wanted) {
            return Some(value);
        }
        rest = after.trim_start().strip_prefix(';')?;
    }
}

fn value(text: &str) -> (String, &str) {
    let Some(quoted) = text.strip_prefix('"') else {
        let end = text.find(';').unwrap_or(text.len());
        return (text[..end].trim().to_owned(), &text[end..]);
    };
    let mut out = String::new();
    let mut chars = quoted.char_indices();
    while let Some((at, char)) = chars.next() {
        match char {
            '"' => return (out, &quoted[at + 1..]),
            '\\' => out.extend(chars.next().map(|(_, it)| it)),
            _ => out.push(char),
        }
    }
    (out, "")
}

fn find(text: &[u8], wanted: &[u8]) -> Option<usize> {
    text.windows(wanted.len()).position(|it| it == wanted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_split() {
        let body = b"--B\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n--B\r\n\
            content-type: text/plain\r\nContent-Disposition: form-data; filename=\"x\\\".txt\"; \
            name=b\r\n\r\n\r\n--C\r\n\r\n--B--\r\n";
        let kind = "multipart/form-data; charset=x; boundary=\"B\"";
        let parts = parse(body, boundary(kind).unwrap()).unwrap();
        let names: Vec<&str> = parts.iter().map(|it| it.name.as_str()).collect();
        assert_eq!(names, ["a", "b"]);
        assert_eq!(parts[0].content, b"1");
        assert_eq!(parts[1].content, b"\r\n--C\r\n");
        assert_eq!(parts[1].file_name.as_deref(), Some("x\".txt"));
        assert_eq!(parts[1].content_type.as_deref(), Some("text/plain"));
    }

    #[test]
    fn broken_bodies_are_refused() {
        for body in ["", "--B", "--B\r\n", "--B\r\nx\r\n--B--", "--B\r\n\r\nx\r\n--B--", "--C--"] {
            assert_eq!(parse(body.as_bytes(), "B"), None, "{body:?}");
        }
        assert_eq!(parse(b"--B--", "B"), Some(Vec::new()));
        assert_eq!(boundary("multipart/form-data"), None);
    }
}
