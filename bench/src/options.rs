use std::path::PathBuf;

use clap::{Args, ValueEnum};
use serde::Serialize;

/// What is measured, and how long.
#[derive(Args, Clone, Debug)]
pub struct Options {
    #[command(flatten)]
    pub sizes: Sizes,
    /// Seconds of each measurement in each round
    #[arg(long, default_value_t = 3.0)]
    pub seconds: f64,
    /// Rounds, whose median is shown
    #[arg(long, default_value_t = 5)]
    pub rounds: usize,
    /// Connections of the measurements that have many
    #[arg(long, default_value_t = 32)]
    pub connections: usize,
    /// Reading connections to the database, for the server and for the SQL beside it
    #[arg(long, default_value_t = 4)]
    pub readers: u32,
    /// Only measurements whose name contains one of these, such as nested,submit
    #[arg(long, value_delimiter = ',')]
    pub only: Vec<String>,
    /// Only this database
    #[arg(long)]
    pub engine: Option<EngineKind>,
    /// The hub alone at 100 thousand, 1 and 10 million visits, in place of the sizes above
    #[arg(long, conflicts_with = "soak")]
    pub growth: bool,
    /// Mixed load for so many minutes, to see whether memory stays what it was
    #[arg(long, value_name = "MINUTES", value_parser = clap::value_parser!(u64).range(1..))]
    pub soak: Option<u64>,
    /// A workbook of so many rows looked at and taken in, in place of all else
    #[arg(long, value_name = "ROWS", conflicts_with_all = ["growth", "soak"])]
    pub import: Option<usize>,
    /// A list of so many visits on SQLite taken home in each format, in place of all else
    #[arg(long, value_name = "ROWS", conflicts_with_all = ["growth", "soak", "import"],
          value_parser = clap::value_parser!(u64).range(1000..))]
    pub export: Option<u64>,
    /// Build the SQLite file anew
    #[arg(long)]
    pub fresh: bool,
    /// Where files and results are kept
    #[arg(long, default_value = "target/bench", value_name = "DIR")]
    pub folder: PathBuf,
    /// A PostgreSQL server on this machine; the database nuanyang_bench is made anew on it
    #[arg(long, env = "NUANYANG_TEST_POSTGRES", value_name = "URL", hide_env_values = true)]
    pub postgres: Option<String>,
}

/// How many rows there are.
#[derive(Args, Clone, Copy, Debug, Serialize)]
pub struct Sizes {
    #[arg(long, default_value_t = 1_000_000, value_parser = clap::value_parser!(u64).range(1000..))]
    pub visits: u64,
    #[arg(long, default_value_t = 300_000,
          value_parser = clap::value_parser!(u64).range(1000..=4_000_000))]
    pub persons: u64,
    #[arg(long, default_value_t = 200_000)]
    pub assessments: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum EngineKind {
    Sqlite,
    Postgres,
}

impl EngineKind {
    pub fn name(self) -> &'static str {
        match self {
            Self::Sqlite => "SQLite",
            Self::Postgres => "PostgreSQL",
        }
    }
}

impl Options {
    /// Whether a measurement of this name is wanted.
    pub fn wants(&self, name: &str) -> bool {
        self.only.is_empty() || self.only.iter().any(|only| name.contains(only.as_str()))
    }

    /// The key file of both databases.
    pub fn key_file(&self) -> PathBuf {
        self.folder.join("bench.key")
    }

    pub fn wants_engine(&self, kind: EngineKind) -> bool {
        self.engine.is_none_or(|only| only == kind)
    }
}
