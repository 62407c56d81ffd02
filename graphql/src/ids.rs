//! Global ids: the type and the id of a row, in base64.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use hub::{HubError, listing::StationRef};
use uuid::Uuid;

/// The types that have global ids.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Division,
    Station,
    Person,
    Household,
    Visit,
    Assessment,
    Need,
    LedgerEntry,
    Submission,
    Excuse,
    Refusal,
}

impl Kind {
    const ALL: [Self; 11] = [
        Self::Division,
        Self::Station,
        Self::Person,
        Self::Household,
        Self::Visit,
        Self::Assessment,
        Self::Need,
        Self::LedgerEntry,
        Self::Submission,
        Self::Excuse,
        Self::Refusal,
    ];

    /// The name of the type.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Division => "Division",
            Self::Station => "Station",
            Self::Person => "Person",
            Self::Household => "Household",
            Self::Visit => "Visit",
            Self::Assessment => "Assessment",
            Self::Need => "Need",
            Self::LedgerEntry => "LedgerEntry",
            Self::Submission => "Submission",
            Self::Excuse => "Excuse",
            Self::Refusal => "Refusal",
        }
    }

    /// The global id of a row of this type.
    #[must_use]
    pub fn id(self, id: Uuid) -> async_graphql::ID {
        async_graphql::ID(URL_SAFE_NO_PAD.encode(format!("{}:{id}", self.name())))
    }

    /// The row that an id names, given as a global id of this type or as a plain UUID.
    ///
    /// # Errors
    /// `Invalid` for anything else.
    pub fn uuid(self, text: &str) -> Result<Uuid, HubError> {
        if let Ok(id) = text.parse() {
            return Ok(id);
        }
        match parse(text) {
            Some((kind, id)) if kind == self => Ok(id),
            _ => Err(HubError::Invalid(format!("{text:?} is no id of a {self:?}"))),
        }
    }

    /// The same for an id that may be left out.
    ///
    /// # Errors
    /// `Invalid` for anything else.
    pub fn optional(self, text: Option<&async_graphql::ID>) -> Result<Option<Uuid>, HubError> {
        text.map(|id| self.uuid(id)).transpose()
    }
}

/// The type and row of a global id.
#[must_use]
pub fn parse(text: &str) -> Option<(Kind, Uuid)> {
    let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
    let text = std::str::from_utf8(&bytes).ok()?;
    let (kind, id) = text.split_once(':')?;
    let mut kinds = Kind::ALL.into_iter();
    let kind = kinds.find(|known| known.name() == kind)?;
    Some((kind, id.parse().ok()?))
}

/// Stations, each given by its code or an id.
#[must_use]
pub fn stations(texts: Option<Vec<String>>) -> Vec<StationRef> {
    let texts = texts.unwrap_or_default().into_iter();
    let station = |text: String| match Kind::Station.uuid(&text) {
        Ok(id) => StationRef::Id(id),
        Err(_) => StationRef::Code(text),
    };
    texts.map(station).collect()
}
