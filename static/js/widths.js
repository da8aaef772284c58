// Columns of a grid are drawn wider or narrower: by pointer, or by arrow keys on the line between two
// headings. The browser remembers them by list; Home, or two clicks, give a column its own width back.
const LEAST = 56, STEP = 16;

function store(wrap) {
  try {
    return JSON.parse(localStorage.getItem(`widths ${wrap.dataset.widths}`) ?? "{}");
  } catch {
    return {};
  }
}

function column(wrap, name) {
  return wrap.querySelector(`col[data-name="${CSS.escape(name)}"]`);
}

function draw(line, width) {
  const wrap = line.closest(".frozen");
  const col = column(wrap, line.dataset.name);
  const widths = store(wrap);
  const own = Number(col.dataset.own);
  if (width === null) delete widths[line.dataset.name];
  else widths[line.dataset.name] = Math.max(LEAST, Math.round(width));
  col.width = widths[line.dataset.name] ?? own;
  line.setAttribute("aria-valuenow", col.width);
  try {
    localStorage.setItem(`widths ${wrap.dataset.widths}`, JSON.stringify(widths));
  } catch { /* a browser that stores nothing keeps the width until the page is left */ }
}

function addLine(wrap, heading, col) {
  const line = document.createElement("span");
  const name = heading.textContent.trim();
  line.className = "resize";
  line.tabIndex = 0;
  line.dataset.name = col.dataset.name;
  for (const [key, value] of Object.entries({
    role: "separator", "aria-orientation": "vertical", "aria-valuemin": LEAST, "aria-valuemax": 800,
    "aria-valuenow": Math.round(heading.getBoundingClientRect().width),
    "aria-label": wrap.dataset.widthLabel.replace("{name}", name),
  })) line.setAttribute(key, value);
  heading.append(line);
}

function prepare() {
  for (const wrap of document.querySelectorAll(".frozen[data-widths]")) {
    if (wrap.querySelector(".resize")) continue;
    const widths = store(wrap);
    const headings = [...wrap.querySelectorAll("thead th:not(.tick)")];
    [...wrap.querySelectorAll("col[data-name]")].forEach((col, place) => {
      col.dataset.own = col.width || headings[place].getBoundingClientRect().width;
      if (widths[col.dataset.name]) col.width = widths[col.dataset.name];
      addLine(wrap, headings[place], col);
    });
    wrap.addEventListener("scroll", () => wrap.classList.toggle("scrolled", wrap.scrollLeft !== 0), { passive: true });
  }
}

function width(line) {
  return line.parentElement.getBoundingClientRect().width;
}

document.addEventListener("pointerdown", (event) => {
  const line = event.target.closest?.(".resize");
  if (!line) return;
  event.preventDefault();
  const from = event.clientX, start = width(line);
  const sign = getComputedStyle(line).direction === "rtl" ? -1 : 1;
  const move = (moved) => draw(line, start + sign * (moved.clientX - from));
  line.setPointerCapture(event.pointerId);
  line.classList.add("moving");
  line.addEventListener("pointermove", move);
  line.addEventListener("pointerup", () => {
    line.removeEventListener("pointermove", move);
    line.classList.remove("moving");
  }, { once: true });
});

// The heading can be dragged to another place; the line in it only moves itself.
document.addEventListener("dragstart", (event) => {
  if (!document.querySelector(".resize.moving")) return;
  event.preventDefault();
  event.stopPropagation();
}, true);

document.addEventListener("dblclick", (event) => {
  const line = event.target.closest?.(".resize");
  if (line) draw(line, null);
});

document.addEventListener("keydown", (event) => {
  const line = event.target.closest?.(".resize");
  if (!line) return;
  const forward = getComputedStyle(line).direction === "rtl" ? "ArrowLeft" : "ArrowRight";
  if (event.key === "Home") draw(line, null);
  else if (event.key === "ArrowLeft" || event.key === "ArrowRight") {
    draw(line, width(line) + (event.key === forward ? STEP : -STEP));
  } else return;
  event.preventDefault();
});

document.addEventListener("htmx:afterSettle", prepare);
prepare();
