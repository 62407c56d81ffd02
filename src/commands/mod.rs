//! The commands, one file each.

mod account;
mod export;
mod import;
mod keys;
mod layout;
mod migrate;
mod person;
mod serve;
mod token;
mod trail;
mod workbook;

use std::{
    net::{IpAddr, Ipv4Addr},
    process::ExitCode,
};

use clap::Subcommand;

use crate::{client, demo};

pub use account::AccountArgs;
pub use export::ExportArgs;
pub use import::{ImportArgs, import, workbooks};
pub use keys::KeysArgs;
pub use layout::LayoutArgs;
pub use migrate::open;
pub use person::PersonArgs;
pub use serve::{ServeArgs, start_logs};
pub use trail::TrailArgs;
pub use workbook::WorkbookArgs;

/// From where a command comes: the machine itself.
pub const HERE: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

#[derive(Subcommand)]
pub enum Command {
    /// Serve the hub over HTTP
    Serve(Box<ServeArgs>),
    /// Build the demo city in a fresh file and serve it
    Demo(demo::DemoArgs),
    /// Bring the database to the newest schema
    Migrate(migrate::DatabaseArgs),
    /// Accounts and their tokens
    #[command(subcommand)]
    Account(AccountArgs),
    /// The trail of who read and wrote whose data
    #[command(subcommand)]
    Trail(TrailArgs),
    /// The people of the record
    #[command(subcommand)]
    Person(PersonArgs),
    /// The keys that values are sealed by in the database
    #[command(subcommand)]
    Keys(KeysArgs),
    /// Hand in station workbooks (xlsx, xls, ods, csv), straight into the database
    Import(ImportArgs),
    /// Make a blank workbook of a station, with drop-downs and checks
    Workbook(WorkbookArgs),
    /// What stations call the columns of their workbooks
    #[command(subcommand)]
    Layout(LayoutArgs),
    /// Take an answer home over HTTP as a file (xlsx, csv, ndjson)
    Export(Box<ExportArgs>),
    /// Hand in submissions from a file over HTTP, through a queue on disk
    Submit(client::SubmitArgs),
    /// Print the GraphQL schema
    Schema,
    /// Print the data dictionary
    Dictionary,
    /// Print the rules that a client checks by where there is no signal
    Rules,
    /// Print the instruments with examples of their scoring
    Instruments,
}

impl Command {
    /// Runs the command.
    ///
    /// # Errors
    /// What went wrong, in one sentence.
    pub fn run(self) -> anyhow::Result<ExitCode> {
        let runtime = tokio::runtime::Runtime::new()?;
        runtime.block_on(async {
            match self {
                Self::Serve(args) => args.run().await.map(|()| ExitCode::SUCCESS),
                Self::Demo(args) => args.run().await.map(|()| ExitCode::SUCCESS),
                Self::Migrate(database) => database.open(1).await.map(|_| ExitCode::SUCCESS),
                Self::Account(args) => args.run().await.map(|()| ExitCode::SUCCESS),
                Self::Trail(args) => args.run().await.map(|()| ExitCode::SUCCESS),
                Self::Person(args) => args.run().await.map(|()| ExitCode::SUCCESS),
                Self::Keys(args) => args.run().await.map(|()| ExitCode::SUCCESS),
                Self::Import(args) => args.run().await,
                Self::Workbook(args) => args.run().await.map(|()| ExitCode::SUCCESS),
                Self::Layout(args) => args.run().await.map(|()| ExitCode::SUCCESS),
                Self::Export(args) => args.run().await.map(|()| ExitCode::SUCCESS),
                Self::Submit(args) => client::run(args).await,
                Self::Schema => {
                    print!("{}", graphql::sdl());
                    Ok(ExitCode::SUCCESS)
                }
                Self::Dictionary => {
                    print!("{}", graphql::dictionary());
                    Ok(ExitCode::SUCCESS)
                }
                Self::Rules => {
                    print!("{}", hub::rules::published()?);
                    Ok(ExitCode::SUCCESS)
                }
                Self::Instruments => {
                    print!("{}", hub::instruments::published()?);
                    Ok(ExitCode::SUCCESS)
                }
            }
        })
    }
}
