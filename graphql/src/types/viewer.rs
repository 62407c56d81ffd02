use async_graphql::{Context, Object, Result};
use entity::Role;
use hub::access::{Scope, Viewer};

use super::Station;
use crate::context::ContextExt;

/// 当前账户 (the account that asks)
pub struct Account(pub Viewer);

/// 当前账户 (the account that asks)
#[Object(name = "Viewer")]
impl Account {
    /// 用户名 (username)
    async fn username(&self) -> &str {
        &self.0.username
    }

    /// 名称 (name)
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// 角色 (role)
    async fn role(&self) -> Role {
        self.0.role
    }

    /// 可见的社工站；为空表示全市 (stations within reach; null for the whole city)
    async fn stations(&self, ctx: &Context<'_>) -> Option<Result<Vec<Station>>> {
        let Scope::Stations(ids) = &self.0.scope else {
            return None;
        };
        let found = ids.iter().map(|id| ctx.one::<Station>(Some(*id)));
        let found = futures_util::future::join_all(found).await;
        Some(found.into_iter().flatten().collect())
    }
}
