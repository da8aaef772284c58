// <time data-when> in the viewer's zone and locale. The text without script is UTC.
const STYLES = {
  list: { dateStyle: "medium" },
  time: { timeStyle: "short" },
  detail: { dateStyle: "medium", timeStyle: "short" },
  log: { dateStyle: "medium", timeStyle: "medium" },
};

// Pages in another language than English write times as that language does; English ones as the
// browser does, which knows which English.
const PAGE = document.documentElement.lang;
const LANGUAGE = PAGE.startsWith("en") ? undefined : PAGE;

function localize(root) {
  const times = root.matches?.("time[data-when]") ? [root] : root.querySelectorAll("time[data-when]");
  for (const time of times) {
    const moment = new Date(time.dateTime);
    const style = STYLES[time.dataset.when];
    if (!style || Number.isNaN(moment.valueOf())) continue;
    time.textContent = moment.toLocaleString(LANGUAGE, style);
    time.title = `${time.dateTime.replace("T", " ").replace("Z", "")} UTC`;
  }
}

document.addEventListener("htmx:load", (event) => localize(event.target));
localize(document);
