use clap::{Args, Subcommand};
use entity::{Network, TokenScope, token};
use hub::accounts::NewToken;
use uuid::Uuid;

use super::{
    account::{NamedArgs, open_noted},
    migrate::DatabaseArgs,
};

#[derive(Subcommand)]
pub enum TokenArgs {
    /// Make a token and print it, which is told this once
    Add(AddArgs),
    /// List the tokens of an account
    List(NamedArgs),
    /// End a token
    Revoke(RevokeArgs),
}

#[derive(Args)]
pub struct AddArgs {
    /// The account's name
    username: String,
    /// What the token grants, such as READ or IDENTITY; an integration names each
    #[arg(long = "scope", value_name = "SCOPE", value_parser = scope, num_args = 1..)]
    scopes: Vec<TokenScope>,
    /// Days it is valid, 1 to 1095 [default: 365]
    #[arg(long, value_name = "N")]
    days: Option<u16>,
    /// The first day it is valid, such as 2026-12-01 [default: at once]
    #[arg(long, value_name = "DAY")]
    starts: Option<chrono::NaiveDate>,
    /// The networks it may be used from, as CIDRs [default: anywhere]
    #[arg(long = "from-address", value_name = "CIDR", num_args = 1..)]
    networks: Vec<Network>,
    /// What it is for
    #[arg(long, default_value = "token")]
    label: String,
    #[command(flatten)]
    database: DatabaseArgs,
}

#[derive(Args)]
pub struct RevokeArgs {
    /// The account's name
    username: String,
    /// The token's id, as listed
    id: Uuid,
    #[command(flatten)]
    database: DatabaseArgs,
}

fn scope(text: &str) -> Result<TokenScope, String> {
    let code = text.to_uppercase().replace('-', "_");
    let found = TokenScope::ALL.iter().find(|scope| scope.code() == code);
    found.copied().ok_or_else(|| {
        let codes: Vec<_> = TokenScope::ALL.iter().map(|scope| scope.code()).collect();
        format!("the scopes are {}", codes.join(", "))
    })
}

impl TokenArgs {
    /// # Errors
    /// Where the database cannot be used, the account or the token is unknown, or what is asked for
    /// is no token an account may have.
    pub async fn run(self) -> anyhow::Result<()> {
        match self {
            Self::Add(args) => args.run().await,
            Self::List(NamedArgs { username, database }) => {
                for token in database.open(1).await?.tokens_of(&username).await? {
                    println!("{}", told(&token));
                }
                Ok(())
            }
            Self::Revoke(RevokeArgs { username, id, database }) => {
                let hub = open_noted(&database, "token revoke", &username).await?;
                Ok(hub.revoke_token(&username, id).await?)
            }
        }
    }
}

impl AddArgs {
    async fn run(self) -> anyhow::Result<()> {
        let hub = open_noted(&self.database, "token add", &self.username).await?;
        let new = NewToken {
            label: self.label,
            scopes: self.scopes,
            starts: self.starts,
            days: self.days,
            networks: self.networks,
        };
        println!("{}", hub.add_token(&self.username, new).await?);
        Ok(())
    }
}

/// A token in one line: id, label, what it grants, from where, until when, when it was used.
fn told(token: &token::Model) -> String {
    let list = |texts: Vec<String>| texts.join(",");
    let scopes = token.scopes.as_ref();
    let networks = token.networks.as_ref();
    let at = |at: chrono::DateTime<chrono::Utc>| at.to_rfc3339();
    let mut words = vec![
        token.id.to_string(),
        token.label.clone(),
        scopes.map_or("-".to_owned(), |scopes| {
            list(scopes.0.iter().map(|scope| scope.code()).collect())
        }),
        networks.map_or("anywhere".to_owned(), |networks| {
            list(networks.0.iter().map(ToString::to_string).collect())
        }),
    ];
    words.extend(token.starts_at.map(|start| format!("from {}", at(start))));
    words.extend(token.expires_at.map(|end| format!("until {}", at(end))));
    words.extend(token.last_used_at.map(|used| format!("used {}", at(used))));
    words.extend(token.revoked_at.map(|end| format!("revoked {}", at(end))));
    words.join(" ")
}
