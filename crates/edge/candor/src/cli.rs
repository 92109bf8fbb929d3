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
                .arg(data()),
        )
        .subcommand(
            Command::new("deploy")
                .about("Deploy a project in Salesforce source format")
                .arg(directory("The project's directory"))
                .arg(data()),
        )
        .subcommand(
            Command::new("retrieve")
                .about("Write the org's own metadata as a project in source format")
                .arg(directory("A directory that does not exist yet, or is empty"))
                .arg(data())
                .arg(flag("force", "Write into a directory that holds files already")),
        )
        .subcommand(
            Command::new("ledger")
                .about("The tamper-evident log of every change")
                .subcommand_required(true)
                .subcommand(
                    Command::new("verify")
                        .about("Rebuild the log's root and find a changed byte")
                        .arg(data()),
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
                .arg(data()),
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
                .arg(data()),
        )
}

fn serving(command: Command) -> Command {
    command
        .arg(data())
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
