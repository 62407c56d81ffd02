//! The audit suite of GraphQL over HTTP, which is written in JavaScript.

use tokio::process::Command;

use crate::{
    on_both,
    support::{Backend, TestHub, node},
};

on_both! {
    async fn every_audit_of_graphql_over_http_is_met(hub: TestHub) {
        node::install("audit").await;
        let token = hub.officer().await.token;
        let mut audit = Command::new("node");
        audit.arg("audit.mjs").current_dir(node::folder("audit"))
            .env("AUDIT_URL", format!("{}/graphql", hub.url)).env("AUDIT_TOKEN", token);
        let done = node::output("node", &mut audit).await;
        let printed = String::from_utf8_lossy(&done.stdout);
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
        let (unmet, count) = printed.trim_end().rsplit_once('\n').unwrap_or(("", printed.trim_end()));
        assert_eq!(unmet, "", "audits that are not met");
        assert!(count.parse::<usize>().unwrap() >= 60, "{count} audits ran");
    }
}
