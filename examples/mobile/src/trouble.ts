// Why the provider did not give what it was asked for, in the few ways that make a difference to a person.

import { ErrorResponse, ErrorTimeout } from "oidc-client-ts";

export type Reason =
  /** No network, or the provider is not well. It gets better by itself; nobody is logged out for it. */
  | "unreachable"
  /** It no longer stands by what it gave out. Trying again with the same token never helps (RFC 6749 section 5.2). */
  | "refused"
  /** The person said no, or has no access. */
  | "cancelled"
  /** Asked without a page (`prompt=none`), and there was something to say (OpenID Connect Core section 3.1.2.6). */
  | "needs a person"
  /** An answer that may not be believed: of another log-in, of another issuer, about somebody else. */
  | "unusable";

export class Trouble extends Error {
  readonly reason: Reason;

  constructor(reason: Reason, options?: ErrorOptions) {
    super(reason, options);
    this.reason = reason;
  }
}

/** What the library throws, in our words. */
export function reasonOf(error: unknown): Reason {
  if (error instanceof Trouble) return error.reason;
  if (error instanceof ErrorResponse) return reasonOfCode(error.error);
  // Fetch throws a TypeError when there is no network. The library writes a status it has no body for in brackets.
  const passing = error instanceof ErrorTimeout || error instanceof TypeError;
  return passing || /\((429|5\d\d)\)/.test(String(error)) ? "unreachable" : "unusable";
}

function reasonOfCode(code: string | null): Reason {
  switch (code) {
    case "access_denied":
      return "cancelled";
    case "login_required":
    case "interaction_required":
    case "account_selection_required":
    case "consent_required":
      return "needs a person";
    case "server_error":
    case "temporarily_unavailable":
    case "slow_down":
      return "unreachable";
    default:
      return "refused";
  }
}
