// Picker: Enter in the search finds, it does not send the form on.
document.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || !event.target.matches?.("[data-picker-search]")) return;
  event.preventDefault();
  event.target.closest(".picker").querySelector("button[name=go]").click();
});
