//! The demo city: its accounts, its workbooks, its fifty-four clients.

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
    sync::Arc,
};

use anyhow::Context;
use entity::Role;
use hub::{Hub, accounts::NewAccount, import::act::TakeKnown};
use serde_json::Value;
use tokio::task::JoinSet;

use super::{
    count::{Count, Tally},
    generate::{Month, SEED, StationSeed, month},
};
use crate::{
    client::{Queue, Sender, items},
    commands::{HERE, import, workbooks},
    server::Server,
};

/// The month of the demo.
pub const FROM: &str = "2026-10-01";
pub const TO: &str = "2026-10-31";

/// A loaded city.
pub struct City {
    /// Username and token of the ready accounts; the last reaches the whole city.
    pub accounts: Vec<(String, String)>,
    /// What the bulletin has to say.
    pub expected: Count,
}

impl City {
    /// Fills an empty hub, through its own doors.
    ///
    /// # Errors
    /// Where the workbooks are not there, or something is not taken in as it should be.
    pub async fn load(server: &Server, ledgers: &Path, queues: &Path) -> anyhow::Result<Self> {
        let hub = server.hub();
        let accounts = ready_accounts(hub).await?;
        let by_workbook = stations_with_workbooks(ledgers)?;
        let (_, officer) = accounts.last().context("no accounts")?;
        import_all(hub, officer, ledgers, &by_workbook).await?;
        let months = months(hub, &by_workbook).await?;
        let url = format!("http://{}", server.address());
        hand_in(hub, &url, queues, &months).await?;
        let mut tally = Tally::new();
        tally.add_workbooks(ledgers)?;
        for (_, month) in &months {
            tally.add_items(&month.items, &month.rejected)?;
        }
        let expected = tally.count(FROM.parse()?, TO.parse()?);
        Ok(Self { accounts, expected })
    }

    /// How to ask.
    #[must_use]
    pub fn welcome(&self, server: &Server) -> String {
        let accounts: String =
            self.accounts.iter().map(|(name, token)| format!("  {name:<28} {token}\n")).collect();
        format!(
            "\nThe explorer: http://{0}/\nThe station app: http://{0}/station/\n\nReady accounts and their tokens:\n{accounts}\n\
             Three queries to paste:\n\n{1}\nCtrl-C ends the demo.",
            server.address(),
            super::bulletin::QUERIES.join("\n"),
        )
    }
}

async fn ready_accounts(hub: &Hub) -> anyhow::Result<Vec<(String, String)>> {
    let wanted = [
        ("worker-S410802001", Role::StationWorker, Some("S410802001"), None),
        ("officer-410802", Role::CountyOfficer, None, Some("410802")),
        ("analyst", Role::Analyst, None, None),
        ("admin", Role::Admin, None, None),
        ("officer-410800", Role::CountyOfficer, None, Some("410800")),
    ];
    let mut accounts = Vec::new();
    for (username, role, station, county) in wanted {
        let new = NewAccount {
            username: username.to_owned(),
            name: role.zh().to_owned(),
            role,
            station: station.map(str::to_owned),
            county: county.map(str::to_owned),
        };
        accounts.push((username.to_owned(), hub.add_account(new).await?));
    }
    Ok(accounts)
}

/// The stations that keep workbooks: a folder each, named by the station's code.
fn stations_with_workbooks(ledgers: &Path) -> anyhow::Result<BTreeSet<String>> {
    let folders = std::fs::read_dir(ledgers)
        .with_context(|| format!("the workbooks' folder {} cannot be read", ledgers.display()))?;
    let mut codes = BTreeSet::new();
    for folder in folders {
        let folder = folder?;
        if folder.file_type()?.is_dir() {
            codes.insert(folder.file_name().to_string_lossy().into_owned());
        }
    }
    Ok(codes)
}

async fn import_all(
    hub: &Hub,
    token: &str,
    ledgers: &Path,
    stations: &BTreeSet<String>,
) -> anyhow::Result<()> {
    let viewer = hub.authenticate(token, HERE).await?;
    let mut rows = 0;
    for station in stations {
        for file in workbooks(&[ledgers.join(station)])? {
            let how = (file.as_path(), TakeKnown::These(Vec::new()));
            let (_, imported) = import(hub, &viewer, station, how).await?;
            rows += imported.sheets.iter().map(|sheet| sheet.rows.len()).sum::<usize>();
        }
    }
    println!("{} stations' workbooks were handed in: {rows} rows.", stations.len());
    Ok(())
}

/// The month of each station without workbooks.
async fn months(hub: &Hub, by_workbook: &BTreeSet<String>) -> anyhow::Result<Vec<(String, Month)>> {
    let places = hub.places().await?;
    let stations = places.stations().filter(|station| !by_workbook.contains(&station.code));
    let mut months: Vec<_> = stations
        .map(|station| {
            let seed = StationSeed::of(places, station);
            (station.code.clone(), month(&seed, SEED))
        })
        .collect();
    months.sort_by(|a, b| a.0.cmp(&b.0));
    Ok(months)
}

/// All stations at once, each by a client with a queue and an account of its own.
async fn hand_in(
    hub: &Hub,
    url: &str,
    queues: &Path,
    months: &[(String, Month)],
) -> anyhow::Result<()> {
    let started = std::time::Instant::now();
    let mut clients = JoinSet::new();
    for (station, month) in months {
        let new = NewAccount {
            username: format!("client-{station}"),
            name: station.clone(),
            role: Role::StationWorker,
            station: Some(station.clone()),
            county: None,
        };
        let sender = Arc::new(Sender::new(url, &hub.add_account(new).await?)?);
        let (queue, items) = (queues.join(station), month.items.clone());
        clients.spawn(send(sender, queue, items));
    }
    let (mut sent, mut refused) = (0, 0);
    while let Some(done) = clients.join_next().await {
        let (count, no) = done??;
        sent += count;
        refused += no;
    }
    let expected: usize = months.iter().map(|(_, month)| month.rejected.len()).sum();
    anyhow::ensure!(refused == expected, "{refused} items were refused instead of {expected}");
    println!(
        "{} stations handed in {sent} submissions over HTTP in {:.1} s, each by a client of its \
         own; {refused} faulty ones were refused, as they had to be.",
        months.len(),
        started.elapsed().as_secs_f64(),
    );
    Ok(())
}

async fn send(
    sender: Arc<Sender>,
    folder: PathBuf,
    values: Vec<Value>,
) -> anyhow::Result<(usize, usize)> {
    let mut queue = Queue::open(folder)?;
    queue.add(items(values)?)?;
    sender.drain(&mut queue, |_| {}).await?;
    let counts = queue.counts();
    Ok((counts.answered + counts.refused, counts.refused))
}
