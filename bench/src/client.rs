//! The hub's client: GraphQL over HTTP, connections kept alive.

use std::time::Duration;

use anyhow::{Context, bail, ensure};
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue};
use serde_json::{Value, json};

use crate::server::Server;

#[derive(Clone)]
pub struct Client {
    http: reqwest::Client,
    address: String,
    endpoint: String,
}

impl Client {
    pub fn of(server: &Server, token: &str) -> anyhow::Result<Self> {
        // Fails where there is one already, which is as good.
        rustls::crypto::ring::default_provider().install_default().ok();
        let mut headers = HeaderMap::new();
        headers.insert(AUTHORIZATION, HeaderValue::from_str(&format!("Bearer {token}"))?);
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        let http = reqwest::Client::builder()
            .default_headers(headers)
            .no_proxy()
            .timeout(Duration::from_secs(120))
            .build()?;
        let address = server.address.clone();
        Ok(Self { http, endpoint: format!("{address}/graphql"), address })
    }

    /// Sends a request's body and gives back the answer's.
    pub async fn post(&self, body: String) -> anyhow::Result<String> {
        self.send(self.http.post(&self.endpoint).body(body)).await
    }

    /// The same as another account, by its access token.
    pub async fn post_as(&self, token: &str, body: String) -> anyhow::Result<String> {
        self.send(self.http.post(&self.endpoint).bearer_auth(token).body(body)).await
    }

    /// Asks another server, which asks nobody who they are.
    pub async fn post_to(&self, endpoint: &str, body: String) -> anyhow::Result<String> {
        self.send(self.http.post(endpoint).body(body)).await
    }

    /// Sends an operation with one file, as the GraphQL multipart request specification says.
    pub async fn post_file(
        &self,
        operations: &str,
        name: &str,
        bytes: &[u8],
    ) -> anyhow::Result<Value> {
        let mut form = Vec::new();
        let map = br#"{"0":["variables.file"]}"#.as_slice();
        let file = format!("\"0\"; filename=\"{name}\"");
        for (field, content) in
            [("\"operations\"", operations.as_bytes()), ("\"map\"", map), (file.as_str(), bytes)]
        {
            let head = format!("--bench\r\nContent-Disposition: form-data; name={field}\r\n\r\n");
            form.extend(head.as_bytes());
            form.extend(content);
            form.extend(b"\r\n");
        }
        form.extend(b"--bench--\r\n");
        let kind = HeaderValue::from_static("multipart/form-data; boundary=bench");
        let request = self.http.post(&self.endpoint).header(CONTENT_TYPE, kind).body(form);
        Ok(serde_json::from_str(&self.send(request).await?)?)
    }

    /// Fetches a file, and tells how many bytes it has.
    pub async fn download(&self, path: &str) -> anyhow::Result<u64> {
        let mut answer = self.http.get(format!("{}{path}", self.address)).send().await?;
        ensure!(answer.status().is_success(), "{}", answer.status());
        let mut bytes = 0;
        while let Some(some) = answer.chunk().await? {
            bytes += some.len() as u64;
        }
        Ok(bytes)
    }

    async fn send(&self, request: reqwest::RequestBuilder) -> anyhow::Result<String> {
        let response = request.send().await?;
        let status = response.status();
        let text = response.text().await?;
        ensure!(status.is_success(), "{status}: {}", head(&text));
        if text.contains(r#""errors":["#) {
            bail!("the answer holds errors: {}", head(&text));
        }
        Ok(text)
    }

    /// The data that answers a query.
    pub async fn query(&self, query: &str, variables: &Value) -> anyhow::Result<Value> {
        let answer: Value = serde_json::from_str(&self.post(body(query, variables)).await?)?;
        answer.get("data").cloned().context("the answer holds no data")
    }
}

/// The body of a request.
pub fn body(query: &str, variables: &Value) -> String {
    json!({ "query": query, "variables": variables }).to_string()
}

fn head(text: &str) -> String {
    text.chars().take(600).collect()
}
