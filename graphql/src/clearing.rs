//! Clearing the devices of an account.

use async_graphql::{Context, Object, Result};
use chrono::{DateTime, Utc};
use entity::{Role, account};
use hub::accounts::Clear;

use crate::{context::ContextExt, tables::staff};

pub struct ClearingMutation;

/// 清除设备 (clearing devices)
#[Object]
impl ClearingMutation {
    /// 命令清除某账户此前登录过的设备上的数据，设备下次连上平台时执行；本人、站负责人和民政人员可用 (orders that the devices an account has signed in on are cleared, at their next contact)
    async fn clear_devices(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "账户的用户名 (username of the account)")] username: String,
        #[graphql(
            desc = "先发送未发送的内容；否则立即清除，其会话和令牌随即失效 (what waits is sent first; otherwise at once, and sessions and tokens end)"
        )]
        send_first: bool,
    ) -> Result<StaffAccount> {
        let how = if send_first { Clear::AfterSending } else { Clear::AtOnce };
        let (hub, viewer) = (ctx.hub()?.clone(), ctx.viewer()?.clone());
        let asking = ctx.access("")?;
        // What is in the trail is done, though nobody waits for the answer any more.
        let ordering =
            tokio::spawn(async move { hub.clear_devices(&viewer, (&username, how), asking).await });
        Ok(StaffAccount(ordering.await.map_err(|_| hub::HubError::Unavailable)??))
    }
}

/// An account of a station's people, shown to who may have its devices cleared.
pub struct StaffAccount(pub account::Model);

/// 社工站人员的账户 (an account of a station's people)
#[Object]
impl StaffAccount {
    /// 用户名 (username)
    async fn username(&self) -> &str {
        &self.0.username
    }

    /// 姓名 (name)
    async fn name(&self, ctx: &Context<'_>) -> Option<Result<String>> {
        staff(ctx, "StaffAccount", Some(self.0.id)).await
    }

    /// 角色 (role)
    async fn role(&self) -> Role {
        self.0.role
    }

    /// 最近一次命令立即清除其设备的时间 (when it was last ordered that its devices are cleared at once)
    async fn cleared_at_once_at(&self) -> Option<DateTime<Utc>> {
        self.0.cleared_at_once_at
    }

    /// 最近一次命令发送后清除其设备的时间 (the same, once what waits is sent)
    async fn cleared_after_sending_at(&self) -> Option<DateTime<Utc>> {
        self.0.cleared_after_sending_at
    }
}
