// While a file is being made, its row is read again every few seconds.
"use strict";

const PAUSE = 5000; // milliseconds

async function lookAgain() {
  const answer = await fetch(location.href).catch(() => null);
  if (answer && answer.ok) {
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const table = page.getElementById("exports");
    if (table) document.getElementById("exports").replaceWith(table);
  }
  watch();
}

function watch() {
  const table = document.getElementById("exports");
  if (table && table.dataset.unfinished) setTimeout(lookAgain, PAUSE);
}

document.addEventListener("DOMContentLoaded", watch);
