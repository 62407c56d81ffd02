const DIGITS: &[u8; 16] = b"0123456789abcdef";

/// Bytes as text, two small hexadecimal digits each.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    let digits = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    digits.map(|digit| char::from(DIGITS[usize::from(digit)])).collect()
}
