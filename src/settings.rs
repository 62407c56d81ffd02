//! The settings of the server: flags, `NUANYANG_*` variables, a TOML file, in that order of
//! strength; then the defaults.

use std::{net::SocketAddr, num::NonZeroU16, path::PathBuf, str::FromStr, time::Duration};

use anyhow::Context;
use clap::{Args, ValueEnum};
use entity::{Network, Role};
use hub::{accounts::NEED_SECOND_FACTOR, disclosure::QUESTIONS_A_DAY, trail::LEAST_KEEP_DAYS};
use serde::Deserialize;

use crate::bounds::Bounds;

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
    /// The key file, with the master key [default for sqlite: FILE.key]
    #[arg(long, env = "NUANYANG_KEY_FILE", value_name = "FILE")]
    key_file: Option<PathBuf>,
    /// The address to listen on [default: 127.0.0.1:8466]
    #[arg(long, env = "NUANYANG_LISTEN", value_name = "ADDR")]
    listen: Option<SocketAddr>,
    /// The certificate with its chain, in PEM; with it the hub serves HTTPS
    #[arg(long, env = "NUANYANG_TLS_CERT", value_name = "FILE")]
    tls_cert: Option<PathBuf>,
    /// The certificate's key, in PEM
    #[arg(long, env = "NUANYANG_TLS_KEY", value_name = "FILE")]
    tls_key: Option<PathBuf>,
    /// Serve plain HTTP on an address other machines reach
    #[arg(long, env = "NUANYANG_ALLOW_PLAIN_HTTP", num_args = 0..=1, default_missing_value = "true",
          value_name = "BOOL")]
    allow_plain_http: Option<bool>,
    /// Reading connections to the database [default: 4]
    #[arg(long, env = "NUANYANG_READERS", value_name = "N",
          value_parser = clap::value_parser!(u32).range(1..=256))]
    readers: Option<u32>,
    /// Seconds until an operation is given up [default: 30]
    #[arg(long, env = "NUANYANG_TIMEOUT", value_name = "SECONDS",
          value_parser = clap::value_parser!(u64).range(1..=600))]
    timeout: Option<u64>,
    /// Requests of one account that are worked on at once; further ones wait [default: 16]
    #[arg(long, env = "NUANYANG_PER_ACCOUNT", value_name = "N")]
    per_account: Option<NonZeroU16>,
    /// The same for one address, which may be a proxy's [default: 64]
    #[arg(long, env = "NUANYANG_PER_ADDRESS", value_name = "N")]
    per_address: Option<NonZeroU16>,
    /// Proxies whose X-Forwarded-For tells the client's address, as CIDRs [default: none]
    #[arg(long, env = "NUANYANG_TRUSTED_PROXIES", value_name = "CIDR", value_delimiter = ',')]
    trusted_proxies: Option<Vec<Network>>,
    /// Different questions for figures a day of an account that does not see small ones [default: 200]
    #[arg(long, env = "NUANYANG_AGGREGATE_BUDGET", value_name = "N")]
    aggregate_budget: Option<u64>,
    /// What an account may ask for in a minute, by the price of its questions [default: by role]
    #[arg(long, env = "NUANYANG_MINUTE_BUDGET", value_name = "PRICE")]
    minute_budget: Option<u64>,
    /// The deepest nesting of a query [default: 15]
    #[arg(long, env = "NUANYANG_DEPTH", value_name = "N")]
    depth: Option<usize>,
    /// Days for which the trail is kept, 183 at least [default: 1095]
    #[arg(long, env = "NUANYANG_TRAIL_KEEP_DAYS", value_name = "DAYS",
          value_parser = clap::value_parser!(u16).range(i64::from(LEAST_KEEP_DAYS)..))]
    trail_keep_days: Option<u16>,
    /// The roles that sign in with a second factor, with commas between, or none
    /// [default: ADMIN,AUDITOR,COUNTY_OFFICER]
    #[arg(long, env = "NUANYANG_SECOND_FACTOR", value_name = "ROLES")]
    second_factor: Option<SecondFactor>,
    /// The identity provider that may sign people in, as the URL it calls itself
    #[arg(long, env = "NUANYANG_OIDC_ISSUER", value_name = "URL")]
    oidc_issuer: Option<String>,
    /// What the provider calls this hub
    #[arg(long, env = "NUANYANG_OIDC_CLIENT_ID", value_name = "ID")]
    oidc_client_id: Option<String>,
    /// The file with the secret the provider gave to this hub; without it the hub is a public client
    #[arg(long, env = "NUANYANG_OIDC_CLIENT_SECRET_FILE", value_name = "FILE")]
    oidc_client_secret_file: Option<PathBuf>,
    /// Where the provider leads back to: https://…/session/oidc/callback
    #[arg(long, env = "NUANYANG_OIDC_REDIRECT_URL", value_name = "URL")]
    oidc_redirect_url: Option<String>,
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

/// The roles that need a second factor.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct SecondFactor(pub Vec<Role>);

impl Default for SecondFactor {
    fn default() -> Self {
        Self(NEED_SECOND_FACTOR.to_vec())
    }
}

impl FromStr for SecondFactor {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text.trim().eq_ignore_ascii_case("none") {
            return Ok(Self(Vec::new()));
        }
        let role = |word: &str| {
            let word = word.trim();
            let found =
                Role::ALL.iter().copied().find(|role| role.code().eq_ignore_ascii_case(word));
            found.ok_or_else(|| {
                let roles: Vec<_> = Role::ALL.iter().map(|role| role.code()).collect();
                format!("{word:?} is no role; the roles are {}, or give none", roles.join(", "))
            })
        };
        text.split(',').map(role).collect::<Result<_, _>>().map(Self)
    }
}

impl TryFrom<String> for SecondFactor {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

/// The settings in force.
#[derive(Clone)]
pub struct Settings {
    pub database: String,
    pub key_file: Option<PathBuf>,
    pub listen: SocketAddr,
    pub tls_cert: Option<PathBuf>,
    pub tls_key: Option<PathBuf>,
    pub allow_plain_http: bool,
    pub readers: u32,
    pub timeout: Duration,
    pub per_account: NonZeroU16,
    pub per_address: NonZeroU16,
    pub trusted_proxies: Vec<Network>,
    pub aggregate_budget: u64,
    pub minute_budget: Option<u64>,
    pub depth: usize,
    pub trail_keep_days: u16,
    pub second_factor: SecondFactor,
    pub oidc_issuer: Option<String>,
    pub oidc_client_id: Option<String>,
    pub oidc_client_secret_file: Option<PathBuf>,
    pub oidc_redirect_url: Option<String>,
    pub log_format: LogFormat,
    pub log: String,
    pub bounds: Bounds,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            database: "sqlite:nuanyang.db".to_owned(),
            key_file: None,
            listen: SocketAddr::from(([127, 0, 0, 1], 8466)),
            tls_cert: None,
            tls_key: None,
            allow_plain_http: false,
            readers: 4,
            timeout: Duration::from_secs(30),
            per_account: const { NonZeroU16::new(16).unwrap() },
            per_address: const { NonZeroU16::new(64).unwrap() },
            trusted_proxies: Vec::new(),
            aggregate_budget: QUESTIONS_A_DAY,
            minute_budget: None,
            depth: 15,
            trail_keep_days: 1095,
            second_factor: SecondFactor::default(),
            oidc_issuer: None,
            oidc_client_id: None,
            oidc_client_secret_file: None,
            oidc_redirect_url: None,
            log_format: LogFormat::Text,
            log: "info".to_owned(),
            bounds: Bounds::default(),
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
    anyhow::ensure!(
        file.trail_keep_days.is_none_or(|days| days >= LEAST_KEEP_DAYS),
        "{}: trail_keep_days has to be {LEAST_KEEP_DAYS} at least",
        wrong()
    );
    Ok(file)
}

impl Partial {
    fn over_defaults(self) -> Settings {
        self.over(Settings::default())
    }

    fn over(self, below: Settings) -> Settings {
        Settings {
            database: self.database.unwrap_or(below.database),
            key_file: self.key_file.or(below.key_file),
            listen: self.listen.unwrap_or(below.listen),
            tls_cert: self.tls_cert.or(below.tls_cert),
            tls_key: self.tls_key.or(below.tls_key),
            allow_plain_http: self.allow_plain_http.unwrap_or(below.allow_plain_http),
            readers: self.readers.unwrap_or(below.readers),
            timeout: self.timeout.map_or(below.timeout, Duration::from_secs),
            per_account: self.per_account.unwrap_or(below.per_account),
            per_address: self.per_address.unwrap_or(below.per_address),
            trusted_proxies: self.trusted_proxies.unwrap_or(below.trusted_proxies),
            aggregate_budget: self.aggregate_budget.unwrap_or(below.aggregate_budget),
            minute_budget: self.minute_budget.or(below.minute_budget),
            depth: self.depth.unwrap_or(below.depth),
            trail_keep_days: self.trail_keep_days.unwrap_or(below.trail_keep_days),
            second_factor: self.second_factor.unwrap_or(below.second_factor),
            oidc_issuer: self.oidc_issuer.or(below.oidc_issuer),
            oidc_client_id: self.oidc_client_id.or(below.oidc_client_id),
            oidc_client_secret_file: self.oidc_client_secret_file.or(below.oidc_client_secret_file),
            oidc_redirect_url: self.oidc_redirect_url.or(below.oidc_redirect_url),
            log_format: self.log_format.unwrap_or(below.log_format),
            log: self.log.unwrap_or(below.log),
            bounds: below.bounds,
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
    fn a_role_that_is_none_is_refused_by_name() {
        let roles = "county_officer, ADMIN".parse::<SecondFactor>().unwrap();
        assert_eq!(roles.0, [Role::CountyOfficer, Role::Admin]);
        assert_eq!("none".parse::<SecondFactor>().unwrap().0, []);
        let error = "ADMIN,officer".parse::<SecondFactor>().unwrap_err();
        assert!(error.contains("\"officer\"") && error.contains("COUNTY_OFFICER"), "{error}");
        assert!(toml::from_str::<Partial>("second_factor = \"\"").is_err());
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
