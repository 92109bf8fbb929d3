//! The orgs that a command works on.
//!
//! In: `--data`, `--config`, `--home`, `--org` and what the configuration says. Out: the registry
//! of homes and orgs, and the one org that is meant.
//!
//! A data directory holds `tls/`, for the demo `demo.json`, while a server runs `control.sock`,
//! and, unless another home is configured, the orgs themselves (`orgs/`).

use std::fs;
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, Result, anyhow, bail};
use clap::ArgMatches;
use clap::parser::ValueSource;
use identity::orgs::{self, Home, Orgs, Place};
use identity::{Created, NewOrg};
use records::RowErrorKind;
use store::{Options, Password, PostgresOptions};

use crate::cli;
use crate::command::demo;
use crate::config::{self, Config, Engine, From, Given, Postgres};

/// The registry of the configured homes.
pub(crate) fn registry(matches: &ArgMatches) -> Result<Arc<Orgs>> {
    let data = cli::data_dir(matches);
    if demo::is_unfinished(&data)? {
        bail!(
            "the demo in {} was interrupted before it was whole; `candor demo` makes it anew",
            data.display()
        );
    }
    open(matches)
}

/// The same, whatever state a demo is in.
pub(crate) fn open(matches: &ArgMatches) -> Result<Arc<Orgs>> {
    let config = configuration(matches)?;
    make_dir(&cli::data_dir(matches))?;
    let homes: Result<Vec<Home>> = config.homes.iter().map(home).collect();
    let orgs = Orgs::new(homes?, Options::default());
    orgs.map(Arc::new).map_err(|error| match error {
        identity::orgs::Error::Store(store::Error::Locked { .. }) => {
            anyhow::Error::new(error).context("another candor process serves these orgs")
        }
        error => anyhow::Error::new(error).context("the orgs' homes cannot be opened"),
    })
}

/// What the command line, the environment and the file say of homes.
pub(crate) fn configuration(matches: &ArgMatches) -> Result<Config> {
    let given = match matches.get_one::<String>("home") {
        None => None,
        Some(text) => {
            let from = match matches.value_source("home") {
                Some(ValueSource::EnvVariable) => From::Environment,
                _ => From::CommandLine,
            };
            Some(Given::parse(text, from)?)
        }
    };
    let file = matches.get_one::<std::path::PathBuf>("config");
    config::read(&cli::data_dir(matches), file.map(std::path::PathBuf::as_path), given.as_ref())
}

fn home(home: &config::Home) -> Result<Home> {
    let store = match &home.engine {
        Engine::Sqlite(dir) => store::Home::directory(dir),
        Engine::Postgres(postgres) => {
            let options = options(postgres);
            store::Home::postgres(&options.with_context(|| format!("home `{}`", home.name))?)
        }
    };
    Ok(Home::new(&*home.name, &*home.region, store))
}

fn options(it: &Postgres) -> Result<PostgresOptions> {
    let mut options = PostgresOptions::parse_trusting(it.url.reveal(), it.ca_file.as_deref())?;
    if let Some(password) = &it.password {
        options.password = Some(Password::new(password.reveal()));
    }
    if let Some(n) = it.connections {
        options.connections = usize::try_from(n).unwrap_or(usize::MAX);
    }
    Ok(options)
}

/// The org that `--org` names, or the only one there is, opened.
pub(crate) fn one(matches: &ArgMatches, orgs: &Orgs) -> Result<Arc<records::Org>> {
    if let Some(text) = cli::text(matches, "org") {
        let id = orgs.find(&text)?;
        return orgs.get(id)?.with_context(|| format!("org {id} is not in service"));
    }
    match orgs.only()? {
        Some(org) => Ok(org),
        None if orgs.list().whole()?.is_empty() => bail!(
            "there is no org in {}; `candor init` makes one, or give --data the directory that \
             holds it",
            cli::data_dir(matches).display()
        ),
        None => bail!("there are several orgs; --org says which one is meant"),
    }
}

/// Makes the data directory, for its owner alone: it will hold every record and key.
pub(crate) fn make_dir(data: &Path) -> Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(data).with_context(|| format!("cannot make {}", data.display()))
}

/// Makes an org with English defaults.
pub(crate) fn create(
    orgs: &Orgs,
    name: &str,
    username: &str,
    password: Option<String>,
    place: &Place<'_>,
) -> Result<Created> {
    let new = NewOrg {
        name: name.to_owned(),
        username: username.to_owned(),
        email: username.to_owned(),
        first_name: None,
        last_name: "Administrator".to_owned(),
        password,
        locale: "en_US".to_owned(),
        language: "en_US".to_owned(),
        time_zone: "GMT".to_owned(),
        currency: "USD".to_owned(),
        country: None,
    };
    if name.chars().any(char::is_control) {
        bail!("the org's name has a line break or another control character");
    }
    orgs.create(&new, place).map_err(|error| match &error {
        orgs::Error::Identity(identity::Error::Refused { refused }) => {
            anyhow!("cannot make the org: {}", sentence(refused))
        }
        _ => anyhow::Error::new(error).context("cannot make the org"),
    })
}

/// Why a first record was refused, in a person's words.
fn sentence(refused: &records::Refused) -> String {
    let clauses = refused.errors.iter().map(|error| {
        let fields = error.fields.iter().map(|it| option_of(it)).collect::<Vec<_>>().join(", ");
        match &error.kind {
            RowErrorKind::RequiredMissing => format!("{fields} must not be empty"),
            RowErrorKind::TextTooLong { max, .. } => {
                format!("{fields} is longer than {max} characters")
            }
            RowErrorKind::InvalidEmail { .. } => format!("{fields} is no e-mail address"),
            _ => format!("{fields} has a value that is not accepted"),
        }
    });
    clauses.collect::<Vec<_>>().join("; ")
}

/// The option that gives a field its value.
fn option_of(field: &str) -> &str {
    match field {
        "Name" => "--org-name",
        "Username" | "Email" => "--username",
        field => field,
    }
}
