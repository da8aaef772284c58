// Grids: select all loaded rows, commands that need a selection, further rows on scrolling.
function ticks(grid) {
  return [...grid.querySelectorAll("tbody .tick input")];
}

function reflect(grid) {
  const rows = ticks(grid);
  const chosen = rows.filter((tick) => tick.checked).length;
  const all = grid.querySelector("thead .tick input");
  if (all) {
    all.checked = rows.length > 0 && chosen === rows.length;
    all.indeterminate = chosen > 0 && chosen < rows.length;
  }
  for (const tick of rows) tick.closest("tr").toggleAttribute("data-selected", tick.checked);
  const count = document.querySelector("[data-selected-count]");
  if (count) {
    count.hidden = chosen === 0;
    count.textContent = (chosen === 1 ? count.dataset.one : count.dataset.many).replace("{count}", chosen);
  }
  for (const command of document.querySelectorAll("[data-needs-selection]")) {
    command.disabled = command.dataset.needsSelection === "one" ? chosen !== 1 : chosen === 0;
    const number = command.querySelector("[data-number]");
    if (!number) continue;
    number.textContent = chosen > 1 ? ` ${chosen}` : "";
    command.classList.toggle("danger", chosen > 1);
  }
}

// Shift and a click tick the rows between this box and the one clicked before.
let before = null;
document.addEventListener("click", (event) => {
  const tick = event.target.closest?.("tbody .tick input");
  if (!tick) return;
  const grid = tick.closest("table.grid");
  const rows = ticks(grid);
  if (event.shiftKey && rows.includes(before)) {
    const [from, to] = [rows.indexOf(before), rows.indexOf(tick)].sort((a, b) => a - b);
    for (const row of rows.slice(from, to + 1)) row.checked = tick.checked;
    reflect(grid);
  }
  before = tick;
});

// A click on a row, beside its links and boxes, opens what the row is about; marked text stays marked.
document.addEventListener("click", (event) => {
  const row = event.target.closest?.("table.grid tbody tr");
  if (!row || event.defaultPrevented || event.target.closest("a, button, input, label, select, summary, .tick")) return;
  if (String(getSelection())) return;
  row.querySelector("th[scope=row] a[href]")?.click();
});

document.addEventListener("change", (event) => {
  const grid = event.target.closest(".tick")?.closest("table.grid");
  if (!grid) return;
  if (event.target.closest("thead")) {
    for (const tick of ticks(grid)) tick.checked = event.target.checked;
  }
  reflect(grid);
});

const nearEnd = new IntersectionObserver((entries) => {
  for (const entry of entries) {
    if (!entry.isIntersecting) continue;
    nearEnd.unobserve(entry.target);
    document.querySelector("[data-load-more]")?.click();
  }
}, { rootMargin: "200px" });

// A list without rows has nothing to select.
function disableWithoutRows() {
  if (document.querySelector("table.grid tbody .tick")) return;
  for (const command of document.querySelectorAll("[data-needs-selection]")) command.disabled = true;
}

function watch() {
  disableWithoutRows();
  for (const tick of document.querySelectorAll("thead .tick input[hidden]")) tick.hidden = false;
  for (const grid of document.querySelectorAll("table.grid")) if (grid.querySelector(".tick")) reflect(grid);
  nearEnd.disconnect();
  const last = document.querySelector("[data-load-more]") && document.querySelector("#rows tr:last-child");
  const wrap = last?.closest(".grid-wrap");
  if (wrap && wrap.scrollTop > 0) nearEnd.observe(last);
  wrap?.addEventListener("scroll", () => nearEnd.observe(last), { once: true, passive: true });
}

// A filter just added: its menu closes while the one it was chosen from is still open.
function openFresh() {
  const drop = document.querySelector("details[data-fresh]");
  if (!drop) return;
  drop.open = true;
  drop.removeAttribute("data-fresh");
  drop.querySelector("input:not([type=hidden]), select, .drop-menu a")?.focus();
}

document.addEventListener("htmx:afterSettle", () => {
  watch();
  openFresh();
});
watch();
