//! `nuanyang export`: asks for a file, waits for it and takes it home, on from where it broke off.

use std::{
    fs::{self, File, OpenOptions},
    io::{Read, Seek, SeekFrom, Write},
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::{Context, anyhow, bail};
use clap::Args;
use hub::exports::Cover;
use reqwest::{Client, StatusCode, header};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tokio::time::sleep;

use crate::client::http_client;

/// How often is asked how far the export is.
const LOOK: Duration = Duration::from_secs(1);
/// How often in a row a download that broke off is taken up again, and the pause before.
const TRIES: u32 = 10;
const PAUSE: Duration = Duration::from_secs(2);
/// What one download may take before it is taken up anew.
const DOWNLOAD: Duration = Duration::from_secs(3600);

const START: &str = "mutation ($operation: String!, $variables: JSON, $format: ExportFormat!, $layout: ExportLayout!) {
    export(operation: $operation, variables: $variables, format: $format, layout: $layout) { id } }";
const SHOW: &str = "query ($id: UUID!) { job(id: $id) { state done bytes digest message } }";

#[derive(Args)]
pub struct ExportArgs {
    /// The file with the query
    #[arg(long, value_name = "FILE.graphql")]
    query: PathBuf,
    /// Its variables, a JSON object
    #[arg(long, value_name = "JSON", default_value = "{}")]
    variables: String,
    /// The format of the file
    #[arg(long, value_enum, default_value_t = Format::Xlsx)]
    format: Format,
    /// Lay a ledger out as the station's workbook, to be imported again
    #[arg(long)]
    workbook: bool,
    /// The file to write; beside it, for all formats but xlsx, `.cover.json` says what it holds
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// The hub's address
    #[arg(long, value_name = "URL", default_value = "http://127.0.0.1:8466")]
    server: String,
    /// The access token
    #[arg(long, env = "NUANYANG_TOKEN", hide_env_values = true)]
    token: String,
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum Format {
    Xlsx,
    Csv,
    Ndjson,
    Parquet,
}

impl Format {
    fn code(self) -> &'static str {
        match self {
            Self::Xlsx => "XLSX",
            Self::Csv => "CSV",
            Self::Ndjson => "NDJSON",
            Self::Parquet => "PARQUET",
        }
    }
}

impl ExportArgs {
    /// Takes an answer home. The file is there as a whole, with the digest that the hub told, or not at
    /// all; the same command goes on with a download that was broken off.
    ///
    /// # Errors
    /// Where the hub refuses or does not answer, or what came is not what was made.
    pub async fn run(self) -> anyhow::Result<()> {
        let mut headers = header::HeaderMap::new();
        headers.insert(header::AUTHORIZATION, format!("Bearer {}", self.token).parse()?);
        let hub = Remote {
            url: self.server.trim_end_matches('/').to_owned(),
            http: http_client(headers)?,
        };
        let query = fs::read_to_string(&self.query)
            .with_context(|| format!("{} cannot be read", self.query.display()))?;
        let variables: Value =
            serde_json::from_str(&self.variables).context("--variables is no JSON")?;
        let asked = json!({
            "operation": query, "variables": variables, "format": self.format.code(),
            "layout": if self.workbook { "WORKBOOK" } else { "TABLE" },
        });
        let begun = beside(&self.out, "export");
        let id = match taken_up(&begun, &asked) {
            Some(id) if hub.job(&id).await?.is_some() => id,
            _ => {
                fs::remove_file(beside(&self.out, "part")).ok();
                let id = hub.start(&asked).await?;
                fs::write(&begun, json!({ "id": id, "asked": asked }).to_string())?;
                id
            }
        };
        let job = hub.until_done(&id).await?;
        let digest = job["digest"].as_str().ok_or_else(|| anyhow!("the hub told no digest"))?;
        let part = beside(&self.out, "part");
        hub.download(&id, digest, &part).await?;
        let found = digest_of(&part)?;
        if found != digest {
            fs::remove_file(&part).ok();
            bail!(
                "what came is not what was made: SHA-256 {found} instead of {digest}; run it again"
            );
        }
        let out = self.name_for(&part)?;
        fs::rename(&part, &out)?;
        fs::remove_file(&begun).ok();
        let (rows, bytes) = (&job["done"], &job["bytes"]);
        println!("{}: {rows} rows, {bytes} bytes, SHA-256 {digest}", out.display());
        // It is there and whole as a file; what it has not all of, it may not tell itself.
        if let Err(error) = self.keep_cover(&hub, &id, &out).await {
            eprintln!("what it holds, and whether it has all rows, could not be asked: {error:#}");
        }
        Ok(())
    }

    /// Several tables of a format that holds one are files in an archive, which is called one.
    fn name_for(&self, part: &Path) -> anyhow::Result<PathBuf> {
        let mut begins = [0; 4];
        let read = File::open(part)?.read(&mut begins)?;
        let is_archive = begins[..read] == *b"PK\x03\x04";
        Ok(match self.format {
            Format::Csv | Format::Parquet
                if is_archive && self.out.extension() != Some("zip".as_ref()) =>
            {
                beside(&self.out, "zip")
            }
            _ => self.out.clone(),
        })
    }

    /// Tells what the file has not all of, and keeps its cover beside it where it has no sheet for it.
    async fn keep_cover(&self, hub: &Remote, id: &str, out: &Path) -> anyhow::Result<()> {
        let text = hub.cover(id).await?;
        let cover: Cover = serde_json::from_str(&text)?;
        if !matches!(self.format, Format::Xlsx) {
            fs::write(beside(out, "cover.json"), &text)?;
        }
        for (label, text) in cover.left_out() {
            eprintln!("{label}: {text}");
        }
        Ok(())
    }
}

/// The job of the same question that was begun before.
fn taken_up(begun: &Path, asked: &Value) -> Option<String> {
    let known: Value = serde_json::from_str(&fs::read_to_string(begun).ok()?).ok()?;
    known["id"].as_str().filter(|_| known["asked"] == *asked).map(str::to_owned)
}

fn beside(out: &Path, ending: &str) -> PathBuf {
    let mut name = out.as_os_str().to_owned();
    name.push(".");
    name.push(ending);
    name.into()
}

fn digest_of(path: &Path) -> anyhow::Result<String> {
    let (mut file, mut digest) = (File::open(path)?, Sha256::new());
    let mut some = vec![0; 64 << 10];
    loop {
        match file.read(&mut some)? {
            0 => return Ok(hub::hex(&digest.finalize())),
            read => digest.update(&some[..read]),
        }
    }
}

/// A hub over HTTP.
struct Remote {
    url: String,
    http: Client,
}

impl Remote {
    async fn ask(&self, query: &str, variables: &Value) -> anyhow::Result<Value> {
        let asked = json!({ "query": query, "variables": variables });
        let answer = self.http.post(format!("{}/graphql", self.url)).json(&asked).send().await?;
        let mut answer: Value = answer.json().await?;
        if let Some(error) = answer["errors"].get(0) {
            bail!("{}", error["message"].as_str().unwrap_or("the hub refuses"));
        }
        Ok(answer["data"].take())
    }

    async fn start(&self, asked: &Value) -> anyhow::Result<String> {
        let data = self.ask(START, asked).await?;
        let id = data["export"]["id"].as_str().map(str::to_owned);
        id.ok_or_else(|| anyhow!("the hub told no export"))
    }

    /// The job as it stands; none where it is there no more, or cannot be taken.
    async fn job(&self, id: &str) -> anyhow::Result<Option<Value>> {
        let job = self.ask(SHOW, &json!({ "id": id })).await?["job"].take();
        let is_there = !job.is_null()
            && !["FAILED", "STOPPED"].contains(&job["state"].as_str().unwrap_or_default());
        Ok(is_there.then_some(job))
    }

    async fn until_done(&self, id: &str) -> anyhow::Result<Value> {
        loop {
            let job = self.ask(SHOW, &json!({ "id": id })).await?["job"].take();
            match job["state"].as_str() {
                Some("DONE") => return Ok(job),
                Some("WAITING" | "RUNNING") => sleep(LOOK).await,
                Some("FAILED") => {
                    bail!("{}", job["message"].as_str().unwrap_or("the export failed"))
                }
                _ => bail!("the export {id} was stopped or is there no more"),
            }
        }
    }

    async fn cover(&self, id: &str) -> anyhow::Result<String> {
        let answer = self.http.get(format!("{}/exports/{id}/cover", self.url)).send().await?;
        Ok(answer.error_for_status()?.text().await?)
    }

    /// Writes what is missing of the file, as often as it breaks off.
    async fn download(&self, id: &str, digest: &str, part: &Path) -> anyhow::Result<()> {
        let mut file = OpenOptions::new().create(true).truncate(false).write(true).open(part)?;
        let mut tries = 0;
        loop {
            let length = file.seek(SeekFrom::End(0))?;
            match self.go_on(id, digest, (&mut file, length)).await {
                Ok(()) => return Ok(file.sync_all()?),
                Err(error) if tries >= TRIES => return Err(error),
                Err(error) => {
                    eprintln!("the download broke off, it goes on: {error:#}");
                    tries = if file.metadata()?.len() > length { 0 } else { tries + 1 };
                    sleep(PAUSE).await;
                }
            }
        }
    }

    async fn go_on(
        &self,
        id: &str,
        digest: &str,
        (file, length): (&mut File, u64),
    ) -> anyhow::Result<()> {
        let request = self.http.get(format!("{}/exports/{id}", self.url)).timeout(DOWNLOAD);
        let request = match length {
            0 => request,
            _ => request
                .header(header::RANGE, format!("bytes={length}-"))
                .header(header::IF_RANGE, format!("\"{digest}\"")),
        };
        let mut answer = request.send().await?;
        match answer.status() {
            StatusCode::PARTIAL_CONTENT => {}
            // All of it is there.
            StatusCode::RANGE_NOT_SATISFIABLE => return Ok(()),
            StatusCode::OK => {
                file.set_len(0)?;
                file.seek(SeekFrom::Start(0))?;
            }
            status => bail!("the hub does not give the file: {status}"),
        }
        while let Some(bytes) = answer.chunk().await? {
            file.write_all(&bytes)?;
        }
        Ok(())
    }
}
