//! Signing in by an identity provider.

use entity::account;
use hub::clock::Clock;
use nuanyang::{oidc::Provider, settings::Settings};
use reqwest::Response;
use sea_orm::EntityTrait;

use crate::{
    on_both,
    support::{
        Backend, TestHub,
        provider::{CALLBACK, World, parameter},
    },
};

/// The session that a sign-in began.
fn session_of(answer: &Response) -> String {
    assert_eq!(
        (answer.status().as_u16(), &answer.headers()["location"]),
        (302, &"/".parse().unwrap())
    );
    let cookie = answer.headers()["set-cookie"].to_str().unwrap();
    let (session, terms) = cookie.split_once("; ").unwrap();
    assert_eq!(terms, "Path=/; HttpOnly; SameSite=Strict");
    assert!(session.starts_with("nuanyang=nys_"), "{session}");
    session.to_owned()
}

/// The same token with other claims, under the old signature.
fn altered(token: &str, from: &str, to: &str) -> String {
    use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD as BASE64};
    let parts: Vec<_> = token.split('.').collect();
    let claims = String::from_utf8(BASE64.decode(parts[1]).unwrap()).unwrap();
    assert!(claims.contains(from), "{claims}");
    [parts[0], &BASE64.encode(claims.replace(from, to)), parts[2]].join(".")
}

on_both! {
    async fn who_is_linked_signs_in_and_needs_no_second_factor_of_ours(world: World) {
        world.linked("zhao.liu", "sub-1").await;
        let session = session_of(&world.sign_in("sub-1").await);
        assert_eq!(world.reads(&session).await, 200);
        let again = session_of(&world.sign_in("sub-1").await);
        assert_ne!(session, again);
        world.hub.server.hub().unlink("zhao.liu").await.unwrap();
        assert_eq!(world.reads(&session).await, 401, "what the link began ends with it");
        assert_eq!(world.sign_in("sub-1").await.status(), 403);
    }

    async fn who_is_not_linked_is_told_whom_to_ask_and_nothing_is_made(world: World) {
        world.account("wang.wu").await;
        world.linked("zhao.liu", "sub-1").await;
        let elsewhere = "https://elsewhere.example".to_owned();
        world.account("sun.qi").await;
        world.hub.server.hub().link("sun.qi", elsewhere, "sub-2".to_owned()).await.unwrap();
        let db = world.hub.server.hub().db.read();
        let before = account::Entity::find().all(db).await.unwrap();
        // A name is no link, nor is the same subject of another provider.
        for subject in ["wang.wu", "zhao.liu", "sub-2", "SUB-1", "<b>x"] {
            let answer = world.sign_in(subject).await;
            assert_eq!(answer.status(), 403, "{subject}");
            let page = answer.text().await.unwrap();
            let shown = subject.replace('<', "&lt;").replace('>', "&gt;");
            assert!(page.contains("管理员") && page.contains(&shown), "{page}");
        }
        assert_eq!(account::Entity::find().all(db).await.unwrap(), before);
        assert_eq!(world.sessions().await, 0);
    }

    async fn a_closed_account_stays_closed(world: World) {
        world.linked("zhao.liu", "sub-1").await;
        let session = session_of(&world.sign_in("sub-1").await);
        world.hub.server.hub().set_active("zhao.liu", false).await.unwrap();
        assert_eq!(world.reads(&session).await, 401);
        assert_eq!(world.sign_in("sub-1").await.status(), 403);
    }

    async fn a_subject_is_linked_to_one_account(world: World) {
        world.linked("zhao.liu", "sub-1").await;
        world.account("wang.wu").await;
        let second = world.hub.server.hub().link("wang.wu", world.issuer.clone(), "sub-1".to_owned());
        assert!(second.await.unwrap_err().to_string().contains("zhao.liu"));
    }

    async fn an_answer_to_another_attempt_signs_nobody_in(world: World) {
        world.linked("zhao.liu", "sub-1").await;
        let (place, cookie) = world.begin().await;
        let (_, other) = world.begin().await;
        let back = world.at_provider(place, "sub-1").await;
        let query = back.query().unwrap();
        let (code, state) = (parameter(&back, "code"), parameter(&back, "state"));
        assert_eq!(world.back(query, "").await.status(), 400, "a browser that began nothing");
        assert_eq!(world.back(query, &other).await.status(), 400, "another attempt's state");
        assert_eq!(world.back(&format!("code={code}&state=guess"), &cookie).await.status(), 400);
        assert_eq!(world.back(&format!("code={code}&state="), "nuanyang-oidc=..").await.status(), 400);
        assert_eq!(world.back(&format!("state={state}"), &cookie).await.status(), 400);
        assert_eq!(world.back(&format!("code=guess&state={state}"), &cookie).await.status(), 401);
        let parts: Vec<_> = cookie.split('.').collect();
        let stolen = [parts[0], parts[1], other.split('.').nth(2).unwrap()].join(".");
        assert_eq!(world.back(query, &stolen).await.status(), 401, "a code without its verifier");
        assert_eq!(world.sessions().await, 0);
    }

    async fn a_callback_that_is_sent_again_signs_nobody_in(world: World) {
        world.linked("zhao.liu", "sub-1").await;
        let (place, cookie) = world.begin().await;
        let back = world.at_provider(place, "sub-1").await;
        session_of(&world.back(back.query().unwrap(), &cookie).await);
        assert_eq!(world.back(back.query().unwrap(), &cookie).await.status(), 401);
        assert_eq!(world.sessions().await, 1);
    }

    async fn a_token_with_another_nonce_signs_nobody_in(world: World) {
        world.linked("zhao.liu", "sub-1").await;
        let (place, cookie) = world.begin().await;
        let nonce = parameter(&place, "nonce");
        let other = place.as_str().replace(&nonce, "another").parse().unwrap();
        let back = world.at_provider(other, "sub-1").await;
        assert_eq!(world.back(back.query().unwrap(), &cookie).await.status(), 401);
        assert_eq!(world.sessions().await, 0);
    }

    async fn a_token_for_another_client_or_under_a_false_signature_signs_nobody_in(world: World) {
        world.linked("zhao.liu", "sub-1").await;
        for forgery in ["audience", "subject", "unsigned", "none"] {
            let (place, cookie) = world.begin().await;
            let nonce = parameter(&place, "nonce");
            let token = match forgery {
                "audience" => world.token("other", &nonce, "sub-1").await,
                "subject" => altered(&world.token("hub", &nonce, "sub-9").await, "sub-9", "sub-1"),
                "unsigned" => {
                    let token = world.token("hub", &nonce, "sub-1").await;
                    // {"alg":"none"}
                    format!("eyJhbGciOiJub25lIn0.{}.", token.split('.').nth(1).unwrap())
                }
                // The provider's own, to know that the forgery alone is what is refused.
                _ => world.token("hub", &nonce, "sub-1").await,
            };
            let back = world.at_provider(place, "sub-1").await;
            world.forge(&token).await;
            let answer = world.back(back.query().unwrap(), &cookie).await;
            assert_eq!(answer.status().as_u16(), if forgery == "none" { 302 } else { 401 }, "{forgery}");
        }
        assert_eq!(world.sessions().await, 1);
    }

    async fn a_token_that_has_expired_vouches_for_nobody(world: World) {
        let later = Clock::fixed(Clock::system().now() + chrono::Duration::hours(2));
        for (clock, vouched) in [(Clock::system(), true), (later, false)] {
            let provider = Provider::of(&world.settings, clock).unwrap().unwrap();
            let (place, attempt) = provider.begin().await.unwrap();
            let back = world.at_provider(place, "sub-1").await;
            let subject = provider.finish(parameter(&back, "code"), attempt).await;
            assert_eq!(subject.ok(), vouched.then(|| "sub-1".to_owned()));
        }
    }

    async fn a_wrong_client_secret_signs_nobody_in(world: World) {
        std::fs::write(world.secret.path(), "guess").unwrap();
        let provider = Provider::of(&world.settings, Clock::system()).unwrap().unwrap();
        let (place, attempt) = provider.begin().await.unwrap();
        let back = world.at_provider(place, "sub-1").await;
        assert!(provider.finish(parameter(&back, "code"), attempt).await.is_err());
    }

    async fn a_hub_without_a_provider_sends_nobody_away(hub: TestHub) {
        for path in ["/session/oidc", "/session/oidc/callback?code=a&state=b"] {
            let answer = hub.http.get(format!("{}{path}", hub.url)).send().await.unwrap();
            assert_eq!(answer.status(), 404);
        }
    }
}

#[tokio::test]
async fn a_provider_that_does_not_answer_is_not_asked_again_at_once() {
    let door = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let settings = Settings {
        oidc_issuer: Some(format!("http://{}", door.local_addr().unwrap())),
        oidc_client_id: Some("hub".to_owned()),
        oidc_redirect_url: Some(CALLBACK.to_owned()),
        ..Settings::default()
    };
    let provider = Provider::of(&settings, Clock::system()).unwrap().unwrap();
    let knocks = std::sync::atomic::AtomicUsize::new(0);
    let slams = async {
        loop {
            drop(door.accept().await);
            knocks.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        }
    };
    let asks = async {
        assert!(provider.begin().await.is_err());
        let once = knocks.load(std::sync::atomic::Ordering::Relaxed);
        let behind = futures_util::future::join_all((0..20).map(|_| provider.begin())).await;
        assert!(behind.iter().all(Result::is_err));
        assert_eq!(knocks.load(std::sync::atomic::Ordering::Relaxed), once);
    };
    tokio::select! { () = asks => {} () = slams => {} }
}

#[test]
fn a_provider_that_would_be_asked_in_the_clear_is_refused() {
    let of = |issuer: &str, redirect: Option<&str>| {
        let settings = Settings {
            oidc_issuer: Some(issuer.to_owned()),
            oidc_client_id: Some("hub".to_owned()),
            oidc_redirect_url: redirect.map(str::to_owned),
            ..Settings::default()
        };
        Provider::of(&settings, Clock::system()).map(|_| ()).map_err(|error| error.to_string())
    };
    let back = Some("https://hub.example/session/oidc/callback");
    assert_eq!(of("https://id.example", back), Ok(()));
    assert_eq!(of("http://127.0.0.1:9", Some(CALLBACK)), Ok(()));
    for (issuer, redirect, named) in [
        ("http://id.example", back, "--oidc-issuer"),
        ("http://localhost.example", back, "--oidc-issuer"),
        ("id.example", back, "--oidc-issuer"),
        ("https://id.example", Some("http://hub.example/"), "--oidc-redirect-url"),
        ("https://id.example", None, "belong together"),
    ] {
        let error = of(issuer, redirect).unwrap_err();
        assert!(error.contains(named), "{error}");
    }
}
