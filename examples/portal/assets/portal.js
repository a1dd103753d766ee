// Leaves the page when its session is over, so that nobody's names stay on a screen that was left. A courtesy: without
// it every click asks all the same.
"use strict";
(() => {
  const EVERY = 30 * 1000;
  const SILENCE = 60 * 60 * 1000;
  const { session, ended } = document.currentScript.dataset;
  // It says whose page this is: in another tab somebody else may have logged in.
  const headers = { "X-CSRF-Token": document.querySelector("[name=csrf]").value };
  let answered = Date.now();

  const ask = async () => {
    try {
      const { status } = await fetch(session, { headers, cache: "no-store", redirect: "error" });
      if (status === 401) return location.replace(ended);
      answered = Date.now();
    } catch {
      // No network logs nobody out, unless it stays away.
      if (Date.now() - answered > SILENCE) location.replace(ended);
    }
  };

  setInterval(ask, EVERY);
  // A tab in the background, and a page that Back brings, may have slept.
  document.addEventListener("visibilitychange", () => document.hidden || ask());
  addEventListener("pageshow", (event) => event.persisted && ask());
})();
