// Show password: a button beside the field that shows what is typed, and hides it before it is sent.
function reveal(button, isShown) {
  const input = document.getElementById(button.getAttribute("aria-controls"));
  if (!input) return;
  input.type = isShown ? "text" : "password";
  button.setAttribute("aria-pressed", String(isShown));
}

function offer() {
  for (const button of document.querySelectorAll("[data-reveal][hidden]")) button.hidden = false;
}

document.addEventListener("click", (event) => {
  const button = event.target.closest?.("[data-reveal]");
  if (button) reveal(button, button.getAttribute("aria-pressed") !== "true");
});

// A browser keeps what was sent in a text field, and never what was sent in a password field.
document.addEventListener("submit", (event) => {
  for (const button of event.target.querySelectorAll("[data-reveal]")) reveal(button, false);
}, true);

document.addEventListener("htmx:afterSettle", offer);
offer();
