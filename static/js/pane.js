// Context pane and confirming dialog: focus goes in on opening, Escape leads back to the page behind.
const pane = document.querySelector("dialog[open]");

if (pane) {
  if (pane.matches(".dialog") || window.matchMedia("(max-width: 760px)").matches) {
    pane.removeAttribute("open");
    pane.showModal();
  }
  const first = pane.querySelector("[aria-invalid=true]") ?? pane.querySelector("h2");
  first?.focus();
  const leave = (event) => {
    event.preventDefault();
    pane.querySelector("[data-close-pane]")?.click();
  };
  pane.addEventListener("cancel", leave);
  pane.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && !pane.querySelector("details.drop[open]")) leave(event);
  });
}
