//! Programs of the tests that are written in JavaScript.

use std::{fs::File, path::Path, process::Output};

use tokio::process::Command;

/// Where a program of this name is.
pub fn folder(name: &str) -> String {
    format!("{}/tests/{name}", env!("CARGO_MANIFEST_DIR"))
}

/// Runs one to its end.
pub async fn output(program: &str, command: &mut Command) -> Output {
    command.output().await.unwrap_or_else(|error| {
        panic!("this test needs Node 20 or newer with npm, and {program} did not start: {error}")
    })
}

/// Installs what one needs where it is not; processes wait for one another.
pub async fn install(name: &str) {
    let lock = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}.lock"));
    let lock = File::create(lock).unwrap();
    let held = tokio::task::spawn_blocking(move || lock.lock().map(|()| lock));
    let _held = held.await.unwrap().unwrap();
    if Path::new(&folder(name)).join("node_modules/.package-lock.json").exists() {
        return;
    }
    let done = output("npm", Command::new("npm").arg("ci").current_dir(folder(name))).await;
    assert!(done.status.success(), "npm ci: {}", String::from_utf8_lossy(&done.stderr));
}

/// What a program writes, given a file to read.
pub async fn run(name: &str, program: &str, file: &Path) -> Vec<u8> {
    install(name).await;
    let mut command = Command::new("node");
    let done = output("node", command.arg(program).arg(file).current_dir(folder(name))).await;
    assert!(done.status.success(), "{program}: {}", String::from_utf8_lossy(&done.stderr));
    done.stdout
}
