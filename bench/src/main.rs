//! Measures the hub over real HTTP beside hand-written SQL, PostGraphile and DuckDB; see the README beside it.

mod bars;
mod cases;
mod city;
mod client;
mod engine;
mod exports;
mod growth;
mod import;
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

use std::path::PathBuf;

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
    /// All cells of a workbook, read
    #[command(hide = true)]
    ReadCells { file: PathBuf },
    #[command(hide = true)]
    SqlCsv(exports::SqlArgs),
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let cli = Cli::parse();
    match cli.command {
        Some(Hidden::Serve(args)) => args.run().await,
        Some(Hidden::ReadCells { file }) => import::read_cells(&file),
        Some(Hidden::SqlCsv(args)) => exports::sql(args).await,
        None if cli.options.growth => growth::run(&cli.options).await,
        None => match (cli.options.soak, cli.options.import, cli.options.export) {
            (Some(minutes), ..) => soak::run(&cli.options, minutes).await,
            (None, Some(rows), _) => import::run(&cli.options, rows).await,
            (None, None, Some(rows)) => exports::run(&cli.options, rows).await,
            (None, None, None) => rounds::run(&cli.options).await,
        },
    }
}
