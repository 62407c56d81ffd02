//! The certificate, and whether the hub may do without one.

use std::{path::Path, sync::Arc};

use anyhow::Context;
use rustls::{
    ServerConfig,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
};
use tokio_rustls::TlsAcceptor;

use crate::settings::Settings;

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
