// Copy buttons: shown where the clipboard can be written, they answer with a tick.
const TICK_MS = 2000;

function show(root) {
  if (!navigator.clipboard) return;
  for (const button of root.querySelectorAll("[data-copy]")) button.hidden = false;
}

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  await navigator.clipboard.writeText(button.dataset.copy);
  const use = button.querySelector("use");
  const before = use?.getAttribute("href");
  if (!use || before.endsWith("#checkmark-16")) return;
  use.setAttribute("href", before.replace(/#.*/, "#checkmark-16"));
  setTimeout(() => use.setAttribute("href", before), TICK_MS);
});

// A link that means an address to pass on: script copies it, without script it opens the view.
document.addEventListener("click", async (event) => {
  const link = event.target.closest("a[data-copy-link]");
  if (!link || !navigator.clipboard) return;
  event.preventDefault();
  await navigator.clipboard.writeText(link.href);
  link.closest("details")?.removeAttribute("open");
  const note = document.getElementById("notices");
  if (note) note.textContent = link.dataset.copied ?? "";
});

document.addEventListener("htmx:load", (event) => show(event.target));
show(document);
