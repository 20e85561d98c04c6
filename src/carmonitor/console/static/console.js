// Moves by keyboard in lists of cases (j k Enter n p / ?). Pages work without it.
"use strict";
(() => {
  const typing = (target) => target.closest("input, select, textarea, [contenteditable], dialog[open]") !== null;
  const table = () => document.querySelector("table[data-moves]");

  function move(step) {
    const rows = [...table().querySelectorAll("tbody tr")];
    const now = rows.findIndex((row) => row.classList.contains("here"));
    const next = now < 0 ? (step > 0 ? 0 : rows.length - 1) : Math.min(Math.max(now + step, 0), rows.length - 1);
    rows.forEach((row, place) => row.classList.toggle("here", place === next));
    rows[next].querySelector("a.move").focus({ preventScroll: true });
    rows[next].scrollIntoView({ block: "nearest" });
  }

  function turn(way) {
    const link = document.querySelector(`.pager a[rel="${way}"]`);
    if (link) link.click();
  }

  const keys = {
    j: () => move(1),
    k: () => move(-1),
    n: () => turn("next"),
    p: () => turn("prev"),
    "/": () => document.getElementById("f-subject").focus(),
    "?": () => document.getElementById("help").showModal(),
  };

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || !table() || typing(event.target)) return;
    const act = keys[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  });

  const address = new URL(location.href);
  if (address.searchParams.delete("told") === undefined && address.href !== location.href) {
    history.replaceState(history.state, "", address); // a message is told once, not again on reload
  }

  const here = document.querySelector(".top nav [aria-current]");
  if (here) here.parentElement.parentElement.scrollLeft = here.offsetLeft - 40; // on narrow screens the row is longer

  // A form is sent once, however often its button is pressed; one that answers with a file comes back.
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.method !== "post" || event.defaultPrevented) return;
    const buttons = form.querySelectorAll("button");
    setTimeout(() => buttons.forEach((button) => { button.disabled = true; }), 0);
    setTimeout(() => buttons.forEach((button) => { button.disabled = false; }), Number(form.dataset.wait || 4000));
  });
})();
