// Search in the top bar: the list under the field opens while one types; arrow keys walk it, Escape closes it.
const form = document.querySelector("[data-console-search]");
if (form) {
  const field = form.querySelector("input");
  const hits = form.querySelector(".hits");
  const results = () => [...hits.querySelectorAll("a")];
  const close = () => { hits.hidden = true; };

  hits.addEventListener("htmx:afterSwap", () => { hits.hidden = field.value.trim() === ""; });
  field.addEventListener("input", () => { if (field.value.trim() === "") close(); });
  field.addEventListener("focus", () => { if (hits.querySelector("a")) hits.hidden = false; });
  document.addEventListener("click", (event) => { if (!form.contains(event.target)) close(); });
  form.addEventListener("focusout", (event) => {
    if (event.relatedTarget && !form.contains(event.relatedTarget)) close();
  });
  form.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && !hits.hidden) {
      close();
      field.focus();
      event.preventDefault();
      return;
    }
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step || hits.hidden) return;
    const all = [field, ...results()];
    const next = all[(all.indexOf(document.activeElement) + step + all.length) % all.length];
    next.focus();
    event.preventDefault();
  });
}
