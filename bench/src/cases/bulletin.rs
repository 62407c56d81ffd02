use super::read::{Read, Texts};
use crate::stand::Stand;

const TEXTS: Texts = Texts { name: "bulletin", graphql: "", sqlite: "SELECT '{}'", postgres: "SELECT '{}'" };

pub fn read(stand: &Stand) -> Read {
    Read::new(stand, &TEXTS, Vec::new())
}
