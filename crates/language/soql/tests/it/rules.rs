//! The grammar of the wire reference (sections 10.1 and 10.2), rule by rule: what each accepts and
//! what it does not.
//!
//! `test_data/rules.txt` has a line for each query: `+` and `-` say whether it is one. Lines that
//! begin with `#` name the rule, `\n` stands for the end of a line.

use crate::round_trip::printed;

const RULES: &str = include_str!("../../test_data/rules.txt");

#[test]
fn each_rule_accepts_what_it_says() {
    let mut failures = Vec::new();
    let mut rule = "";
    for line in RULES.lines().filter(|it| !it.is_empty()) {
        let text = line[1..].trim_start().replace("\\n", "\n");
        match (line.as_bytes()[0], soql::parse(&text)) {
            (b'#', _) => rule = line,
            (b'+', Ok(query)) => {
                printed(&query);
            }
            (b'-', Err(_)) => {}
            (_, parsed) => failures.push(format!("{rule}\n  {line}\n  {parsed:?}")),
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}
