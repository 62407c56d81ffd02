//! The measured server: the program itself, in a process of its own.

use std::process::Stdio;

use anyhow::Context;
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::{Child, Command},
};

use crate::{
    engine::Engine,
    options::Options,
    process::{self, Memory},
};

pub struct Server {
    child: Child,
    pub pid: u32,
    /// `http://host:port`
    pub address: String,
}

impl Server {
    /// Starts a server on an engine's database, by the `serve` command of this very program. Its
    /// logs are written as in service, to nowhere.
    pub async fn start(engine: &Engine, options: &Options) -> anyhow::Result<Self> {
        let program = std::env::current_exe().context("this program does not know its own file")?;
        let mut child = Command::new(program)
            .args(["serve", "--listen", "127.0.0.1:0", "--database", &engine.url])
            .arg("--key-file")
            .arg(options.key_file())
            .args(["--readers", &options.readers.to_string()])
            // One account asks for all that is measured.
            .args(["--minute-budget", &u64::MAX.to_string()])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .context("the server cannot be started")?;
        let pid = child.id().context("the server ended at once")?;
        let stdout = child.stdout.take().context("the server has no output")?;
        let mut lines = BufReader::new(stdout).lines();
        let line = lines.next_line().await?.context("the server ended before it served")?;
        let start = line.find("http://").with_context(|| format!("no address in {line:?}"))?;
        let address = line[start..].trim().trim_end_matches('/').to_owned();
        tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
        Ok(Self { child, pid, address })
    }

    pub fn memory(&self) -> Memory {
        process::memory(self.pid)
    }

    /// Tells it to stop, and waits.
    pub async fn stop(mut self) -> anyhow::Result<()> {
        Command::new("kill").args(["-TERM", &self.pid.to_string()]).status().await?;
        self.child.wait().await?;
        Ok(())
    }
}
