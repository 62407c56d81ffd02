use sea_orm::DbErr;

/// A fault: the call as a whole cannot be answered. What is wrong inside something handed in is a
/// [`crate::problem::Problem`] on its receipt instead.
#[derive(Clone, Debug, thiserror::Error)]
pub enum HubError {
    /// No account stands behind the token.
    #[error("no valid access token was given")]
    Unauthenticated,
    /// The account may not do this.
    #[error("this account may not do that")]
    Forbidden,
    /// The token does not grant this.
    #[error("this token lacks the scope {}; ask for one that has it", .0.code())]
    NotGranted(entity::TokenScope),
    /// The day's budget of questions for figures is used up.
    #[error(
        "the {asked} different questions for figures of today are asked; what was asked before can be \
         asked again, and new ones from {until}"
    )]
    Spent { asked: u64, until: chrono::DateTime<chrono::Utc> },
    /// A filter or an order asks by values that are not the account's to see.
    #[error(
        "to filter or sort by {0:?} data needs the plain sight of it, which this account lacks"
    )]
    Unseen(crate::policy::Class),
    /// The whole of a person is asked for by an account that sees it masked.
    #[error(
        "this account sees the person masked; ask to reveal every class of data that is masked, and \
         come back once that is approved"
    )]
    Masked,
    /// The name, the password or the code is wrong, or the account is locked: which, nobody is told.
    #[error("the name, the password or the code is wrong, or the account is locked for a while")]
    SignIn,
    /// The password is right, and the account has a second factor.
    #[error("give a code of your device, or a recovery code, as \"code\" too")]
    CodeNeeded,
    /// The password was given by another and has to be changed before anything else.
    #[error("set a password of your own first: POST /session/password")]
    PasswordDue,
    /// The role needs a second factor, which has to be enrolled before anything else.
    #[error("enrol a second factor first: POST /session/totp")]
    EnrolDue,
    /// A workbook could not be made.
    #[error("the workbook could not be made: {0}")]
    Workbook(String),
    /// An argument is wrong; the text says which and how to mend it.
    #[error("{0}")]
    Invalid(String),
    /// What was looked at is not what stands now; the text says what to look at again.
    #[error("{0}")]
    Conflict(String),
    /// A signed table is not as it was signed.
    #[error("the signed table {0} was changed behind the hub's back")]
    Altered(uuid::Uuid),
    /// As many files are looked at as there is memory for.
    #[error("other files are being looked at; hand this one in again in a minute")]
    Busy,
    /// The hub is stopping, or its database does not answer.
    #[error("the hub cannot take this now; send it again")]
    Unavailable,
    #[error("the database URL must begin with sqlite: or postgres://")]
    DatabaseUrl,
    /// The database is another program's.
    #[error("{0}; choose another database")]
    NotOurs(String),
    #[error(transparent)]
    Keys(#[from] crate::keys::KeyFault),
    #[error(transparent)]
    Database(#[from] std::sync::Arc<DbErr>),
}

impl HubError {
    /// Whether the database could not be reached, so that the same may work later.
    #[must_use]
    pub fn is_outage(&self) -> bool {
        let Self::Database(error) = self else { return false };
        matches!(**error, DbErr::Conn(_) | DbErr::ConnectionAcquire(_))
    }
}

impl From<DbErr> for HubError {
    fn from(error: DbErr) -> Self {
        Self::Database(std::sync::Arc::new(error))
    }
}
