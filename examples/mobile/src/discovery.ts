// What the provider says of itself (OpenID Connect Discovery section 4). The library believes all of it; here it counts only
// if it speaks of our issuer, and sends people to pages that nobody on the way can alter.

import { MetadataService, type OidcMetadata } from "oidc-client-ts";
import { ISSUER } from "./settings";
import { Trouble } from "./trouble";

/** Seconds for one request. Two of them fit into the ten in which a refresh whose answer was lost may be repeated. */
export const TIMEOUT = 4;

export class Discovery extends MetadataService {
  #known: Partial<OidcMetadata> | null = null;

  /** For the library, once for each page. */
  override async getMetadata(): Promise<Partial<OidcMetadata>> {
    return this.#known ?? this.ask();
  }

  /** Asks now, which also tells whether the provider can be reached. */
  async ask(): Promise<Partial<OidcMetadata>> {
    const metadata = await fetched();
    // Section 4.3, byte for byte: an answer about another issuer is none.
    if (metadata["issuer"] !== ISSUER) throw new Trouble("unusable");
    const { authorization_endpoint: logIn, end_session_endpoint: logOut } = metadata;
    if (!isForPeople(logIn) || (logOut !== undefined && !isForPeople(logOut))) throw new Trouble("unusable");
    this.#known = metadata as Partial<OidcMetadata>;
    return this.#known;
  }
}

async function fetched(): Promise<Readonly<Record<string, unknown>>> {
  const endpoint = `${ISSUER}/.well-known/openid-configuration`;
  const answer = await fetch(endpoint, { cache: "no-store", signal: AbortSignal.timeout(TIMEOUT * 1000) }).catch(() => null);
  if (!answer?.ok) throw new Trouble("unreachable");
  const told: unknown = await answer.json().catch((error: unknown) => {
    throw new Trouble(error instanceof SyntaxError ? "unusable" : "unreachable", { cause: error });
  });
  if (typeof told !== "object" || told === null) throw new Trouble("unusable");
  return told as Record<string, unknown>;
}

/** Https, or http on this machine. The window goes there, and would run a `javascript:` address in this page. */
function isForPeople(endpoint: unknown): boolean {
  try {
    const { protocol, hostname } = new URL(String(endpoint));
    return protocol === "https:" || (protocol === "http:" && ["127.0.0.1", "[::1]"].includes(hostname));
  } catch {
    return false;
  }
}
