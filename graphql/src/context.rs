//! What stands behind a request, and how resolvers reach it.

use std::{net::IpAddr, sync::Arc};

use async_graphql::{Context, Data, Request, Result};
use hub::{
    Hub, HubError, access::Viewer, listing::Relation, page::Window, problem::Language,
    reveal::Grants, trail::Access,
};
use uuid::Uuid;

use crate::{
    connection::{Connected, Connection, Parent},
    loaders::{DetailLoaded, Loaded, Loaders, Row},
};

/// The id under which a request is found in the logs.
#[derive(Clone, Debug)]
pub struct RequestId(pub String);

/// Who asks, in which language, under which request id.
#[derive(Clone, Debug)]
pub struct RequestContext {
    /// None without a valid token: then every root field answers UNAUTHENTICATED.
    pub viewer: Option<Viewer>,
    /// What is open to the viewer, where that is known already and the request is answered at once.
    pub grants: Option<Arc<Grants>>,
    pub language: Language,
    pub request_id: RequestId,
    /// The peer's.
    pub from_address: Option<IpAddr>,
    /// What for, in the words of who asks.
    pub purpose: Option<String>,
}

impl RequestContext {
    /// The request with what stands behind it.
    #[must_use]
    pub fn into_request(self, request: Request) -> Request {
        request.data(Arc::new(self))
    }

    /// An operation of its viewer, for the trail.
    pub(crate) fn access(&self, operation: &str) -> Option<Access> {
        let access = Access::by(self.viewer.as_ref()?, &self.request_id.0, operation);
        Some(Access {
            from_address: self.from_address.map(|address| address.to_canonical().to_string()),
            purpose: self.purpose.clone(),
            ..access
        })
    }

    /// The same for all the operations of a WebSocket.
    #[must_use]
    pub fn into_data(self) -> Data {
        let mut data = Data::default();
        data.insert(Arc::new(self));
        data
    }
}

/// How resolvers reach what stands behind the request.
pub(crate) trait ContextExt {
    fn asked_by(&self) -> Option<&RequestContext>;
    fn hub(&self) -> Result<&Hub>;
    fn viewer(&self) -> Result<&Viewer>;
    /// This operation, to be noted in the trail under a word.
    fn access(&self, operation: &str) -> Result<Access>;
    fn language(&self) -> Language;
    fn loaders(&self) -> Result<&Loaders>;

    /// The row of an id, as the type that shows it; null where there is none, or none to see.
    async fn one<N>(&self, id: Option<Uuid>) -> Option<Result<N>>
    where
        N: Connected;

    /// The newest of a parent's rows.
    async fn newest<N>(&self, parent: Uuid, relation: Relation) -> Option<Result<N>>
    where
        N: Connected;

    async fn detail<D: DetailLoaded>(&self, entry: Uuid) -> Result<Option<Arc<Row<D>>>>;
}

impl ContextExt for Context<'_> {
    fn asked_by(&self) -> Option<&RequestContext> {
        self.data_opt::<Arc<RequestContext>>().map(AsRef::as_ref)
    }

    fn hub(&self) -> Result<&Hub> {
        self.data::<Hub>()
    }

    fn viewer(&self) -> Result<&Viewer> {
        let viewer = self.asked_by().and_then(|asked| asked.viewer.as_ref());
        viewer.ok_or_else(|| HubError::Unauthenticated.into())
    }

    fn access(&self, operation: &str) -> Result<Access> {
        let access = self.asked_by().and_then(|asked| asked.access(operation));
        access.ok_or_else(|| HubError::Unauthenticated.into())
    }

    fn language(&self) -> Language {
        self.asked_by().map_or_else(Language::default, |asked| asked.language)
    }

    fn loaders(&self) -> Result<&Loaders> {
        let loaders = self.data_opt::<Loaders>();
        loaders.ok_or_else(|| HubError::Unauthenticated.into())
    }

    async fn one<N>(&self, id: Option<Uuid>) -> Option<Result<N>>
    where
        N: Connected,
    {
        let loaders = match self.loaders() {
            Ok(loaders) => loaders,
            Err(error) => return Some(Err(error)),
        };
        let found = N::Entity::lists(loaders).by_id.load(id?).await;
        found.map_err(Into::into).transpose().map(|row| row.map(N::from))
    }

    async fn newest<N>(&self, parent: Uuid, relation: Relation) -> Option<Result<N>>
    where
        N: Connected,
    {
        let mut key = Parent::row(parent).newest::<N::Entity>(relation);
        key.window = Arc::new(Window::first(1));
        match Connection::<N>::load(self, key).await {
            Ok(connection) => connection.into_first().map(Ok),
            Err(error) => Some(Err(error)),
        }
    }

    async fn detail<D: DetailLoaded>(&self, entry: Uuid) -> Result<Option<Arc<Row<D>>>> {
        Ok(D::loader(self.loaders()?).load(entry).await?)
    }
}
