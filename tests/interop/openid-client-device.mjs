// A program on a computer on openid-client, run by device.rs: says one JSON object a line. What it knows beside its own
// registration and the issuer comes from discovery.

import assert from "node:assert/strict";
import { webcrypto } from "node:crypto";
import * as client from "openid-client";

// Debian 12 has Node.js 18, where what openid-client asks of the platform is there, but not yet a global.
globalThis.crypto ??= webcrypto;
globalThis.CryptoKey ??= webcrypto.CryptoKey;

const { issuer, private_key, require_device_pkce, ...metadata } = JSON.parse(process.argv[2]);
const say = (object) => console.log(JSON.stringify(object));

const config = await client.discovery(new URL(issuer), metadata.client_id, metadata, client.None(), {
  // Plain http is for the loopback interface of the tests. Signatures are verified although the channel is direct.
  execute: [client.allowInsecureRequests, client.enableNonRepudiationChecks],
});

const code_verifier = client.randomPKCECodeVerifier();
// What RFC 8628 knows nothing of.
const extra = {
  company: "99999",
  device_name: "FRONT-DESK-2",
  code_challenge: await client.calculatePKCECodeChallenge(code_verifier),
  code_challenge_method: "S256",
};
const asked = await client.initiateDeviceAuthorization(config, {
  scope: metadata.scope,
  ...(require_device_pkce ? extra : {}),
});
say({ asked });

// The first poll goes out twice, as from a second process of the program. The library hears what the second is answered,
// which comes too soon, and has to find its pace by itself.
let is_first = true;
config[client.customFetch] = async (url, options) => {
  if (is_first) {
    is_first = false;
    const { error } = await (await fetch(url, options)).json();
    assert.equal(error, "authorization_pending");
  }
  const response = await fetch(url, options);
  const { error } = await response.clone().json();
  if (error) say({ polled: error });
  return response;
};
const parameters = require_device_pkce ? { code_verifier } : {};
const tokens = await client.pollDeviceAuthorizationGrant(config, asked, parameters);
const claims = tokens.claims();
say({ signed_in: { claims, user_info: await client.fetchUserInfo(config, tokens.access_token, claims.sub) } });

const refreshed = await client.refreshTokenGrant(config, tokens.refresh_token);
say({ refreshed: { sub: refreshed.claims().sub, rotated: refreshed.refresh_token !== tokens.refresh_token } });
process.exit(0);
