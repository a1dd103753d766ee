// The screens of the app, each made anew from what it shows. They ask for nothing and decide nothing: what is pressed is
// told to whoever drew them.

import { element } from "./element";
import type { Agency, Person } from "./person";
import { visitsOf, type Visit } from "./visits";
import type { Words } from "./words";

/** Fetched when the app starts, and there when the network is not. */
const LOGO = element("img", { src: "/icon.svg", alt: "", class: "logo", width: "72", height: "72" });

/** Nobody is logged in: why, and the one big button. */
export function door(words: Words, code: string, logIn: (code: string) => void): HTMLElement {
  const field = element("input", {
    id: "company",
    name: "company",
    type: "text",
    value: code,
    autocomplete: "organization",
    autocapitalize: "characters",
    spellcheck: "false",
    maxlength: "64",
    "aria-describedby": "company-hint",
  });
  const submit = (event: Event) => {
    event.preventDefault();
    logIn(field.value.trim());
  };
  return element(
    "main",
    { class: "door" },
    LOGO,
    heading(words.title),
    element("p", { class: "lead", id: "lead" }, words.lead),
    element(
      "form",
      { submit, novalidate: true },
      element("label", { for: "company" }, "Company code ", element("span", { class: "quiet" }, "(optional)")),
      field,
      element("p", { class: "hint", id: "company-hint" }, "If your agency gave you one. This phone remembers it."),
      element("button", { class: "primary", id: "log-in" }, "Log In"),
    ),
  );
}

/** Something is under way and takes a moment. */
export function busy(words: string): HTMLElement {
  return element("main", { class: "door" }, element("div", { class: "spinner" }), heading(words));
}

/** The caregiver's day at the agency that is open. */
export function day(person: Person): HTMLElement {
  const visits = visitsOf(person.agency);
  const today = new Intl.DateTimeFormat("en", { weekday: "long", month: "long", day: "numeric" }).format();
  return element(
    "main",
    {},
    heading(`Hello, ${person.greeting}`),
    element("p", { class: "lead" }, person.isCaregiver ? `${today}. ${visits.length} visits.` : today),
    person.isCaregiver
      ? element("ol", { class: "visits", "aria-label": "Today’s visits" }, ...visits.map(card))
      : element("p", { class: "card" }, `You have no visits at ${person.agency.name}: this app is for its caregivers. Your work is on its portal.`),
  );
}

const STATES = { done: "Done", next: "Next", planned: "Planned" } as const;

function card({ from, to, client, address, tasks, state }: Visit): HTMLElement {
  return element(
    "li",
    { class: `card visit ${state}` },
    element("div", { class: "when" }, element("span", {}, `${from} – ${to}`), element("span", { class: "tag" }, STATES[state])),
    element("strong", {}, client),
    element("span", {}, address),
    element("span", { class: "quiet" }, tasks),
  );
}

export interface AccountActions {
  readonly goOnAt: (agency: Agency) => void;
  readonly logOut: () => void;
}

/** Who is logged in, where else they work, and the way out. */
export function account(person: Person, problem: string | null, actions: AccountActions): HTMLElement {
  const others = person.agencies.filter(({ id }) => id !== person.agency.id);
  return element(
    "main",
    {},
    heading("Your account"),
    problem === null ? null : element("p", { class: "problem", id: "problem", role: "alert" }, problem),
    element(
      "dl",
      { class: "card" },
      ...fact("name", "Name", person.name),
      ...(person.email === null ? [] : fact("user-name", "User name", person.email)),
      ...fact("agency-name", "Agency", person.agency.name),
      ...fact("company-code", "Company code", person.agency.code),
    ),
    others.length === 0 ? null : element("h2", { id: "another" }, "Another agency"),
    others.length === 0 ? null : element("ul", { class: "agencies", "aria-labelledby": "another" }, ...others.map((it) => row(it, actions))),
    element("button", { class: "plain", id: "log-out", type: "button", click: actions.logOut }, "Log out"),
  );
}

function fact(id: string, name: string, value: string): [HTMLElement, HTMLElement] {
  return [element("dt", {}, name), element("dd", { id }, value)];
}

function row(agency: Agency, { goOnAt }: AccountActions): HTMLElement {
  const mark = element("span", { class: "mark", "aria-hidden": "true" }, initials(agency.name));
  const press = () => goOnAt(agency);
  return element("li", {}, element("button", { class: "agency", type: "button", click: press, "data-code": agency.code }, mark, agency.name));
}

/** Takes the focus when its screen opens, so that a screen reader begins there. */
function heading(text: string): HTMLElement {
  return element("h1", { tabindex: "-1" }, text);
}

/** At most two letters that stand for an agency. */
export function initials(name: string): string {
  const words = name.split(/\s+/).filter((word) => /^\p{L}/u.test(word));
  return words.slice(0, 2).map((word) => [...word][0]?.toUpperCase()).join("");
}
