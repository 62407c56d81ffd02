use sea_orm_migration::{
    prelude::*,
    schema::{
        big_integer, big_integer_null, binary, boolean, date_null, timestamp_with_time_zone, uuid,
        uuid_null,
    },
};

use crate::columns::{drop, index, to, unique, word, word_null};

#[derive(DeriveMigrationName)]
pub struct Migration;

/// Questions that accounts keep, when they are exported, and of a job the question and the day it is for.
#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.create_table(saved_questions()).await?;
        index(manager, "saved_questions", &["account_id", "-id"]).await?;
        manager.create_table(question_schedules()).await?;
        index(manager, "question_schedules", &["due_at"]).await?;
        for column in [uuid_null("question_id"), date_null("due_on")] {
            let table = Table::alter().table("jobs").add_column(column).to_owned();
            manager.alter_table(table).await?;
        }
        unique(manager, "jobs", &["question_id", "due_on"]).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_index(Index::drop().name("jobs_question_id_due_on").to_owned()).await?;
        for column in ["due_on", "question_id"] {
            let table = Table::alter().table("jobs").drop_column(column).to_owned();
            manager.alter_table(table).await?;
        }
        drop(manager, &["question_schedules", "saved_questions"]).await
    }
}

fn saved_questions() -> TableCreateStatement {
    Table::create()
        .table("saved_questions")
        .col(uuid("id").primary_key())
        .col(uuid("account_id"))
        .col(binary("name"))
        .col(binary("question"))
        .col(boolean("shared"))
        .col(timestamp_with_time_zone("saved_at"))
        .foreign_key(&mut to("accounts", "account_id"))
        .to_owned()
}

fn question_schedules() -> TableCreateStatement {
    Table::create()
        .table("question_schedules")
        .col(uuid("question_id").primary_key())
        .col(uuid_null("token_id"))
        .col(word("reach"))
        .col(word_null("purpose"))
        .col(word("every"))
        .col(big_integer_null("on_day"))
        .col(big_integer("hour"))
        .col(word("format"))
        .col(word("language"))
        .col(big_integer("page_rows"))
        .col(big_integer("page_price"))
        .col(big_integer_null("most"))
        .col(timestamp_with_time_zone("due_at"))
        .col(date_null("refused_on"))
        .col(word_null("problem"))
        .foreign_key(&mut to("saved_questions", "question_id"))
        .foreign_key(&mut to("tokens", "token_id"))
        .to_owned()
}
