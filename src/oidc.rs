//! The identity provider of the bureau, asked by OpenID Connect: authorization code flow with PKCE,
//! state and nonce.

use std::{path::Path, time::Duration};

use anyhow::Context;
use chrono::{DateTime, Utc};
use hub::clock::Clock;
use openidconnect::{
    AuthenticationFlow, AuthorizationCode, ClientId, ClientSecret, CsrfToken, EndpointMaybeSet,
    EndpointNotSet, EndpointSet, HttpClientError, HttpRequest, HttpResponse, IssuerUrl, Nonce,
    PkceCodeChallenge, PkceCodeVerifier, RedirectUrl, TokenResponse,
    core::{
        CoreClient, CoreJwsSigningAlgorithm as Algorithm, CoreProviderMetadata, CoreResponseType,
    },
    http, url,
};
use tokio::sync::Mutex;

use crate::settings::Settings;

/// How long the provider may take to answer.
const TIMEOUT: Duration = Duration::from_secs(10);
/// How long is believed what the provider told of itself and its keys.
const KNOWN: chrono::Duration = chrono::Duration::minutes(10);
/// How long a provider that did not answer is not asked again.
const SILENT: chrono::Duration = chrono::Duration::seconds(5);

/// How an identity token may be signed: by keys that the provider alone has.
const SIGNED_BY: [Algorithm; 9] = [
    Algorithm::RsaSsaPkcs1V15Sha256,
    Algorithm::RsaSsaPkcs1V15Sha384,
    Algorithm::RsaSsaPkcs1V15Sha512,
    Algorithm::RsaSsaPssSha256,
    Algorithm::RsaSsaPssSha384,
    Algorithm::RsaSsaPssSha512,
    Algorithm::EcdsaP256Sha256,
    Algorithm::EcdsaP384Sha384,
    Algorithm::EdDsa,
];

type Client = CoreClient<
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointMaybeSet,
    EndpointMaybeSet,
>;

/// The provider, and what this hub is to it.
pub struct Provider {
    issuer: IssuerUrl,
    client_id: ClientId,
    client_secret: Option<ClientSecret>,
    redirect_url: RedirectUrl,
    http: reqwest::Client,
    clock: Clock,
    /// What it told of itself and when; nothing where it did not answer.
    known: Mutex<Option<(DateTime<Utc>, Option<CoreProviderMetadata>)>>,
}

/// A sign-in under way: what the browser keeps until it comes back.
pub struct Attempt {
    pub state: String,
    pub nonce: String,
    pub verifier: String,
}

impl Provider {
    /// The provider of the settings, where they name one. It is not asked anything yet.
    ///
    /// # Errors
    /// Where a setting is missing or wrong, or would send secrets over the network in the clear.
    pub fn of(settings: &Settings, clock: Clock) -> anyhow::Result<Option<Self>> {
        let given = [&settings.oidc_issuer, &settings.oidc_client_id, &settings.oidc_redirect_url];
        let [Some(issuer), Some(client_id), Some(redirect_url)] = given else {
            anyhow::ensure!(
                given.iter().all(|setting| setting.is_none()),
                "--oidc-issuer, --oidc-client-id and --oidc-redirect-url belong together: give all \
                 or none"
            );
            return Ok(None);
        };
        let http = http_client(is_safe(issuer, "--oidc-issuer")?)?;
        is_safe(redirect_url, "--oidc-redirect-url")?;
        Ok(Some(Self {
            issuer: IssuerUrl::new(issuer.clone())?,
            client_id: ClientId::new(client_id.clone()),
            client_secret: settings.oidc_client_secret_file.as_deref().map(secret).transpose()?,
            redirect_url: RedirectUrl::new(redirect_url.clone())?,
            http,
            clock,
            known: Mutex::default(),
        }))
    }

    #[must_use]
    pub fn issuer(&self) -> &str {
        self.issuer.as_str()
    }

    /// Where to send the browser, and what it has to keep.
    ///
    /// # Errors
    /// Where the provider does not tell of itself.
    pub async fn begin(&self) -> anyhow::Result<(url::Url, Attempt)> {
        let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
        let client = self.client().await?;
        let code = AuthenticationFlow::<CoreResponseType>::AuthorizationCode;
        let (url, state, nonce) = client
            .authorize_url(code, CsrfToken::new_random, Nonce::new_random)
            .set_pkce_challenge(challenge)
            .url();
        let attempt = Attempt {
            state: state.into_secret(),
            nonce: nonce.secret().clone(),
            verifier: verifier.into_secret(),
        };
        Ok((url, attempt))
    }

    /// Whom the provider vouches for: its subject.
    ///
    /// # Errors
    /// Where it does not take the code, or its identity token is not for this hub and this attempt.
    pub async fn finish(&self, code: String, attempt: Attempt) -> anyhow::Result<String> {
        let client = self.client().await?;
        let http = |request| call(self.http.clone(), request);
        let answer = client
            .exchange_code(AuthorizationCode::new(code))?
            .set_pkce_verifier(PkceCodeVerifier::new(attempt.verifier))
            .request_async(&http)
            .await
            .context("the code was not taken")?;
        let token = answer.id_token().context("there is no identity token")?;
        let clock = self.clock;
        let verifier =
            client.id_token_verifier().set_allowed_algs(SIGNED_BY).set_time_fn(move || clock.now());
        let claims = token.claims(&verifier, &Nonce::new(attempt.nonce));
        let claims = claims.context("the identity token is not for this hub and this attempt")?;
        Ok(claims.subject().to_string())
    }

    async fn client(&self) -> anyhow::Result<Client> {
        let about = self.about().await?;
        let (id, secret) = (self.client_id.clone(), self.client_secret.clone());
        let client = CoreClient::from_provider_metadata(about, id, secret);
        Ok(client.set_redirect_uri(self.redirect_url.clone()))
    }

    /// What the provider tells of itself. Asked anew now and then, since keys change. Where it does
    /// not answer, those who wait behind the one who asked are told so at once.
    async fn about(&self) -> anyhow::Result<CoreProviderMetadata> {
        let mut known = self.known.lock().await;
        if let Some((at, about)) = known.as_ref()
            && *at + if about.is_some() { KNOWN } else { SILENT } > self.clock.now()
        {
            return about.clone().context("the identity provider did not answer just now");
        }
        let http = |request| call(self.http.clone(), request);
        let about = CoreProviderMetadata::discover_async(self.issuer.clone(), &http)
            .await
            .context("the identity provider does not tell of itself");
        *known = Some((self.clock.now(), about.as_ref().ok().cloned()));
        about
    }
}

/// Whether a URL is HTTPS; plain HTTP is let pass on this machine alone.
fn is_safe(text: &str, setting: &str) -> anyhow::Result<bool> {
    let parsed = url::Url::parse(text).with_context(|| format!("{setting} is no URL: {text}"))?;
    let on_this_machine = match parsed.host() {
        Some(url::Host::Domain(name)) => name == "localhost",
        Some(url::Host::Ipv4(address)) => address.is_loopback(),
        Some(url::Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    };
    let https = parsed.scheme() == "https";
    anyhow::ensure!(
        https || (parsed.scheme() == "http" && on_this_machine),
        "{setting} has to be an https URL: {text}"
    );
    Ok(https)
}

fn secret(file: &Path) -> anyhow::Result<ClientSecret> {
    let text = std::fs::read_to_string(file)
        .with_context(|| format!("the client secret {} cannot be read", file.display()))?;
    anyhow::ensure!(!text.trim().is_empty(), "the client secret {} is empty", file.display());
    Ok(ClientSecret::new(text.trim().to_owned()))
}

/// A client that goes where it is sent and nowhere else.
fn http_client(https_only: bool) -> anyhow::Result<reqwest::Client> {
    // Fails where the program has installed a provider already, which is as good.
    rustls::crypto::ring::default_provider().install_default().ok();
    let client = reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .https_only(https_only)
        .timeout(TIMEOUT)
        .build();
    client.context("no connection to the identity provider can be made")
}

/// The library brings its own reqwest of an older line; this is ours.
async fn call(
    client: reqwest::Client,
    request: HttpRequest,
) -> Result<HttpResponse, HttpClientError<reqwest::Error>> {
    let request = request.try_into().map_err(Box::new)?;
    let answer = client.execute(request).await.map_err(Box::new)?;
    let mut response = http::Response::builder().status(answer.status());
    if let Some(headers) = response.headers_mut() {
        headers.clone_from(answer.headers());
    }
    let body = answer.bytes().await.map_err(Box::new)?;
    Ok(response.body(body.into())?)
}
