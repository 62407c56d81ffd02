/// The data dictionary.
#[must_use]
pub fn dictionary() -> String {
    String::new()
}
