// data-countdown="42": counts the seconds down, then enables what waits for it. Not announced each second.
function clockOf(seconds) {
  const two = (number) => String(number).padStart(2, "0");
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
  return hours ? `${hours}:${two(minutes)}:${two(seconds % 60)}` : `${minutes}:${two(seconds % 60)}`;
}

function start(node) {
  const end = Date.now() + Number(node.dataset.countdown) * 1000;
  const button = node.matches("button, a") ? node : document.getElementById(node.dataset.enables ?? "");
  const tick = () => {
    const left = Math.max(0, Math.ceil((end - Date.now()) / 1000));
    const clock = clockOf(left);
    for (const place of node.querySelectorAll("[data-seconds]")) place.textContent = left;
    for (const place of node.querySelectorAll("[data-clock]")) place.textContent = clock;
    if (left > 0) return;
    clearInterval(timer);
    if (button) {
      button.disabled = false;
      button.removeAttribute("aria-disabled");
    }
    for (const waiting of node.querySelectorAll("[data-while-waiting]")) waiting.hidden = true;
    for (const done of node.querySelectorAll("[data-when-done]")) done.hidden = false;
  };
  const timer = setInterval(tick, 1000);
  tick();
}

for (const node of document.querySelectorAll("[data-countdown]")) start(node);
