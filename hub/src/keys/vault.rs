//! Where the master key is. It wraps the data keys, and never touches a value.

use base64::{Engine, engine::general_purpose::STANDARD};
use entity::KeySuite;
use sea_orm::ActiveEnum;
use zeroize::Zeroizing;

use super::{KeyFault, suite};

/// A data key under a master key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wrapped {
    /// The name of the master key.
    pub master: String,
    pub bytes: Vec<u8>,
}

/// The port for whatever holds the master key: a key file, or a hardware security module, whose key
/// never leaves it. It is asked when a hub starts and when keys change, not for each value, so it
/// may take its time.
pub trait Vault: Send + Sync {
    /// Wraps a data key by the newest master key. `about` has to be the same when it is unwrapped.
    ///
    /// # Errors
    /// Where the vault cannot be reached.
    fn wrap(&self, key: &[u8; suite::KEY], about: &str) -> Result<Wrapped, KeyFault>;

    /// # Errors
    /// Where the vault cannot be reached, has no such master key, or the data key was changed.
    fn unwrap(
        &self,
        wrapped: &Wrapped,
        about: &str,
    ) -> Result<Zeroizing<[u8; suite::KEY]>, KeyFault>;

    /// The suite of the newest master key, for new data keys.
    ///
    /// # Errors
    /// Where the vault cannot be reached.
    fn suite(&self) -> Result<KeySuite, KeyFault>;
}

/// The master keys of a key file, one a line, the newest first: `suite name key`, the key in base64.
/// Lines that are empty or begin with # say nothing.
pub struct MasterKeys(Vec<MasterKey>);

struct MasterKey {
    suite: KeySuite,
    name: String,
    key: Zeroizing<[u8; suite::KEY]>,
}

impl MasterKeys {
    /// # Errors
    /// Where a line is no key, or there is none; the text of the error repeats no key.
    pub fn parse(text: &str) -> Result<Self, KeyFault> {
        let lines = text.lines().map(str::trim).enumerate();
        let lines = lines.filter(|(_, line)| !line.is_empty() && !line.starts_with('#'));
        let keys: Result<Vec<_>, _> =
            lines.map(|(at, line)| MasterKey::parse(line).ok_or(KeyFault::Line(at + 1))).collect();
        let keys = keys?;
        if keys.is_empty() {
            return Err(KeyFault::NoMaster);
        }
        Ok(Self(keys))
    }

    /// A line with a new master key.
    ///
    /// # Errors
    /// Where the machine gives no randomness.
    pub fn new_line(suite: KeySuite, name: &str) -> Result<String, KeyFault> {
        let key = new_key()?;
        Ok(format!("{} {name} {}\n", suite.to_value(), STANDARD.encode(*key)))
    }

    fn named(&self, name: &str) -> Result<&MasterKey, KeyFault> {
        let found = self.0.iter().find(|key| key.name == name);
        found.ok_or_else(|| KeyFault::MasterUnknown(name.to_owned()))
    }
}

/// A new data key or master key.
///
/// # Errors
/// Where the machine gives no randomness.
pub(super) fn new_key() -> Result<Zeroizing<[u8; suite::KEY]>, KeyFault> {
    let mut key = Zeroizing::new([0; suite::KEY]);
    getrandom::fill(&mut *key).map_err(|_| KeyFault::NoRandomness)?;
    Ok(key)
}

impl MasterKey {
    fn parse(line: &str) -> Option<Self> {
        let mut words = line.split_whitespace();
        let suite = KeySuite::try_from_value(&words.next()?.to_owned()).ok()?;
        let name = words.next()?.to_owned();
        let key = Zeroizing::new(STANDARD.decode(words.next()?).ok()?);
        let key = Zeroizing::new(key.as_slice().try_into().ok()?);
        words.next().is_none().then_some(Self { suite, name, key })
    }
}

impl Vault for MasterKeys {
    fn wrap(&self, key: &[u8; suite::KEY], about: &str) -> Result<Wrapped, KeyFault> {
        let newest = self.0.first().ok_or(KeyFault::NoMaster)?;
        let bytes = suite::keyed(newest.suite, &newest.key).seal(about.as_bytes(), key);
        Ok(Wrapped { master: newest.name.clone(), bytes })
    }

    fn unwrap(
        &self,
        wrapped: &Wrapped,
        about: &str,
    ) -> Result<Zeroizing<[u8; suite::KEY]>, KeyFault> {
        let master = self.named(&wrapped.master)?;
        let opened = suite::keyed(master.suite, &master.key).open(about.as_bytes(), &wrapped.bytes);
        let opened = opened.ok_or_else(|| KeyFault::NotUnwrapped(wrapped.master.clone()))?;
        let key = opened.as_slice().try_into();
        Ok(Zeroizing::new(key.map_err(|_| KeyFault::NotUnwrapped(wrapped.master.clone()))?))
    }

    fn suite(&self) -> Result<KeySuite, KeyFault> {
        self.0.first().map(|key| key.suite).ok_or(KeyFault::NoMaster)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_data_key_is_unwrapped_by_the_master_key_that_wrapped_it() {
        let old = MasterKeys::new_line(KeySuite::Aes256GcmSiv, "2025").unwrap();
        let new = MasterKeys::new_line(KeySuite::Sm4Gcm, "2026").unwrap();
        let before = MasterKeys::parse(&old).unwrap();
        let after = MasterKeys::parse(&format!("# two\n\n{new}{old}")).unwrap();
        let key = new_key().unwrap();
        let wrapped = before.wrap(&key, "1").unwrap();
        assert_eq!(after.unwrap(&wrapped, "1").unwrap(), key);
        assert!(after.unwrap(&wrapped, "2").is_err());
        let renewed = after.wrap(&key, "1").unwrap();
        assert_eq!(renewed.master, "2026");
        assert!(matches!(before.unwrap(&renewed, "1"), Err(KeyFault::MasterUnknown(_))));
    }

    #[test]
    fn a_line_that_is_no_key_is_told_by_its_number_alone() {
        let good = MasterKeys::new_line(KeySuite::Aes256GcmSiv, "main").unwrap();
        let cut = good.replace('=', "");
        let fault = MasterKeys::parse(&format!("# a comment\n{cut}")).err().unwrap();
        assert_eq!(fault.to_string(), "line 2 of the key file is no key");
        assert!(MasterKeys::parse("\n# nothing\n").is_err());
    }
}
