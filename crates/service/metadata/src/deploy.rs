//! Deploys a project: all of it, or nothing.
//!
//! What is to be done is found out before anything is done, and one deploy at a time: only a
//! deploy changes what a plan starts from. A plan with a problem, or with nothing to do, leaves no
//! trace. Carrying one out is one unit of work: tables, components and prefixes change under one
//! entry of the ledger, which commits to the changed components. The schema is swapped once that
//! is durable.
//!
//! The rows that show metadata are written through `records`, whose calls are units of their
//! own, right after. Until they are, the org says so itself, and [`settle`] or the next deploy
//! finishes the work.
//!
//! **Absent on purpose.** Deleting: a component that a project no longer holds stays.

use std::sync::{Arc, Mutex, PoisonError};

use access::Permission;
use records::{Ctx, Org};
use ring::rand::{SecureRandom, SystemRandom};
use schema::def::read_project;
use schema::source::xml;
use schema::{Problem, Schema, Step};
use sql::{Expr, Statement, Update};
use store::{Commit, Tx};

use crate::plan::{self, Change, Plan, Planned};
use crate::project::Project;
use crate::{Error, Report, projection, stored};

/// One deploy at a time: tables, schema in force and rows are of the same one.
static DEPLOYS: Mutex<()> = Mutex::new(());

/// Deploys `project`, and returns what became of each of its components.
pub fn deploy(ctx: &Ctx, project: &Project) -> Result<Report, Error> {
    if !ctx.access.has(Permission::CustomizeApplication) {
        return Err(Error::NotPermitted);
    }
    let files = project.files.iter();
    let mut definitions =
        read_project(files.map(|it| (it.path.as_str(), it.text.as_deref().unwrap_or_default())));
    definitions.problems.extend(project.problems.iter().cloned());
    let _one = DEPLOYS.lock().unwrap_or_else(PoisonError::into_inner);
    let stored = stored::read(&*ctx.org.store.read()?)?;
    let planned = plan::plan(&stored, definitions);
    let plan = match planned.map_err(|problems| Error::Problems { problems })? {
        Planned::Change(plan) => *plan,
        Planned::Nothing(report) => {
            // What a deploy before this one may have left undone.
            show(&ctx.org)?;
            return Ok(report);
        }
    };
    let leaf = ctx.org.store.write(|tx| carry_out(ctx, tx, &plan))?;
    let Plan { schema, mut report, .. } = plan;
    ctx.org.replace_schema(schema);
    show(&ctx.org)?;
    report.leaf = Some(leaf);
    Ok(report)
}

/// Stores the first components of a new org, and writes the rows that show its metadata.
pub fn found(org: &Arc<Org>, components: &[schema::Component]) -> Result<(), Error> {
    let ctx = org.system("store the profiles that every org has");
    let change = |it: &schema::Component| Change { old: None, new: it.clone() };
    let changes: Vec<Change> = components.iter().map(change).collect();
    org.store.write::<_, Error>(|tx| {
        let leaf = write(&ctx, tx, &changes)?;
        Ok(tx.commit(leaf, ()))
    })?;
    show(org)?;
    projection::plant(&ctx)
}

/// Finishes what a deploy that was cut off left undone: the rows that show metadata.
pub fn settle(org: &Arc<Org>) -> Result<(), Error> {
    let _one = DEPLOYS.lock().unwrap_or_else(PoisonError::into_inner);
    show(org)
}

/// Writes the rows that show metadata, unless they do already.
fn show(org: &Arc<Org>) -> Result<(), Error> {
    let Some(leaf) = stored::unprojected(&*org.store.read()?)? else { return Ok(()) };
    let ctx = org.system("write the rows that show metadata");
    projection::project(&ctx)?;
    org.store.write(|tx| {
        stored::put_projected(tx, leaf)?;
        let why = ledger::Why { code: "shown".to_owned(), reference: Some(leaf.to_string()) };
        let logged = tx.append(entry(&ctx, None, Some(why)))?;
        Ok(tx.commit(logged, ()))
    })
}

/// Changes tables, prefixes and components. Returns the index of the ledger's entry.
fn carry_out(ctx: &Ctx, tx: &mut Tx<'_>, plan: &Plan) -> Result<Commit<u64>, Error> {
    for step in &plan.steps {
        run(tx, step).map_err(|error| explained(error, &plan.schema, &plan.changes))?;
    }
    for (object, prefix) in &plan.prefixes {
        stored::put_prefix(tx, object, *prefix)?;
    }
    let leaf = write(ctx, tx, &plan.changes)?;
    Ok(tx.commit(leaf, leaf.index()))
}

/// Stores components under an entry of the ledger.
fn write(ctx: &Ctx, tx: &mut Tx<'_>, changes: &[Change]) -> Result<store::Logged, Error> {
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
    let logged = tx.append(entry(ctx, Some(body), None))?;
    stored::put_deploy(tx, logged.index(), &nonce)?;
    Ok(logged)
}

fn entry(ctx: &Ctx, body: Option<ledger::Body>, why: Option<ledger::Why>) -> store::Draft {
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
        body,
        why,
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

fn run(tx: &mut Tx<'_>, step: &Step) -> Result<(), store::Error> {
    match step {
        Step::Ddl(ddl) => tx.execute(Statement::Ddl(ddl))?,
        Step::FillFold { table, column, fold_column } => {
            let folded = Expr::OwnColumn(column.clone()).fold();
            let set = vec![(fold_column.clone(), folded)];
            let update = Update { table: table.clone(), set, where_: Expr::True };
            tx.execute(Statement::Update(&update))?
        }
    };
    Ok(())
}

/// Says of which field the records are not as unique as the deploy wants them.
fn explained(error: store::Error, schema: &Schema, changes: &[Change]) -> Error {
    let store::Error::Unique { table, columns, .. } = &error else { return Error::Store(error) };
    let object = schema.objects.iter().find(|it| it.table == *table);
    let holds = |it: &&schema::Field| {
        columns.iter().any(|column| {
            it.column.as_ref() == Some(column) || it.fold_column.as_ref() == Some(column)
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
