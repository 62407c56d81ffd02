use sea_orm::entity::prelude::*;

/// Someone signed in; only the SHA-256 of its token is kept.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "sessions")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub account_id: Uuid,
    /// SHA-256 of the token, in hex.
    pub hash: String,
    pub from_address: Option<String>,
    pub created_at: DateTimeUtc,
    /// To the minute.
    pub last_seen_at: DateTimeUtc,
    /// When it ends however busy it is.
    pub ends_at: DateTimeUtc,
    pub revoked_at: Option<DateTimeUtc>,
    /// Begun by an identity provider, which asks for its own second factor.
    pub by_oidc: bool,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {
    #[sea_orm(
        belongs_to = "super::account::Entity",
        from = "Column::AccountId",
        to = "super::account::Column::Id"
    )]
    Account,
}

impl Related<super::account::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::Account.def()
    }
}

impl ActiveModelBehavior for ActiveModel {}
