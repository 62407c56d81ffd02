use clap::Args;
use tracing_subscriber::EnvFilter;

use crate::{
    server::Server,
    settings::{LogFormat, Settings, SettingsArgs},
};

#[derive(Args)]
pub struct ServeArgs {
    #[command(flatten)]
    settings: SettingsArgs,
}

impl ServeArgs {
    /// Serves until it is told to stop.
    ///
    /// # Errors
    /// Where a setting is wrong, the database cannot be used or the address is taken.
    pub async fn run(self) -> anyhow::Result<()> {
        let settings = self.settings.settings()?;
        start_logs(&settings)?;
        let server = Server::start(&settings).await?;
        let scheme = if settings.tls_cert.is_some() { "https" } else { "http" };
        println!("nuanyang serves on {scheme}://{}/", server.address());
        server.run_until_told().await
    }
}

/// Logs go to the standard error.
///
/// # Errors
/// Where the filter is not one.
pub fn start_logs(settings: &Settings) -> anyhow::Result<()> {
    let filter = EnvFilter::try_new(&settings.log)
        .map_err(|error| anyhow::anyhow!("the log filter {:?} is wrong: {error}", settings.log))?;
    let logs = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    match settings.log_format {
        LogFormat::Text => logs.init(),
        LogFormat::Json => logs.json().flatten_event(true).init(),
    }
    Ok(())
}
