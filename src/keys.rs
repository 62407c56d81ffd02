//! Where the master key comes from: the variable `NUANYANG_KEY`, or a key file.

use std::{
    fs::{File, OpenOptions},
    io::{ErrorKind, Write},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};

use anyhow::Context;
use entity::KeySuite;
use hub::keys::{
    KeyFault,
    suite::KEY,
    vault::{MasterKeys, Vault, Wrapped},
};
use zeroize::Zeroizing;

/// The variable with the lines of a key file.
const VARIABLE: &str = "NUANYANG_KEY";

/// The master keys, read anew each time they are asked for, so that a hub that runs learns of a line
/// that was added to its key file.
pub enum MasterKey {
    Lines(Zeroizing<String>),
    File(PathBuf),
}

impl MasterKey {
    /// The variable where it is set, else the file named; a database that is a file has its key file
    /// beside it where none is named.
    ///
    /// # Errors
    /// Where a database of a server has neither.
    pub fn of(database: &str, file: Option<&Path>) -> anyhow::Result<Self> {
        #[expect(
            clippy::disallowed_methods,
            reason = "arguments are for all on the machine to see"
        )]
        if let Ok(lines) = std::env::var(VARIABLE) {
            return Ok(Self::Lines(Zeroizing::new(lines)));
        }
        if let Some(file) = file {
            return Ok(Self::File(file.to_owned()));
        }
        let beside = database.strip_prefix("sqlite:").map(|path| {
            let path = path.trim_start_matches("//").split('?').next().unwrap_or(path);
            Self::File(format!("{path}.key").into())
        });
        beside.context(
            "the master key is not named: make a key file with `nuanyang keys create FILE` and \
             name it with --key-file or NUANYANG_KEY_FILE, or put its lines in NUANYANG_KEY",
        )
    }

    /// Makes the key file of a database that has nothing sealed yet.
    ///
    /// # Errors
    /// Where the file is not there though the database has sealed values, or it cannot be written.
    pub fn make_if_new(&self, sealed: bool) -> anyhow::Result<()> {
        let Self::File(file) = self else { return Ok(()) };
        if file.exists() {
            return Ok(());
        }
        anyhow::ensure!(
            !sealed,
            "the key file {} is not there: put it back, or name it with --key-file; without it \
             nobody can read what the database has sealed",
            file.display()
        );
        create(file, KeySuite::Aes256GcmSiv)?;
        tracing::warn!(
            file = %file.display(),
            "a key file was made: keep a copy where the database's backups are not"
        );
        Ok(())
    }

    fn read(&self) -> Result<MasterKeys, KeyFault> {
        match self {
            Self::Lines(lines) => MasterKeys::parse(lines),
            Self::File(file) => {
                let text = std::fs::read_to_string(file).map(Zeroizing::new).map_err(|error| {
                    KeyFault::File(format!("{} cannot be read: {error}", file.display()))
                })?;
                MasterKeys::parse(&text)
            }
        }
    }
}

impl Vault for MasterKey {
    fn wrap(&self, key: &[u8; KEY], about: &str) -> Result<Wrapped, KeyFault> {
        self.read()?.wrap(key, about)
    }

    fn unwrap(&self, wrapped: &Wrapped, about: &str) -> Result<Zeroizing<[u8; KEY]>, KeyFault> {
        self.read()?.unwrap(wrapped, about)
    }

    fn suite(&self) -> Result<KeySuite, KeyFault> {
        self.read()?.suite()
    }
}

/// Makes a key file with one new key, which its owner alone may read. One made by another process
/// in the same instant stays.
///
/// # Errors
/// Where it cannot be written.
pub fn create(file: &Path, suite: KeySuite) -> anyhow::Result<()> {
    let line = Zeroizing::new(new_line(suite)?);
    let mut options = OpenOptions::new();
    match options.write(true).create_new(true).mode(0o600).open(file) {
        Ok(mut made) => {
            made.write_all(line.as_bytes())?;
            made.sync_all().with_context(|| format!("{} cannot be written", file.display()))?;
            sync_folder(file)
        }
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(error).with_context(|| format!("{} cannot be made", file.display())),
    }
}

/// Puts a new master key before those of a key file. Two at once do not lose each other's: the file
/// that is being made is there for one of them alone.
///
/// # Errors
/// Where the file is not there or cannot be written, or another is at it.
pub fn add(file: &Path, suite: KeySuite) -> anyhow::Result<()> {
    let mut beside = file.as_os_str().to_owned();
    beside.push(".new");
    let beside = PathBuf::from(beside);
    let mut options = OpenOptions::new();
    let made = options.write(true).create_new(true).mode(0o600).open(&beside);
    let mut made = made.with_context(|| {
        format!("{} cannot be made: another is at it, or was broken off", beside.display())
    })?;
    let mut add = || -> anyhow::Result<()> {
        let old = Zeroizing::new(std::fs::read_to_string(file)?);
        let new = Zeroizing::new(format!("{}{}", new_line(suite)?, *old));
        made.write_all(new.as_bytes())?;
        made.sync_all()?;
        std::fs::rename(&beside, file)?;
        sync_folder(file)
    };
    let added = add().inspect_err(|_| {
        std::fs::remove_file(&beside).ok();
    });
    added.with_context(|| format!("{} cannot be renewed", file.display()))
}

/// A new name is on disk once its folder is.
fn sync_folder(file: &Path) -> anyhow::Result<()> {
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty());
    Ok(File::open(folder.unwrap_or(Path::new(".")))?.sync_all()?)
}

fn new_line(suite: KeySuite) -> anyhow::Result<String> {
    let name = hub::clock::Clock::system().new_id().to_string();
    Ok(MasterKeys::new_line(suite, &name)?)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn a_key_file_is_its_owners_alone_and_is_never_written_over() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("hub.key");
        create(&file, KeySuite::Sm4Gcm).unwrap();
        let first = std::fs::read_to_string(&file).unwrap();
        assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
        create(&file, KeySuite::Sm4Gcm).unwrap();
        assert_eq!(std::fs::read_to_string(&file).unwrap(), first);
        let beside = folder.path().join("hub.key.new");
        std::fs::write(&beside, "another's").unwrap();
        assert!(add(&file, KeySuite::Aes256GcmSiv).is_err(), "another is at it");
        assert_eq!(std::fs::read_to_string(&beside).unwrap(), "another's");
        std::fs::remove_file(&beside).unwrap();
        add(&file, KeySuite::Aes256GcmSiv).unwrap();
        assert!(!beside.exists());
        let both = std::fs::read_to_string(&file).unwrap();
        assert!(both.starts_with("AES256_GCM_SIV ") && both.ends_with(&first));
        assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    }

    #[test]
    fn a_lost_key_file_is_told_and_not_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let database = format!("sqlite:{}", folder.path().join("hub.db").display());
        let key = MasterKey::of(&database, None).unwrap();
        let error = key.make_if_new(true).err().unwrap().to_string();
        assert!(error.contains("hub.db.key is not there"), "{error}");
        assert!(key.read().is_err());
        key.make_if_new(false).unwrap();
        assert!(key.read().is_ok());
    }

    #[test]
    fn a_database_of_a_server_needs_its_key_named() {
        let error = MasterKey::of("postgres://hub@db/hub", None).err().unwrap().to_string();
        assert!(error.contains("nuanyang keys create"), "{error}");
    }
}
