// A courtesy on the page that shows a recovery code: buttons that copy and print it.
// The buttons are in the page already, hidden; without this file nothing is missing.

const code = document.querySelector("#saved-code");
const copy = document.querySelector("#code-copy");

document.querySelector("#code-tools").hidden = false;
document.querySelector("#code-print").addEventListener("click", () => print());
copy.hidden = !navigator.clipboard;
copy.addEventListener("click", async () => {
  await navigator.clipboard.writeText(code.textContent);
  copy.textContent = copy.dataset.copied;
});
