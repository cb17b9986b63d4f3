// Shows what the texts of each language become, as they are typed. The server renders them: it is what will send them.
"use strict";

const PAUSE = 300; // milliseconds without a key

function line({ kind, text }) {
  const shown = document.createElement("p");
  shown.className = kind;
  shown.textContent = text;
  if (kind === "problem" || kind === "segments") {
    shown.lang = document.documentElement.lang; // said to whoever writes
    shown.dir = document.documentElement.dir || "auto";
  }
  return shown;
}

function previews(group) {
  const form = group.closest("form");
  let timer, newest = 0;

  async function show() {
    const number = ++newest;
    const body = new FormData(form);
    const answer = await fetch(group.dataset.previews, { method: "POST", body }).catch(() => null);
    if (!answer || !answer.ok || number !== newest) return; // an older answer must not cover a newer one
    const lines = await answer.json();
    for (const box of form.querySelectorAll("[data-preview]")) {
      box.replaceChildren(...(lines[box.dataset.preview] || []).map(line));
    }
  }

  form.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(show, PAUSE);
  });
  show();
}

document.addEventListener("DOMContentLoaded", () => document.querySelectorAll("[data-previews]").forEach(previews));
