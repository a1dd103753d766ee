// A courtesy on pages with a password: a button that shows what is typed, and a hint while Caps Lock is on.
// The button and the hint are in the page already, hidden; without this file nothing is missing.

for (const field of document.querySelectorAll("[data-password]")) {
  const input = field.querySelector("input");
  const toggle = field.querySelector("[data-reveal]");
  const hint = field.querySelector("[data-caps-lock]");

  const reveal = (shown) => {
    input.type = shown ? "text" : "password";
    toggle.textContent = shown ? toggle.dataset.hide : toggle.dataset.show;
  };

  toggle.hidden = false;
  toggle.addEventListener("click", () => {
    reveal(input.type === "password");
    input.focus();
  });

  // What leaves the page leaves it as a password, so that password managers recognise it.
  input.form.addEventListener("submit", () => reveal(false));

  const check = (event) => {
    if (event.getModifierState) hint.textContent = event.getModifierState("CapsLock") ? hint.dataset.capsLock : "";
  };
  input.addEventListener("keydown", check);
  input.addEventListener("keyup", check);
  input.addEventListener("blur", () => { hint.textContent = ""; });
}
