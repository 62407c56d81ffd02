//! Signing in by the bureau's identity provider.

use std::{net::IpAddr, sync::Arc};

use axum::{
    extract::{Query, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{Html, IntoResponse, Response},
};
use serde::Deserialize;

use super::{App, address::ClientAddress, cookie, session::too_many};
use crate::oidc::{Attempt, Provider};

/// What the browser keeps while it is at the provider, for ten minutes. It is sent along when the
/// provider's page leads back here, so it cannot be strict.
const ATTEMPT: &str = "nuanyang-oidc";
const KEPT: &str = "; SameSite=Lax; Max-Age=600";
const FORGOTTEN: &str = "; SameSite=Lax; Max-Age=0";

/// What the provider's page leads back with.
#[derive(Deserialize)]
pub(super) struct Answer {
    code: Option<String>,
    state: Option<String>,
}

/// Why nobody is signed in.
enum Refusal {
    NotUsed,
    NoAttempt,
    /// With the seconds to wait.
    TooMany(i64),
    NoProvider(anyhow::Error),
    NotVouched(anyhow::Error),
    NotLinked {
        issuer: String,
        subject: String,
    },
    Fault(hub::HubError),
}

pub(super) async fn begin(State(app): State<App>, headers: HeaderMap) -> Response {
    let begun = async {
        let provider = app.oidc.as_deref().ok_or(Refusal::NotUsed)?;
        provider.begin().await.map_err(Refusal::NoProvider)
    };
    let (url, attempt) = match begun.await {
        Ok(begun) => begun,
        Err(refusal) => return refusal.into_response(),
    };
    let Attempt { state, nonce, verifier } = attempt;
    let kept = format!("{state}.{nonce}.{verifier}");
    let kept = cookie::made(&app, &headers, ATTEMPT, &kept, KEPT);
    to(url.as_str(), kept)
}

pub(super) async fn callback(
    State(app): State<App>,
    ClientAddress(from): ClientAddress,
    headers: HeaderMap,
    Query(answer): Query<Answer>,
) -> Response {
    let mut response = match finish(&app, &headers, answer, from).await {
        Ok(token) => {
            app.attempts.forget(from);
            to("/", cookie::holding(&app, &headers, &token))
        }
        Err(refusal) => refusal.into_response(),
    };
    if let Some(forgotten) = cookie::made(&app, &headers, ATTEMPT, "", FORGOTTEN) {
        response.headers_mut().append(header::SET_COOKIE, forgotten);
    }
    response
}

/// The token of a new session.
async fn finish(
    app: &App,
    headers: &HeaderMap,
    answer: Answer,
    from: IpAddr,
) -> Result<String, Refusal> {
    let provider: Arc<Provider> = app.oidc.clone().ok_or(Refusal::NotUsed)?;
    let attempt = attempt(app, headers).ok_or(Refusal::NoAttempt)?;
    let (Some(code), Some(state)) = (answer.code, answer.state) else {
        return Err(Refusal::NoAttempt);
    };
    if state != attempt.state {
        return Err(Refusal::NoAttempt);
    }
    // Counted only now, so that no other page can use up what the address may try.
    app.attempts.begin(from, app.hub.clock.now()).map_err(Refusal::TooMany)?;
    let subject = provider.finish(code, attempt).await.map_err(Refusal::NotVouched)?;
    let issuer = provider.issuer();
    let begun = app.hub.sign_in_by_oidc(issuer, &subject, Some(from.to_string())).await;
    let begun = begun.map_err(Refusal::Fault)?;
    let issuer = issuer.to_owned();
    begun.map(|(token, _)| token).ok_or(Refusal::NotLinked { issuer, subject })
}

fn attempt(app: &App, headers: &HeaderMap) -> Option<Attempt> {
    let kept = cookie::value(app, headers, ATTEMPT)?;
    let mut parts = kept.split('.').map(str::to_owned);
    let attempt = Attempt { state: parts.next()?, nonce: parts.next()?, verifier: parts.next()? };
    (!attempt.state.is_empty() && parts.next().is_none()).then_some(attempt)
}

fn to(place: &str, cookie: Option<HeaderValue>) -> Response {
    let mut response = (StatusCode::FOUND, [(header::LOCATION, place)]).into_response();
    if let Some(cookie) = cookie {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    response
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        if let Self::TooMany(seconds) = self {
            return too_many(seconds);
        }
        let again = "登录没有完成。请<a href=/session/oidc>重新登录</a>。";
        let (status, text) = match self {
            Self::NotUsed => (StatusCode::NOT_FOUND, "本系统未启用统一身份认证。".to_owned()),
            Self::NoAttempt | Self::TooMany(_) => (StatusCode::BAD_REQUEST, again.to_owned()),
            Self::NoProvider(error) => {
                tracing::error!("{error:#}");
                let text = "统一身份认证平台暂时没有响应,请稍后再试。";
                (StatusCode::SERVICE_UNAVAILABLE, text.to_owned())
            }
            Self::NotVouched(error) => {
                tracing::warn!("nobody was signed in by the identity provider: {error:#}");
                (StatusCode::UNAUTHORIZED, again.to_owned())
            }
            Self::NotLinked { issuer, subject } => {
                (StatusCode::FORBIDDEN, not_linked(&issuer, &subject))
            }
            Self::Fault(error) => {
                tracing::error!(%error, "a session could not be begun");
                let text = "系统暂时无法登录,请稍后再试。";
                (StatusCode::SERVICE_UNAVAILABLE, text.to_owned())
            }
        };
        let title = "<!doctype html><html lang=zh-CN><meta charset=utf-8><title>暖阳</title>";
        (status, Html(format!("{title}<h1>暖阳</h1><p>{text}</p>"))).into_response()
    }
}

fn not_linked(issuer: &str, subject: &str) -> String {
    format!(
        "身份认证已通过,但还没有可用的账户与之关联。请把下面两行交给本系统的管理员,由管理员关联您的账户。\
         </p><p lang=en>You are known to the identity provider, and no open account is linked to you. \
         Give these lines to the administrator of this system.</p>\
         <p>issuer: <code>{}</code><br>subject: <code>{}</code>",
        escaped(issuer),
        escaped(subject)
    )
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
