// A courtesy while a list is being carried out: looks again every two seconds, as "Look again" does. Stays where the person
// is: nothing moves while they read further down, mark something, or are on their way to a button with the Tab key.

const again = document.querySelector("#look-again");
const rests = () =>
  window.scrollY === 0 && String(document.getSelection()) === "" && document.activeElement === document.body;
setInterval(() => rests() && again && !document.hidden && location.replace(again.href), 2000);
