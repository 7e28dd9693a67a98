// A real OpenID provider on loopback that logs everybody in as the account last named by GET /test/account/<e-mail>.
// Arguments: port, redirect URI. It says "ready" when it listens. codes of an account are those of oidc-provider.
import { createServer } from "node:http";
import { Provider } from "oidc-provider";

const [port, redirect] = process.argv.slice(2);
let account = "nobody@example.com";

const provider = new Provider(`http://127.0.0.1:${port}`, {
  clients: [{ client_id: "directus8", client_secret: "a secret of the client", redirect_uris: [redirect] }],
  claims: { openid: ["sub"], email: ["email", "email_verified"] },
  conformIdTokenClaims: process.env.CLAIMS_IN_USERINFO === "1",
  pkce: { required: () => true },
  cookies: { keys: ["only for tests"] },
  features: { devInteractions: { enabled: false } },
  interactions: { url: (ctx, interaction) => `/interaction/${interaction.uid}` },
  findAccount: (ctx, id) => ({
    accountId: id,
    claims: () => ({ sub: id, email: id.replace("unverified-", ""), email_verified: !id.startsWith("unverified-") }),
  }),
  async loadExistingGrant(ctx) {
    const grant = new ctx.oidc.provider.Grant({
      clientId: ctx.oidc.client.clientId,
      accountId: ctx.oidc.session.accountId,
    });
    grant.addOIDCScope("openid email");
    await grant.save();
    return grant;
  },
});
provider.on("server_error", (ctx, error) => console.error(error));

const answer = provider.callback();
createServer(async (request, response) => {
  if (request.url.startsWith("/test/account/")) {
    account = decodeURIComponent(request.url.slice("/test/account/".length));
    response.end("ok");
  } else if (request.url.startsWith("/interaction/")) {
    await provider.interactionFinished(request, response, { login: { accountId: account } });
  } else {
    answer(request, response);
  }
}).listen(Number(port), "127.0.0.1", () => console.log("ready"));
