// A form with changes asks before the page is left; sending it does not count as leaving.
const changed = new Set();

document.addEventListener("input", (event) => {
  const form = event.target.form;
  // The attribute: a field named "method" hides the property.
  const isChoiceOfRows = event.target.closest(".tick") || event.target.closest(".picker");
  if (form?.getAttribute("method") === "post" && !isChoiceOfRows && event.target.type !== "search") changed.add(form);
});
document.addEventListener("reset", (event) => changed.delete(event.target));
document.addEventListener("submit", () => changed.clear());
window.addEventListener("beforeunload", (event) => {
  if ([...changed].some((form) => form.isConnected)) event.preventDefault();
});
