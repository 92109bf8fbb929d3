//! The command line: what can be asked, in one place.
//!
//! **Absent on purpose.** No decisions: a matched command goes to [`crate::command`].

use clap::{Arg, ArgAction, ArgMatches, Command, value_parser};

/// The port of plain HTTP on loopback when none is given; TLS is the next one.
const PORT: &str = "8100";

/// Describes every command and option.
pub(crate) fn command() -> Command {
    Command::new("candor")
        .about("An open CRM platform that speaks the wire protocol its field's clients know.")
        .version(env!("CARGO_PKG_VERSION"))
        .subcommand_required(true)
        .arg_required_else_help(true)
        .subcommand(
            serving(Command::new("demo"))
                .about("Serve an org with a sample company and its data, made at the first start"),
        )
        .subcommand(
            serving(administrator(Command::new("serve")))
                .about("Serve; the first start makes the org and asks for its administrator"),
        )
        .subcommand(
            administrator(Command::new("init"))
                .about("Make the first org and its administrator, without serving")
                .args(homes()),
        )
        .subcommand(org())
        .subcommand(
            Command::new("deploy")
                .about("Deploy a project in Salesforce source format")
                .arg(directory("The project's directory"))
                .args(one_org()),
        )
        .subcommand(
            Command::new("retrieve")
                .about("Write the org's own metadata as a project in source format")
                .arg(directory("A directory that does not exist yet, or is empty"))
                .args(one_org())
                .arg(flag("force", "Write into a directory that holds files already")),
        )
        .subcommand(
            Command::new("ledger")
                .about("The tamper-evident log of every change")
                .subcommand_required(true)
                .subcommand(
                    Command::new("verify")
                        .about("Rebuild the log's root and find a changed byte")
                        .args(one_org()),
                ),
        )
        .subcommand(client())
        .subcommand(user())
        .subcommand(
            Command::new("id")
                .about("Show both forms of a record id, its object and its number")
                .arg(Arg::new("id").required(true).help("15 or 18 characters, or the integer")),
        )
}

fn client() -> Command {
    Command::new("client")
        .about("Connected apps, which sign in with a client id and secret")
        .subcommand_required(true)
        .subcommand(
            Command::new("create")
                .about("Register an app; its secret is shown once")
                .arg(Arg::new("name").required(true).help("What to call the app"))
                .arg(
                    Arg::new("run-as")
                        .long("run-as")
                        .value_name("USERNAME")
                        .required(true)
                        .help("The user whose rights the client-credentials grant has"),
                )
                .args(one_org()),
        )
}

fn user() -> Command {
    Command::new("user")
        .about("Users, from the machine that holds the org")
        .subcommand_required(true)
        .subcommand(
            Command::new("password")
                .about("Set a user's password, or draw one; ends their sessions")
                .arg(Arg::new("username").required(true).help("The user"))
                .arg(
                    Arg::new("password")
                        .long("password")
                        .env("CANDOR_USER_PASSWORD")
                        .hide_env_values(true)
                        .help("The new password; one is drawn when none is given"),
                )
                .args(one_org()),
        )
}

fn org() -> Command {
    let id = || Arg::new("id").required(true).value_name("ORG").help("The org's id, or its name");
    let home =
        || Arg::new("in").long("in").value_name("HOME").help("The home to put it in, by its name");
    Command::new("org")
        .about("Orgs, and the homes they live in; asks the server where one runs")
        .subcommand_required(true)
        .subcommand(
            Command::new("list")
                .about("Every org of every home, with its region and status")
                .args(homes())
                .arg(flag("json", "Print one line of JSON")),
        )
        .subcommand(
            administrator(Command::new("create"))
                .about("Make an org and its administrator")
                .args(homes())
                .arg(home())
                .arg(
                    Arg::new("region")
                        .long("region")
                        .help("The region whose first home takes it; its data never leaves it"),
                ),
        )
        .subcommand(
            Command::new("move")
                .about("Move an org to another home of its region while it is used, or go on")
                .arg(id())
                .args(homes())
                .arg(
                    Arg::new("to")
                        .long("to")
                        .value_name("HOME")
                        .help("The home to move to")
                        .conflicts_with_all(["confirm", "cancel"]),
                )
                .arg(flag("confirm", "Remove the copy that a finished move left"))
                .arg(
                    flag("cancel", "Take back a move that has not arrived")
                        .conflicts_with("confirm"),
                ),
        )
        .subcommand(
            Command::new("export")
                .about("Write an org as it is now into a directory that can be served or imported")
                .arg(id())
                .arg(directory("A directory, made if there is none"))
                .args(homes()),
        )
        .subcommand(
            Command::new("import")
                .about("Take an exported org into a home of its region")
                .arg(directory("The directory that holds it"))
                .arg(
                    Arg::new("id")
                        .long("id")
                        .value_name("ID")
                        .help("Which one, if it holds several"),
                )
                .args(homes())
                .arg(home()),
        )
}

fn serving(command: Command) -> Command {
    command
        .args(homes())
        .arg(
            Arg::new("port")
                .long("port")
                .value_parser(value_parser!(u16))
                .default_value(PORT)
                .help("Port of plain HTTP on loopback; TLS takes the next one; 0 picks free ones"),
        )
        .arg(
            Arg::new("host")
                .long("host")
                .value_parser(value_parser!(std::net::IpAddr))
                .default_value("127.0.0.1")
                .help("Address on which TLS listens"),
        )
        .arg(flag("json", "Print one line of JSON when ready, for scripts"))
}

fn administrator(command: Command) -> Command {
    command
        .arg(
            Arg::new("org-name")
                .long("org-name")
                .env("CANDOR_ORG_NAME")
                .help("Name of the first org"),
        )
        .arg(
            Arg::new("username")
                .long("username")
                .env("CANDOR_ADMIN_USERNAME")
                .help("User name of its administrator, in the form of an e-mail address"),
        )
        .arg(
            Arg::new("password")
                .long("password")
                .env("CANDOR_ADMIN_PASSWORD")
                .hide_env_values(true)
                .help("Their password; one is made and printed when none is given"),
        )
}

/// Where orgs are.
fn homes() -> [Arg; 3] {
    [
        data(),
        Arg::new("config")
            .long("config")
            .value_name("FILE")
            .env("CANDOR_CONFIG")
            .value_parser(value_parser!(std::path::PathBuf))
            .help("Says which homes there are; candor.toml in the data directory unless given"),
        Arg::new("home")
            .long("home")
            .value_name("HOME")
            .env("CANDOR_HOME")
            .hide_env_values(true)
            .help("Where new orgs live: the name of a configured home, or postgres://…"),
    ]
}

/// Where orgs are, and which one is meant.
fn one_org() -> [Arg; 4] {
    let [data, config, home] = homes();
    let org = Arg::new("org")
        .long("org")
        .value_name("ORG")
        .help("The org's id or name, where there are several");
    [data, config, home, org]
}

fn data() -> Arg {
    Arg::new("data")
        .long("data")
        .value_name("DIR")
        .env("CANDOR_DATA")
        .default_value("candor-data")
        .value_parser(value_parser!(std::path::PathBuf))
        .help("Where orgs and certificates live")
}

fn directory(help: &'static str) -> Arg {
    Arg::new("dir").required(true).value_parser(value_parser!(std::path::PathBuf)).help(help)
}

fn flag(name: &'static str, help: &'static str) -> Arg {
    Arg::new(name).long(name).action(ArgAction::SetTrue).help(help)
}

/// The directory that `--data` names.
pub(crate) fn data_dir(matches: &ArgMatches) -> std::path::PathBuf {
    matches.get_one::<std::path::PathBuf>("data").cloned().unwrap_or_default()
}

/// The directory that the command is about.
pub(crate) fn dir(matches: &ArgMatches) -> std::path::PathBuf {
    matches.get_one::<std::path::PathBuf>("dir").cloned().unwrap_or_default()
}

/// The text of an option, where it was given.
pub(crate) fn text(matches: &ArgMatches, name: &str) -> Option<String> {
    matches.get_one::<String>(name).cloned()
}
