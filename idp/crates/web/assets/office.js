// Courtesies of the office pages: times in the reader's own time zone, and one answer to a button that is pressed twice.

for (const time of document.querySelectorAll("time")) {
  const shape = time.classList.contains("day") ? { dateStyle: "long" } : { dateStyle: "long", timeStyle: "short" };
  time.textContent = new Intl.DateTimeFormat(document.documentElement.lang, shape).format(new Date(time.dateTime));
}

const sent = new Set();
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (sent.has(form)) event.preventDefault();
  sent.add(form);
  setTimeout(() => sent.delete(form), 3000);
});
