//! Data set → records of an org.
//!
//! Rows are written in the order of the set, 200 at a time, every batch whole or not at all. A
//! row that names one of its own batch begins the next. The system writes them, because an
//! import says who made a record and when, which users may not; everything else is checked as
//! for anybody.

use std::collections::HashMap;
use std::sync::Arc;

use anyhow::{Context as _, anyhow, bail};
use base::{RecordId, Value};
use records::{Ctx, Input, Org, QueryOptions, Row, SaveOptions};

use super::dataset::{Cell, DataSet, Record, RowKey};
use super::generate::{DOMAIN, EMPLOYEES, Employee, generate};

/// The seed of the data that ships. Any other gives another company of the same shape.
const SEED: u64 = 0x7469_6465_7761_7465;

const BATCH: usize = 200;

/// The profile of the project that lets people in; what they may do is in permission sets.
const PROFILE: &str = "Tidewater Employee";

/// Fills the org with the sample company. `ctx` is the administrator's, who owns some of it;
/// `progress` hears what is written, how many of them are, and how many there will be.
pub(crate) fn load(
    org: &Arc<Org>,
    ctx: &Ctx,
    progress: &mut dyn FnMut(&str, usize, usize),
) -> anyhow::Result<()> {
    let data = generate(SEED, ctx.now.date_in(&ctx.zone));
    let mut employees = vec![ctx.actor()];
    for employee in EMPLOYEES {
        let username = format!("{}@{DOMAIN}", employee.mailbox);
        let user = add_user(ctx, employee, &username)
            .with_context(|| format!("the user {username} could not be made"))?;
        employees.push(user);
    }
    let system = org.system("write the sample company");
    let mut writer = Writer {
        record_types: record_types(&system)?,
        pricebook: standard_pricebook(&system)?,
        ctx: system,
        employees,
        ids: HashMap::new(),
        batch: Vec::new(),
    };
    writer.write(data, progress)
}

fn add_user(ctx: &Ctx, employee: &Employee, username: &str) -> anyhow::Result<RecordId> {
    let soql = format!("SELECT Id FROM Profile WHERE Name = '{PROFILE}'");
    let profile = only(ctx, &soql)?.context("the project's profile is not there")?;
    let fields = [
        ("Username", username.into()),
        ("Email", username.into()),
        ("FirstName", employee.first_name.into()),
        ("LastName", employee.last_name.into()),
        ("Alias", employee.alias.into()),
        ("CommunityNickname", employee.mailbox.into()),
        ("Title", employee.title.into()),
        ("Department", employee.department.into()),
        ("CompanyName", "Tidewater Instruments".into()),
        ("ProfileId", profile.into()),
        ("IsActive", true.into()),
        ("TimeZoneSidKey", employee.time_zone.into()),
        ("LocaleSidKey", employee.locale.into()),
        ("LanguageLocaleKey", "en_US".into()),
        ("EmailEncodingKey", "UTF-8".into()),
    ];
    let (user, _) = identity::create_user(ctx, &fields, None)?;
    identity::assign_permission_set(ctx, user, employee.permission_set)?;
    Ok(user)
}

struct Writer {
    ctx: Ctx,
    employees: Vec<RecordId>,
    /// By object and developer name.
    record_types: HashMap<(String, String), RecordId>,
    pricebook: RecordId,
    /// Of what was written, by object.
    ids: HashMap<&'static str, Vec<RecordId>>,
    batch: Vec<Row>,
}

impl Writer {
    fn write(
        &mut self,
        data: DataSet,
        progress: &mut dyn FnMut(&str, usize, usize),
    ) -> anyhow::Result<()> {
        for table in data.tables {
            let (object, n_rows) = (table.object, table.records.len());
            let found = self.ctx.schema.object(object);
            let label = found.map_or_else(String::new, |it| it.plural_label.clone());
            for (n_before, record) in table.records.into_iter().enumerate() {
                if self.batch.len() == BATCH || self.waits_for_batch(&record) {
                    self.flush(object)?;
                    progress(&label, n_before, n_rows);
                }
                let row = self.row(object, record)?;
                self.batch.push(row);
            }
            self.flush(object)?;
            progress(&label, n_rows, n_rows);
        }
        Ok(())
    }

    /// Whether the row names one whose id is not known yet.
    fn waits_for_batch(&self, record: &Record) -> bool {
        record.fields.iter().any(|(_, cell)| match cell {
            Cell::Row(key) => self.id(*key).is_none(),
            _ => false,
        })
    }

    fn id(&self, key: RowKey) -> Option<RecordId> {
        self.ids.get(key.object)?.get(key.number).copied()
    }

    fn row(&self, object: &'static str, record: Record) -> anyhow::Result<Row> {
        let schema = &self.ctx.schema;
        let found = schema.object(object).with_context(|| format!("there is no {object}"))?;
        let mut fields = Vec::with_capacity(record.fields.len());
        for (field, cell) in record.fields {
            let input = self
                .input(object, cell)
                .with_context(|| format!("{object}.{field} names a row that was not written"))?;
            fields.push((field.to_owned(), input));
        }
        Ok(Row { object: found.id, id: None, fields })
    }

    fn input(&self, object: &str, cell: Cell) -> Option<Input> {
        Some(match cell {
            Cell::Text(text) => Input::Text(text),
            Cell::Number(digits) => Input::Number(digits),
            Cell::Bool(bool) => Input::Bool(bool),
            Cell::Row(key) => self.id(key)?.into(),
            Cell::Employee(number) => (*self.employees.get(number)?).into(),
            Cell::StandardPricebook => self.pricebook.into(),
            Cell::RecordType(name) => {
                (*self.record_types.get(&(object.to_owned(), name.to_owned()))?).into()
            }
        })
    }

    fn flush(&mut self, object: &'static str) -> anyhow::Result<()> {
        let rows = std::mem::take(&mut self.batch);
        if rows.is_empty() {
            return Ok(());
        }
        let outcomes = records::create(&self.ctx, rows, &SaveOptions { all_or_none: true })
            .with_context(|| format!("a batch of {object} could not be written"))?;
        let mut first_refused = None;
        for outcome in outcomes {
            match outcome {
                Ok(saved) => self.ids.entry(object).or_default().push(saved.id),
                Err(refused) if is_own_fault(&refused) => {
                    return Err(anyhow!("a row of {object} was refused: {:?}", refused.errors));
                }
                Err(refused) => first_refused = first_refused.or(Some(refused)),
            }
        }
        match first_refused {
            Some(refused) => bail!("a batch of {object} was refused: {:?}", refused.errors),
            None => Ok(()),
        }
    }
}

/// Whether the row itself was at fault, rather than another one of its batch.
fn is_own_fault(refused: &records::Refused) -> bool {
    let innocent = |it: &records::RowError| it.kind == records::RowErrorKind::RolledBack;
    !refused.errors.iter().any(innocent)
}

fn record_types(ctx: &Ctx) -> anyhow::Result<HashMap<(String, String), RecordId>> {
    let soql = "SELECT Id, SobjectType, DeveloperName FROM RecordType";
    let options = QueryOptions { batch_size: records::read::BATCH_MAX, deleted: false, base: "" };
    let page = records::query_records(ctx, soql, &options)?;
    let text = |value: &Value| value.as_text().unwrap_or_default().to_owned();
    let entries = page.records.iter().filter_map(|it| {
        let id = it.value("Id").as_id()?;
        Some(((text(it.value("SobjectType")), text(it.value("DeveloperName"))), id))
    });
    Ok(entries.collect())
}

fn standard_pricebook(ctx: &Ctx) -> anyhow::Result<RecordId> {
    let found = only(ctx, "SELECT Id FROM Pricebook2 WHERE IsStandard = true")?;
    found.context("the org has no standard price book")
}

/// The id of the first record that the query finds.
fn only(ctx: &Ctx, soql: &str) -> anyhow::Result<Option<RecordId>> {
    let options = QueryOptions { batch_size: 1, deleted: false, base: "" };
    let page = records::query_records(ctx, soql, &options)?;
    Ok(page.records.first().and_then(|it| it.value("Id").as_id()))
}
