/* A form with `data-passkey` (`get` or `create`) asks a passkey before it is sent, and sends the answer as JSON. */
"use strict";

(() => {
  const bytes = (text) =>
    Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (letter) => letter.charCodeAt(0));
  const text = (buffer) =>
    btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  const keys = (list) => (list || []).map((key) => ({ ...key, id: bytes(key.id) }));

  const ask = async (form) => {
    const options = JSON.parse(form.dataset.options);
    options.challenge = bytes(options.challenge);
    if (form.dataset.passkey === "get") {
      options.allowCredentials = keys(options.allowCredentials);
      return navigator.credentials.get({ publicKey: options });
    }
    options.user.id = bytes(options.user.id);
    options.excludeCredentials = keys(options.excludeCredentials);
    return navigator.credentials.create({ publicKey: options });
  };

  const answer = (key) => {
    const response = {};
    for (const name of ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"]) {
      if (key.response[name]) response[name] = text(key.response[name]);
    }
    return JSON.stringify({ id: key.id, rawId: text(key.rawId), type: key.type, response });
  };

  for (const form of document.querySelectorAll("form[data-passkey]")) {
    form.hidden = !window.PublicKeyCredential;
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      try {
        form.elements.credential.value = answer(await ask(form));
      } catch {
        form.querySelector("[data-passkey-failed]").hidden = false;
        return;
      }
      form.submit();
    });
  }
})();
