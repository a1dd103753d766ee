// The app: what is open, and what happens next. Everything about the protocol is in auth.ts.

import { Auth, type Request } from "./auth";
import type { Agency, Person } from "./person";
import { companyCode, openAgency } from "./remembered";
import * as screens from "./screens";
import { Stage, tabAt } from "./stage";
import { hearOtherTabs, tellOtherTabs } from "./tabs";
import { reasonOf } from "./trouble";
import { Watch } from "./watch";
import { ended, NO_CONNECTION, notOpened, WORDS, type Words } from "./words";

/** Milliseconds without an answer after which nobody knows any more who holds this phone. */
const HOUR = 3_600_000;
/** Milliseconds on the way to the provider's page after which somebody may go on here. */
const PATIENCE = 10_000;

const auth = new Auth();
const stage = new Stage(open);
const watch = new Watch(check);

let person: Person | null = null;
/** When the provider last answered, by the clock of the phone. */
let heard = 0;
/** Something is under way that a second tap must not begin again. */
let occupied = false;
let impatience: number | undefined;

addEventListener("popstate", () => person !== null && draw());
addEventListener("offline", () => person !== null && stage.say(NO_CONNECTION));
addEventListener("pagehide", ({ persisted }) => persisted || auth.handBack());
// Back from the log-in page to a screen that was frozen while it waited.
addEventListener("pageshow", ({ persisted }) => persisted && person === null && knock(WORDS.CANCELLED));
hearOtherTabs(() => (person === null ? auth.handBack() : knock(WORDS.LOGGED_OUT)));
void begin();

/** What the address asks for. It never stays as it is: a code is used up, and Back should not find it. */
async function begin(): Promise<void> {
  const { href, pathname } = location;
  if (pathname === "/callback") {
    history.replaceState(null, "", "/");
    return arrive(href);
  }
  if (pathname === "/signed-out") {
    history.replaceState(null, "", "/");
    return knock(WORDS.LOGGED_OUT);
  }
  const company = openAgency.read();
  return company === null ? knock(WORDS.HOME) : depart({ company, silently: true });
}

/** Nobody is logged in. */
function knock(words: Words, userName: string | null = null, code = companyCode.read() ?? ""): void {
  clearTimeout(impatience);
  watch.end();
  auth.handBack();
  person = null;
  occupied = false;
  openAgency.write(null);
  const logIn = (typed: string) => {
    companyCode.write(typed);
    void depart({ company: typed === "" ? null : typed, userName });
  };
  stage.showAlone(screens.door(words, code, logIn));
}

/** To a page of the provider's. Where the browser was stopped, or refuses to go, nothing else tells: then this is the way on. */
function leave(doing: string, stuck: Words): void {
  stage.showAlone(screens.busy(doing));
  impatience = setTimeout(() => knock(stuck), PATIENCE);
}

/** To the log-in page. Of two taps the second finds nothing to do. */
async function depart(request: Request): Promise<void> {
  if (occupied) return;
  occupied = true;
  // Once only: whoever comes back without a log-in is asked.
  openAgency.write(null);
  leave(request.silently ? "Opening your day …" : "Opening the log-in page …", WORDS.STUCK);
  try {
    await auth.depart(request);
  } catch (error) {
    knock(reasonOf(error) === "unreachable" ? WORDS.UNREACHABLE : WORDS.UNUSABLE);
  }
}

/** Back from the log-in page. */
async function arrive(url: string): Promise<void> {
  stage.showAlone(screens.busy("Opening your day …"));
  try {
    welcome(await auth.arrive(url));
    watch.begin();
  } catch (error) {
    switch (reasonOf(error)) {
      case "unreachable":
        return knock(WORDS.UNREACHABLE);
      case "cancelled":
        return knock(WORDS.CANCELLED);
      case "needs a person":
        return knock(WORDS.AGAIN);
      default:
        return knock(WORDS.UNUSABLE);
    }
  }
}

/** The provider has answered: this is who it is. */
function welcome(found: Person): void {
  const isNews = JSON.stringify(found) !== JSON.stringify(person);
  person = found;
  heard = Date.now();
  openAgency.write(found.agency.code);
  stage.say("");
  if (isNews) draw();
}

function draw(problem: string | null = null): void {
  if (person === null) return;
  const tab = tabAt(location.pathname);
  const screen = tab === "account" ? screens.account(person, problem, { goOnAt, logOut }) : screens.day(person);
  stage.show(screen, person, tab);
}

function open(path: string): void {
  if (path === location.pathname) return;
  history.pushState(null, "", path);
  draw();
}

/** Is this person still welcome? Only an answer closes the app, and after an hour none. */
async function check(): Promise<void> {
  try {
    const found = await auth.look();
    if (person !== null) welcome(found);
  } catch (error) {
    if (person !== null) close(error, person);
  }
}

function close(error: unknown, { agency, email }: Person): void {
  if (reasonOf(error) !== "unreachable") {
    // Not to the agency that has ended: with the next log-in the person says which one.
    return knock(ended(agency.name), null, "");
  }
  if (Date.now() - heard > HOUR) return knock(WORDS.AWAY, email);
  stage.say(NO_CONNECTION);
}

async function goOnAt(agency: Agency): Promise<void> {
  if (occupied || person === null) return;
  occupied = true;
  stage.say(`Opening ${agency.name} …`);
  try {
    const found = await auth.goOnAt(agency);
    history.pushState(null, "", "/");
    welcome(found);
  } catch (error) {
    const isUnreachable = reasonOf(error) === "unreachable";
    stage.say(isUnreachable ? NO_CONNECTION : "");
    draw(isUnreachable ? null : notOpened(agency.name));
  }
  // Logged out meanwhile, it is the door's.
  if (person !== null) occupied = false;
}

async function logOut(): Promise<void> {
  if (occupied) return;
  occupied = true;
  watch.end();
  person = null;
  openAgency.write(null);
  tellOtherTabs();
  leave("Logging you out …", WORDS.LOGGED_OUT_HERE);
  try {
    await auth.logOut();
  } catch {
    knock(WORDS.LOGGED_OUT_HERE);
  }
}
