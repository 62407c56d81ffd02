//! `nuanyang demo`: the demo city in a fresh file, served. Twelve stations come by their workbooks,
//! fifty-four hand in a made-up month over HTTP, all at once, and the bulletin of it is held against
//! a count over the inputs.

mod bulletin;
mod city;
pub mod count;
pub mod generate;

use std::{net::SocketAddr, path::PathBuf};

use anyhow::Context;
use clap::Args;

use crate::{commands::start_logs, server::Server, settings::Settings};

pub use bulletin::{QUERIES, difference, printed};
pub use city::{City, FROM, TO};

#[derive(Args)]
pub struct DemoArgs {
    /// The folder of the demo's database and queues; what is in it is made anew
    #[arg(long, default_value = "demo-data", value_name = "DIR")]
    dir: PathBuf,
    /// The folder of the twelve stations' workbooks
    #[arg(long, default_value = "tests/data/ledgers", value_name = "DIR")]
    ledgers: PathBuf,
    /// The address to listen on
    #[arg(long, default_value = "127.0.0.1:8466", value_name = "ADDR")]
    listen: SocketAddr,
    /// Serve plain HTTP on an address other machines reach
    #[arg(long)]
    allow_plain_http: bool,
    /// End after the bulletin instead of serving
    #[arg(long)]
    once: bool,
}

impl DemoArgs {
    /// Loads the city, prints its bulletin and how to ask, and serves until told to stop.
    ///
    /// # Errors
    /// Where the folder or the address cannot be used, or the bulletin is not what was handed in.
    pub async fn run(self) -> anyhow::Result<()> {
        self.clear()?;
        let settings = Settings {
            database: format!("sqlite:{}", self.dir.join("hub.db").display()),
            listen: self.listen,
            allow_plain_http: self.allow_plain_http,
            log: "warn".to_owned(),
            ..Settings::default()
        };
        start_logs(&settings)?;
        let server = Server::start(&settings).await?;
        let city = City::load(&server, &self.ledgers, &self.dir.join("queues")).await?;
        let bulletin = city.bulletin(&server).await?;
        println!("\n{}", printed(&bulletin));
        let difference = difference(&bulletin, &city.expected);
        anyhow::ensure!(difference.is_empty(), "the bulletin differs: {}", difference.join("; "));
        println!("The bulletin agrees with an independent count over what was handed in.");
        if self.once {
            return server.stop().await;
        }
        println!("{}", city.welcome(&server));
        server.run_until_told().await
    }

    /// Takes away what an earlier demo made, and nothing else.
    fn clear(&self) -> anyhow::Result<()> {
        for name in ["hub.db", "hub.db-wal", "hub.db-shm", "hub.db.key"] {
            let file = self.dir.join(name);
            if file.exists() {
                std::fs::remove_file(&file)
                    .with_context(|| format!("{} cannot be made anew", file.display()))?;
            }
        }
        let queues = self.dir.join("queues");
        if queues.exists() {
            std::fs::remove_dir_all(&queues)?;
        }
        std::fs::create_dir_all(&queues)
            .with_context(|| format!("the folder {} cannot be made", self.dir.display()))
    }
}
