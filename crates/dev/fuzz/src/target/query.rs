//! SOQL: read, printed, read again, and compiled for the system over the shipped objects.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use access::{Access, Guarded};
use base::{DateTime, RecordId};
use jiff::tz::TimeZone;
use query::{Calendar, Compiled, Context};
use schema::Schema;

use super::{COMPARED_BYTES, Seeds, Target, without_spans, words};
use crate::probe::Probe;

pub(super) const TARGET: Target = Target {
    name: "soql",
    run,
    words: dictionary,
    seeds: &[
        Seeds::Lines { file: "soql/grammar.jsonl", key: "soql" },
        Seeds::Cases("crates/language/soql/test_data"),
        Seeds::Cases("crates/language/query/test_data"),
    ],
    n_in_tests: 2_000,
};

pub(super) const WORDS: &str = include_str!("../../words/soql.txt");

fn dictionary() -> Vec<String> {
    words(WORDS)
}

/// What every caller of the compiler has at hand.
pub(super) struct World {
    pub(super) schema: Schema,
    access: Access,
    style: Arc<locale::Style>,
    zone: TimeZone,
}

pub(super) static WORLD: LazyLock<World> = LazyLock::new(|| {
    let catalog = schema::Catalog::shipped();
    let resolved = schema::resolve(&catalog, &BTreeMap::new());
    let (schema, _) = resolved.expect("invariant: what ships resolves");
    let zone = TimeZone::get("America/New_York").expect("invariant: zones are bundled");
    let style = Arc::new(locale::Style::new("en_US", zone.clone(), "USD"));
    World { schema, access: Access::system("fuzz"), style, zone }
});

/// 2026-02-03T04:05:06Z: texts do not depend on it.
pub(super) const NOW: DateTime = DateTime(1_770_091_506_000);

fn run(text: &str, probe: &mut Probe) {
    let query = match probe.measure("parse", || soql::parse(text)) {
        Ok(query) => query,
        Err(error) => {
            probe.see(&error);
            let frame = probe.measure("frame", || error.frame(text));
            assert!(frame.ends_with(&error.message()), "the frame ends with the message");
            return;
        }
    };
    probe.see(&query);
    let printed = probe.measure("print", || soql::print(&query));
    match probe.measure("parse what was printed", || soql::parse(&printed)) {
        Ok(again) => {
            assert_eq!(soql::print(&again), printed, "it prints as it was printed");
            if text.len() <= COMPARED_BYTES {
                assert_eq!(without_spans(&again), without_spans(&query), "the tree is the same");
            }
        }
        // Blanks and longer words may make it longer than a statement may be.
        Err(soql::Error::StatementTooLong) => {}
        Err(error) => panic!("what was printed is no query: {error}"),
    }
    compile(&query, text, probe);
}

/// Compiles `query`, which stands in `text`, and writes its statements.
pub(super) fn compile(query: &soql::Query, text: &str, probe: &mut Probe) {
    let world = &*WORLD;
    let context = Context {
        schema: &world.schema,
        access: &world.access,
        now: NOW,
        zone: &world.zone,
        calendar: Calendar {
            week_start: 0,
            fiscal_start_month: 4,
            fiscal_year_named_by_start: false,
        },
        style: &world.style,
        deleted: false,
    };
    match probe.measure("compile", || query::compile(&context, query)) {
        Ok(compiled) => {
            probe.note("compiled", compiled.children.len() as u64);
            statements(&compiled, probe);
        }
        Err(error) => {
            probe.see(&error.kind);
            probe.measure("message", || error.message(text));
        }
    }
}

fn statements(compiled: &Compiled, probe: &mut Probe) {
    let ids: Vec<RecordId> = [7, 3].into_iter().map(RecordId::from_raw).collect();
    let all: [fn(&Compiled, &[RecordId]) -> Guarded; 4] =
        [|it, _| it.rows(2001), |it, _| it.ids(), |it, _| it.count(), |it, ids| it.page(ids)];
    for make in all {
        let guarded = probe.measure("statement", || make(compiled, &ids));
        if let Some(where_) = Some(&guarded.select().where_) {
            probe.see(where_);
        }
        render(&guarded, probe);
    }
    for child in &compiled.children {
        let guarded = probe.measure("child statement", || child.of_parents(&ids));
        render(&guarded, probe);
        let alone = soql::print(&child.of_parent(RecordId::from_raw(7)));
        assert!(soql::parse(&alone).is_ok(), "the query of one parent is none: {alone}");
    }
}

fn render(guarded: &Guarded, probe: &mut Probe) {
    let statement = sql::Statement::Select(guarded.select());
    for dialect in [sql::Dialect::sqlite(), sql::Dialect::postgres("org")] {
        probe.measure("render", || statement.render(&dialect));
    }
}
