//! Connections as they come in: in the clear or under TLS.

use std::{io, net::SocketAddr, path::Path, sync::Arc, time::Duration};

use anyhow::Context;
use axum::serve::Listener;
use rustls::{
    ServerConfig,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
};
use tokio::{
    net::{TcpListener, TcpStream},
    task::JoinSet,
};
use tokio_rustls::{TlsAcceptor, server::TlsStream};

use crate::settings::Settings;

/// How long a client may take to agree on a key.
const HANDSHAKE: Duration = Duration::from_secs(10);
/// How many may be agreeing at once; further ones wait in the system's queue.
const HANDSHAKES: usize = 256;

/// What agrees on keys, where certificates are configured; nothing on the loopback address.
///
/// # Errors
/// Where a certificate cannot be used, or HTTP would leave the machine and nobody said that it may:
/// tokens and records would cross the network in the clear.
pub fn tls(settings: &Settings) -> anyhow::Result<Option<TlsAcceptor>> {
    match (&settings.tls_cert, &settings.tls_key) {
        (Some(cert), Some(key)) => acceptor(cert, key).map(Some),
        (None, None) => {
            anyhow::ensure!(
                settings.allow_plain_http || settings.listen.ip().is_loopback(),
                "plain HTTP on {} would carry tokens and records over the network in the clear: \
                 give --tls-cert and --tls-key, or --allow-plain-http where a proxy in front \
                 speaks TLS",
                settings.listen
            );
            Ok(None)
        }
        _ => anyhow::bail!("--tls-cert and --tls-key belong together: give both or neither"),
    }
}

fn acceptor(cert: &Path, key: &Path) -> anyhow::Result<TlsAcceptor> {
    let chain = CertificateDer::pem_file_iter(cert)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .with_context(|| format!("the certificate {} cannot be read", cert.display()))?;
    let secret = PrivateKeyDer::from_pem_file(key)
        .with_context(|| format!("the key {} cannot be read", key.display()))?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(chain, secret)
        .with_context(|| {
            let (cert, key) = (cert.display(), key.display());
            format!("the certificate {cert} and the key {key} cannot be used together")
        })?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(TlsAcceptor::from(Arc::new(config)))
}

/// A listener that gives connections on which a key has been agreed. A client that is slow to agree
/// holds up no other.
pub struct TlsListener {
    tcp: TcpListener,
    acceptor: TlsAcceptor,
    agreeing: JoinSet<Option<(TlsStream<TcpStream>, SocketAddr)>>,
}

impl TlsListener {
    pub fn new(tcp: TcpListener, acceptor: TlsAcceptor) -> Self {
        Self { tcp, acceptor, agreeing: JoinSet::new() }
    }

    fn agree(&mut self, stream: TcpStream, from: SocketAddr) {
        let agreed = tokio::time::timeout(HANDSHAKE, self.acceptor.accept(stream));
        self.agreeing.spawn(async move {
            match agreed.await {
                Ok(Ok(stream)) => Some((stream, from)),
                Ok(Err(error)) => {
                    tracing::debug!(%from, %error, "no TLS connection");
                    None
                }
                Err(_) => None,
            }
        });
    }
}

impl Listener for TlsListener {
    type Io = TlsStream<TcpStream>;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        loop {
            tokio::select! {
                Some(agreed) = self.agreeing.join_next() => {
                    if let Ok(Some(connection)) = agreed {
                        return connection;
                    }
                }
                // The listener of axum waits and tries again where the system refuses.
                (stream, from) = Listener::accept(&mut self.tcp),
                    if self.agreeing.len() < HANDSHAKES => self.agree(stream, from),
            }
        }
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.tcp.local_addr()
    }
}
