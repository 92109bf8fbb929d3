//! Deploys a project: all of it, or nothing.
//!
//! What is to be done is found out before anything is done. A plan with a problem, or with
//! nothing to do, leaves no trace. Carrying one out is one unit of work: tables, components,
//! prefixes and the rows that show metadata change under one entry of the ledger, which commits
//! to the changed components. The new schema comes into force with it, for whoever serves the
//! org.
//!
//! A plan starts from what is stored, which another deploy may change until the unit begins.
//! Then the unit plans again from what it finds: units run one after another.
//!
//! **Absent on purpose.** Deleting: a component that a project no longer holds stays.

use std::sync::Arc;

use access::Permission;
use base::KeyPrefix;
use records::{Ctx, Org};
use ring::rand::{SecureRandom, SystemRandom};
use schema::def::read_project;
use schema::source::xml;
use schema::{Problem, Schema, Step};
use sql::Statement;
use store::{Clock, Logged, Tx};

use crate::load::{Founding, SOURCE};
use crate::plan::{self, Change, Plan, Planned};
use crate::project::Project;
use crate::stored::{self, Stored};
use crate::{Error, Report, program, projection};

/// Deploys `project`, and returns what became of each of its components.
pub fn deploy(ctx: &Ctx, project: &Project) -> Result<Report, Error> {
    if !ctx.access.has(Permission::CustomizeApplication) {
        return Err(Error::NotPermitted);
    }
    let stored = stored::read(&*ctx.org.store.read()?)?;
    let mut ready = match ready(&ctx.org, project, &stored)? {
        Ok(ready) => ready,
        Err(nothing) => return Ok(nothing),
    };
    ctx.org.store.write(|tx| {
        if stored::version(tx)? != ready.version {
            let stored = stored::read(tx)?;
            ready = match self::ready(&ctx.org, project, &stored)? {
                Ok(ready) => ready,
                Err(nothing) => return Ok(tx.unchanged(nothing)?),
            };
        }
        let leaf = carry_out(ctx, tx, &ready)?;
        let report = Report { leaf: Some(leaf.index()), ..ready.report.clone() };
        Ok(tx.commit(leaf, report))
    })
}

/// A plan that can be carried out.
struct Ready {
    /// The change of metadata that it starts from.
    version: u64,
    steps: Vec<Step>,
    prefixes: Vec<(String, KeyPrefix)>,
    changes: Vec<Change>,
    report: Report,
    /// The system, under the schema that it leads to.
    under: Ctx,
}

/// Plans the deploy of a project; where there is nothing to do, the report says all.
fn ready(
    org: &Arc<Org>,
    project: &Project,
    stored: &Stored,
) -> Result<Result<Ready, Report>, Error> {
    let files = project.files.iter();
    let mut definitions =
        read_project(files.map(|it| (it.path.as_str(), it.text.as_deref().unwrap_or_default())));
    definitions.problems.extend(project.problems.iter().cloned());
    let planned = plan::plan(stored, definitions);
    Ok(match planned.map_err(|problems| Error::Problems { problems })? {
        Planned::Nothing(report) => Err(report),
        Planned::Change(plan) => {
            let Plan { schema, steps, changes, prefixes, report } = *plan;
            let under = org.system_under(schema, "write the rows that show metadata");
            Ok(Ready { version: stored.version, steps, prefixes, changes, report, under })
        }
    })
}

/// Makes an org of a database that was just created: founds it, stores its first components, and
/// writes the rows that show its metadata.
pub fn found(store: store::Org, founding: Founding, clock: Clock) -> Result<Arc<Org>, Error> {
    let org = Org::found(store, SOURCE, clock)?;
    let ctx = org.system("store the profiles that every org has");
    let under = org.system_under(founding.schema, "write the rows that show metadata");
    let change = |it: schema::Component| Change { old: None, new: it };
    let changes: Vec<Change> = founding.components.into_iter().map(change).collect();
    org.store.write::<_, Error>(|tx| {
        let leaf = enact(&ctx, tx, &under, &changes)?;
        projection::plant(&under, tx)?;
        stored::put_programs(tx, &[program::own()?])?;
        Ok(tx.commit(leaf, ()))
    })?;
    Ok(org)
}

/// Changes tables, prefixes, components and rows.
fn carry_out(ctx: &Ctx, tx: &mut Tx<'_>, ready: &Ready) -> Result<Logged, Error> {
    for step in &ready.steps {
        let explain = |error| explained(error, &ready.under.schema, &ready.changes);
        run(tx, step).map_err(explain)?;
    }
    for (object, prefix) in &ready.prefixes {
        stored::put_prefix(tx, object, *prefix)?;
    }
    enact(ctx, tx, &ready.under, &ready.changes)
}

/// Stores components under an entry of the ledger, and makes the rows what the schema of `under`
/// says, whose tables are there. The schema is in force with the unit. Returns the entry.
pub(crate) fn enact(
    ctx: &Ctx,
    tx: &mut Tx<'_>,
    under: &Ctx,
    changes: &[Change],
) -> Result<Logged, Error> {
    for change in changes {
        stored::put(tx, change.old.as_ref(), &change.new)?;
    }
    let mut nonce = [0; 32];
    SystemRandom::new().fill(&mut nonce).map_err(|_| Error::Randomness)?;
    let bytes = canonical(changes);
    let body = ledger::Body {
        commitment: ledger::commitment(&nonce, &bytes),
        len: u32::try_from(bytes.len()).unwrap_or(u32::MAX),
    };
    let logged = tx.append(entry(ctx, body))?;
    stored::put_nonce(tx, logged.index(), &nonce)?;
    stored::put_version(tx, logged.index())?;
    projection::project(under, tx)?;
    tx.touch_meta();
    Ok(logged)
}

fn entry(ctx: &Ctx, body: ledger::Body) -> store::Draft {
    let kind = match ctx.access.user() {
        Some(_) => ledger::ActorKind::User,
        None => ledger::ActorKind::System,
    };
    store::Draft {
        kind: ledger::Kind::MetaDeploy,
        object: None,
        previous: None,
        row: None,
        fields: Vec::new(),
        actor: ledger::Actor { kind, pseudonym: ctx.org.pseudonym(ctx.actor()) },
        body: Some(body),
        why: None,
        policy: None,
        request: ctx.request.clone(),
    }
}

/// What the ledger commits to: type, name and body of each changed component, each after its
/// length as a `u32` in little endian, by type and name.
fn canonical(changes: &[Change]) -> Vec<u8> {
    let mut components: Vec<_> = changes.iter().map(|it| &it.new).collect();
    components.sort_by(|a, b| (a.ty, &a.name).cmp(&(b.ty, &b.name)));
    let mut out = Vec::new();
    for it in components {
        let body = xml::print(&it.body);
        for part in [it.ty.metadata_name(), &*it.name, &*body] {
            let len = u32::try_from(part.len()).unwrap_or(u32::MAX);
            out.extend_from_slice(&len.to_le_bytes());
            out.extend_from_slice(part.as_bytes());
        }
    }
    out
}

pub(crate) fn run(tx: &mut Tx<'_>, step: &Step) -> Result<(), store::Error> {
    match step {
        Step::Ddl(ddl) => tx.execute(Statement::Ddl(ddl))?,
        Step::Fill(update) => tx.execute(Statement::Update(update))?,
    };
    Ok(())
}

/// Says of which field the records are not as unique as the deploy wants them.
fn explained(error: store::Error, schema: &Schema, changes: &[Change]) -> Error {
    let store::Error::Unique { table, columns, .. } = &error else { return Error::Store(error) };
    let object = schema.objects.iter().find(|it| it.table == *table);
    let holds = |it: &&schema::Field| {
        columns.iter().any(|column| {
            let shadow = it.fold.as_ref().map(schema::Fold::column);
            it.column.as_ref() == Some(column) || shadow == Some(column)
        })
    };
    let field = object.and_then(|object| Some((object, object.fields.iter().find(holds)?)));
    let Some((object, field)) = field else { return Error::Store(error) };
    let component = format!("{}.{}", object.name, field.name);
    let change = changes.iter().map(|it| &it.new).find(|it| it.name == component);
    let file = change.map(|it| it.file.clone()).unwrap_or_default();
    let line = change.map_or(0, |it| it.body.child("unique").unwrap_or(&it.body).line);
    let message = "several records hold the same value, so it cannot become unique".to_owned();
    Error::Problems { problems: vec![Problem { file, line, component, message }] }
}
