//! The audit suite of GraphQL over HTTP, which is written in JavaScript.

use std::{fs::File, path::Path, process::Output};

use tokio::process::Command;

use crate::{
    on_both,
    support::{Backend, TestHub},
};

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/audit");

async fn output(program: &str, command: &mut Command) -> Output {
    command.output().await.unwrap_or_else(|error| {
        panic!("this test needs Node 20 or newer with npm, and {program} did not start: {error}")
    })
}

/// Installs the suite where it is not; processes wait for one another.
async fn install() {
    let lock = File::create(Path::new(env!("CARGO_TARGET_TMPDIR")).join("audit.lock")).unwrap();
    let held = tokio::task::spawn_blocking(move || lock.lock().map(|()| lock));
    let _held = held.await.unwrap().unwrap();
    if Path::new(FOLDER).join("node_modules/.package-lock.json").exists() {
        return;
    }
    let done = output("npm", Command::new("npm").arg("ci").current_dir(FOLDER)).await;
    assert!(done.status.success(), "npm ci: {}", String::from_utf8_lossy(&done.stderr));
}

on_both! {
    async fn every_audit_of_graphql_over_http_is_met(hub: TestHub) {
        install().await;
        let token = hub.officer().await.token;
        let mut audit = Command::new("node");
        audit.arg("audit.mjs").current_dir(FOLDER)
            .env("AUDIT_URL", format!("{}/graphql", hub.url)).env("AUDIT_TOKEN", token);
        let done = output("node", &mut audit).await;
        let printed = String::from_utf8_lossy(&done.stdout);
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
        let (unmet, count) = printed.trim_end().rsplit_once('\n').unwrap_or(("", printed.trim_end()));
        assert_eq!(unmet, "", "audits that are not met");
        assert!(count.parse::<usize>().unwrap() >= 60, "{count} audits ran");
    }
}
