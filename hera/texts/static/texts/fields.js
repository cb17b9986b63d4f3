// Offers the fields that an event really has, as two braces and the beginning of a name are typed into a text.
"use strict";

const BEGUN = /\{\{\s*(\w*)$/;

function offers(group) {
  const names = group.dataset.fields.split(" ").filter(Boolean);
  const list = document.createElement("div");
  list.className = "fields";
  list.dir = "ltr";

  function put(field, name) {
    const caret = field.selectionStart;
    const before = field.value.slice(0, caret).replace(BEGUN, `{{ ${name} }}`);
    const after = field.value.slice(caret).replace(/^\w*\s*\}\}/, "");
    field.value = before + after;
    list.remove();
    field.focus();
    field.setSelectionRange(before.length, before.length);
    field.dispatchEvent(new Event("input", { bubbles: true }));
  }

  function choice(field, name) {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = name;
    button.addEventListener("click", () => put(field, name));
    return button;
  }

  group.addEventListener("input", ({ target }) => {
    const begun = BEGUN.exec(target.value.slice(0, target.selectionStart ?? 0));
    const found = begun ? names.filter((name) => name.startsWith(begun[1])) : [];
    list.replaceChildren(...found.map((name) => choice(target, name)));
    if (found.length) target.after(list);
    else list.remove();
  });
  group.addEventListener("keydown", (event) => {
    if (event.key === "Escape") list.remove();
    if (event.key === "ArrowDown" && list.isConnected && !list.contains(event.target)) {
      event.preventDefault();
      list.firstElementChild.focus();
    }
  });
}

document.addEventListener("DOMContentLoaded", () => document.querySelectorAll("[data-fields]").forEach(offers));
