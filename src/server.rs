//! The running hub: its database, its feed and its HTTP server.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use anyhow::Context;
use entity::trail_seal;
use graphql::Questions;
use hub::{Hub, feed::Feed};
use tokio::{net::TcpListener, sync::watch, task::JoinHandle};

use crate::{
    commands::open,
    http::{self, Turns},
    imports,
    jobs::Clerk,
    listen::{self, Door},
    oidc::Provider,
    settings::Settings,
};

/// How long what was accepted may take to finish once the server is told to stop.
const DRAIN: Duration = Duration::from_secs(30);

/// How often is looked for photos that nobody handed in, and refusals that are long past.
const CLEARING: Duration = Duration::from_secs(600);

/// How often is looked whether a day is to be sealed.
const SEALING: Duration = Duration::from_secs(600);

/// A server that answers.
pub struct Server {
    hub: Hub,
    address: SocketAddr,
    stop: watch::Sender<bool>,
    http: JoinHandle<()>,
    feed: JoinHandle<()>,
    sealing: JoinHandle<()>,
    jobs: JoinHandle<()>,
    imports: JoinHandle<()>,
    clearing: JoinHandle<()>,
}

impl Server {
    /// Opens the database, brings it to the newest schema and answers on the address.
    ///
    /// # Errors
    /// Where the database or the certificate cannot be used, the address is taken, or HTTP would
    /// leave the machine without leave.
    pub async fn start(settings: &Settings) -> anyhow::Result<Self> {
        let tls = listen::tls(settings)?;
        let key_file = settings.key_file.as_deref();
        let mut hub = open(&settings.database, key_file, settings.readers).await?;
        hub.questions_a_day = settings.aggregate_budget;
        hub.minute_budget = settings.minute_budget;
        hub.question_budget = settings.bounds.question;
        hub.job_budget = settings.bounds.job;
        let oidc = Provider::of(settings, hub.clock)?;
        let hub = hub.with_second_factor(settings.second_factor.0.clone());
        if settings.second_factor.0.is_empty() {
            tracing::warn!("no role needs a second factor: a guessed password opens any account");
        }
        let listener = TcpListener::bind(settings.listen)
            .await
            .with_context(|| format!("the address {} cannot be listened on", settings.listen))?;
        let address = listener.local_addr()?;
        let (stop, stopped) = watch::channel(false);
        let feed = Feed::default();
        let follow = tokio::spawn(follow(feed.clone(), hub.clone(), stopped.clone()));
        let sealing = tokio::spawn(seal_the_trail(hub.clone(), stopped.clone()));
        let limits = graphql::Limits {
            depth: settings.depth,
            timeout: settings.timeout,
            ..Default::default()
        };
        let schema = graphql::schema(hub.clone(), feed, limits.clone());
        let questions = Questions::new(schema.clone(), hub.clone(), &limits);
        let (per_account, per_address) = (settings.per_account.get(), settings.per_address.get());
        let turns = Arc::new(Turns::new(per_account.into(), per_address.into()));
        let asked = (questions, Arc::clone(&turns));
        let router = http::router(hub.clone(), asked, settings, oidc, stopped.clone());
        let clerk = Clerk { hub: hub.clone(), schema, turns, stopped: stopped.clone() };
        let jobs = tokio::spawn(clerk.serve());
        let imports = tokio::spawn(imports::work(hub.clone(), stopped.clone()));
        let clearing = tokio::spawn(clear_old(hub.clone(), stopped.clone()));
        let door = Door::new(settings, tls, router, stopped);
        let http = tokio::spawn(door.serve(listener));
        Ok(Self { hub, address, stop, http, feed: follow, sealing, jobs, imports, clearing })
    }

    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    #[must_use]
    pub fn hub(&self) -> &Hub {
        &self.hub
    }

    /// Serves until the process is told to end (SIGTERM or SIGINT), then stops.
    ///
    /// # Errors
    /// Where the signals cannot be heard, or what was accepted did not finish.
    pub async fn run_until_told(self) -> anyhow::Result<()> {
        let mut terminate =
            tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
        tokio::select! {
            _ = terminate.recv() => {}
            result = tokio::signal::ctrl_c() => result?,
        }
        tracing::info!("stopping: finishing what was accepted");
        self.stop().await
    }

    /// Takes nothing new, and finishes what was accepted.
    ///
    /// # Errors
    /// Where that takes longer than half a minute, or the trail cannot be written.
    pub async fn stop(self) -> anyhow::Result<()> {
        self.stop.send_replace(true);
        let drained = tokio::time::timeout(DRAIN, async {
            self.http.await?;
            self.feed.await?;
            self.sealing.await?;
            self.jobs.await?;
            self.imports.await?;
            self.clearing.await?;
            // Each open WebSocket listens for the stop.
            self.stop.closed().await;
            anyhow::Ok(())
        });
        let drained = drained.await;
        let written = tokio::time::timeout(DRAIN, self.hub.flush_trail()).await;
        drained.context("some requests did not finish in time and were cut off")??;
        written.context("the trail was not written in time")??;
        Ok(())
    }
}

async fn follow(feed: Feed, hub: Hub, stopped: watch::Receiver<bool>) {
    let announced = hub.announced();
    feed.follow(hub, announced, told(stopped)).await;
}

/// Seals past days and tells the seals to the log, which is kept elsewhere than the database.
async fn seal_the_trail(hub: Hub, stopped: watch::Receiver<bool>) {
    loop {
        match hub.seal_trail().await {
            Ok(seals) => {
                for seal in seals {
                    let trail_seal::Model { day, last_seq, hash, .. } = seal;
                    tracing::info!(%day, last_seq, hash, "a day of the trail is sealed");
                }
            }
            Err(error) => tracing::error!(%error, "the trail could not be sealed"),
        }
        if tokio::time::timeout(SEALING, told(stopped.clone())).await.is_ok() {
            return;
        }
    }
}

async fn clear_old(hub: Hub, stopped: watch::Receiver<bool>) {
    loop {
        if let Err(error) = hub.clear_photos().await {
            tracing::warn!(%error, "photos that nobody handed in could not be removed");
        }
        if let Err(error) = hub.clear_refusals().await {
            tracing::warn!(%error, "refusals that are long past could not be removed");
        }
        if tokio::time::timeout(CLEARING, told(stopped.clone())).await.is_ok() {
            return;
        }
    }
}

/// Waits for the stop.
pub(crate) async fn told(mut stopped: watch::Receiver<bool>) {
    stopped.wait_for(|stopped| *stopped).await.ok();
}
