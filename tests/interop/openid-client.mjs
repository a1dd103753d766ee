// A relying party on openid-client, run by openid_client.rs: says one JSON object a line, and is told the address the
// browser was sent back to. Everything it knows of the provider beside the issuer comes from discovery.

import { webcrypto } from "node:crypto";
import { createInterface } from "node:readline/promises";
import * as client from "openid-client";

// Debian 12 has Node.js 18, where what openid-client asks of the platform is there, but not yet a global.
globalThis.crypto ??= webcrypto;

const [issuer, clientId, secret, portal] = process.argv.slice(2);
const say = (object) => console.log(JSON.stringify(object));
const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();

// Plain http is for the loopback interface of the tests.
const config = await client.discovery(new URL(issuer), clientId, undefined, client.ClientSecretBasic(secret), {
  execute: [client.allowInsecureRequests],
});

const pkceCodeVerifier = client.randomPKCECodeVerifier();
const expectedState = client.randomState();
const expectedNonce = client.randomNonce();
const authorize = client.buildAuthorizationUrl(config, {
  redirect_uri: `${portal}/callback`,
  scope: "openid profile email address phone company",
  code_challenge: await client.calculatePKCECodeChallenge(pkceCodeVerifier),
  code_challenge_method: "S256",
  state: expectedState,
  nonce: expectedNonce,
});
say({ authorize });

const back = new URL((await lines.next()).value);
const checks = { pkceCodeVerifier, expectedState, expectedNonce, idTokenExpected: true };

// RFC 9207: an answer in another issuer's name is refused before anything is sent.
const foreign = new URL(back);
foreign.searchParams.set("iss", "https://evil.example");
const foreignIss = await client.authorizationCodeGrant(config, foreign, checks).then(() => "taken", () => "refused");

const tokens = await client.authorizationCodeGrant(config, back, checks);
const claims = tokens.claims();
const header = JSON.parse(Buffer.from(tokens.id_token.split(".")[0], "base64url"));
const userInfo = await client.fetchUserInfo(config, tokens.access_token, claims.sub);
say({ alg: header.alg, foreign_iss: foreignIss, user_info: userInfo });

const refreshed = await client.refreshTokenGrant(config, tokens.refresh_token);
const again = await client.fetchUserInfo(config, refreshed.access_token, claims.sub);
say({
  same_subject: refreshed.claims().sub === claims.sub,
  rotated: refreshed.refresh_token !== tokens.refresh_token,
  works: again.sub === claims.sub,
});

const state = client.randomState();
const endSession = client.buildEndSessionUrl(config, {
  post_logout_redirect_uri: `${portal}/signed-out`,
  id_token_hint: refreshed.id_token,
  state,
});
say({ end_session: endSession, state });
process.exit(0);
