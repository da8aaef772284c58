// Service menu: folds to icons, opens over the page on a phone. Resource menu: search inside it.
const nav = document.getElementById("nav");
const toggle = document.querySelector("[data-toggle-nav]");
const fold = document.querySelector("[data-fold-nav]");
const isNarrow = () => window.matchMedia("(max-width: 1200px)").matches;
const KEY = "nav-folded";

function remembered() {
  try { return localStorage.getItem(KEY) === "1"; } catch { return false; }
}

function remember(folded) {
  try { localStorage.setItem(KEY, folded ? "1" : "0"); } catch { /* private window: just for this page */ }
}

function announce() {
  const shown = isNarrow() ? nav.classList.contains("shown") : !nav.classList.contains("folded");
  toggle?.setAttribute("aria-expanded", String(shown));
}

if (nav) {
  nav.classList.toggle("folded", remembered() && !isNarrow());
  if (fold) fold.hidden = false;
  const change = () => {
    if (isNarrow()) nav.classList.toggle("shown");
    else remember(nav.classList.toggle("folded"));
    announce();
  };
  toggle?.addEventListener("click", change);
  fold?.addEventListener("click", change);
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && nav.classList.contains("shown")) {
      nav.classList.remove("shown");
      announce();
      toggle?.focus();
    }
  });
  document.addEventListener("click", (event) => {
    if (nav.classList.contains("shown") && !nav.contains(event.target) && !toggle?.contains(event.target)) {
      nav.classList.remove("shown");
      announce();
    }
  });
  window.matchMedia("(max-width: 1200px)").addEventListener("change", announce);
  announce();
}

const search = document.querySelector("[data-menu-search]");
if (search) {
  search.hidden = false;
  search.querySelector("input").addEventListener("input", (event) => {
    const wanted = event.target.value.trim().toLowerCase();
    for (const link of search.parentElement.querySelectorAll("a")) {
      link.hidden = !link.textContent.toLowerCase().includes(wanted);
    }
  });
}

// G, then / goes to the search of the top bar, as the portal's people know it; ? lists the shortcuts.
let last = "";
document.addEventListener("keydown", (event) => {
  if (event.target.closest("input, textarea, select") || event.ctrlKey || event.metaKey || event.altKey) return;
  if (last === "g" && event.key === "/") {
    document.querySelector(".topbar-search input")?.focus();
    event.preventDefault();
  }
  if (event.key === "?") document.querySelector("#shortcuts")?.showModal();
  last = event.key.toLowerCase();
});

// On a phone the menu is a strip: the current entry is scrolled into it.
document.querySelector(".menu [aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });
