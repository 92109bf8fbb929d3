//! `candor org`: lists, makes, moves, exports and imports orgs.
//!
//! Where a server runs on the data directory, it is asked to ([`crate::control`]); otherwise the
//! command does it by itself. Either way an order is the same, and [`carry_out`] does it.

use std::ops::ControlFlow;
use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use base::RecordId;
use clap::ArgMatches;
use identity::orgs::{Away, Listing, Listings, Orgs, Place, Step};
use serde_json::{Map, Value, json};

use crate::command::{init, remark, say};
use crate::{cli, control, orgs};

/// What `candor org` can be asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Order {
    List {
        json: bool,
    },
    Create(New),
    Move {
        org: String,
        to: String,
    },
    Confirm {
        org: String,
    },
    Cancel {
        org: String,
    },
    /// Paths are absolute: a server has another working directory.
    Export {
        org: String,
        dir: PathBuf,
    },
    Import {
        dir: PathBuf,
        org: Option<String>,
        home: Option<String>,
    },
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct New {
    pub name: String,
    pub username: String,
    pub password: Option<String>,
    pub home: Option<String>,
    pub region: Option<String>,
}

/// What came of an order.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Done {
    /// Its result.
    pub lines: Vec<String>,
    /// What could not be done of it, a line each.
    pub failures: Vec<String>,
}

/// Told what happens; who breaks ends it there.
pub(crate) type Progress<'a> = &'a mut dyn FnMut(&str) -> ControlFlow<()>;

pub(crate) fn run(matches: &ArgMatches) -> Result<()> {
    let (name, matches) = matches.subcommand().context("no such command")?;
    let order = order(name, matches)?;
    let done = match control::ask(&cli::data_dir(matches), &order, &mut |line| remark(line)) {
        Some(done) => done?,
        None => {
            let orgs = orgs::registry(matches)?;
            carry_out(&orgs, &order, &mut |line| {
                remark(line);
                ControlFlow::Continue(())
            })?
        }
    };
    done.lines.into_iter().for_each(say);
    match done.failures.split_last() {
        None => Ok(()),
        Some((last, others)) => {
            others.iter().for_each(|it| remark(format_args!("candor: {it}")));
            bail!("{last}")
        }
    }
}

fn order(name: &str, matches: &ArgMatches) -> Result<Order> {
    let text = |name: &str| cli::text(matches, name);
    let needed = |name: &str| text(name).with_context(|| format!("{name} is needed"));
    let dir = || std::path::absolute(cli::dir(matches)).context("there is no such directory");
    Ok(match name {
        "list" => Order::List { json: matches.get_flag("json") },
        "create" => Order::Create(New {
            name: needed("org-name")?,
            username: needed("username")?,
            password: text("password"),
            home: text("in"),
            region: text("region"),
        }),
        "move" if matches.get_flag("confirm") => Order::Confirm { org: needed("id")? },
        "move" if matches.get_flag("cancel") => Order::Cancel { org: needed("id")? },
        "move" => Order::Move {
            org: needed("id")?,
            to: text("to").context("--to names the home to move to")?,
        },
        "export" => Order::Export { org: needed("id")?, dir: dir()? },
        "import" => Order::Import { dir: dir()?, org: text("id"), home: text("in") },
        _ => bail!("no such command"),
    })
}

/// Carries an order out.
pub(crate) fn carry_out(orgs: &Orgs, order: &Order, progress: Progress<'_>) -> Result<Done> {
    let mut is_frozen = false;
    let mut watch = |step: &Step| {
        is_frozen |= *step == Step::Frozen;
        let told = match step {
            // One line for each page would drown the others.
            Step::Copied { n_rows: 0, .. } => ControlFlow::Continue(()),
            Step::Copied { n_rows, .. } if n_rows % 10_000 != 0 => ControlFlow::Continue(()),
            step => progress(&step.to_string()),
        };
        // Whoever stops listening must not leave an org that nobody can write to.
        if is_frozen { ControlFlow::Continue(()) } else { told }
    };
    let lines = match order {
        Order::List { json } => return Ok(list(orgs, *json)),
        Order::Create(new) => {
            let place = Place {
                home: new.home.as_deref(),
                region: new.region.as_deref(),
                ..Place::default()
            };
            let password = new.password.clone();
            let created = orgs::create(orgs, &new.name, &new.username, password, &place)?;
            init::lines(&new.username, &created)
        }
        Order::Move { org, to } => {
            let id = orgs.find(org)?;
            orgs.move_to(id, to, &mut watch)?;
            vec![
                format!("{id} is served from {to} now."),
                format!("The copy it left is kept until `candor org move {id} --confirm`."),
            ]
        }
        Order::Confirm { org } => {
            let id = find_any(orgs, org)?;
            orgs.confirm_move(id)?;
            vec![format!("The copies that {id} had left are removed.")]
        }
        Order::Cancel { org } => {
            let id = find_any(orgs, org)?;
            orgs.cancel_move(id)?;
            vec![format!("{id} stays where it was.")]
        }
        Order::Export { org, dir } => {
            let id = orgs.find(org)?;
            let head = orgs.export(id, dir, &mut watch)?;
            let root = ledger::hex(&head.root);
            vec![
                format!("{id} is in {}.", dir.display()),
                format!("ledger          {} entries; root {root}", head.size),
            ]
        }
        Order::Import { dir, org, home } => {
            let id = org.as_deref().map(RecordId::parse).transpose();
            let id = id.context("the org is named by its id")?;
            let place = Place { home: home.as_deref(), ..Place::default() };
            let id = orgs.import(dir, id, &place, &mut watch)?;
            vec![format!("{id} is served now.")]
        }
    };
    Ok(Done { lines, failures: Vec::new() })
}

/// An org by name or id, or by id alone where it is not in service.
fn find_any(orgs: &Orgs, text: &str) -> Result<RecordId> {
    match RecordId::parse(text) {
        Ok(id) => Ok(id),
        Err(_) => Ok(orgs.find(text)?),
    }
}

/// The orgs of the homes that answer; the others are failures.
fn list(orgs: &Orgs, as_json: bool) -> Done {
    let Listings { orgs: listings, away } = orgs.list();
    let lines = if as_json {
        let all: Vec<Value> = listings.iter().map(to_json).collect();
        vec![Value::Array(all).to_string()]
    } else {
        table(&listings)
    };
    let failures = away.into_iter().map(|Away { home, region, error }| {
        let causes: Vec<String> =
            anyhow::Error::new(error).chain().map(ToString::to_string).collect();
        let causes = causes.join(": ");
        format!("home `{home}` in the region `{region}` cannot be listed: {causes}")
    });
    Done { lines, failures: failures.collect() }
}

fn table(listings: &[Listing]) -> Vec<String> {
    let width = |of: fn(&Listing) -> &str, least: usize| {
        listings.iter().map(|it| of(it).chars().count()).fold(least, usize::max)
    };
    let name = |it: &Listing| printable(it.name.as_deref().unwrap_or_default());
    let (home, region) = (width(|it| &it.home, 4), width(|it| &it.region, 6));
    let mut lines = vec![format!(
        "{:<18}  {:<home$}  {:<region$}  {:<8}  NAME",
        "ID", "HOME", "REGION", "STATUS"
    )];
    lines.extend(listings.iter().map(|it| {
        let status = it.status.to_string();
        let (id, name) = (it.id.to_string(), name(it));
        format!("{id:<18}  {:<home$}  {:<region$}  {status:<8}  {name}", it.home, it.region)
    }));
    lines
}

/// A name as a terminal may show it: whoever may rename an org must not write lines of their own.
fn printable(name: &str) -> String {
    let mut shown = String::with_capacity(name.len());
    for it in name.chars() {
        if it.is_control() {
            shown.extend(it.escape_default());
        } else {
            shown.push(it);
        }
    }
    shown
}

fn to_json(it: &Listing) -> Value {
    json!({
        "id": it.id.to_string(),
        "name": it.name,
        "home": it.home,
        "region": it.region,
        "status": it.status.to_string(),
    })
}

impl Order {
    pub(crate) fn to_json(&self) -> Value {
        let path = |it: &PathBuf| it.to_string_lossy().into_owned();
        match self {
            Self::List { json } => json!({"order": "list", "json": json}),
            Self::Create(new) => json!({
                "order": "create",
                "name": new.name,
                "username": new.username,
                "password": new.password,
                "home": new.home,
                "region": new.region,
            }),
            Self::Move { org, to } => json!({"order": "move", "org": org, "to": to}),
            Self::Confirm { org } => json!({"order": "confirm", "org": org}),
            Self::Cancel { org } => json!({"order": "cancel", "org": org}),
            Self::Export { org, dir } => json!({"order": "export", "org": org, "dir": path(dir)}),
            Self::Import { dir, org, home } => {
                json!({"order": "import", "dir": path(dir), "org": org, "home": home})
            }
        }
    }

    pub(crate) fn of_json(value: &Value) -> Result<Self> {
        let order = value.as_object().context("the order is no JSON object")?;
        let text = |key: &str| order.get(key).and_then(Value::as_str).map(str::to_owned);
        let needed = |key: &str| text(key).with_context(|| format!("the order has no `{key}`"));
        Ok(match needed("order")?.as_str() {
            "list" => Self::List { json: is_true(order, "json") },
            "create" => Self::Create(New {
                name: needed("name")?,
                username: needed("username")?,
                password: text("password"),
                home: text("home"),
                region: text("region"),
            }),
            "move" => Self::Move { org: needed("org")?, to: needed("to")? },
            "confirm" => Self::Confirm { org: needed("org")? },
            "cancel" => Self::Cancel { org: needed("org")? },
            "export" => Self::Export { org: needed("org")?, dir: needed("dir")?.into() },
            "import" => {
                Self::Import { dir: needed("dir")?.into(), org: text("org"), home: text("home") }
            }
            other => bail!("there is no order `{other}`"),
        })
    }
}

fn is_true(order: &Map<String, Value>, key: &str) -> bool {
    order.get(key).and_then(Value::as_bool).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use std::ops::ControlFlow::Continue;

    use identity::orgs::Home;

    use super::*;

    fn text(it: &str) -> String {
        it.to_owned()
    }

    #[test]
    fn orders_survive_the_socket() {
        for order in [
            Order::List { json: true },
            Order::Create(New {
                name: text("A \"B\""),
                username: text("a@example.com"),
                password: None,
                home: Some(text("eu-1")),
                region: None,
            }),
            Order::Move { org: text("00D000000000001AAA"), to: text("eu-2") },
            Order::Confirm { org: text("x") },
            Order::Cancel { org: text("x") },
            Order::Export { org: text("x"), dir: "/tmp/x y".into() },
            Order::Import { dir: "/tmp/x".into(), org: None, home: Some(text("a")) },
        ] {
            assert_eq!(Order::of_json(&order.to_json()).unwrap(), order);
        }
    }

    #[test]
    fn a_home_that_does_not_answer_is_told_beside_the_others() {
        let dir = tempfile::tempdir().unwrap();
        let nowhere = "postgres://nobody@127.0.0.1:1/none";
        let nowhere = store::PostgresOptions::parse(nowhere).unwrap();
        let homes = vec![
            Home::new("away", "us", store::Home::postgres(&nowhere)),
            Home::new("here", "eu", store::Home::directory(dir.path())),
        ];
        let orgs = Orgs::new(homes, store::Options::default()).unwrap();
        let place = Place { home: Some("here"), ..Place::default() };
        let password = Some(text("Correct-horse-battery-7"));
        orgs::create(&orgs, "Acme", "ada@example.com", password, &place).unwrap();
        let done = carry_out(&orgs, &Order::List { json: false }, &mut |_| Continue(())).unwrap();
        assert_eq!(done.lines.len(), 2, "{done:?}");
        assert!(done.lines[1].ends_with("here  eu      active    Acme"), "{done:?}");
        let [failure] = &done.failures[..] else { panic!("{done:?}") };
        let told = "home `away` in the region `us` cannot be listed: the database refused: ";
        assert!(failure.starts_with(told), "{failure}");
        assert_eq!(control::done_of(&control::json_of(&done)), done);
    }

    #[test]
    fn a_name_that_cannot_be_is_refused_in_words() {
        let dir = tempfile::tempdir().unwrap();
        let homes = vec![Home::new("here", "eu", store::Home::directory(dir.path()))];
        let orgs = Orgs::new(homes, store::Options::default()).unwrap();
        for (name, username, told) in [
            (" ", "ada@example.com", "cannot make the org: --org-name must not be empty"),
            ("A\nB", "ada@example.com", "the org's name has a line break or another control"),
            ("A", "ada", "cannot make the org: --username is no e-mail address"),
        ] {
            let password = Some(text("Correct-horse-battery-7"));
            let made = orgs::create(&orgs, name, username, password, &Place::default());
            let error = format!("{:#}", made.map(|_| ()).unwrap_err());
            assert!(error.starts_with(told), "{error}");
        }
        assert!(orgs.list().orgs.is_empty());
        assert_eq!(printable("A\u{1b}[2J\nÄ"), "A\\u{1b}[2J\\nÄ");
    }

    #[test]
    fn a_move_has_one_purpose() {
        let parse = |args: &[&str]| {
            let args = ["candor", "org", "move", "Acme"].iter().chain(args);
            cli::command().try_get_matches_from(args).map(|_| ()).map_err(|it| it.kind())
        };
        let conflict = Err(clap::error::ErrorKind::ArgumentConflict);
        assert_eq!(parse(&["--to", "eu-2"]), Ok(()));
        assert_eq!(parse(&["--to", "eu-2", "--confirm"]), conflict);
        assert_eq!(parse(&["--to", "eu-2", "--cancel"]), conflict);
        assert_eq!(parse(&["--confirm", "--cancel"]), conflict);
    }

    #[test]
    fn what_is_no_order_is_refused() {
        for (order, message) in [
            (json!([]), "the order is no JSON object"),
            (json!({}), "the order has no `order`"),
            (json!({"order": "fly"}), "there is no order `fly`"),
            (json!({"order": "move", "org": 7}), "the order has no `org`"),
        ] {
            assert_eq!(Order::of_json(&order).unwrap_err().to_string(), message);
        }
    }
}
