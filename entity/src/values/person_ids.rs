use sea_orm::{DeriveValueType, prelude::Uuid};

/// Ids of people in one column: sixteen bytes each, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq, DeriveValueType)]
pub struct PersonIds(Vec<u8>);

impl PersonIds {
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    pub fn iter(&self) -> impl ExactSizeIterator<Item = Uuid> + '_ {
        let (ids, _) = self.0.as_chunks::<16>();
        ids.iter().map(|bytes| Uuid::from_bytes(*bytes))
    }
}

impl<'a> FromIterator<&'a Uuid> for PersonIds {
    fn from_iter<I: IntoIterator<Item = &'a Uuid>>(ids: I) -> Self {
        Self(ids.into_iter().flat_map(|id| *id.as_bytes()).collect())
    }
}
