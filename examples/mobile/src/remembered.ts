// What the phone remembers. No token, no name: on a phone that several people use, nobody learns who was here.

/** The company code that was typed last; it survives the log-out, so that it is typed once per phone. */
export const companyCode = slot(() => localStorage, "company-code");

/** Which agency was open in this tab. With it a reload goes on there instead of asking; gone with the tab. */
export const openAgency = slot(() => sessionStorage, "open-agency");

interface Slot {
  read(): string | null;
  /** `null` and the empty text forget. */
  write(value: string | null): void;
}

/** A browser that keeps nothing (a private window, a full disk) is no reason not to work. */
function slot(storage: () => Storage, key: string): Slot {
  return {
    read() {
      try {
        return storage().getItem(key);
      } catch {
        return null;
      }
    },
    write(value) {
      try {
        if (value) storage().setItem(key, value);
        else storage().removeItem(key);
      } catch {
        // Then it is typed again the next time.
      }
    },
  };
}
