use clap::{Args, Subcommand, ValueEnum};
use entity::Role;
use hub::{
    Hub,
    accounts::{Clear, NewAccount},
    trail::Access,
};

use super::{migrate::DatabaseArgs, token::TokenArgs};

#[derive(Subcommand)]
pub enum AccountArgs {
    /// Make an account and print its access token, which is told this once; an integration gets its
    /// tokens by `token add`
    Add(AddArgs),
    /// Give a person a new password, which is told this once and has to be changed
    Password(NamedArgs),
    /// Take away the second factor of someone whose device is lost; ends all sessions
    TotpReset(NamedArgs),
    /// Close an account: its sessions end and its tokens are worth nothing
    Close(NamedArgs),
    /// Open an account that was closed, or locked by wrong passwords
    Open(NamedArgs),
    /// Order that the devices an account has signed in on are cleared at their next contact
    Clear(ClearArgs),
    /// Let someone sign in to an account by the identity provider
    Link(LinkArgs),
    /// Let nobody sign in to an account by the identity provider
    Unlink(NamedArgs),
    /// List who is signed in on an account
    Sessions(NamedArgs),
    /// Tokens of systems and scripts
    #[command(subcommand)]
    Token(TokenArgs),
}

#[derive(Args)]
pub struct NamedArgs {
    /// The name to sign in with
    pub username: String,
    #[command(flatten)]
    pub database: DatabaseArgs,
}

#[derive(Args)]
pub struct ClearArgs {
    #[command(flatten)]
    account: NamedArgs,
    /// Without sending what waits on them; ends the account's sessions and tokens
    #[arg(long)]
    at_once: bool,
}

#[derive(Args)]
pub struct LinkArgs {
    #[command(flatten)]
    account: NamedArgs,
    /// The URL that the provider calls itself
    #[arg(long, value_name = "URL")]
    issuer: String,
    /// What the provider calls the person, and never calls anyone else
    #[arg(long)]
    subject: String,
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
    #[command(flatten)]
    database: DatabaseArgs,
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

impl From<RoleArg> for Role {
    fn from(role: RoleArg) -> Self {
        match role {
            RoleArg::StationWorker => Self::StationWorker,
            RoleArg::StationLead => Self::StationLead,
            RoleArg::CountyOfficer => Self::CountyOfficer,
            RoleArg::Analyst => Self::Analyst,
            RoleArg::Admin => Self::Admin,
            RoleArg::Integration => Self::Integration,
            RoleArg::Auditor => Self::Auditor,
        }
    }
}

impl AccountArgs {
    /// # Errors
    /// Where the database cannot be used, the account's place is missing, or its name is taken or
    /// unknown.
    pub async fn run(self) -> anyhow::Result<()> {
        match self {
            Self::Add(args) => args.run().await,
            Self::Password(NamedArgs { username, database }) => {
                let hub = open_noted(&database, "password", &username).await?;
                println!("{}", hub.reset_password(&username).await?);
                Ok(())
            }
            Self::TotpReset(NamedArgs { username, database }) => {
                let hub = open_noted(&database, "totp-reset", &username).await?;
                Ok(hub.reset_totp(&username).await?)
            }
            Self::Close(args) => args.set_active(false).await,
            Self::Open(args) => args.set_active(true).await,
            Self::Clear(ClearArgs { account, at_once }) => {
                let how = if at_once { Clear::AtOnce } else { Clear::AfterSending };
                let hub = open_noted(&account.database, "clear", &account.username).await?;
                Ok(hub.clear_devices_of(&account.username, how).await?)
            }
            Self::Link(LinkArgs { account, issuer, subject }) => {
                let hub = open_noted(&account.database, "link", &account.username).await?;
                Ok(hub.link(&account.username, issuer, subject).await?)
            }
            Self::Unlink(NamedArgs { username, database }) => {
                let hub = open_noted(&database, "unlink", &username).await?;
                Ok(hub.unlink(&username).await?)
            }
            Self::Sessions(args) => args.sessions().await,
            Self::Token(args) => args.run().await,
        }
    }
}

/// Opens a database to do this to an account. The trail notes it first, so that nothing is done
/// unseen.
pub(super) async fn open_noted(
    database: &DatabaseArgs,
    what: &str,
    username: &str,
) -> anyhow::Result<Hub> {
    let hub = database.open(1).await?;
    let request_id = hub.clock.new_id().to_string();
    let access = Access::of_the_hub(&request_id, &format!("ACCOUNT {what}"));
    let fields = [format!("account {username}")].into();
    hub.note_durably(Access { fields, ..access }).await?;
    Ok(hub)
}

impl AddArgs {
    async fn run(self) -> anyhow::Result<()> {
        let hub = open_noted(&self.database, "add", &self.username).await?;
        let new = NewAccount {
            name: self.name.unwrap_or_else(|| self.username.clone()),
            username: self.username,
            role: self.role.into(),
            station: self.station,
            county: self.county,
        };
        if new.role != Role::Integration {
            println!("{}", hub.add_account(new).await?);
            return Ok(());
        }
        let username = new.username.clone();
        hub.add_bare_account(new).await?;
        eprintln!("now give it a token: nuanyang account token add {username} --scope READ …");
        Ok(())
    }
}

impl NamedArgs {
    async fn set_active(self, active: bool) -> anyhow::Result<()> {
        let what = if active { "open" } else { "close" };
        let hub = open_noted(&self.database, what, &self.username).await?;
        Ok(hub.set_active(&self.username, active).await?)
    }

    async fn sessions(self) -> anyhow::Result<()> {
        let hub = self.database.open(1).await?;
        for session in hub.sessions_of(&self.username).await? {
            let from = session.from_address.unwrap_or_default();
            println!("{} {} {from}", session.id, session.last_seen_at.to_rfc3339());
        }
        Ok(())
    }
}
