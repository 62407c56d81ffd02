//! The settings of the server: flags, `NUANYANG_*` variables, a TOML file, in that order of
//! strength; then the defaults.

use std::{net::SocketAddr, path::PathBuf, time::Duration};

use anyhow::Context;
use clap::{Args, ValueEnum};
use serde::Deserialize;

/// What `serve` takes on the command line or from the environment.
#[derive(Args, Clone, Debug, Default)]
pub struct SettingsArgs {
    /// A TOML file with settings of the same names
    #[arg(long, env = "NUANYANG_CONFIG", value_name = "FILE")]
    pub config: Option<PathBuf>,
    #[command(flatten)]
    values: Partial,
}

/// Settings, each given or not.
#[derive(Args, Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Partial {
    /// The database: sqlite:FILE or postgres://… [default: sqlite:nuanyang.db]
    #[arg(long, env = "NUANYANG_DATABASE", value_name = "URL", hide_env_values = true)]
    database: Option<String>,
    /// The address to listen on [default: 127.0.0.1:8466]
    #[arg(long, env = "NUANYANG_LISTEN", value_name = "ADDR")]
    listen: Option<SocketAddr>,
    /// Reading connections to the database [default: 4]
    #[arg(long, env = "NUANYANG_READERS", value_name = "N",
          value_parser = clap::value_parser!(u32).range(1..=256))]
    readers: Option<u32>,
    /// Seconds until an operation is given up [default: 30]
    #[arg(long, env = "NUANYANG_TIMEOUT", value_name = "SECONDS",
          value_parser = clap::value_parser!(u64).range(1..=600))]
    timeout: Option<u64>,
    /// The deepest nesting of a query [default: 15]
    #[arg(long, env = "NUANYANG_DEPTH", value_name = "N")]
    depth: Option<usize>,
    /// How logs are written [default: text]
    #[arg(long, env = "NUANYANG_LOG_FORMAT", value_name = "FORMAT")]
    log_format: Option<LogFormat>,
    /// What is logged: error, warn, info, debug, or a filter such as hub=debug [default: info]
    #[arg(long, env = "NUANYANG_LOG", value_name = "FILTER")]
    log: Option<String>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    #[default]
    Text,
    Json,
}

/// The settings in force.
#[derive(Clone)]
pub struct Settings {
    pub database: String,
    pub listen: SocketAddr,
    pub readers: u32,
    pub timeout: Duration,
    pub depth: usize,
    pub log_format: LogFormat,
    pub log: String,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            database: "sqlite:nuanyang.db".to_owned(),
            listen: SocketAddr::from(([127, 0, 0, 1], 8466)),
            readers: 4,
            timeout: Duration::from_secs(30),
            depth: 15,
            log_format: LogFormat::Text,
            log: "info".to_owned(),
        }
    }
}

impl SettingsArgs {
    /// Lays flags and variables over the file, and the file over the defaults.
    ///
    /// # Errors
    /// Where the file cannot be read, or holds a setting that is unknown or of another type.
    pub fn settings(self) -> anyhow::Result<Settings> {
        let file = match &self.config {
            Some(path) => read(path)?,
            None => Partial::default(),
        };
        Ok(self.values.over(file.over_defaults()))
    }
}

fn read(path: &std::path::Path) -> anyhow::Result<Partial> {
    let text = std::fs::read_to_string(path)
        .with_context(|| format!("the settings file {} cannot be read", path.display()))?;
    let wrong = || format!("the settings file {} is wrong", path.display());
    let file: Partial = toml::from_str(&text).with_context(wrong)?;
    anyhow::ensure!(file.readers.is_none_or(|n| (1..=256).contains(&n)), "{}: readers", wrong());
    anyhow::ensure!(file.timeout.is_none_or(|n| (1..=600).contains(&n)), "{}: timeout", wrong());
    Ok(file)
}

impl Partial {
    fn over_defaults(self) -> Settings {
        self.over(Settings::default())
    }

    fn over(self, below: Settings) -> Settings {
        Settings {
            database: self.database.unwrap_or(below.database),
            listen: self.listen.unwrap_or(below.listen),
            readers: self.readers.unwrap_or(below.readers),
            timeout: self.timeout.map_or(below.timeout, Duration::from_secs),
            depth: self.depth.unwrap_or(below.depth),
            log_format: self.log_format.unwrap_or(below.log_format),
            log: self.log.unwrap_or(below.log),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_are_stronger_than_the_file_and_the_file_than_the_defaults() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("nuanyang.toml");
        std::fs::write(&file, "readers = 9\ntimeout = 7\nlog_format = \"json\"\n").unwrap();
        let values = Partial { timeout: Some(3), ..Partial::default() };
        let settings = SettingsArgs { config: Some(file), values }.settings().unwrap();
        assert_eq!(settings.timeout, Duration::from_secs(3));
        assert_eq!(settings.readers, 9);
        assert_eq!(settings.log_format, LogFormat::Json);
        assert_eq!(settings.depth, Settings::default().depth);
    }

    #[test]
    fn an_unknown_setting_is_refused_by_name() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("nuanyang.toml");
        std::fs::write(&file, "datbase = \"x\"\n").unwrap();
        let args = SettingsArgs { config: Some(file), ..SettingsArgs::default() };
        let error = format!("{:#}", args.settings().err().unwrap());
        assert!(error.contains("datbase") && error.contains("nuanyang.toml"), "{error}");
    }
}
