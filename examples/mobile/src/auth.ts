// The app's side of OpenID Connect, all of it: log in by authorization code with PKCE (OpenID Connect Core section 3.1, RFC
// 7636, RFC 8252), stay logged in with rotating refresh tokens, go on at another agency, log out. `oidc-client-ts` does the
// protocol; this file says in which order.
//
// Tokens are in memory and nowhere else. Not in localStorage, where they would outlive the tab, and every script that ever
// runs on this origin would find them. Not in sessionStorage either: a duplicated tab gets a copy of it, two tabs would
// then present the same refresh token, and a token that comes back after its use means to the provider that it was stolen:
// it ends the whole family. So a reload logs in anew, by single sign-on and without typing, and each tab has tokens of its
// own. An app from a store is one process with a Keychain or a Keystore: it keeps the refresh token there, nothing else, and
// needs no reload.
//
// The library's UserManager would keep the tokens in a storage, renew them by a timer, and know one family of them.
// OidcClient is the protocol without that: there is one family for each agency here, and one place that renews. Refresh
// tokens are used one at a time (`#alone`): whoever comes second finds the new one.
//
// Never logs a token or a code, and never shows an `error_description` to a person.

import {
  OidcClient,
  OidcClientSettingsStore,
  WebStorageStateStore,
  type RefreshState,
  type SigninResponse,
} from "oidc-client-ts";
import { Discovery, TIMEOUT } from "./discovery";
import { personOf, type Agency, type Person } from "./person";
import { CLIENT_ID, ISSUER } from "./settings";
import { reasonOf, Trouble } from "./trouble";

/** Seconds before its end when an access token is renewed: more than there are between two looks. */
const MARGIN = 60;
/** Seconds by which the clock of a phone may be fast. */
const LEEWAY = 300;

const settings = new OidcClientSettingsStore({
  authority: ISSUER,
  client_id: CLIENT_ID,
  redirect_uri: `${location.origin}/callback`,
  post_logout_redirect_uri: `${location.origin}/signed-out`,
  scope: "openid profile email company companies offline_access",
  // State, nonce and verifier of a log-in under way. Of this tab: an answer that ends up in another one is not ours.
  stateStore: new WebStorageStateStore({ store: sessionStorage, prefix: "log-in." }),
  // A new log-in of this tab ends the one that was left unfinished: of that nothing stays.
  staleStateAgeInSeconds: 0,
  // It would take `azp` away before `believed` sees it.
  filterProtocolClaims: false,
  requestTimeoutInSeconds: TIMEOUT,
});
const discovery = new Discovery(settings);
const client = new OidcClient(settings, discovery);

export interface Request {
  /** Company code or `company_id`; `null` leaves the choice to the person, where there is one. */
  readonly company: string | null;
  /** Only if nobody has to do anything for it (`prompt=none`). */
  readonly silently?: boolean;
  readonly userName?: string | null;
}

export class Auth {
  /** The family of the agency that is open. */
  #open: SigninResponse | null = null;
  /** Those of the other agencies, by `company_id`, each with its own refresh token. */
  readonly #others = new Map<string, SigninResponse>();
  #last: Promise<unknown> = Promise.resolve();
  #revocationEndpoint: string | null = null;
  /** How often everything was let go. */
  #farewells = 0;

  /** Leaves for the provider's log-in. The page is gone afterwards. */
  async depart({ company, silently = false, userName = null }: Request): Promise<void> {
    // The library asks once; whoever leaves without a network since then ends up on the browser's own page.
    await discovery.ask();
    const request = await client.createSigninRequest({
      nonce: crypto.randomUUID(),
      ...(silently && { prompt: "none" }),
      ...(userName !== null && { login_hint: userName }),
      ...(company !== null && { extraQueryParams: { company } }),
    });
    // Nobody goes Back to a page that leaves again by itself.
    if (silently) location.replace(request.url);
    else location.assign(request.url);
  }

  /** Redeems what the provider sent to the redirect URI. Each answer counts once: its state is used up with it. */
  arrive(url: string): Promise<Person> {
    return this.#unlessLetGo(async () => {
      // RFC 9207 section 2.4, which the library leaves to us: an answer of another issuer is none.
      if (new URL(url).searchParams.get("iss") !== ISSUER) throw new Trouble("unusable");
      this.#open = believed(await client.processSigninResponse(url));
      this.#revocationEndpoint = (await discovery.getRevocationEndpoint()) ?? null;
      await client.clearStaleState();
      return this.#told();
    });
  }

  /** Who is logged in, as of now. Renews what is about to run out; with a 401, renews once and asks again. */
  look(): Promise<Person> {
    return this.#unlessLetGo(() => this.#told());
  }

  /** Goes on at another agency of this person without a log-in; the one that was open stays open behind it. */
  goOnAt(agency: Agency): Promise<Person> {
    return this.#unlessLetGo(async () => {
      const here = this.#session();
      const there = await this.#familyOf(agency, here);
      if (companyOf(there) !== agency.id) throw new Trouble("unusable");
      this.#others.delete(agency.id);
      this.#others.set(companyOf(here), here);
      this.#open = there;
      return this.#told();
    });
  }

  /**
   * Logs out here and at the provider. Revoking ends each family of tokens. The browser's session at the provider ends, too:
   * otherwise the next person with this phone would press "Log In" and be the one before. One of the two is better than none.
   */
  logOut(): Promise<void> {
    return this.#alone(async () => {
      const sessions = this.#letGo();
      const revoked = sessions.map((it) => client.revokeToken(it.refresh_token ?? it.access_token));
      const failed = (await Promise.allSettled(revoked)).some(({ status }) => status === "rejected");
      // No network, or only no revocation? With a network the window can still go and end the session.
      if (failed) await discovery.ask();
      const hint = sessions[0]?.id_token;
      const request = await client.createSignoutRequest(hint === undefined ? {} : { id_token_hint: hint });
      location.assign(request.url);
    });
  }

  /**
   * The tab goes, or the app closes, and with it the only copy of its tokens: gives them back, so that none lies about for
   * weeks. A request that outlives its page waits for no answer and for no preflight; where there is no network, they
   * run out by themselves.
   */
  handBack(): void {
    const [endpoint, sessions] = [this.#revocationEndpoint, this.#letGo()];
    if (endpoint === null) return;
    for (const { refresh_token: token } of sessions) {
      if (token === undefined) continue;
      const body = new URLSearchParams({ client_id: CLIENT_ID, token, token_type_hint: "refresh_token" });
      fetch(endpoint, { method: "POST", body, mode: "no-cors", keepalive: true }).catch(() => undefined);
    }
  }

  /** Runs what uses refresh tokens one after the other. */
  #alone<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#last.then(work, work);
    this.#last = turn.catch(() => undefined);
    return turn;
  }

  /** The same; and who was logged out meanwhile, by another tab, is not logged in again by what was still under way. */
  #unlessLetGo<T>(work: () => Promise<T>): Promise<T> {
    const farewells = this.#farewells;
    return this.#alone(async () => {
      const result = work();
      await result.catch(() => undefined);
      if (farewells === this.#farewells) return result;
      this.handBack();
      throw new Trouble("cancelled");
    });
  }

  #session(): SigninResponse {
    if (this.#open === null) throw new Trouble("refused");
    return this.#open;
  }

  /** Every family there was, that of the open agency first. From here on nobody is logged in. */
  #letGo(): SigninResponse[] {
    const sessions = this.#open === null ? [] : [this.#open, ...this.#others.values()];
    this.#farewells += 1;
    this.#open = null;
    this.#others.clear();
    return sessions;
  }

  async #told(): Promise<Person> {
    if ((this.#session().expires_in ?? MARGIN) < MARGIN) this.#open = await renewed(this.#session());
    let answer = await userInfo(this.#session());
    if (answer.status === 401) {
      this.#open = await renewed(this.#session());
      answer = await userInfo(this.#session());
    }
    if (answer.status === 401 || answer.status === 403) throw new Trouble("refused");
    if (!answer.ok) throw new Trouble("unreachable");
    const claims = (await answer.json()) as Record<string, unknown>;
    // OpenID Connect Core section 5.3.2.
    if (claims["sub"] !== this.#session().profile.sub) throw new Trouble("unusable");
    return personOf(claims);
  }

  /** The family for this agency: the one that is there already, if it is good still, otherwise a new one. */
  async #familyOf(agency: Agency, here: SigninResponse): Promise<SigninResponse> {
    const kept = this.#others.get(agency.id);
    if (kept !== undefined) {
      try {
        return await renewed(kept);
      } catch (error) {
        if (reasonOf(error) !== "refused") throw error;
        this.#others.delete(agency.id);
      }
    }
    return renewed(here, agency);
  }
}

/**
 * The same family with new tokens, or, for another agency, a second family: `company` in a refresh is this provider's, and
 * the library sends it along. The refresh token that asked is then not used up.
 */
async function renewed(session: SigninResponse, agency?: Agency): Promise<SigninResponse> {
  const { refresh_token, id_token, session_state, scope, profile } = session;
  if (refresh_token === undefined) throw new Trouble("refused");
  const state: RefreshState = {
    refresh_token,
    session_state,
    profile,
    ...(id_token !== undefined && { id_token }),
    ...(scope !== undefined && { scope }),
  };
  const extra = agency === undefined ? {} : { extraTokenParams: { company: agency.id } };
  const attempt = async () => {
    const answer = await client.useRefreshToken({ state, timeoutInSeconds: TIMEOUT, ...extra });
    // Without an ID token (section 12.2) the one of before still tells who it is; it was believed then.
    return answer.id_token === id_token ? answer : believed(answer);
  };
  try {
    return await attempt();
  } catch (error) {
    // The answer may be what was lost. Asked again at once, the provider repeats it; later, it would see a thief.
    if (reasonOf(error) !== "unreachable") throw error;
    return attempt();
  }
}

/**
 * ID token validation (OpenID Connect Core section 3.1.3.7) beyond what the library does: that is state, nonce and, after a
 * refresh, `sub` and `auth_time`. The token came from the token endpoint directly, which stands for its signature (6.).
 */
function believed(session: SigninResponse): SigninResponse {
  const { iss, aud, azp, exp } = session.profile;
  const audience = [aud].flat();
  // For whom it is: us, or us by name where there are others (3. to 5.).
  const isForUs = audience.includes(CLIENT_ID) && (azp === undefined ? audience.length === 1 : azp === CLIENT_ID);
  const isOver = !(exp > Date.now() / 1000 - LEEWAY);
  const ours = iss === ISSUER && isForUs && !isOver;
  if (!ours) throw new Trouble("unusable");
  return session;
}

function companyOf(session: SigninResponse): string {
  return String(session.profile["company_id"] ?? "");
}

/** OpenID Connect Core section 5.3. The library's own would tell a 401 from no network by words only. */
async function userInfo({ access_token }: SigninResponse): Promise<Response> {
  const endpoint = await discovery.getUserInfoEndpoint();
  return fetch(endpoint, {
    headers: { Authorization: `Bearer ${access_token}` },
    cache: "no-store",
    credentials: "omit",
    signal: AbortSignal.timeout(TIMEOUT * 1000),
  }).catch((error: unknown) => {
    throw new Trouble("unreachable", { cause: error });
  });
}
