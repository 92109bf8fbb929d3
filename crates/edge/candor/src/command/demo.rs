//! `candor demo`: serves an org with a sample company, made at the first start.
//!
//! `demo.json` in the data directory remembers how to sign in, which no other org's does: these
//! accounts guard invented data. It is written before the org is filled, so that a start that
//! was interrupted is recognized, taken away and begun anew.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use base::RecordId;
use clap::ArgMatches;
use identity::orgs::{Orgs, Place};
use serde_json::{Map, Value, json};

use crate::command::{deploy, remark, say, serve};
use crate::{cli, demo, orgs};

const COMPANY: &str = "Tidewater Instruments";
const USERNAME: &str = "admin@tidewater.example.com";
const MEMORY: &str = "demo.json";

/// The key of the id of the org that is the demo.
const ORG: &str = "org";

pub(crate) fn run(matches: &ArgMatches) -> Result<()> {
    let data = cli::data_dir(matches);
    // Before anything is made: a port that is taken must not cost the making.
    let listeners = serve::listen(matches)?;
    let orgs = orgs::open(matches)?;
    let is_shared = orgs::configuration(matches)?.is_given;
    let facts = match remembered(&data, &orgs, is_shared)? {
        Some(facts) => facts,
        None => make(&data, &orgs)?,
    };
    if !matches.get_flag("json") {
        let fact = |name: &str| facts.get(name).and_then(Value::as_str).unwrap_or_default();
        say(format_args!("user name       {}", fact("username")));
        say(format_args!("password        {}", fact("password")));
        say(format_args!("security token  {}", fact("security_token")));
        say(format_args!("client id       {}", fact("client_id")));
        say(format_args!("client secret   {}", fact("client_secret")));
    }
    serve::serve(matches, listeners, &data, orgs, facts)
}

/// What `demo.json` says; none where there is no such file.
fn memory(data: &Path) -> Result<Option<Map<String, Value>>> {
    let file = data.join(MEMORY);
    if !file.exists() {
        return Ok(None);
    }
    let text =
        fs::read_to_string(&file).with_context(|| format!("cannot read {}", file.display()))?;
    match serde_json::from_str(&text) {
        Ok(Value::Object(memory)) => Ok(Some(memory)),
        _ => bail!("{} is damaged; remove {} to begin anew", file.display(), data.display()),
    }
}

fn is_complete(memory: &Map<String, Value>) -> bool {
    memory.get("complete") == Some(&Value::Bool(true))
}

/// Whether `data` holds what an interrupted first start of the demo left. No other command
/// touches it, so that beginning anew loses nothing of anybody's.
pub(crate) fn is_unfinished(data: &Path) -> Result<bool> {
    Ok(memory(data)?.is_some_and(|it| !is_complete(&it)))
}

/// How to sign in to the demo that is there; none where it is still to be made. In homes that
/// somebody configured, other orgs may stand beside it.
fn remembered(data: &Path, orgs: &Orgs, is_shared: bool) -> Result<Option<Map<String, Value>>> {
    match memory(data)? {
        Some(mut memory) if is_complete(&memory) => {
            memory.remove("complete");
            memory.remove(ORG);
            Ok(Some(memory))
        }
        Some(memory) => {
            remark("The last start was interrupted; the demo is made anew.");
            let id =
                memory.get(ORG).and_then(Value::as_str).and_then(|it| RecordId::parse(it).ok());
            for listing in orgs.list().whole()? {
                if Some(listing.id) == id {
                    let id = listing.id.to_string();
                    let removed = orgs.home(&listing.home)?.store.remove(&id);
                    removed.with_context(|| format!("cannot remove the org {id}"))?;
                }
            }
            Ok(None)
        }
        None if is_shared || orgs.list().whole()?.is_empty() => Ok(None),
        None => bail!(
            "{} holds an org that is no demo; `candor serve` serves it, and --data names another \
             directory for the demo",
            data.display()
        ),
    }
}

fn make(data: &Path, orgs: &Orgs) -> Result<Map<String, Value>> {
    let file = data.join(MEMORY);
    let id = identity::org::new_id()?;
    write(&file, &json!({"complete": false, ORG: id.to_string()}))?;
    remark(format_args!("Making {COMPANY} in {} …", data.display()));
    let place = Place { id: Some(id), ..Place::default() };
    let created = orgs::create(orgs, COMPANY, USERNAME, None, &place)?;
    let org = created.org;
    let ctx = org.context(created.administrator)?;
    let report = metadata::deploy(&ctx, &demo::project())
        .map_err(|error| deploy::explain(error, "the sample project"))?;
    remark(format_args!("Deployed {} components.", report.entries.len()));
    let ctx = org.context(created.administrator)?;
    demo::load(&org, &ctx, &mut |what, done, all| {
        if done == all {
            remark(format_args!("Loaded {all} {what}."));
        }
    })?;
    let client = identity::create_client(&ctx, "Demo client", created.administrator)?;
    let mut facts = Map::new();
    facts.insert("username".to_owned(), USERNAME.into());
    facts.insert("password".to_owned(), created.password.into());
    facts.insert("security_token".to_owned(), created.security_token.into());
    facts.insert("client_id".to_owned(), client.client.id.into());
    facts.insert("client_secret".to_owned(), client.secret.into());
    let mut memory = facts.clone();
    memory.insert("complete".to_owned(), true.into());
    memory.insert(ORG.to_owned(), id.to_string().into());
    write(&file, &Value::Object(memory))?;
    Ok(facts)
}

/// Replaces the file as a whole, readable by its owner only.
fn write(file: &PathBuf, memory: &Value) -> Result<()> {
    let unfinished = file.with_extension("unfinished");
    crate::tls::write_private(&unfinished, format!("{memory:#}\n").as_bytes())?;
    fs::rename(&unfinished, file).with_context(|| format!("cannot write {}", file.display()))
}
