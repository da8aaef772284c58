// Context pane: focus goes in on opening, Escape leads back to the list behind it.
const pane = document.querySelector("dialog.pane[open]");

if (pane) {
  if (window.matchMedia("(max-width: 760px)").matches) {
    pane.removeAttribute("open");
    pane.showModal();
  }
  const first = pane.querySelector("[aria-invalid=true]") ?? pane.querySelector(".pane-head h2");
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
