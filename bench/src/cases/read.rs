//! A question in two languages, or three.

use anyhow::{Context, ensure};
use sea_orm::{ConnectionTrait, Statement, Value};
use serde_json::Value as Json;

use super::{Side, agree};
use crate::{client, options::EngineKind, report::Measured, stand::Stand};

/// A question, with all that is asked of it in turn.
pub struct Read {
    pub name: &'static str,
    questions: Vec<Question>,
    /// Who else is asked the same, by which bodies.
    of_peer: Option<(Side, Vec<String>)>,
}

struct Question {
    /// Of who asks, where it is not the bureau's officer.
    token: Option<String>,
    body: String,
    statement: Statement,
}

/// The same question as a GraphQL document and as a SQL statement of each database.
pub struct Texts {
    pub name: &'static str,
    pub graphql: &'static str,
    pub sqlite: &'static str,
    pub postgres: &'static str,
    /// As another has it.
    pub peer: Option<(Side, &'static str)>,
}

impl Read {
    /// The question, asked with these variables and values, by whom a token stands for, where there is
    /// one, else by the bureau's officer.
    pub fn new(
        stand: &Stand,
        texts: &Texts,
        turns: Vec<(Option<String>, Json, Vec<Value>)>,
    ) -> Self {
        let sql = match stand.engine.kind {
            EngineKind::Sqlite => texts.sqlite,
            EngineKind::Postgres => texts.postgres,
        };
        let backend = stand.engine.db.backend();
        let question = |(token, variables, values): (Option<String>, Json, Vec<Value>)| Question {
            token,
            body: client::body(texts.graphql, &variables),
            statement: Statement::from_sql_and_values(backend, sql, values),
        };
        let questions = turns.into_iter().map(question).collect();
        Self { name: texts.name, questions, of_peer: None }
    }

    /// The same, asked of another too, with these variables.
    pub fn beside(self, texts: &Texts, variables: impl Iterator<Item = Json>) -> Self {
        let of_peer = texts.peer.map(|(side, document)| {
            (side, variables.map(|variables| client::body(document, &variables)).collect())
        });
        Self { of_peer, ..self }
    }

    /// Who else is asked.
    pub fn peer(&self) -> Option<Side> {
        self.of_peer.as_ref().map(|(side, _)| *side)
    }

    pub async fn ask_peer(&self, stand: &Stand, turn: usize) -> anyhow::Result<usize> {
        Ok(self.by_peer(stand, turn).await?.len())
    }

    async fn by_peer(&self, stand: &Stand, turn: usize) -> anyhow::Result<String> {
        let asked = || format!("{}: nothing to ask", self.name);
        let (side, bodies) = self.of_peer.as_ref().with_context(asked)?;
        let body = bodies.get(turn % bodies.len().max(1)).with_context(asked)?;
        let peer = stand.peer(*side).with_context(asked)?;
        stand.client.post_to(&peer.endpoint, body.clone()).await
    }

    fn question(&self, turn: usize) -> anyhow::Result<&Question> {
        let place = turn % self.questions.len().max(1);
        self.questions.get(place).with_context(|| format!("{}: nothing to ask", self.name))
    }

    pub async fn ask_hub(&self, stand: &Stand, turn: usize) -> anyhow::Result<usize> {
        Ok(self.by_hub(stand, turn).await?.len())
    }

    async fn by_hub(&self, stand: &Stand, turn: usize) -> anyhow::Result<String> {
        let question = self.question(turn)?;
        let body = question.body.clone();
        match &question.token {
            Some(token) => stand.client.post_as(token, body).await,
            None => stand.client.post(body).await,
        }
    }

    pub async fn ask_sql(&self, stand: &Stand, turn: usize) -> anyhow::Result<usize> {
        Ok(self.by_sql(stand, turn).await?.len())
    }

    async fn by_sql(&self, stand: &Stand, turn: usize) -> anyhow::Result<String> {
        let statement = self.question(turn)?.statement.clone();
        let row = stand.engine.db.read().query_one_raw(statement).await?;
        let row = row.with_context(|| format!("{}: SQL gives no row", self.name))?;
        Ok(row.try_get_by_index(0)?)
    }

    /// Makes sure that all answers say the same.
    pub async fn check(&self, stand: &Stand) -> anyhow::Result<()> {
        for turn in 0..self.questions.len().min(5) {
            let answer = self.by_hub(stand, turn).await?;
            let answer: Json = serde_json::from_str(&answer)?;
            let hub = agree::plain(answer.get("data").unwrap_or(&Json::Null));
            let sql: Json = serde_json::from_str(&self.by_sql(stand, turn).await?)?;
            let sql = agree::unsealed(&stand.engine.city.keys, agree::plain(&sql));
            let difference = agree::difference("", &hub, &sql);
            let engine = stand.engine.kind.name();
            ensure!(
                difference.is_none(),
                "{} on {engine}: hub and SQL disagree at {}",
                self.name,
                difference.unwrap_or_default()
            );
            if let Some(side) = self.peer().filter(|side| stand.peer(*side).is_some()) {
                let peer: Json = serde_json::from_str(&self.by_peer(stand, turn).await?)?;
                let peer = agree::of_peer(&agree::plain(peer.get("data").unwrap_or(&Json::Null)));
                let hub = agree::without_remarks(&hub);
                let difference = agree::difference("", &hub, &peer).unwrap_or_default();
                ensure!(
                    difference.is_empty(),
                    "{}: hub and {} disagree at {difference}",
                    self.name,
                    Measured::name(side)
                );
            }
        }
        Ok(())
    }
}
