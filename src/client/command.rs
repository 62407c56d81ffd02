//! `nuanyang submit`: queue the files, send what waits, say what became of it.

use std::{path::PathBuf, process::ExitCode, time::Duration};

use anyhow::{Context, anyhow};

use super::{
    file,
    progress::{Line, Progress},
    queue::Queue,
    sender::Sender,
};

/// At most this many refused items are told on the screen; all stand in the list.
const TOLD: usize = 20;

/// Hands in files of submissions; safe to repeat and to stop at any moment.
#[derive(clap::Args)]
pub struct SubmitArgs {
    /// Files of submissions: a JSON array, {"items": [...]}, or one object a line. Without any, what
    /// still waits in the queue is sent
    #[arg(value_name = "FILE.json")]
    pub files: Vec<PathBuf>,
    /// The hub's address
    #[arg(long, default_value = "http://127.0.0.1:8466")]
    pub url: String,
    /// The station's token
    #[arg(long, env = "NUANYANG_TOKEN", hide_env_values = true)]
    pub token: Option<String>,
    /// The folder of the queue; one for each hub
    #[arg(long, value_name = "DIR", default_value = "nuanyang-queue")]
    pub queue: PathBuf,
    /// Stop when the hub has not answered for this long; without it the client never gives up
    #[arg(long, value_name = "SECONDS")]
    pub give_up_after: Option<u64>,
    /// Send the refused items once more, unchanged
    #[arg(long)]
    pub retry_refused: bool,
}

/// 0 where all is recorded, 2 where something is refused; an error where something still waits.
pub async fn run(args: SubmitArgs) -> anyhow::Result<ExitCode> {
    let mut queue = Queue::open(&args.queue)?;
    for path in &args.files {
        take_in(&mut queue, path)?;
    }
    if args.retry_refused {
        eprintln!("{} refused items wait again", queue.retry_refused()?);
    }
    let token =
        args.token.ok_or_else(|| anyhow!("no token: give it with --token or NUANYANG_TOKEN"))?;
    let sender =
        Sender::new(&args.url, &token)?.give_up_after(args.give_up_after.map(Duration::from_secs));
    let mut line = Line::new();
    let drained = sender.drain(&mut queue, |progress| line.show(progress)).await;
    line.end();
    let refused = queue.write_refused()?;
    if drained.is_err() {
        let waiting = queue.counts().waiting;
        eprintln!("{waiting} items still wait in the queue; the same command goes on from there");
    }
    let progress = drained?;
    summarise(&queue, &progress);
    let Some(list) = refused else {
        return Ok(ExitCode::SUCCESS);
    };
    tell_refused(&queue);
    println!("mend them in {0} and hand in: nuanyang submit {0}", list.display());
    Ok(ExitCode::from(2))
}

fn take_in(queue: &mut Queue, path: &std::path::Path) -> anyhow::Result<()> {
    let items = file::read(path).with_context(|| path.display().to_string())?;
    let added = queue.add(items)?;
    let (file, queued, known) = (path.display(), added.queued, added.known);
    eprintln!("{file}: {queued} queued, {known} in the queue already");
    for id in added.differing {
        eprintln!("{file}: {id} was queued before with another content, which stands");
    }
    Ok(())
}

fn summarise(queue: &Queue, progress: &Progress) {
    let counts = queue.counts();
    println!("{progress}");
    println!(
        "the queue: {} recorded, {} refused, {} waiting",
        counts.answered, counts.refused, counts.waiting
    );
}

fn tell_refused(queue: &Queue) {
    for (id, refusal) in queue.refused().take(TOLD) {
        println!("{id} {}", refusal.reason);
        for problem in &refusal.problems {
            let path = problem.path.as_deref().unwrap_or_default();
            println!("  {path} {} {}", problem.code, problem.message);
        }
    }
    if let Some(more) = queue.counts().refused.checked_sub(TOLD + 1) {
        println!("and {} more", more + 1);
    }
}
