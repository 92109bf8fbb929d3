//! The program as its users' scripts see it: started with `--json`, ready when it says so on one
//! line, stopped by a signal.

use std::io::{BufRead, BufReader, Error, Result};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

/// An org is made within seconds; a debug build takes longer.
const READY_TIMEOUT: Duration = Duration::from_secs(180);
const STOP_TIMEOUT: Duration = Duration::from_secs(20);

/// A running server; it is killed when dropped.
pub struct Server {
    process: Child,
    ready: String,
}

impl Server {
    /// Starts `command`, and returns when it has said that it is ready.
    pub fn start(command: &mut Command) -> Result<Self> {
        let process = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn()?;
        let mut server = Self { process, ready: String::new() };
        server.ready = server.first_line()?;
        Ok(server)
    }

    /// What it said when it was ready.
    pub fn ready(&self) -> &str {
        &self.ready
    }

    pub fn process_id(&self) -> u32 {
        self.process.id()
    }

    /// The memory that the process holds, in KiB.
    pub fn resident_kib(&self) -> Result<u64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.process.id()))?;
        let line = status.lines().find(|it| it.starts_with("VmRSS:"));
        let figure = line.and_then(|it| it.split_whitespace().nth(1)?.parse().ok());
        figure.ok_or_else(|| Error::other("the system does not tell the memory in use"))
    }

    /// Asks the server to stop, and waits until it has.
    pub fn stop(mut self) -> Result<()> {
        let process_id = self.process.id();
        kill("-TERM", process_id)?;
        let (ended, wait) = mpsc::channel::<()>();
        let watch = std::thread::spawn(move || {
            let is_late = wait.recv_timeout(STOP_TIMEOUT) == Err(mpsc::RecvTimeoutError::Timeout);
            is_late && kill("-KILL", process_id).is_ok()
        });
        let status = self.process.wait()?;
        drop(ended);
        if watch.join().unwrap_or_default() {
            return Err(Error::other("it did not stop when asked to, and was killed"));
        }
        if !status.success() {
            return Err(Error::other(format!("it ended with {status}")));
        }
        Ok(())
    }

    /// Waits for the line; what follows is read on so that the server never blocks on a full
    /// pipe.
    fn first_line(&mut self) -> Result<String> {
        let stdout = self.process.stdout.take().ok_or_else(|| Error::other("no output"))?;
        let (send, receive) = mpsc::channel();
        std::thread::spawn(move || {
            for line in BufReader::new(stdout).lines() {
                let Ok(line) = line else { return };
                // Only the first is waited for.
                drop(send.send(line));
            }
        });
        receive.recv_timeout(READY_TIMEOUT).map_err(|error| match error {
            mpsc::RecvTimeoutError::Timeout => Error::other("it did not get ready in time"),
            mpsc::RecvTimeoutError::Disconnected => Error::other("it ended before it was ready"),
        })
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Both fail when it has ended, which is what they are for.
        drop(self.process.kill());
        drop(self.process.wait());
    }
}

fn kill(signal: &str, process_id: u32) -> Result<()> {
    let status = Command::new("kill").args([signal, &process_id.to_string()]).status()?;
    if status.success() { Ok(()) } else { Err(Error::other("it is gone already")) }
}
