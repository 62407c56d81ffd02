//! Works imports off, one at a time: rows wait for each other anyhow, since one writes at a time.

use std::time::Duration;

use entity::import;
use hub::{Hub, HubError};
use tokio::{
    sync::watch,
    time::{sleep, timeout},
};

use crate::server::told;

/// How often is looked for imports that another hub was asked for, or has left.
const LOOK: Duration = Duration::from_secs(5);
/// How long is waited where the database does not answer.
const PAUSE: Duration = Duration::from_secs(2);

/// Works until told to stop; then what is under way is let go, to be gone on with later.
pub async fn work(hub: Hub, stopped: watch::Receiver<bool>) {
    let mut asked = hub.imports_asked();
    while !*stopped.borrow() {
        asked.mark_unchanged();
        if let Err(error) = begin(&hub, &stopped).await {
            tracing::warn!(%error, "the imports could not be looked for");
        }
        tokio::select! {
            () = told(stopped.clone()) => break,
            _ = timeout(LOOK, asked.changed()) => {}
        }
    }
}

async fn begin(hub: &Hub, stopped: &watch::Receiver<bool>) -> Result<(), HubError> {
    hub.clear_imports().await?;
    while !*stopped.borrow()
        && let Some(act) = hub.claim_import().await?
    {
        go_through(hub, stopped, act).await?;
    }
    Ok(())
}

/// Works an import off to its end, until it is another's, or until the hub stops. The rows at hand are
/// finished.
async fn go_through(
    hub: &Hub,
    stopped: &watch::Receiver<bool>,
    mut act: import::Model,
) -> Result<(), HubError> {
    while act.held_by.is_some() {
        if *stopped.borrow() {
            return hub.release_import(&act).await;
        }
        match hub.go_on_with_import(&act).await {
            Ok(Some(next)) => act = next,
            Ok(None) => return Ok(()),
            Err(error) => {
                tracing::warn!(%error, import = %act.id, "an import did not get on");
                sleep(PAUSE).await;
                return hub.release_import(&act).await;
            }
        }
    }
    Ok(())
}
