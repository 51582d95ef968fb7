// A convenience only: the ballot works without it. Keeps the answers on this device until they are
// sent, so that a lost line or a change of language costs nothing. Nothing leaves the device.
(function () {
  "use strict";
  const HOURS = 2; // a shared device forgets soon
  const name = (station) => "ballot:" + station;
  const store = {
    read(key) { try { return JSON.parse(localStorage.getItem(key)); } catch { return null; } },
    write(key, value) { try { localStorage.setItem(key, JSON.stringify(value)); } catch { /* full or off */ } },
    remove(key) { try { localStorage.removeItem(key); } catch { /* off */ } },
  };

  const received = document.getElementById("received");
  if (received) store.remove(name(received.dataset.station));

  const problem = document.querySelector(".problem");
  if (problem) problem.focus();

  const form = document.querySelector("form#ballot[data-station]");
  if (!form) return;
  const slot = name(form.dataset.station);
  const note = document.getElementById("restored");

  // The form's key is kept with the answers: sent twice, it is still one ballot.
  function save() {
    const fields = {};
    for (const [field, value] of new FormData(form)) {
      if (field !== "csrfmiddlewaretoken") fields[field] = value;
    }
    store.write(slot, { at: Date.now(), version: form.dataset.version, fields });
  }

  function restore() {
    const kept = store.read(slot);
    if (!kept || kept.version !== form.dataset.version || Date.now() - kept.at > HOURS * 3600e3) {
      store.remove(slot);
      return;
    }
    for (const [field, value] of Object.entries(kept.fields)) {
      const input = form.elements[field];
      if (input) input.value = value;
    }
    note.hidden = false;
  }

  document.getElementById("forget").addEventListener("click", () => {
    store.remove(slot);
    location.reload();
  });
  form.addEventListener("change", save);
  form.addEventListener("input", save);
  if ("fresh" in form.dataset) restore();
})();
