//! The session of a browser, in a cookie that its pages cannot read and that other pages cannot use.
//!
//! A page of another origin can make a browser send a request, not one that carries this cookie
//! (`SameSite=Strict`); and what the browser says of the page that asks has to be this hub's own.

use axum::http::{HeaderMap, HeaderValue, header};

use super::{
    App,
    graphql::{Refusal, bearer, text},
};

/// The mark `__Host-` tells the browser to take it from this host alone, over HTTPS alone.
const MARK: &str = "__Host-";
const SESSION: &str = "nuanyang";

/// The token of who asks: that of the `Authorization` header, and where there is none, the cookie's.
pub(super) fn token<'h>(app: &App, headers: &'h HeaderMap) -> Result<Option<&'h str>, Refusal> {
    match session(app, headers)? {
        None => Ok(bearer(headers)),
        token => Ok(token),
    }
}

/// The session of the cookie, where nothing stronger names one.
pub(super) fn session<'h>(app: &App, headers: &'h HeaderMap) -> Result<Option<&'h str>, Refusal> {
    if headers.contains_key(header::AUTHORIZATION) {
        return Ok(None);
    }
    let Some(token) = value(app, headers, SESSION) else { return Ok(None) };
    if is_own_page(app, headers) {
        return Ok(Some(token));
    }
    Err(Refusal::forbidden("a page of another origin may not use this session"))
}

/// The cookie that holds a session until the browser is closed.
pub(super) fn holding(app: &App, headers: &HeaderMap, token: &str) -> Option<HeaderValue> {
    made(app, headers, SESSION, token, "; SameSite=Strict")
}

/// The cookie that ends the one of a session.
pub(super) fn ended(app: &App, headers: &HeaderMap) -> Option<HeaderValue> {
    made(app, headers, SESSION, "", "; SameSite=Strict; Max-Age=0")
}

/// A cookie for this host that pages cannot read.
pub(super) fn made(
    app: &App,
    headers: &HeaderMap,
    name: &str,
    value: &str,
    terms: &str,
) -> Option<HeaderValue> {
    let (mark, secure) = if is_https(app, headers) { (MARK, "; Secure") } else { ("", "") };
    let cookie = format!("{mark}{name}={value}; Path=/; HttpOnly{secure}{terms}");
    HeaderValue::from_str(&cookie).ok()
}

/// The value of a cookie of this name.
pub(super) fn value<'h>(app: &App, headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    let mark = if is_https(app, headers) { MARK } else { "" };
    let cookies = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut pairs = cookies.flat_map(|cookies| cookies.split(';'));
    pairs.find_map(|pair| pair.trim().strip_prefix(mark)?.strip_prefix(name)?.strip_prefix('='))
}

/// Whether the page that asks is this hub's own, as far as the browser says anything of it.
fn is_own_page(app: &App, headers: &HeaderMap) -> bool {
    let site = headers.get("sec-fetch-site").map(HeaderValue::as_bytes);
    let origin = headers.get(header::ORIGIN).map(HeaderValue::as_bytes);
    let scheme = if is_https(app, headers) { "https" } else { "http" };
    let own = format!("{scheme}://{}", text(headers, &header::HOST));
    site.is_none_or(|site| matches!(site, b"same-origin" | b"none"))
        && origin.is_none_or(|origin| origin.eq_ignore_ascii_case(own.as_bytes()))
}

/// Whether the browser speaks HTTPS, to the hub itself or to a proxy before it: all do, but on the
/// machine itself.
fn is_https(app: &App, headers: &HeaderMap) -> bool {
    app.tls || !is_loopback(text(headers, &header::HOST))
}

fn is_loopback(host: &str) -> bool {
    let port = |(_, port): &(&str, &str)| port.bytes().all(|byte| byte.is_ascii_digit());
    let name = host.rsplit_once(':').filter(port).map_or(host, |(name, _)| name);
    let address = name.trim_start_matches('[').trim_end_matches(']').parse::<std::net::IpAddr>();
    name.eq_ignore_ascii_case("localhost") || address.is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_machine_itself_is_loopback() {
        for host in
            ["localhost", "LocalHost:8466", "127.0.0.1:8466", "127.9.9.9", "[::1]:8466", "[::1]"]
        {
            assert!(is_loopback(host), "{host}");
        }
        for host in
            ["", "hub.example", "localhost.example", "10.0.0.1:8466", "127.0.0.1.example", "[::2]"]
        {
            assert!(!is_loopback(host), "{host}");
        }
    }
}
