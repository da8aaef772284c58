// data-counter="… {count} …": the hint under a text area counts while one types.
function count(area) {
  const hint = document.getElementById(`${area.id}_helptext`);
  const length = area.value.replaceAll("\r\n", "\n").length;
  if (hint) hint.textContent = area.dataset.counter.replace("{count}", length.toLocaleString("en-US"));
}

document.addEventListener("input", (event) => {
  if (event.target.matches?.("[data-counter]")) count(event.target);
});
