// What stands around every screen: the agency on top, the line about the connection, the tabs at the bottom.

import { element } from "./element";
import type { Person } from "./person";
import { initials } from "./screens";

export type Tab = "day" | "account";

const TABS = [
  { tab: "day", path: "/", words: "My day" },
  { tab: "account", path: "/account", words: "Account" },
] as const;

/** The tab whose address this is. */
export function tabAt(path: string): Tab {
  return TABS.find((it) => it.path === path)?.tab ?? "day";
}

export class Stage {
  readonly #phone = element("div", { class: "phone" });
  /** Always there, so that a screen reader hears when something is written into it. */
  readonly #banner = element("p", { class: "banner", id: "banner", role: "status" });
  readonly #open: (path: string) => void;

  constructor(open: (path: string) => void) {
    this.#open = open;
    document.body.replaceChildren(this.#phone);
  }

  /** A screen without tabs, for nobody yet. */
  showAlone(main: HTMLElement): void {
    this.say("");
    this.#show([main], main);
  }

  show(main: HTMLElement, person: Person, tab: Tab): void {
    const mark = element("span", { class: "mark", "aria-hidden": "true" }, initials(person.agency.name));
    const name = element("span", { id: "agency" }, person.agency.name);
    const bar = element("header", {}, mark, name);
    this.#show([bar, this.#banner, main, this.#tabs(tab)], main);
  }

  /** What has to be said beside the screen; nothing takes it away. */
  say(words: string): void {
    if (this.#banner.textContent !== words) this.#banner.textContent = words;
  }

  #show(parts: HTMLElement[], main: HTMLElement): void {
    const before = this.#phone.querySelector("h1")?.textContent;
    this.#phone.replaceChildren(...parts);
    const title = main.querySelector("h1");
    document.title = `${title?.textContent ?? ""} – Care Mobile`;
    // The same screen, written anew, is no reason to take somebody back to its beginning.
    if (title?.textContent === before) return;
    scrollTo(0, 0);
    title?.focus({ preventScroll: true });
  }

  #tabs(current: Tab): HTMLElement {
    const link = ({ tab, path, words }: (typeof TABS)[number]) => {
      const press = (event: Event) => {
        event.preventDefault();
        this.#open(path);
      };
      const here = tab === current ? "page" : false;
      return element("a", { href: path, id: `tab-${tab}`, click: press, "aria-current": here }, words);
    };
    return element("nav", { "aria-label": "Screens" }, ...TABS.map(link));
  }
}
