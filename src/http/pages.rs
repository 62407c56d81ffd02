//! The pages, embedded in the program: the explorer on `/`, the station app on `/station/`, the bureau
//! desk on `/desk/`.

use axum::{
    http::{HeaderMap, StatusCode, Uri, header},
    response::{IntoResponse, Redirect, Response},
};
use rust_embed::RustEmbed;

#[derive(RustEmbed)]
#[folder = "web/dist"]
#[allow_missing = true]
struct Files;

/// The editor of the explorer sets styles from its scripts.
const EXPLORER_POLICY: &str = "default-src 'self'; style-src 'self' 'unsafe-inline'; \
                               font-src 'self' data:; img-src 'self' data:; object-src 'none'; \
                               base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

const POLICY: &str = "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; \
                      frame-ancestors 'none'";

/// What is named by its content: another content has another name.
const NAMED_BY_CONTENT: &str = "assets/";

const NOT_BUILT: &str = "<!doctype html><meta charset=utf-8><title>暖阳</title>\
    <h1>暖阳</h1><p>页面尚未构建。请运行 <code>make web</code>(需要 Node)后重新构建程序。\
    接口 <code>POST /graphql</code> 可直接使用。</p><p lang=en>The pages are not built. Run \
    <code>make web</code> (needs Node) and build the program again. The API at \
    <code>POST /graphql</code> works without it.</p>";

/// How the name of a file ends that the build has packed beforehand, as tight as can be.
const PACKED: &str = ".br";

pub(super) async fn page(uri: Uri, asked: HeaderMap) -> Response {
    let path = match uri.path().trim_start_matches('/') {
        "" => "index.html",
        "station" => return Redirect::permanent("/station/").into_response(),
        "station/" => "station/index.html",
        "desk" => return Redirect::permanent("/desk/").into_response(),
        "desk/" => "desk/index.html",
        path => path,
    };
    match Files::get(path) {
        Some(file) => {
            let kept = path.starts_with(NAMED_BY_CONTENT);
            let cache = if kept { "max-age=31536000, immutable" } else { "no-cache" };
            let policy = if path == "index.html" { EXPLORER_POLICY } else { POLICY };
            let headers = [
                (header::CONTENT_TYPE, content_type(path)),
                (header::CACHE_CONTROL, cache),
                (header::CONTENT_SECURITY_POLICY, policy),
            ];
            match Files::get(&format!("{path}{PACKED}")).filter(|_| takes_brotli(&asked)) {
                Some(packed) => {
                    let how = [(header::CONTENT_ENCODING, "br"), (header::VARY, "accept-encoding")];
                    (headers, how, packed.data).into_response()
                }
                None => (headers, file.data).into_response(),
            }
        }
        None if path.ends_with("index.html") => {
            ([(header::CONTENT_TYPE, "text/html; charset=utf-8")], NOT_BUILT).into_response()
        }
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

/// Whether the browser names Brotli among what it unpacks, which it does over HTTPS and on the machine itself.
fn takes_brotli(asked: &HeaderMap) -> bool {
    let named = asked.get(header::ACCEPT_ENCODING).and_then(|value| value.to_str().ok());
    named.unwrap_or_default().split(',').any(|way| {
        let (name, weight) = way.split_once(';').unwrap_or((way, ""));
        name.trim() == "br" && weight.trim() != "q=0"
    })
}

fn content_type(path: &str) -> &'static str {
    match path.rsplit('.').next() {
        Some("html") => "text/html; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("json") => "application/json",
        Some("svg") => "image/svg+xml",
        Some("webmanifest") => "application/manifest+json",
        Some("ttf") => "font/ttf",
        Some("woff2") => "font/woff2",
        _ => "application/octet-stream",
    }
}
