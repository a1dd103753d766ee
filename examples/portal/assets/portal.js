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
    const asked = fetch(session, { headers, cache: "no-store", redirect: "error" });
    const status = await asked.then((answer) => answer.status, () => 0);
    if (status === 204) answered = Date.now();
    // No network, and a provider that cannot be asked, close nothing unless it stays so: the portal waits as long.
    const isOver = status === 401 || Date.now() - answered > SILENCE;
    if (isOver) location.replace(ended);
  };

  setInterval(ask, EVERY);
  // A tab in the background, and a page that Back brings, may have slept.
  document.addEventListener("visibilitychange", () => document.hidden || ask());
  addEventListener("pageshow", (event) => event.persisted && ask());
})();
