// An identity provider for the tests: a certified one, on loopback, whose sign-in page lets in whom
// the test names. Prints its issuer once it answers.
import { createServer } from "node:http";
import Provider from "oidc-provider";

const callback = "http://127.0.0.1:8466/session/oidc/callback";
const client = (client_id) => ({
  client_id,
  client_secret: `${client_id}-secret`,
  redirect_uris: [callback],
  id_token_signed_response_alg: "RS256",
});

// What the token endpoint is to hand out instead of the right identity token, once.
let forged = "";

function answer(server) {
  const issuer = `http://127.0.0.1:${server.address().port}`;
  const provider = new Provider(issuer, {
    clients: [client("hub"), client("other")],
    cookies: { keys: ["of the tests"] },
    features: { devInteractions: { enabled: false } },
    findAccount: (ctx, sub) => ({ accountId: sub, claims: () => ({ sub }) }),
    loadExistingGrant: async (ctx) => {
      const grant = new ctx.oidc.provider.Grant({
        clientId: ctx.oidc.client.clientId,
        accountId: ctx.oidc.session.accountId,
      });
      grant.addOIDCScope("openid");
      await grant.save();
      return grant;
    },
  });
  provider.use(async (ctx, next) => {
    await next();
    if (forged && ctx.body?.id_token) {
      ctx.body = { ...ctx.body, id_token: forged };
      forged = "";
    }
  });
  const known = provider.callback();
  server.on("request", async (request, response) => {
    const url = new URL(request.url, issuer);
    if (url.pathname.startsWith("/interaction/")) {
      const login = { accountId: url.searchParams.get("as") };
      await provider.interactionFinished(request, response, { login });
    } else if (url.pathname === "/forge") {
      forged = url.searchParams.get("token");
      response.end();
    } else {
      known(request, response);
    }
  });
  console.log(`issuer ${issuer}`);
}

const server = createServer();
server.listen(0, "127.0.0.1", () => answer(server));
