//! The reader takes any bytes without a panic, and printing is its inverse.

use proptest::prelude::*;

use super::*;

fn error(text: &str) -> String {
    let error = parse(text).unwrap_err();
    format!("{}: {error}", error.line)
}

#[test]
fn text_and_children_come_back_with_their_lines() {
    let text = "\u{feff}<?xml version=\"1.0\" encoding=\"UTF-8\" ?>\n<!-- by hand -->\n\
        <m:CustomField xmlns:m=\"http://soap.sforce.com/2006/04/metadata\" \
        xmlns:x=\"urn:candor:metadata:1\">\n  <m:label\n  >\
        R&amp;D &#x41;&lt;<![CDATA[<b>]]></m:label>\n\
        <x:indexed>true</x:indexed><empty />\n<blank>\n</blank></m:CustomField>\n";
    let root = parse(text).unwrap();
    assert_eq!(root.name, "CustomField");
    let flat: Vec<_> =
        root.children.iter().map(|it| (it.line, it.name.as_str(), it.text.as_str())).collect();
    let want =
        [(4, "label", "R&D A<<b>"), (6, "c:indexed", "true"), (6, "empty", ""), (7, "blank", "")];
    assert_eq!(flat, want);
    let printed = print(&root);
    assert!(printed.contains(" xmlns:c=\"urn:candor:metadata:1\""));
    assert_eq!(parse(&printed).unwrap(), root);
}

#[test]
fn what_is_not_metadata_is_refused_with_its_line() {
    for (text, message) in [
        ("", "1: the file holds no element"),
        ("plain", "1: there is text before the root element"),
        ("<a>\n<b></a>", "2: ill-formed document: expected `</b>`, but `</a>` was found"),
        ("<a>\n<b>", "2: the element `b` is not closed"),
        ("<a/>\n<b/>", "2: there is something after the end of the root element"),
        ("<a/>\nb", "1: there is something after the end of the root element"),
        (
            "<!DOCTYPE a [<!ENTITY x \"y\">]>\n<a>&x;</a>",
            "1: a document type declaration is not accepted",
        ),
        ("<a>\n&x;</a>", "2: the entity `&x;` is not known"),
        ("<a>&#0;</a>", "1: invalid character reference: 0x0 character is not permitted"),
        ("<a>&#1;</a>", "1: the character U+0001 is not allowed in XML"),
        ("<a>text<b/></a>", "1: the element `a` holds both text and elements"),
        ("<é/>", "1: `é` is not a name that metadata uses"),
        ("<a b=1/>", "1: position 4: attribute value must be enclosed"),
    ] {
        let got = error(text);
        assert!(got.starts_with(message), "{text:?}: {got}");
    }
}

#[test]
fn size_depth_and_number_are_bounded() {
    let deep = |n: usize| format!("{}{}", "<a>".repeat(n), "</a>".repeat(n));
    assert!(parse(&deep(DEPTH_MAX)).is_ok());
    assert_eq!(error(&deep(DEPTH_MAX + 1)), "1: elements nest deeper than 64 levels");
    assert_eq!(error(&"<a>".repeat(1_000_000)), "1: elements nest deeper than 64 levels");
    let many = format!("<a>{}</a>", "<b/>".repeat(ELEMENTS_MAX));
    assert_eq!(error(&many), "1: the file has more than 300000 elements");
    let large = format!("<a>{}</a>", " ".repeat(SIZE_MAX));
    assert_eq!(error(&large), "1: the file is larger than 10000000 bytes");
}

fn arbitrary_text() -> impl Strategy<Value = String> {
    let char = prop_oneof![
        4 => proptest::char::range('a', 'z'),
        2 => proptest::sample::select(vec!['<', '>', '&', '"', '\'', ' ', '\n', '\r', '\t', ']']),
        1 => any::<char>().prop_filter("XML holds it", |it| is_xml_char(*it)),
    ];
    proptest::collection::vec(char, 0..20).prop_map(|it| it.into_iter().collect())
}

fn arbitrary_element() -> impl Strategy<Value = Element> {
    let name = "(c:)?[a-zA-Z][a-zA-Z0-9_]{0,8}";
    let leaf = (name, arbitrary_text()).prop_map(|(name, text)| Element::leaf(&name, &text));
    leaf.prop_recursive(5, 60, 6, move |inner| {
        (name, proptest::collection::vec(inner, 1..6))
            .prop_map(|(name, children)| Element::branch(&name, children))
    })
}

/// Pieces of well-formed files, so that random text gets past the first byte.
fn almost_xml() -> impl Strategy<Value = String> {
    let pieces = vec![
        "<a>",
        "</a>",
        "<b/>",
        "<b c='d'>",
        "</b>",
        "<!--",
        "-->",
        "<![CDATA[",
        "]]>",
        "&amp;",
        "&#65;",
        "&",
        ";",
        "<?xml version=\"1.0\"?>",
        "<?",
        "?>",
        "<!DOCTYPE x>",
        "text",
        "\u{0}",
        "é",
        " ",
        "xmlns:c=\"",
        "\"",
        ">",
        "<",
    ];
    proptest::collection::vec(proptest::sample::select(pieces), 0..30).prop_map(|it| it.concat())
}

proptest! {
    #[test]
    fn printing_is_the_inverse_of_parsing(element in arbitrary_element()) {
        let printed = print(&element);
        prop_assert_eq!(parse(&printed).unwrap(), element);
        prop_assert_eq!(print(&parse(&printed).unwrap()), printed);
    }

    #[test]
    fn random_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        let _outcome = parse(&String::from_utf8_lossy(&bytes));
    }

    #[test]
    fn almost_xml_never_panics(text in almost_xml()) {
        if let Ok(element) = parse(&text) {
            prop_assert_eq!(parse(&print(&element)).unwrap(), element);
        }
    }
}
