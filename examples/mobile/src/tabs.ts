// The tabs of this app in one browser. Each has tokens of its own, but whoever logs out means all of them. Only pages of this
// origin can say or hear it.

const channel = new BroadcastChannel("tabs");
const LOGGED_OUT = "logged out";

export function tellOtherTabs(): void {
  channel.postMessage(LOGGED_OUT);
}

/** Calls when somebody logs out in another tab. */
export function hearOtherTabs(loggedOut: () => void): void {
  channel.addEventListener("message", ({ data }) => data === LOGGED_OUT && loggedOut());
}
