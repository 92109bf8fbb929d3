//! A private PostgreSQL for tests and development: made, used, gone.
//!
//! In: PostgreSQL's programs, as Debian installs them. Out: a cluster in a temporary directory,
//! with a socket of its own there and a free port on loopback, reached only with a password that
//! was drawn for it. It never runs as root, and touches no cluster that is there already.
//!
//! | module       | what it does                                                         |
//! |--------------|----------------------------------------------------------------------|
//! | [`user`]     | runs PostgreSQL's programs as a user who is not root                  |
//! | [`watchdog`] | stops and removes the cluster, however this program ends              |
//!
//! **Invariant.** The role that tests get may log in, own its database and make roles, and is no
//! superuser: what needs more would fail on a server that somebody else runs.

mod user;
mod watchdog;

use crate::{install, run};
use anyhow::{Context as _, Result, bail};
use std::io::Read as _;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;
use watchdog::Watchdog;

/// The URL of a server that tests run on; when it is set, none is started.
pub(crate) const VARIABLE: &str = "CANDOR_TEST_POSTGRES";

/// The role and the database that tests use.
const NAME: &str = "candor";

/// A port that was free may be taken before the server listens.
const STARTS_MAX: usize = 3;

const KILL_TIMEOUT: Duration = Duration::from_secs(10);

/// What of its promises a cluster keeps.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Flush {
    /// A commit waits for the disk, as in production.
    Durable,
    /// It does not: tests ask what is written, not whether it survives the machine.
    Never,
}

/// A running cluster; it is stopped and removed when dropped, and when this program dies.
pub(crate) struct Cluster {
    dir: PathBuf,
    password: String,
    port: u16,
    preload: Option<PathBuf>,
    _watchdog: Watchdog,
}

impl Cluster {
    pub(crate) fn start(flush: Flush) -> Result<Self> {
        Self::start_with(flush, None)
    }

    /// Starts one whose server is loaded with a library of ours.
    pub(crate) fn start_with(flush: Flush, preload: Option<&Path>) -> Result<Self> {
        install::ensure(install::FOR_POSTGRES)?;
        let password = random_hex()?;
        let dir = make_dir()?;
        let watchdog = Watchdog::start(&dir, &program("pg_ctl")?)?;
        let mut cluster = Cluster { dir, password, port: 0, preload: None, _watchdog: watchdog };
        cluster.init(flush)?;
        if let Some(library) = preload {
            // The server's user may not reach where it was built.
            let copy = cluster.dir.join("preload.so");
            user::write(&copy, &std::fs::read(library)?)?;
            cluster.preload = Some(copy);
        }
        cluster.listen()?;
        let role = format!("CREATE ROLE {NAME} LOGIN CREATEROLE PASSWORD '{}'", cluster.password);
        cluster.administer(&[role, format!("CREATE DATABASE {NAME} OWNER {NAME}")])?;
        Ok(cluster)
    }

    pub(crate) fn url(&self) -> String {
        self.url_at(self.port)
    }

    /// The URL by which it is reached through something that listens on another port.
    pub(crate) fn url_at(&self, port: u16) -> String {
        self.url_of(port, NAME)
    }

    /// Makes another database, empty, and returns its URL.
    pub(crate) fn add_database(&self, name: &str) -> Result<String> {
        self.administer(&[format!("CREATE DATABASE \"{name}\" OWNER {NAME}")])?;
        Ok(self.url_of(self.port, name))
    }

    fn url_of(&self, port: u16, database: &str) -> String {
        format!("postgres://{NAME}:{}@127.0.0.1:{port}/{database}", self.password)
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// Ends every process of the cluster at once, as the kernel does when memory is short.
    pub(crate) fn kill(&self) -> Result<()> {
        let postmaster = self.postmaster()?;
        // The postmaster first: it would start anew what it sees die.
        let mut processes = vec![postmaster.clone()];
        processes.extend(children_of(&postmaster)?);
        // A backend may have ended by itself meanwhile.
        let mut kill = user::command("sh");
        run::output(kill.args(["-c", "kill -KILL \"$@\" || true", "sh"]).args(&processes))?;
        let start = run::now();
        while processes.iter().any(|it| is_running(it)) {
            if KILL_TIMEOUT < start.elapsed() {
                bail!("the server survives being killed");
            }
            std::thread::yield_now();
        }
        // Where nobody asks after the dead, the files that name the postmaster seem to be those
        // of one that lives.
        let lock = self.dir.join(format!(".s.PGSQL.{}.lock", self.port));
        let mut remove = user::command("rm");
        remove.arg("-f").arg(self.data().join("postmaster.pid")).arg(lock);
        run::output(&mut remove).map(drop)
    }

    /// Starts it again where it was, on the same port, and waits until it has recovered.
    pub(crate) fn restart(&self) -> Result<()> {
        self.serve().context("PostgreSQL does not start again")
    }

    fn init(&self, flush: Flush) -> Result<()> {
        let secret = self.dir.join("password");
        user::write(&secret, self.password.as_bytes())?;
        let mut init = user::command(&program("initdb")?.to_string_lossy());
        init.arg("--pgdata").arg(self.data()).arg("--pwfile").arg(&secret);
        // A language's order by default, so that a column which forgets to say `COLLATE "C"`
        // is found out.
        init.args(["--encoding=UTF8", "--locale=C.UTF-8"])
            .args(["--locale-provider=icu", "--icu-locale=en-US"])
            .args(["--username=postgres", "--auth=scram-sha-256", "--no-sync"]);
        run::output(&mut init).context("a PostgreSQL cluster cannot be made")?;
        let mut settings = format!(
            "listen_addresses = '127.0.0.1'\nunix_socket_directories = '{}'\n\
             max_connections = 200\nlog_min_messages = warning\n",
            self.dir.display()
        );
        if flush == Flush::Never {
            settings.push_str("fsync = off\nfull_page_writes = off\nsynchronous_commit = off\n");
        }
        user::write(&self.data().join("postgresql.auto.conf"), settings.as_bytes())
    }

    /// Starts the server on a port that is free.
    fn listen(&mut self) -> Result<()> {
        for attempt in 1.. {
            self.port = free_port()?;
            match self.serve() {
                Ok(()) => break,
                Err(error) if attempt == STARTS_MAX => return Err(error),
                Err(_) => {}
            }
        }
        Ok(())
    }

    fn serve(&self) -> Result<()> {
        let log = self.dir.join("log");
        let mut start = user::command(&program("pg_ctl")?.to_string_lossy());
        start.args(["start", "--wait", "--timeout=60", "--silent", "--pgdata"]).arg(self.data());
        start.arg("--log").arg(&log).arg("--options").arg(format!("-p {}", self.port));
        if let Some(library) = &self.preload {
            start.env("LD_PRELOAD", library);
        }
        // Its output goes nowhere: the server inherits it, and a pipe would never end.
        start.stdout(Stdio::null()).stderr(Stdio::null());
        if start.status().is_ok_and(|status| status.success()) {
            return Ok(());
        }
        let log = run::output(user::command("tail").arg("-n20").arg(&log)).unwrap_or_default();
        bail!("PostgreSQL does not start:\n{log}");
    }

    /// Runs statements as the superuser, whom nobody else gets to know.
    fn administer(&self, statements: &[String]) -> Result<()> {
        let mut psql = user::command(&program("psql")?.to_string_lossy());
        psql.args(["--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", "--username=postgres"])
            .args([format!("--port={}", self.port), format!("--host={}", self.dir.display())])
            .args(statements.iter().map(|it| format!("--command={it}")))
            .arg("postgres")
            .env("PGPASSWORD", &self.password);
        // A statement may hold the password, which an error must not show.
        match psql.output() {
            Ok(output) if output.status.success() => Ok(()),
            Ok(output) => bail!("psql: {}", String::from_utf8_lossy(&output.stderr).trim()),
            Err(error) => Err(error).context("psql could not be started"),
        }
    }

    fn data(&self) -> PathBuf {
        self.dir.join("data")
    }

    fn postmaster(&self) -> Result<String> {
        let file = self.data().join("postmaster.pid");
        let text = run::output(user::command("head").arg("-n1").arg(file))?;
        Ok(text.trim().to_owned())
    }
}

/// Where the tests run: a server that somebody named, or one of our own.
pub(crate) enum Server {
    Given(String),
    Own(Cluster),
}

impl Server {
    pub(crate) fn take(flush: Flush) -> Result<Self> {
        match run::variable(VARIABLE) {
            Some(url) => Ok(Server::Given(url)),
            None => Ok(Server::Own(Cluster::start(flush)?)),
        }
    }

    pub(crate) fn url(&self) -> String {
        match self {
            Server::Given(url) => url.clone(),
            Server::Own(cluster) => cluster.url(),
        }
    }
}

/// Serves a cluster for development until standard input ends or the program is interrupted.
pub(crate) fn main(args: &[String]) -> Result<()> {
    let flush = match args {
        [] => Flush::Never,
        [flag] if flag == "--durable" => Flush::Durable,
        _ => bail!("postgres takes only --durable, got `{}`", args.join(" ")),
    };
    let cluster = Cluster::start(flush)?;
    println!("{}", cluster.url());
    eprintln!("stops, and is removed, at Ctrl-C or at the end of standard input");
    std::io::copy(&mut std::io::stdin(), &mut std::io::sink())?;
    Ok(())
}

/// Says whether PostgreSQL's server programs are installed.
pub(crate) fn is_installed() -> bool {
    program("initdb").is_ok() && program("psql").is_ok() && user::exists()
}

/// The newest installed version's program; Debian keeps them outside of `PATH`.
fn program(name: &str) -> Result<PathBuf> {
    let versions = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let newest = versions
        .filter_map(|it| {
            let version: u32 = it.file_name().to_str()?.parse().ok()?;
            // A client alone has a directory too.
            Some((version, it.path().join("bin"))).filter(|(_, bin)| bin.join("initdb").is_file())
        })
        .max();
    if let Some(path) = newest.map(|(_, bin)| bin.join(name)).filter(|it| it.is_file()) {
        return Ok(path);
    }
    let found = run::output(run::command("which").arg(name))
        .with_context(|| format!("PostgreSQL's `{name}` is not installed"))?;
    Ok(Path::new(found.trim()).to_path_buf())
}

/// A new directory that only the server's user may enter. Not under `target`, which that user
/// may not reach, and whose path may be too long for a socket.
fn make_dir() -> Result<PathBuf> {
    let template = std::env::temp_dir().join("candor-postgres-XXXXXXXX");
    let made = run::output(user::command("mktemp").arg("--directory").arg(template))?;
    Ok(PathBuf::from(made.trim()))
}

fn free_port() -> Result<u16> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?.port())
}

fn random_hex() -> Result<String> {
    let mut bytes = [0_u8; 16];
    std::fs::File::open("/dev/urandom")?.read_exact(&mut bytes)?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

/// The state of a process and its parent, as the kernel tells them.
fn stat(pid: &str) -> Option<(String, String)> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The name stands in parentheses, and may hold spaces itself.
    let mut words = stat.rsplit_once(") ")?.1.split(' ').map(str::to_owned);
    Some((words.next()?, words.next()?))
}

fn children_of(parent: &str) -> Result<Vec<String>> {
    let listed =
        std::fs::read_dir("/proc")?.flatten().filter_map(|it| it.file_name().into_string().ok());
    Ok(listed.filter(|pid| stat(pid).is_some_and(|(_, it)| it == parent)).collect())
}

/// A killed process that nobody has asked about yet is still listed, as a zombie.
fn is_running(pid: &str) -> bool {
    stat(pid).is_some_and(|(state, _)| state != "Z")
}
