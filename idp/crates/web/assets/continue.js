// A courtesy on the way back to the program that asked (OAuth 2.0 Form Post Response Mode, section 2):
// presses the page's one button. Without this file the person presses it.

document.querySelector("form[data-continue]").requestSubmit();
