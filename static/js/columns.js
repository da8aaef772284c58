// Columns of a list: dragged in the header or in the pane of Edit columns. Without script the
// pane's buttons do the same.
let dragged = null;

function hidden(name, value) {
  const input = document.createElement("input");
  Object.assign(input, { type: "hidden", name, value });
  return input;
}

function isAfter(event, target, along) {
  const box = target.getBoundingClientRect();
  if (along === "y") return event.clientY > box.top + box.height / 2;
  const isAfterInPage = event.clientX > box.left + box.width / 2;
  return getComputedStyle(target).direction === "rtl" ? !isAfterInPage : isAfterInPage;
}

function keep(row) {
  const form = document.getElementById("column-order");
  for (const cell of row.querySelectorAll("[data-column]")) {
    form.append(hidden("order", cell.dataset.column), hidden("column", cell.dataset.column));
  }
  form.requestSubmit();
}

document.addEventListener("dragstart", (event) => {
  dragged = event.target.closest?.("[data-reorder] > li, th[data-column]:not([data-fixed])");
  if (dragged) event.dataTransfer.effectAllowed = "move";
});

document.addEventListener("dragover", (event) => {
  const target = event.target.closest?.("[data-reorder] > li, th[data-column]:not([data-fixed])");
  if (!dragged || !target || target === dragged || target.parentNode !== dragged.parentNode) return;
  event.preventDefault();
  const along = target.matches("li") ? "y" : "x";
  if (isAfter(event, target, along)) target.after(dragged);
  else target.before(dragged);
});

document.addEventListener("drop", (event) => { if (dragged) event.preventDefault(); });

document.addEventListener("dragend", () => {
  const row = dragged?.matches("th") ? dragged.parentNode : null;
  dragged = null;
  if (row) keep(row);
});

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-move]");
  if (!button) return;
  event.preventDefault();
  const item = button.closest("li");
  const other = button.dataset.move === "up" ? item.previousElementSibling : item.nextElementSibling;
  if (!other) return;
  if (button.dataset.move === "up") other.before(item);
  else other.after(item);
  refresh(item.parentNode);
  if (button.disabled) item.querySelector("[data-move]:not([disabled])")?.focus();
  else button.focus();
});

function refresh(list) {
  const items = [...list.children];
  for (const [index, item] of items.entries()) {
    item.querySelector("[data-move=up]").disabled = index === 0;
    item.querySelector("[data-move=down]").disabled = index === items.length - 1;
  }
}

function watch() {
  const [first, ...others] = document.querySelectorAll("th[data-column]");
  if (!first) return;
  first.dataset.fixed = "";
  for (const heading of others) heading.draggable = true;
}

document.addEventListener("htmx:afterSettle", watch);
watch();
