// What people read when they are not logged in: what happened, and what to do now.

export interface Words {
  readonly title: string;
  readonly lead: string;
}

const HOME = {
  title: "Log in to see your day",
  lead: "With the same user name and password as on your agency’s portal. You type them on its log-in page, never in here.",
};

const CANCELLED = {
  title: "You are not logged in",
  lead: "The log-in was not finished, so nothing was opened. Try again when you are ready.",
};

const UNREACHABLE = {
  title: "No connection",
  lead: "The log-in page cannot be reached. Check Wi-Fi or mobile data, then try again.",
};

const STUCK = {
  title: "The log-in page did not open",
  lead: "It was stopped, or it takes too long. Check Wi-Fi or mobile data, then try again.",
};

const UNUSABLE = {
  title: "That log-in did not work",
  lead: "It took too long, or was begun somewhere else. Nothing was opened. Please log in again.",
};

const AGAIN = {
  title: "Please log in again",
  lead: "You were away for a while.",
};

const AWAY = {
  title: "Please log in again",
  lead: "There was no connection for an hour, so this app closed your day. Log in when there is one.",
};

const LOGGED_OUT = {
  title: "You are logged out",
  lead: "Have a good day.",
};

const LOGGED_OUT_HERE = {
  title: "You are logged out of this app",
  lead: "The log-in page could not be told. If other people use this phone, close the browser, too.",
};

export const WORDS = { HOME, CANCELLED, UNREACHABLE, STUCK, UNUSABLE, AGAIN, AWAY, LOGGED_OUT, LOGGED_OUT_HERE };

export function ended(agency: string): Words {
  return {
    title: `Your access to ${agency} has ended`,
    lead: `Call the office of ${agency} if you still work there. If your password was changed, log in again.`,
  };
}

export function notOpened(agency: string): string {
  return `${agency} did not open. If you still work there, call its office.`;
}

export const NO_CONNECTION = "No connection. What you see may be old; it comes back by itself.";
