// Asks again and again while the app is open, so that it closes within a minute when an agency ends somebody's access.

/** Milliseconds from one answer to the next question. A browser asks less often in tabs that nobody looks at. */
const INTERVAL = 30_000;

export class Watch {
  readonly #ask: () => Promise<void>;
  #timer: number | undefined;
  #watching = false;
  #asking = false;

  /** `ask` handles its own errors. */
  constructor(ask: () => Promise<void>) {
    this.#ask = ask;
    const now = () => void this.#now();
    addEventListener("online", now);
    addEventListener("pageshow", ({ persisted }) => persisted && now());
    document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && now());
  }

  begin(): void {
    this.#watching = true;
    this.#wait();
  }

  end(): void {
    this.#watching = false;
    clearTimeout(this.#timer);
  }

  async #now(): Promise<void> {
    if (!this.#watching || this.#asking) return;
    clearTimeout(this.#timer);
    this.#asking = true;
    await this.#ask();
    this.#asking = false;
    if (this.#watching) this.#wait();
  }

  #wait(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#now(), INTERVAL);
  }
}
