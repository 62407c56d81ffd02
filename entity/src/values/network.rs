use std::{fmt, net::IpAddr, str::FromStr};

use ipnet::{IpNet, Ipv4Net};
use serde::{Deserialize, Serialize};

/// The bits by which an IPv6 address says that it is a mapped IPv4 one.
const MAPPED: u8 = 96;

/// Addresses that share a prefix, as CIDR: 10.1.0.0/16, 2001:db8::/32. Mapped IPv4 is IPv4.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Network(IpNet);

/// A text that is no network.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no network; write an address or a CIDR, such as 10.1.0.0/16 or 2001:db8::/32")]
pub struct NetworkFault(String);

impl Network {
    /// Whether an address lies in it.
    #[must_use]
    pub fn contains(&self, address: IpAddr) -> bool {
        self.0.contains(&address.to_canonical())
    }
}

impl FromStr for Network {
    type Err = NetworkFault;

    fn from_str(text: &str) -> Result<Self, NetworkFault> {
        let parsed = match text.parse::<IpAddr>() {
            Ok(address) => Ok(IpNet::from(address)),
            Err(_) => text.parse::<IpNet>(),
        };
        let network = parsed.map_err(|_| NetworkFault(text.to_owned()))?.trunc();
        Ok(Self(unmapped(network).unwrap_or(network)))
    }
}

fn unmapped(network: IpNet) -> Option<IpNet> {
    let IpNet::V6(v6) = network else { return None };
    let length = v6.prefix_len().checked_sub(MAPPED)?;
    let v4 = Ipv4Net::new(v6.network().to_ipv4_mapped()?, length).ok()?;
    Some(v4.into())
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl TryFrom<String> for Network {
    type Error = NetworkFault;

    fn try_from(text: String) -> Result<Self, NetworkFault> {
        text.parse()
    }
}

impl From<Network> for String {
    fn from(network: Network) -> Self {
        network.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn network(text: &str) -> Network {
        text.parse().unwrap()
    }

    #[test]
    fn a_network_holds_its_own_addresses_however_they_are_written() {
        for (cidr, address, inside) in [
            ("10.1.0.0/16", "10.1.255.1", true),
            ("10.1.0.0/16", "::ffff:10.1.2.3", true),
            ("::ffff:10.1.0.0/112", "10.1.2.3", true),
            ("10.1.2.3", "10.1.2.3", true),
            ("10.1.2.3", "10.1.2.4", false),
            ("10.1.0.0/16", "10.2.0.1", false),
            ("2001:db8::/32", "2001:db8:1::1", true),
            ("2001:db8::/32", "2001:db9::1", false),
            ("0.0.0.0/0", "2001:db8::1", false),
            ("::/0", "10.1.2.3", false),
        ] {
            let found = network(cidr).contains(address.parse().unwrap());
            assert_eq!(found, inside, "{address} in {cidr}");
        }
    }

    #[test]
    fn a_network_is_read_as_it_is_written_and_nothing_else_is_one() {
        assert_eq!(network("10.1.2.3/16").to_string(), "10.1.0.0/16");
        assert_eq!(network("10.1.2.3").to_string(), "10.1.2.3/32");
        for wrong in ["", "10.1", "10.1.2.3/33", "example.org", "10.1.2.3/", " 10.1.2.3"] {
            assert!(wrong.parse::<Network>().is_err(), "{wrong:?}");
        }
    }
}
