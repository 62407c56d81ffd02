//! From where a request comes: the address of who asks, also behind a proxy that is trusted.

use std::{
    convert::Infallible,
    net::{IpAddr, Ipv4Addr, SocketAddr},
};

use axum::{
    extract::{ConnectInfo, FromRequestParts},
    http::{HeaderMap, HeaderName, request::Parts},
};
use entity::Network;

use super::App;

const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// The address of who asks. Mapped IPv4 is IPv4.
pub(super) struct ClientAddress(pub(super) IpAddr);

impl FromRequestParts<App> for ClientAddress {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Infallible> {
        let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>();
        let peer = peer.map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |peer| peer.0.ip());
        Ok(Self(client(peer, &parts.headers, &app.proxies)))
    }
}

/// The address nearest to us that is no trusted proxy's: what stands further left in the header was
/// written by the client itself.
fn client(peer: IpAddr, headers: &HeaderMap, trusted: &[Network]) -> IpAddr {
    let mut nearest = peer.to_canonical();
    let lines: Vec<_> = headers.get_all(FORWARDED_FOR).iter().collect();
    let hops = lines.iter().rev().flat_map(|line| line.to_str().unwrap_or_default().rsplit(','));
    for hop in hops {
        if !trusted.iter().any(|network| network.contains(nearest)) {
            break;
        }
        let Some(address) = address(hop.trim()) else { break };
        nearest = address.to_canonical();
    }
    nearest
}

/// Some proxies write the port as well.
fn address(hop: &str) -> Option<IpAddr> {
    let with_port = || hop.parse::<SocketAddr>().map(|address| address.ip());
    hop.parse().or_else(|_| with_port()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(peer: &str, lines: &[&str], trusted: &[&str]) -> String {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(FORWARDED_FOR, line.parse().unwrap());
        }
        let trusted: Vec<_> = trusted.iter().map(|network| network.parse().unwrap()).collect();
        client(peer.parse().unwrap(), &headers, &trusted).to_string()
    }

    #[test]
    fn the_header_counts_from_a_trusted_proxy_alone() {
        assert_eq!(found("192.0.2.9", &["198.51.100.7"], &[]), "192.0.2.9");
        assert_eq!(found("192.0.2.9", &["198.51.100.7"], &["10.0.0.0/8"]), "192.0.2.9");
        assert_eq!(found("10.0.0.1", &["198.51.100.7"], &["10.0.0.0/8"]), "198.51.100.7");
        assert_eq!(found("::ffff:10.0.0.1", &["198.51.100.7"], &["10.0.0.0/8"]), "198.51.100.7");
    }

    #[test]
    fn what_a_client_writes_into_the_header_itself_does_not_count() {
        let trusted = ["10.0.0.0/8", "2001:db8::/32"];
        assert_eq!(found("10.0.0.1", &["127.0.0.1, 198.51.100.7"], &trusted), "198.51.100.7");
        assert_eq!(
            found("10.0.0.1", &["127.0.0.1", "198.51.100.7, 10.0.0.2"], &trusted),
            "198.51.100.7"
        );
        assert_eq!(found("10.0.0.1", &["198.51.100.7", "2001:db8::1"], &trusted), "198.51.100.7");
        assert_eq!(found("10.0.0.1", &["127.0.0.1, unknown, 10.0.0.2"], &trusted), "10.0.0.2");
    }

    #[test]
    fn ports_and_mapped_addresses_are_read_and_no_header_is_the_proxy() {
        let trusted = ["10.0.0.0/8"];
        assert_eq!(found("10.0.0.1", &["198.51.100.7:4711"], &trusted), "198.51.100.7");
        assert_eq!(found("10.0.0.1", &["[2001:db8::5]:4711"], &trusted), "2001:db8::5");
        assert_eq!(found("10.0.0.1", &["::ffff:198.51.100.7"], &trusted), "198.51.100.7");
        assert_eq!(found("10.0.0.1", &[], &trusted), "10.0.0.1");
        assert_eq!(found("10.0.0.1", &["10.0.0.3, 10.0.0.2"], &trusted), "10.0.0.3");
    }
}
