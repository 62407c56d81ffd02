//! Connections as they come in, in the clear or under TLS: how many may be open, and how long each
//! may keep the hub waiting.

mod patient;
mod tls;

use std::{net::SocketAddr, pin::pin, sync::Arc};

use axum::{Router, extract::ConnectInfo, serve::Listener};
use hyper::server::conn::http1;
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    service::TowerToHyperService,
};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpListener, TcpStream},
    sync::{OwnedSemaphorePermit, Semaphore, watch},
    task::JoinSet,
};
use tokio_rustls::TlsAcceptor;
use tower_http::add_extension::AddExtension;

use crate::{
    bounds::Bounds,
    places::{Key, Place, Places},
    server::told,
    settings::Settings,
};
use patient::Patient;
pub use tls::tls;

/// Serves what comes in over a listener.
pub struct Door {
    tls: Option<TlsAcceptor>,
    router: Router,
    bounds: Bounds,
    connections: Arc<Semaphore>,
    per_address: usize,
    addresses: Arc<Places>,
    stopped: watch::Receiver<bool>,
}

/// What a connection holds while it is open.
type Held = (OwnedSemaphorePermit, Place);

impl Door {
    pub fn new(
        settings: &Settings,
        tls: Option<TlsAcceptor>,
        router: Router,
        stopped: watch::Receiver<bool>,
    ) -> Self {
        let bounds = settings.bounds;
        Self {
            tls,
            router,
            bounds,
            connections: Arc::new(Semaphore::new(bounds.connections)),
            per_address: bounds.connections_a_turn * usize::from(settings.per_address.get()),
            addresses: Arc::default(),
            stopped,
        }
    }

    /// Serves until told to stop, and then finishes what was accepted.
    pub async fn serve(self, mut listener: TcpListener) {
        let mut open = JoinSet::new();
        let this = Arc::new(self);
        loop {
            tokio::select! {
                () = told(this.stopped.clone()) => break,
                Some(_) = open.join_next() => {}
                Some((stream, from, held)) = this.accept(&mut listener) => {
                    open.spawn(Arc::clone(&this).keep(stream, from, held));
                }
            }
        }
        drop(listener);
        while open.join_next().await.is_some() {}
    }

    /// The next connection that has a place. The system keeps those waiting that have none yet; of
    /// an address that has its share, a further one is closed.
    async fn accept(&self, listener: &mut TcpListener) -> Option<(TcpStream, SocketAddr, Held)> {
        loop {
            let place = Arc::clone(&self.connections).acquire_owned().await.ok()?;
            // The listener of axum waits and tries again where the system refuses.
            let (stream, from) = Listener::accept(listener).await;
            match self.addresses.take(Key::of(from.ip()), self.per_address) {
                Some(share) => return Some((stream, from, (place, share))),
                None => tracing::debug!(%from, "too many connections of one address"),
            }
        }
    }

    async fn keep(self: Arc<Self>, stream: TcpStream, from: SocketAddr, _held: Held) {
        let stream = Patient::new(stream, self.bounds.write);
        let Some(tls) = &self.tls else { return self.answer(stream, from).await };
        let agreed = tokio::select! {
            agreed = tokio::time::timeout(self.bounds.handshake, tls.accept(stream)) => agreed,
            () = told(self.stopped.clone()) => return,
        };
        match agreed {
            Ok(Ok(stream)) => self.answer(stream, from).await,
            Ok(Err(error)) => tracing::debug!(%from, %error, "no TLS connection"),
            Err(_) => tracing::debug!(%from, "no TLS connection in time"),
        }
    }

    async fn answer<S>(&self, stream: S, from: SocketAddr)
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let service = AddExtension::new(self.router.clone(), ConnectInfo(from));
        let mut http = http1::Builder::new();
        http.timer(TokioTimer::new())
            .header_read_timeout(self.bounds.head)
            .max_header_size(self.bounds.head_size);
        let connection =
            http.serve_connection(TokioIo::new(stream), TowerToHyperService::new(service));
        let mut connection = pin!(connection.with_upgrades());
        let ended = tokio::select! {
            ended = connection.as_mut() => ended,
            () = told(self.stopped.clone()) => {
                connection.as_mut().graceful_shutdown();
                connection.await
            }
        };
        if let Err(error) = ended {
            tracing::debug!(%from, %error, "a connection broke off");
        }
    }
}
