//! Measures the hub over real HTTP beside hand-written SQL, PostGraphile and DuckDB; see the README beside it.

mod bars;
mod cases;
mod city;
mod client;
mod engine;
mod exports;
mod growth;
mod measure;
mod options;
mod peer;
mod process;
mod random;
mod report;
mod rounds;
mod seed;
mod server;
mod soak;
mod stand;

use clap::{Parser, Subcommand};
use nuanyang::commands::ServeArgs;

use options::Options;

/// Measure the hub beside hand-written SQL
#[derive(Parser)]
#[command(args_conflicts_with_subcommands = true)]
struct Cli {
    #[command(flatten)]
    options: Options,
    #[command(subcommand)]
    command: Option<Hidden>,
}

#[derive(Subcommand)]
enum Hidden {
    /// The measured server
    #[command(hide = true)]
    Serve(Box<ServeArgs>),
    #[command(hide = true)]
    SqlCsv(exports::SqlArgs),
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let cli = Cli::parse();
    match cli.command {
        Some(Hidden::Serve(args)) => args.run().await,
        Some(Hidden::SqlCsv(args)) => exports::sql(args).await,
        None if cli.options.growth => growth::run(&cli.options).await,
        None => match (cli.options.soak, cli.options.export) {
            (Some(minutes), _) => soak::run(&cli.options, minutes).await,
            (None, Some(rows)) => exports::run(&cli.options, rows).await,
            (None, None) => rounds::run(&cli.options).await,
        },
    }
}
