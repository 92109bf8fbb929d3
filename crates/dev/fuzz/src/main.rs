//! `fuzz [PARSER] [--minutes N] [--seed N]`, `fuzz PARSER FILE`.
//!
//! Each session runs in a child process, whose memory is bounded, and which writes every text into
//! a file before it tries it. Where the child dies, or says nothing for too long, that file is the
//! finding, and the next child goes on with another seed. Findings lie in `target/findings`;
//! `corpus/PARSER` is where they stay once they are understood.
#![expect(clippy::print_stdout, reason = "a command-line program talks on standard output")]
#![expect(clippy::print_stderr, reason = "a command-line program fails on standard error")]

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow, bail};
use fuzz::judge::judge;
use fuzz::mutate::CHARS_MAX;
use fuzz::probe::Probe;
use fuzz::session::{Figures, minimize};
use fuzz::{Finding, Session, Target, dice, on_small_stack, seed, target};

const USAGE: &str = "\
usage: fuzz [PARSER] [--minutes N] [--seed N]
       fuzz PARSER FILE";

/// What a child may map: a text that needs more ends it.
const ADDRESS_SPACE_BYTES: u64 = 4 << 30;

/// A text that takes longer never ends, however busy the machine is.
const SILENCE: Duration = Duration::from_secs(120);

/// A target whose children keep dying has one fault that hides others.
const DEATHS_MAX: usize = 5;

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    match run(&args) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("fuzz: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Returns whether nothing was found.
fn run(args: &[&str]) -> Result<bool> {
    match args {
        ["--child", name, seconds, seed] => session(named(name)?, seconds.parse()?, seed.parse()?),
        [name, file] if !name.starts_with("--") && !file.starts_with("--") => {
            replay(named(name)?, Path::new(file))
        }
        _ => supervise_all(args),
    }
}

fn named(name: &str) -> Result<&'static Target> {
    let names: Vec<&str> = target::TARGETS.iter().map(|it| it.name).collect();
    target::find(name).ok_or_else(|| anyhow!("no parser `{name}`, but {}", names.join(", ")))
}

/// Where what is made lies.
fn folder() -> PathBuf {
    let root = seed::root();
    fs::canonicalize(&root).unwrap_or(root).join("target/findings")
}

fn current_of(target: &Target, seed: u64) -> PathBuf {
    folder().join(format!("current-{}-{seed}", target.name))
}

fn replay(target: &'static Target, file: &Path) -> Result<bool> {
    bound_memory()?;
    let bytes = fs::read(file).with_context(|| format!("reading {}", file.display()))?;
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let (verdict, probe) = on_small_stack(|| {
        let mut probe = Probe::default();
        (judge(target, &text, &mut probe), probe)
    });
    for call in &probe.calls {
        println!("{:<24} {:>10.1?} {:>12} bytes", call.what, call.cpu, call.memory);
    }
    if let Err(finding) = &verdict {
        println!("{finding}");
    }
    Ok(verdict.is_ok())
}

fn bound_memory() -> Result<()> {
    use rustix::process::{Resource, Rlimit, setrlimit};
    let limit = Rlimit { current: Some(ADDRESS_SPACE_BYTES), maximum: Some(ADDRESS_SPACE_BYTES) };
    setrlimit(Resource::As, limit).context("bounding the memory")
}

fn session(target: &'static Target, seconds: u64, seed: u64) -> Result<bool> {
    bound_memory()?;
    let path = current_of(target, seed);
    let current = File::create(&path).with_context(|| format!("writing {}", path.display()))?;
    let found = on_small_stack(|| {
        let seeds = [seed::corpus(target), seed::seeds(target)].concat();
        let mut session = Session::new(target, seeds, CHARS_MAX, seed);
        let until = now() + Duration::from_secs(seconds);
        let mut found = BTreeSet::new();
        while now() < until || 0 < session.n_seeds() {
            let text = session.next_text();
            write_current(&current, session.figures.n_inputs, &text)?;
            if let Err(finding) = session.attempt(text.clone())
                && found.insert(finding.key())
            {
                let small = smaller(target, &text, &finding, |tries| {
                    write_current(&current, u64::MAX - tries, &text)
                });
                let path = save(target, &small)?;
                println!("{}: {finding}\n  {}\n  {}", target.name, path.display(), excerpt(&small));
            }
        }
        println!("{}", summary(target, &session, seconds));
        anyhow::Ok(found)
    })?;
    fs::remove_file(path)?;
    Ok(found.is_empty())
}

/// The number of the text, its length, and the text.
fn write_current(file: &File, n: u64, text: &str) -> Result<()> {
    let mut bytes = Vec::with_capacity(16 + text.len());
    bytes.extend_from_slice(&n.to_le_bytes());
    bytes.extend_from_slice(&(text.len() as u64).to_le_bytes());
    bytes.extend_from_slice(text.as_bytes());
    Ok(file.write_all_at(&bytes, 0)?)
}

fn read_current(path: &Path) -> Result<(u64, String)> {
    let bytes = fs::read(path).with_context(|| format!("reading {}", path.display()))?;
    let number = |at: usize| bytes.get(at..at + 8).and_then(|it| it.try_into().ok());
    let (Some(n), Some(length)) = (number(0), number(8)) else { return Ok((0, String::new())) };
    let end = (16 + u64::from_le_bytes(length) as usize).min(bytes.len());
    Ok((u64::from_le_bytes(n), String::from_utf8_lossy(&bytes[16..end]).into_owned()))
}

fn summary(target: &Target, session: &Session<'_>, seconds: u64) -> String {
    let Figures { n_inputs, n_bytes, slowest, largest } = &session.figures;
    let mut out = format!(
        "{}: {n_inputs} texts ({} MB), {} a second, {} kept",
        target.name,
        n_bytes / 1_000_000,
        n_inputs / seconds.max(1),
        session.n_kept()
    );
    if let (Some((slow, by)), Some((large, of))) = (slowest, largest) {
        out.push_str(&format!(
            "; slowest: {} {:.1?} ({} % of its bound); largest: {} {} kB ({} %)",
            slow.what,
            slow.cpu,
            by / 10,
            large.what,
            large.memory / 1000,
            of / 10
        ));
    }
    out
}

/// A text made as small as it gets with the same fault; `sign` is told that it goes on.
fn smaller(
    target: &Target,
    text: &str,
    finding: &Finding,
    sign: impl Fn(u64) -> Result<()>,
) -> String {
    let key = finding.key();
    let mut tries = 0;
    minimize(text, 2_000, |it| {
        tries += 1;
        sign(tries).is_ok()
            && judge(target, it, &mut Probe::default()).is_err_and(|it| it.key() == key)
    })
}

fn save(target: &Target, text: &str) -> Result<PathBuf> {
    let folder = folder().join(target.name);
    fs::create_dir_all(&folder)?;
    let path = folder.join(format!("{:016x}", dice::hash(text)));
    fs::write(&path, text)?;
    Ok(path)
}

fn excerpt(text: &str) -> String {
    let start: String = text.chars().take(300).collect();
    format!("{} bytes: {start:?}", text.len())
}

struct Options {
    targets: Vec<&'static Target>,
    seconds: u64,
    seed: u64,
}

fn options(args: &[&str]) -> Result<Options> {
    let mut options = Options { targets: Vec::new(), seconds: 60, seed: 1 };
    let mut rest = args.iter();
    while let Some(arg) = rest.next() {
        match *arg {
            "--minutes" => {
                let minutes: f64 = rest.next().context(USAGE)?.parse().context(USAGE)?;
                options.seconds = (minutes * 60.0) as u64;
            }
            "--seed" => options.seed = rest.next().context(USAGE)?.parse().context(USAGE)?,
            name if !name.starts_with('-') => options.targets.push(named(name)?),
            _ => bail!(USAGE),
        }
    }
    if options.targets.is_empty() {
        options.targets = target::TARGETS.iter().collect();
    }
    Ok(options)
}

fn supervise_all(args: &[&str]) -> Result<bool> {
    let options = options(args)?;
    fs::create_dir_all(folder())?;
    let mut clean = true;
    for target in &options.targets {
        clean &= supervise(target, options.seconds, options.seed)?;
    }
    println!("{}", if clean { "no findings" } else { "there are findings" });
    Ok(clean)
}

/// Runs children until the time is over.
fn supervise(target: &'static Target, seconds: u64, first_seed: u64) -> Result<bool> {
    let until = now() + Duration::from_secs(seconds);
    let mut clean = true;
    for n in 0..DEATHS_MAX as u64 {
        let seed = first_seed + n;
        let left = until.saturating_duration_since(now()).as_secs();
        let path = current_of(target, seed);
        let mut child = Command::new(std::env::current_exe()?)
            .args(["--child", target.name, &left.to_string(), &seed.to_string()])
            .stdin(Stdio::null())
            .spawn()?;
        match watch(&mut child, &path)? {
            End::Code(code) => return Ok(clean && code == 0),
            End::Death(how) => {
                clean = false;
                let (n_inputs, text) = read_current(&path)?;
                let small = if how == SILENT { text } else { minimize_death(target, &text)? };
                let kept = save(target, &small)?;
                println!("{}: {how}, after {n_inputs} texts", target.name);
                println!("  {}\n  {}", kept.display(), excerpt(&small));
                fs::remove_file(&path)?;
            }
        }
    }
    println!("{}: given up, for it keeps dying", target.name);
    Ok(false)
}

enum End {
    Code(i32),
    Death(String),
}

const SILENT: &str = "no end";

/// Waits for the end of a child, and ends it where it tries one text for too long.
fn watch(child: &mut Child, current: &Path) -> Result<End> {
    let (mut last, mut since) = (0, now());
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(status.code().map_or_else(|| End::Death(status.to_string()), End::Code));
        }
        pause();
        let n = read_current(current).map_or(0, |it| it.0);
        if n != last {
            (last, since) = (n, now());
        } else if SILENCE < since.elapsed() {
            child.kill()?;
            child.wait()?;
            return Ok(End::Death(SILENT.to_owned()));
        }
    }
}

/// A smaller text of which a process dies; each is tried in one of its own.
fn minimize_death(target: &Target, text: &str) -> Result<String> {
    let program = std::env::current_exe()?;
    let file = folder().join(format!("smaller-{}", target.name));
    let small = minimize(text, 300, |it| {
        let dies = || -> Result<bool> {
            fs::write(&file, it)?;
            let mut command = Command::new(&program);
            command.arg(target.name).arg(&file).stdout(Stdio::null()).stderr(Stdio::null());
            Ok(command.status()?.code().is_none())
        };
        dies().unwrap_or(false)
    });
    fs::remove_file(&file)?;
    Ok(small)
}

/// Reads the clock, for how long to go on.
#[expect(clippy::disallowed_methods, reason = "a run lasts as long as its caller says")]
fn now() -> Instant {
    Instant::now()
}

#[expect(clippy::disallowed_methods, reason = "a child says nothing when it dies; it is looked at")]
fn pause() {
    std::thread::sleep(Duration::from_millis(200));
}
