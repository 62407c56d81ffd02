use clap::{Args, Subcommand, ValueEnum};
use entity::Role;
use hub::access::NewAccount;

use super::open;

#[derive(Subcommand)]
pub enum AccountArgs {
    /// Make an account and print its access token, which is told this once
    Add(AddArgs),
}

#[derive(Args)]
pub struct AddArgs {
    /// The name to sign in with
    username: String,
    /// The person's or system's own name
    #[arg(long)]
    name: Option<String>,
    #[arg(long)]
    role: RoleArg,
    /// The station's code, for a station-worker or station-lead; an integration may have one
    #[arg(long, value_name = "CODE")]
    station: Option<String>,
    /// The county's or the city's code, for a county-officer; an integration may have one
    #[arg(long, value_name = "CODE")]
    county: Option<String>,
    /// The database: sqlite:FILE or postgres://…
    #[arg(
        long,
        env = "NUANYANG_DATABASE",
        default_value = "sqlite:nuanyang.db",
        hide_env_values = true
    )]
    database: String,
}

#[derive(Clone, Copy, ValueEnum)]
enum RoleArg {
    StationWorker,
    StationLead,
    CountyOfficer,
    Analyst,
    Admin,
    Integration,
    Auditor,
}

impl AccountArgs {
    /// # Errors
    /// Where the database cannot be used, or the account's place is missing or its name is taken.
    pub async fn run(self) -> anyhow::Result<()> {
        let Self::Add(args) = self;
        let hub = open(&args.database, 1).await?;
        let new = NewAccount {
            name: args.name.unwrap_or_else(|| args.username.clone()),
            username: args.username,
            role: match args.role {
                RoleArg::StationWorker => Role::StationWorker,
                RoleArg::StationLead => Role::StationLead,
                RoleArg::CountyOfficer => Role::CountyOfficer,
                RoleArg::Analyst => Role::Analyst,
                RoleArg::Admin => Role::Admin,
                RoleArg::Integration => Role::Integration,
                RoleArg::Auditor => Role::Auditor,
            },
            station: args.station,
            county: args.county,
        };
        println!("{}", hub.add_account(new, None).await?);
        Ok(())
    }
}
