// A form with changes asks before the page is left; sending it does not count as leaving.
const changed = new Set();

document.addEventListener("input", (event) => {
  const form = event.target.form;
  const isChoiceOfRows = event.target.closest(".tick") || event.target.closest(".picker");
  if (form?.method === "post" && !isChoiceOfRows && event.target.type !== "search") changed.add(form);
});
document.addEventListener("reset", (event) => changed.delete(event.target));
document.addEventListener("submit", () => changed.clear());
window.addEventListener("beforeunload", (event) => {
  if ([...changed].some((form) => form.isConnected)) event.preventDefault();
});
