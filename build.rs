//! The explorer page is embedded, so a new page is a new program.

fn main() {
    println!("cargo::rerun-if-changed=web/dist");
}
