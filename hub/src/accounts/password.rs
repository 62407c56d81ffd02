//! Passwords: which are taken, and how they are kept.

use argon2::{
    Argon2, Params, PasswordHash, PasswordHasher, PasswordVerifier, password_hash::SaltString,
};
use tokio::sync::Semaphore;

use crate::error::HubError;

const MIN_LENGTH: usize = 12;
/// In bytes. More would only cost the server.
const MAX_LENGTH: usize = 1024;

/// Words that stand at the head of every list of breached passwords, one a line.
const BREACHED: &str = include_str!("../../data/breached-words.txt");

/// Each check takes 19 MiB, so that not all who ask are served at once.
static AT_ONCE: Semaphore = Semaphore::const_new(4);

/// What the password of nobody is compared with, so that a wrong name takes as long as a wrong
/// password. No password is known to give it.
const NOBODY: &str = "$argon2id$v=19$m=19456,t=2,p=1$bnVhbnlhbmctbm9ib2R5$\
                      AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// Argon2id at 19 MiB and two passes.
fn argon2() -> Argon2<'static> {
    let params = Params::new(19 * 1024, 2, 1, None).unwrap_or_default();
    Argon2::new(argon2::Algorithm::Argon2id, argon2::Version::V0x13, params)
}

/// Refuses a password that is short or easy to guess.
///
/// # Errors
/// `Invalid` with what is wrong with it.
pub fn check(password: &str, username: &str) -> Result<(), HubError> {
    let refuse = |text: &str| Err(HubError::Invalid(text.to_owned()));
    if password.chars().count() < MIN_LENGTH {
        return refuse("a password has 12 characters or more");
    }
    if password.len() > MAX_LENGTH {
        return refuse("a password has 1024 bytes at most");
    }
    let folded = password.to_lowercase();
    if folded.contains(&username.to_lowercase()) {
        return refuse("a password does not contain the username");
    }
    if is_breached(&folded) {
        return refuse("this password is known from breaches; choose another");
    }
    Ok(())
}

/// Whether a password is a known one: as it is, without the digits and signs at its end, or as one
/// thing over and over.
fn is_breached(folded: &str) -> bool {
    let known = |text: &str| BREACHED.lines().any(|word| word == text);
    let word = folded.trim_end_matches(|c: char| c.is_ascii_digit() || c.is_ascii_punctuation());
    known(folded) || word.is_empty() || known(word) || repeats(folded) || repeats(word)
}

/// Whether a text is one piece of up to six characters over and over.
fn repeats(text: &str) -> bool {
    let chars: Vec<char> = text.chars().collect();
    (1..=6).any(|n| chars.len() > n && chars.iter().skip(n).eq(chars[..chars.len() - n].iter()))
}

/// A first password to be told once: 120 random bits.
///
/// # Errors
/// Where the machine gives no randomness.
pub fn generate() -> Result<String, HubError> {
    let mut bytes = [0u8; 15];
    getrandom::fill(&mut bytes).map_err(|_| HubError::Unavailable)?;
    Ok(base64::Engine::encode(&base64::engine::general_purpose::URL_SAFE_NO_PAD, bytes))
}

/// What a password is kept as.
///
/// # Errors
/// Where the machine gives no randomness or no memory.
pub async fn hash(password: String) -> Result<String, HubError> {
    let mut salt = [0u8; 16];
    getrandom::fill(&mut salt).map_err(|_| HubError::Unavailable)?;
    let salt = SaltString::encode_b64(&salt).map_err(|_| HubError::Unavailable)?;
    work(move || {
        let hash = argon2().hash_password(password.as_bytes(), &salt);
        hash.map(|hash| hash.to_string()).map_err(|_| HubError::Unavailable)
    })
    .await?
}

/// Whether a password is the one that was kept. With none kept it takes as long and is wrong.
///
/// # Errors
/// Where the machine is stopping.
pub async fn is_right(password: String, kept: Option<String>) -> Result<bool, HubError> {
    work(move || {
        let hash = PasswordHash::new(kept.as_deref().unwrap_or(NOBODY));
        let matches = |hash| argon2().verify_password(password.as_bytes(), &hash).is_ok();
        hash.is_ok_and(matches) && kept.is_some()
    })
    .await
}

async fn work<T: Send + 'static>(task: impl FnOnce() -> T + Send + 'static) -> Result<T, HubError> {
    let permit = AT_ONCE.acquire().await.map_err(|_| HubError::Unavailable)?;
    // The permit goes along: the work goes on where its asker has gone away.
    let task = tokio::task::spawn_blocking(move || {
        let _permit = permit;
        task()
    });
    task.await.map_err(|_| HubError::Unavailable)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_long_and_no_word_of_the_breaches() {
        for known in [
            "short",
            "woaini1314520",
            "Password123456",
            "PASSWORD2026!",
            "20261124202611",
            "abcabcabcabcabc",
            "zhang.san-2026-long",
        ] {
            assert!(check(known, "zhang.san").is_err(), "{known}");
        }
        assert!(check("correct horse staple", "zhang.san").is_ok());
        assert!(check("焦作市民政局的早晨很安静啊", "zhang.san").is_ok());
    }

    #[test]
    fn the_list_is_folded_and_has_no_word_twice() {
        let mut words: Vec<_> = BREACHED.lines().collect();
        assert!(words.iter().all(|word| *word == word.to_lowercase().trim() && !word.is_empty()));
        words.sort_unstable();
        let all = words.len();
        words.dedup();
        assert!(all >= 200 && words.len() == all, "{all} words, {} of them once", words.len());
    }

    #[tokio::test]
    async fn a_password_is_known_again_and_another_is_not() {
        let kept = hash("correct horse staple".to_owned()).await.unwrap();
        assert!(kept.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{kept}");
        assert!(is_right("correct horse staple".to_owned(), Some(kept.clone())).await.unwrap());
        assert!(!is_right("correct horse stable".to_owned(), Some(kept)).await.unwrap());
        assert!(!is_right("correct horse staple".to_owned(), None).await.unwrap());
    }

    #[test]
    fn a_wrong_name_takes_the_same_work() {
        assert!(PasswordHash::new(NOBODY).is_ok_and(|hash| hash.hash.is_some()));
    }
}
