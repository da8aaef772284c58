// Message bars and notifications: dismiss; successes leave by themselves; failed loads say so.
const STAY_MS = 5000;

function prepare(root) {
  for (const button of root.querySelectorAll("[data-dismiss]")) button.hidden = false;
  for (const toast of root.querySelectorAll(".toast.ok:not([data-stays])")) setTimeout(() => toast.remove(), STAY_MS);
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-dismiss]");
  button?.closest(button.dataset.dismiss)?.remove();
});

function say() {
  const notices = document.getElementById("notices");
  const template = document.getElementById("loading-failed");
  if (!notices || !template) return;
  notices.replaceChildren(template.content.cloneNode(true));
  prepare(notices);
}

// A refusal of ours names where it belongs; any other failure is a message bar, never an empty grid.
document.addEventListener("htmx:beforeSwap", (event) => {
  const { xhr } = event.detail;
  if (xhr.status >= 400 && xhr.getResponseHeader("HX-Retarget")) event.detail.shouldSwap = true;
  else if (xhr.status >= 400) say();
  else document.getElementById("notices")?.replaceChildren();
});
document.addEventListener("htmx:sendError", say);
document.addEventListener("htmx:timeout", say);
document.addEventListener("htmx:load", (event) => prepare(event.target));
prepare(document);
