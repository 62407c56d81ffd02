//! The two suites: AES-256-GCM-SIV (RFC 8452) with HMAC-SHA256, and for sites that must use national
//! algorithms SM4-GCM (GB/T 32907, RFC 8998) with HMAC-SM3 (GB/T 32905).
//!
//! A nonce is a keyed hash of the value and its place, so that no counter has to be kept, and no two
//! values share one short of a collision of 96 bits.

use aead::{Aead, KeyInit, Nonce, Payload, consts::U12};
use aes_gcm::AesGcm;
use aes_gcm_siv::Aes256GcmSiv;
use entity::KeySuite;
use hmac::{Hmac, Mac};
use sha2::Sha256;
use sm3::Sm3;
use sm4::Sm4;
use zeroize::Zeroizing;

/// The length of a data key or a master key; the keys of a suite are derived from it.
pub const KEY: usize = 32;
const NONCE: usize = 12;

/// What a key does.
pub trait Suite: Send + Sync {
    /// Encrypts a value; `place` is checked again when it is opened.
    fn seal(&self, place: &[u8], value: &[u8]) -> Vec<u8>;

    /// None where it was not sealed in this place by this key, or was changed.
    fn open(&self, place: &[u8], sealed: &[u8]) -> Option<Zeroizing<Vec<u8>>>;

    /// The keyed hash of a value.
    fn hash(&self, value: &[u8]) -> Vec<u8>;
}

/// The suite, keyed.
pub fn keyed(suite: KeySuite, key: &[u8; KEY]) -> Box<dyn Suite> {
    match suite {
        KeySuite::Aes256GcmSiv => Box::new(Keyed::<Aes256GcmSiv, Hmac<Sha256>>::new(key)),
        KeySuite::Sm4Gcm => Box::new(Keyed::<AesGcm<Sm4, U12>, Hmac<Sm3>>::new(key)),
    }
}

struct Keyed<C, M> {
    cipher: C,
    nonces: M,
    index: M,
}

impl<C: KeyInit, M: Mac + KeyInit> Keyed<C, M> {
    fn new(key: &[u8; KEY]) -> Self {
        let derived = |purpose: &str| {
            let mut mac = mac_of::<M>(key);
            mac.update(purpose.as_bytes());
            Zeroizing::new(mac.finalize().into_bytes().to_vec())
        };
        let cipher = derived("nuanyang value");
        #[expect(clippy::expect_used, reason = "a hash is as long as the longest of the keys")]
        let cipher =
            C::new_from_slice(&cipher[..C::key_size()]).expect("a key of the size asked for");
        Self {
            cipher,
            nonces: mac_of(&derived("nuanyang nonce")),
            index: mac_of(&derived("nuanyang index")),
        }
    }
}

#[expect(clippy::expect_used, reason = "HMAC takes keys of any length")]
fn mac_of<M: KeyInit>(key: &[u8]) -> M {
    M::new_from_slice(key).expect("a key")
}

impl<C, M> Suite for Keyed<C, M>
where
    C: Aead<NonceSize = U12> + Send + Sync,
    M: Mac + Clone + Send + Sync,
{
    fn seal(&self, place: &[u8], value: &[u8]) -> Vec<u8> {
        let mut nonces = self.nonces.clone();
        nonces.update(&(place.len() as u64).to_be_bytes());
        nonces.update(place);
        nonces.update(value);
        let hash = nonces.finalize().into_bytes();
        let mut nonce = Nonce::<C>::default();
        nonce.copy_from_slice(&hash[..NONCE]);
        #[expect(clippy::expect_used, reason = "a suite takes 64 GiB, and no value is near that")]
        let body = self.cipher.encrypt(&nonce, Payload { msg: value, aad: place }).expect("sealed");
        [nonce.as_slice(), &body].concat()
    }

    fn open(&self, place: &[u8], sealed: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        let (from, body) = sealed.split_at_checked(NONCE)?;
        let mut nonce = Nonce::<C>::default();
        nonce.copy_from_slice(from);
        let value = self.cipher.decrypt(&nonce, Payload { msg: body, aad: place }).ok()?;
        Some(Zeroizing::new(value))
    }

    fn hash(&self, value: &[u8]) -> Vec<u8> {
        let mut index = self.index.clone();
        index.update(value);
        index.finalize().into_bytes().to_vec()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes(hex: &str) -> Vec<u8> {
        let digit = |at: usize| u8::from_str_radix(&hex[at..at + 2], 16).unwrap();
        (0..hex.len()).step_by(2).map(digit).collect()
    }

    fn encrypted<C: Aead<NonceSize = U12> + KeyInit>(
        [key, nonce, place, value]: [&str; 4],
    ) -> Vec<u8> {
        let nonce = Nonce::<C>::try_from(bytes(nonce).as_slice()).unwrap();
        let (msg, aad) = (bytes(value), bytes(place));
        let cipher = C::new_from_slice(&bytes(key)).unwrap();
        cipher.encrypt(&nonce, Payload { msg: &msg, aad: &aad }).unwrap()
    }

    /// RFC 8452, appendix C.2.
    #[test]
    fn aes_256_gcm_siv_is_that_of_the_standard() {
        let key = format!("01{}", "00".repeat(31));
        let found =
            encrypted::<Aes256GcmSiv>([&key, "030000000000000000000000", "", "0100000000000000"]);
        assert_eq!(found, bytes("c2ef328e5c71c83b843122130f7364b761e0b97427e3df28"));
    }

    /// RFC 8998, appendix A.1.
    #[test]
    fn sm4_gcm_is_that_of_the_standard() {
        let found = encrypted::<AesGcm<Sm4, U12>>([
            "0123456789abcdeffedcba9876543210",
            "00001234567800000000abcd",
            "feedfacedeadbeeffeedfacedeadbeefabaddad2",
            "aaaaaaaaaaaaaaaabbbbbbbbbbbbbbbbccccccccccccccccdddddddddddddddd\
             eeeeeeeeeeeeeeeeffffffffffffffffeeeeeeeeeeeeeeeeaaaaaaaaaaaaaaaa",
        ]);
        let sealed = "17f399f08c67d5ee19d0dc9969c4bb7d5fd46fd3756489069157b282bb200735\
                      d82710ca5c22f0ccfa7cbf93d496ac15a56834cbcf98c397b4024a2691233b8d\
                      83de3541e4c2b58177e065a9bf7b62ec";
        assert_eq!(found, bytes(sealed));
    }

    #[test]
    fn a_value_opens_in_its_place_by_its_key_alone() {
        for suite in KeySuite::ALL {
            let (key, other) = (keyed(*suite, &[7; KEY]), keyed(*suite, &[8; KEY]));
            let sealed = key.seal(b"here", "王小明".as_bytes());
            let opened = key.open(b"here", &sealed).unwrap();
            assert_eq!(opened.as_slice(), "王小明".as_bytes(), "{suite:?}");
            assert!(key.open(b"there", &sealed).is_none(), "{suite:?}");
            assert!(other.open(b"here", &sealed).is_none(), "{suite:?}");
            for at in 0..sealed.len() {
                let mut changed = sealed.clone();
                changed[at] ^= 1;
                assert!(key.open(b"here", &changed).is_none(), "{suite:?} byte {at}");
            }
            assert!(key.open(b"here", b"short").is_none());
        }
    }

    #[test]
    fn equal_values_in_different_places_look_unlike() {
        for suite in KeySuite::ALL {
            let key = keyed(*suite, &[7; KEY]);
            let (here, there) = (key.seal(b"here", b"138"), key.seal(b"there", b"138"));
            assert_ne!(here[..NONCE], there[..NONCE], "{suite:?}");
            assert_ne!(here[NONCE..], there[NONCE..], "{suite:?}");
            assert_eq!(key.hash(b"138"), key.hash(b"138"));
            assert_ne!(key.hash(b"138"), keyed(*suite, &[8; KEY]).hash(b"138"), "{suite:?}");
        }
    }
}
