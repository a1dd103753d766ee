// A relying party on openid-client, run by script.rs: says one JSON object a line, and is told the addresses that the
// browser is sent back to. What it knows beside its own registration and the issuer comes from discovery. With an initial
// access token it is not registered yet, and does that itself (RFC 7591).

import assert from "node:assert/strict";
import { webcrypto } from "node:crypto";
import { createInterface } from "node:readline/promises";
import { compactDecrypt } from "jose";
import * as client from "openid-client";

// Debian 12 has Node.js 18, where what openid-client asks of the platform is there, but not yet a global.
globalThis.crypto ??= webcrypto;
globalThis.CryptoKey ??= webcrypto.CryptoKey;

const { issuer, initial_access_token, private_key, decryption_key, ways = [], ...metadata } = JSON.parse(process.argv[2]);
const say = (object) => console.log(JSON.stringify(object));
const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const told = async () => new URL((await lines.next()).value);

const KEY_ALGORITHMS = {
  RS256: { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" },
  PS256: { name: "RSA-PSS", hash: "SHA-256" },
  ES256: { name: "ECDSA", namedCurve: "P-256" },
  Ed25519: { name: "Ed25519" },
};

async function privateKey() {
  const { alg, kid } = private_key;
  return { key: await crypto.subtle.importKey("jwk", private_key, KEY_ALGORITHMS[alg], false, ["sign"]), kid };
}

const AUTHENTICATION = {
  // Undefined for a client that is not registered yet: then it is the secret that it is told.
  client_secret_basic: () => client.ClientSecretBasic(metadata.client_secret),
  client_secret_post: () => client.ClientSecretPost(metadata.client_secret),
  private_key_jwt: async () => client.PrivateKeyJwt(await privateKey()),
};

const authentication = await AUTHENTICATION[metadata.token_endpoint_auth_method]();
// Plain http is for the loopback interface of the tests. Signatures are verified although the channel is direct.
const execute = [client.allowInsecureRequests, client.enableNonRepudiationChecks];
const registering = { initialAccessToken: initial_access_token, execute };
const config = initial_access_token
  ? await client.dynamicClientRegistration(new URL(issuer), metadata, authentication, registering)
  : await client.discovery(new URL(issuer), metadata.client_id, metadata, authentication, { execute });
const registered = config.clientMetadata();
if (initial_access_token) say({ registered });

const DECRYPTION = {
  "RSA-OAEP": [{ name: "RSA-OAEP", hash: "SHA-1" }, "decrypt"],
  "RSA-OAEP-256": [{ name: "RSA-OAEP", hash: "SHA-256" }, "decrypt"],
};

async function decryptionKey() {
  const { alg, kid } = decryption_key;
  const [algorithm, usage] = DECRYPTION[alg] ?? [{ name: "ECDH", namedCurve: "P-256" }, "deriveBits"];
  return { key: await crypto.subtle.importKey("jwk", decryption_key, algorithm, false, [usage]), alg, kid };
}

// What was signed: openid-client hands ID tokens out as they came.
let signed = async (idToken) => idToken;
if (decryption_key) {
  const own = await decryptionKey();
  client.enableDecryptingResponses(config, [metadata.id_token_encrypted_response_enc], own);
  signed = async (idToken) => new TextDecoder().decode((await compactDecrypt(idToken, own.key)).plaintext);
}

// RFC 9449: one key for whatever the client is given.
const bound = ways.includes("dpop");
const options = bound ? { DPoP: client.getDPoPHandle(config, await client.randomDPoPKeyPair("ES256")) } : {};

const pkceCodeVerifier = client.randomPKCECodeVerifier();
const expectedState = client.randomState();
const expectedNonce = client.randomNonce();
let asked = new URLSearchParams({
  redirect_uri: metadata.redirect_uris[0],
  scope: metadata.scope,
  code_challenge: await client.calculatePKCECodeChallenge(pkceCodeVerifier),
  code_challenge_method: "S256",
  state: expectedState,
  nonce: expectedNonce,
});
// RFC 9101 and RFC 9126: signed by the client, and sent by it ahead of the browser.
if (ways.includes("jar")) {
  asked = (await client.buildAuthorizationUrlWithJAR(config, asked, await privateKey())).searchParams;
}
const authorize = ways.includes("par")
  ? await client.buildAuthorizationUrlWithPAR(config, asked, options)
  : client.buildAuthorizationUrl(config, asked);
say({ authorize });

const back = await told();
const checks = { pkceCodeVerifier, expectedState, expectedNonce, idTokenExpected: true };

// RFC 9207: an answer in another issuer's name is refused before anything is sent.
const foreign = new URL(back);
foreign.searchParams.set("iss", "https://evil.example");
const misled = ({ cause }) => /unexpected "iss"/.test(cause.message);
await assert.rejects(client.authorizationCodeGrant(config, foreign, checks), misled);

const tokens = await client.authorizationCodeGrant(config, back, checks, undefined, options);
assert.equal(tokens.token_type, bound ? "dpop" : "bearer");
const { sub } = tokens.claims();
const { alg } = JSON.parse(Buffer.from((await signed(tokens.id_token)).split(".")[0], "base64url"));
const user_info = await client.fetchUserInfo(config, tokens.access_token, sub, options);
if (bound) await assert.rejects(client.fetchUserInfo(config, tokens.access_token, sub), "as a bearer token");
say({ signed_in: { alg, sub, user_info } });

const introspect = async ({ access_token, refresh_token }) => ({
  access_token: await client.tokenIntrospection(config, access_token, { token_type_hint: "access_token" }),
  refresh_token: await client.tokenIntrospection(config, refresh_token, { token_type_hint: "refresh_token" }),
});
say({ introspected: await introspect(tokens) });

const refreshed = await client.refreshTokenGrant(config, tokens.refresh_token, undefined, options);
await client.fetchUserInfo(config, refreshed.access_token, sub, options);
say({ refreshed: { sub: refreshed.claims().sub, rotated: refreshed.refresh_token !== tokens.refresh_token } });

await client.tokenRevocation(config, refreshed.access_token, { token_type_hint: "access_token" });
const challenged = (error) => error.cause[0].parameters.error === "invalid_token";
await assert.rejects(client.fetchUserInfo(config, refreshed.access_token, sub, options), challenged);
await client.tokenRevocation(config, refreshed.refresh_token, { token_type_hint: "refresh_token" });
const again = client.refreshTokenGrant(config, refreshed.refresh_token, undefined, options);
await assert.rejects(again, { error: "invalid_grant" });
say({ revoked: await introspect(refreshed) });

const state = client.randomState();
const end_session = client.buildEndSessionUrl(config, {
  post_logout_redirect_uri: metadata.post_logout_redirect_uris[0],
  id_token_hint: await signed(refreshed.id_token),
  state,
});
say({ end_session });
assert.equal((await told()).searchParams.get("state"), state);

// RFC 7592: what was registered is read, replaced as a whole, and taken away with all the client may do.
if (initial_access_token) {
  const headers = { authorization: `Bearer ${registered.registration_access_token}`, "content-type": "application/json" };
  const ask = (method, body) => fetch(registered.registration_client_uri, { method, headers, body: JSON.stringify(body) });
  const read = await (await ask("GET")).json();
  for (const [name, value] of Object.entries(metadata)) assert.deepEqual(read[name], value, name);
  const { client_id } = read;
  const replaced = await (await ask("PUT", { ...metadata, client_id, client_name: "Shift Exchange" })).json();
  const { client_name } = replaced;
  const removed = await ask("DELETE");
  const afterwards = await ask("GET");
  say({ managed: { client_name, removed: removed.status, afterwards: afterwards.status } });
  const unknown = client.refreshTokenGrant(config, refreshed.refresh_token, undefined, options);
  await assert.rejects(unknown, { status: 401 });
}
process.exit(0);
