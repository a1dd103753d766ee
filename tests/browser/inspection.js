// The body of a function that chromedriver runs in the page, where axe-core is loaded already: (width of the screen in
// px, tags of the rules of axe-core, callback). Calls back with one line for each thing that is wrong.

const [screen, tags, done] = arguments;
const faults = [];

// Nothing sticks out at the side.
const wide = document.scrollingElement.scrollWidth;
if (wide > screen) faults.push(`the page is ${wide} px wide on a screen of ${screen} px`);

// What is pressed is 44 px high, a button as wide, too (WCAG 2.2 section 2.5.5). Links in a sentence are as high as it.
for (const target of document.querySelectorAll("button, .button, summary, select, input, nav a, footer a, .standalone")) {
  // A box to tick is as large as its label.
  const pressed = target.matches("[type=checkbox], [type=radio]") ? (target.closest("label") ?? target) : target;
  const { width, height } = pressed.getBoundingClientRect();
  const narrow = target.matches("button, .button, .dismiss") && width < 43.5;
  // What Enter alone presses is seen by nobody.
  if (target.ariaHidden === "true" && target.tabIndex < 0) continue;
  if (target.type !== "hidden" && !target.disabled && target.checkVisibility() && (height < 43.5 || narrow))
    faults.push(`#${target.id} "${target.textContent.trim()}" is only ${width} x ${height} px`);
}

// By night only the colours are others.
const runOnly = matchMedia("(prefers-color-scheme: dark)").matches
  ? { type: "rule", values: ["color-contrast", "link-in-text-block"] }
  : { type: "tag", values: tags };
axe.run(document, { runOnly, resultTypes: ["violations"], iframes: false }).then(
  ({ violations }) => {
    for (const { id, nodes } of violations)
      for (const { target, failureSummary } of nodes)
        faults.push(`${id} at ${target.join(" ")}: ${failureSummary.replace(/\s+/g, " ")}`);
    done(faults);
  },
  (error) => done([...faults, `axe-core failed: ${error}`]),
);
