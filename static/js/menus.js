// Drop-down menus close on Escape and on a click outside, arrow keys walk their entries; without script they close by their own button.
const open = () => document.querySelectorAll("details.drop[open]");

document.addEventListener("click", (event) => {
  for (const drop of open()) {
    if (!drop.contains(event.target)) drop.open = false;
  }
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const drop of open()) {
    drop.open = false;
    if (drop.contains(document.activeElement)) drop.querySelector("summary").focus();
    event.preventDefault();
  }
});

const STEPS = { ArrowDown: 1, ArrowUp: -1 };
document.addEventListener("keydown", (event) => {
  const drop = event.target.closest?.("details.drop");
  if (!drop || !STEPS[event.key] || event.target.matches("input, select, textarea")) return;
  drop.open = true;
  const entries = [...drop.querySelectorAll(".drop-menu :is(a[href], button:not([disabled]))")];
  if (entries.length === 0) return;
  const at = entries.indexOf(document.activeElement);
  const next = at < 0 && event.key === "ArrowUp" ? entries.length - 1 : at + STEPS[event.key];
  entries[(next + entries.length) % entries.length].focus();
  event.preventDefault();
});
