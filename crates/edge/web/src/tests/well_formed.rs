//! Whether a page's tags fit together, and nothing in it runs or styles by itself.

const VOID: [&str; 5] = ["input", "link", "meta", "br", "hr"];

pub(super) fn check(html: &str) {
    assert!(html.starts_with("<!DOCTYPE html>"), "no doctype: {}", &html[..html.len().min(80)]);
    let mut open: Vec<&str> = Vec::new();
    let mut ids: Vec<&str> = Vec::new();
    let mut rest = &html["<!DOCTYPE html>".len()..];
    while let Some(at) = rest.find('<') {
        rest = &rest[at + 1..];
        let end = rest.find('>').expect("a tag that does not end");
        let tag = &rest[..end];
        rest = &rest[end + 1..];
        if let Some(name) = tag.strip_prefix('/') {
            assert_eq!(open.pop(), Some(name), "</{name}> closes another element");
            continue;
        }
        let name = tag.split_whitespace().next().expect("a tag without a name");
        assert!(name.bytes().all(|it| it.is_ascii_alphanumeric()), "<{name}>");
        check_attributes(tag);
        if let Some((_, id)) = tag.split_once(" id=\"") {
            let id = id.split('"').next().unwrap_or_default();
            assert!(!ids.contains(&id), "two elements have the id {id}");
            ids.push(id);
        }
        if name == "script" {
            assert!(tag.contains(" src=\"/assets/"), "an inline script");
            assert!(rest.starts_with("</script>"), "a script with a body");
        }
        assert_ne!(name, "style", "an inline style sheet");
        if !VOID.contains(&name) {
            open.push(name);
        }
    }
    assert!(open.is_empty(), "not closed: {open:?}");
    for (n, _) in html.match_indices(" for=\"") {
        let id = html[n + 6..].split('"').next().unwrap_or_default();
        assert!(ids.contains(&id), "a label for {id}, which is not there");
    }
}

fn check_attributes(tag: &str) {
    assert_eq!(tag.matches('"').count() % 2, 0, "quotes in <{tag}>");
    let outside: String = tag.split('"').step_by(2).collect();
    assert!(!outside.contains(" style="), "an inline style in <{tag}>");
    assert!(!outside.contains(" on"), "an inline handler in <{tag}>");
    assert!(!tag.contains("javascript:"), "a script in <{tag}>");
}
