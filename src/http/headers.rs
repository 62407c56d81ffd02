//! The headers that keep a browser from doing with an answer what it was not given for.

use axum::{
    extract::State,
    http::{HeaderName, HeaderValue, header},
    response::Response,
};

/// Of every answer. Of what a browser asks leave for, pages use the clipboard, and the station app the place.
const ALL: [(HeaderName, &str); 8] = [
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::REFERRER_POLICY, "no-referrer"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (HeaderName::from_static("x-permitted-cross-domain-policies"), "none"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    (
        HeaderName::from_static("permissions-policy"),
        "accelerometer=(), autoplay=(), bluetooth=(), camera=(), display-capture=(), \
         encrypted-media=(), fullscreen=(self), geolocation=(self), gyroscope=(), hid=(), \
         magnetometer=(), microphone=(), midi=(), payment=(), publickey-credentials-get=(), \
         screen-wake-lock=(), serial=(), usb=(), xr-spatial-tracking=()",
    ),
    (HeaderName::from_static("x-dns-prefetch-control"), "off"),
];

/// Of an answer that is no page: it may load nothing, and nobody keeps it.
const CLOSED: [(HeaderName, &str); 2] = [
    (
        header::CONTENT_SECURITY_POLICY,
        "default-src 'none'; base-uri 'none'; frame-ancestors 'none'",
    ),
    (header::CACHE_CONTROL, "no-store"),
];

/// A year. Other hosts of the domain may be without a certificate, and are not spoken for.
const HTTPS_ALONE: HeaderValue = HeaderValue::from_static("max-age=31536000");

/// Whether the hub itself speaks TLS.
#[derive(Clone, Copy)]
pub(super) struct Tls(pub bool);

pub(super) async fn protect(State(Tls(tls)): State<Tls>, mut response: Response) -> Response {
    let headers = response.headers_mut();
    for (name, value) in ALL {
        headers.insert(name, HeaderValue::from_static(value));
    }
    for (name, value) in CLOSED {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
    if tls {
        headers.insert(header::STRICT_TRANSPORT_SECURITY, HTTPS_ALONE);
    }
    response
}
