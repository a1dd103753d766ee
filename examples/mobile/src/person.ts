// Who is logged in, as the provider's UserInfo tells (OpenID Connect Core section 5.3).
// Never believes that a claim is there, or that it is a text, because it usually is.

export interface Agency {
  readonly id: string;
  readonly code: string;
  readonly name: string;
}

export interface Person {
  /** What people call them: the given name where there is one. */
  readonly greeting: string;
  readonly name: string;
  readonly email: string | null;
  /** The agency that is open. */
  readonly agency: Agency;
  /** All that are open to this person at the moment, this one too. */
  readonly agencies: readonly Agency[];
  /** Who is not works elsewhere: at the portal. */
  readonly isCaregiver: boolean;
}

type Claims = Readonly<Record<string, unknown>>;

/** Of a client that serves every agency, with the scopes `company` and `companies`. */
export function personOf(claims: Claims): Person {
  const name = text(claims, "name") ?? text(claims, "email") ?? "you";
  const agency = {
    id: text(claims, "company_id") ?? "",
    code: text(claims, "company_code") ?? "",
    name: text(claims, "company_name") ?? "your agency",
  };
  const agencies = Array.isArray(claims["companies"]) ? claims["companies"].flatMap(agencyOf) : [];
  return {
    greeting: text(claims, "given_name") ?? name,
    name,
    email: text(claims, "email"),
    agency,
    agencies: agencies.some(({ id }) => id === agency.id) ? agencies : [agency, ...agencies],
    isCaregiver: text(claims, "member_type") === "caregiver",
  };
}

function agencyOf(listed: unknown): Agency[] {
  if (typeof listed !== "object" || listed === null) return [];
  const claims = listed as Claims;
  const [id, code, name] = [text(claims, "company_id"), text(claims, "code"), text(claims, "name")];
  return id === null || code === null || name === null ? [] : [{ id, code, name }];
}

function text(claims: Claims, name: string): string | null {
  const value = claims[name];
  return typeof value === "string" && value.trim() !== "" ? value : null;
}
