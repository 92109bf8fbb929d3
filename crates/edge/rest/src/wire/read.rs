//! JSON bodies: text to a tree, and a tree to what `records` takes.
//!
//! Numbers keep the digits that were written. Of two equal keys the last wins. Nesting beyond
//! 127 levels, text that is not UTF-8 and anything after the value are refused.

use records::Input;

use crate::error::Failure;

pub(crate) type Json = serde_json::Value;
pub(crate) type Object = serde_json::Map<String, Json>;

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// Reads a body, or says where it stops being JSON.
pub(crate) fn parse(body: &[u8]) -> Result<Json, Failure> {
    let body = body.strip_prefix(BYTE_ORDER_MARK).unwrap_or(body);
    serde_json::from_slice(body).map_err(|error| Failure::shape(explain(body, &error)))
}

/// Reads a body that must be an object.
pub(crate) fn parse_object(body: &[u8]) -> Result<Object, Failure> {
    object(parse(body)?)
}

/// The members of an object.
pub(crate) fn object(json: Json) -> Result<Object, Failure> {
    match json {
        Json::Object(members) => Ok(members),
        other => Err(Failure::shape(format!(
            "Cannot deserialize instance of object from {} value",
            token(&other)
        ))),
    }
}

/// The elements of the array under `key`.
pub(crate) fn take_array(members: &mut Object, key: &str) -> Result<Vec<Json>, Failure> {
    match members.remove(key) {
        Some(Json::Array(elements)) => Ok(elements),
        Some(other) => Err(Failure::shape(format!(
            "Cannot deserialize instance of list from {} value in field {key}",
            token(&other)
        ))),
        None => Err(Failure::missing(key)),
    }
}

/// The text under `key`.
pub(crate) fn take_text(members: &mut Object, key: &str) -> Result<String, Failure> {
    match members.remove(key) {
        Some(Json::String(text)) => Ok(text),
        Some(other) => Err(Failure::shape(format!(
            "Cannot deserialize instance of string from {} value in field {key}",
            token(&other)
        ))),
        None => Err(Failure::missing(key)),
    }
}

/// A boolean, or its text, as some clients send it.
pub(crate) fn flag(members: &Object, key: &str) -> Result<bool, Failure> {
    match members.get(key) {
        None | Some(Json::Null) => Ok(false),
        Some(Json::Bool(bool)) => Ok(*bool),
        Some(Json::String(text)) if text.eq_ignore_ascii_case("true") => Ok(true),
        Some(Json::String(text)) if text.eq_ignore_ascii_case("false") => Ok(false),
        Some(other) => Err(Failure::shape(format!(
            "Cannot deserialize instance of boolean from {} value in field {key}",
            token(other)
        ))),
    }
}

/// The texts of an array, as lists of ids and fields are sent.
pub(crate) fn texts(elements: Vec<Json>) -> Result<Vec<String>, Failure> {
    let text = |json| match json {
        Json::String(text) => Ok(text),
        other => Err(Failure::shape(format!(
            "Cannot deserialize instance of string from {} value",
            token(&other)
        ))),
    };
    elements.into_iter().map(text).collect()
}

/// The fields of a record; `attributes` are about it and not of it.
pub(crate) fn fields(members: Object) -> Vec<(String, Input)> {
    let own = members.into_iter().filter(|(key, _)| key != "attributes");
    own.map(|(key, json)| (key, input(json))).collect()
}

fn input(json: Json) -> Input {
    match json {
        Json::Null => Input::Null,
        Json::Bool(bool) => Input::Bool(bool),
        Json::Number(number) => Input::Number(number.to_string()),
        Json::String(text) => Input::Text(text),
        Json::Array(_) => Input::List,
        Json::Object(members) => Input::Object(fields(members)),
    }
}

/// The type that `attributes` gives a record.
pub(crate) fn type_of(members: &Object) -> Option<&str> {
    members.get("attributes")?.get("type")?.as_str()
}

/// The name that the platform's parser has for what a value starts with.
fn token(json: &Json) -> &'static str {
    match json {
        Json::Null => "VALUE_NULL",
        Json::Bool(true) => "VALUE_TRUE",
        Json::Bool(false) => "VALUE_FALSE",
        Json::Number(_) => "VALUE_NUMBER",
        Json::String(_) => "VALUE_STRING",
        Json::Array(_) => "START_ARRAY",
        Json::Object(_) => "START_OBJECT",
    }
}

fn explain(body: &[u8], error: &serde_json::Error) -> String {
    let (line, column) = (error.line(), error.column());
    let at = format!("[line:{line}, column:{column}]");
    if error.is_eof() {
        return format!("Unexpected end-of-input at {at}");
    }
    let text = error.to_string();
    let reason = text.split(" at line ").next().unwrap_or_default();
    match char_at(body, line, column) {
        Some(char) => {
            format!("Unexpected character ('{char}' (code {})): {reason} at {at}", char as u32)
        }
        None => format!("{reason} at {at}"),
    }
}

/// The character that ends at a place which counts lines and bytes from 1.
fn char_at(body: &[u8], line: usize, column: usize) -> Option<char> {
    let text = body.split(|byte| *byte == b'\n').nth(line.checked_sub(1)?)?;
    let byte = *text.get(column.checked_sub(1)?)?;
    (byte.is_ascii_graphic() || byte == b' ').then_some(char::from(byte))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Code;

    fn refusal(body: &[u8]) -> String {
        let failure = parse(body).map(|_| ()).unwrap_err();
        assert_eq!(failure.code(), Code::JsonParserError);
        failure.items("").remove(0).message
    }

    #[test]
    fn a_fault_has_its_place() {
        assert_eq!(
            refusal(b"{\n \"a\": x}"),
            "Unexpected character ('x' (code 120)): expected value at [line:2, column:7]"
        );
        assert_eq!(refusal(b"{"), "Unexpected end-of-input at [line:1, column:1]");
        assert_eq!(refusal(b""), "Unexpected end-of-input at [line:1, column:0]");
        assert!(refusal(b"\"\xff\"").contains("at [line:1"), "{}", refusal(b"\"\xff\""));
        assert!(refusal(b"{} {}").contains("trailing characters"), "{}", refusal(b"{} {}"));
    }

    #[test]
    fn depth_is_bounded() {
        let deep = |n: usize| [vec![b'['; n], vec![b']'; n]].concat();
        parse(&deep(100)).unwrap();
        assert!(refusal(&deep(1000)).contains("recursion limit"), "{}", refusal(&deep(1000)));
    }

    #[test]
    fn digits_and_the_last_of_equal_keys_stay() {
        let body = br#"{"attributes":{"type":"X"},"a":1,"a":0.10000000000000000001,"b":1e400,
            "c":{"attributes":{},"d":[1]}}"#;
        let members = parse_object(body).unwrap();
        assert_eq!(type_of(&members), Some("X"));
        assert_eq!(
            fields(members),
            [
                ("a".to_owned(), Input::Number("0.10000000000000000001".to_owned())),
                ("b".to_owned(), Input::Number("1e+400".to_owned())),
                ("c".to_owned(), Input::Object(vec![("d".to_owned(), Input::List)])),
            ]
        );
    }
}
