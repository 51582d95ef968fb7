// A convenience only: forms work without it. Keeps what is typed into a form[data-draft] on this
// device until the server has acknowledged it, so that a lost line, a closed tab or a killed browser
// costs nothing. A shared device forgets after two hours. Nothing leaves the device.
(function () {
  "use strict";
  const HOURS = 2;
  const PREFIX = "draft:";
  const store = {
    read(slot) { try { return JSON.parse(localStorage.getItem(PREFIX + slot)); } catch { return null; } },
    write(slot, value) { try { localStorage.setItem(PREFIX + slot, JSON.stringify(value)); } catch { /* full or off */ } },
    remove(slot) { try { localStorage.removeItem(PREFIX + slot); } catch { /* off */ } },
    slots() { try { return Object.keys(localStorage).filter((name) => name.startsWith(PREFIX)).map((name) => name.slice(PREFIX.length)); } catch { return []; } },
  };

  // Named by the page that acknowledges; or, in the office, sent and followed by a success message.
  for (const place of document.querySelectorAll("[data-acknowledged]")) store.remove(place.dataset.acknowledged);
  const succeeded = document.querySelector(".alert-success") !== null;
  for (const slot of store.slots()) {
    const kept = store.read(slot);
    const over = !kept || Date.now() - kept.at > HOURS * 3600e3;
    if (over || (succeeded && kept.sent)) store.remove(slot);
  }

  const problem = document.querySelector(".problem[tabindex]");
  if (problem) problem.focus();

  const fields = (form) => [...form.elements].filter(
    (input) => input.name && input.name !== "csrfmiddlewaretoken" && input.type !== "file" && input.type !== "submit");

  // A form's key is kept with its fields: sent again after an answer was lost, it makes no second row.
  function save(form, sent) {
    const values = {};
    for (const input of fields(form)) {
      if (input.type === "radio" || input.type === "checkbox") {
        if (input.checked) (values[input.name] ??= []).push(input.value);
        else values[input.name] ??= [];
      } else if (input.type === "select-multiple") {
        values[input.name] = [...input.selectedOptions].map((option) => option.value);
      } else values[input.name] = [input.value];
    }
    store.write(form.dataset.draft, { at: Date.now(), sent, values });
  }

  function restore(form) {
    const kept = store.read(form.dataset.draft);
    if (!kept) return;
    for (const input of fields(form)) {
      const values = kept.values[input.name];
      if (!values) continue;
      if (input.type === "radio" || input.type === "checkbox") input.checked = values.includes(input.value);
      else if (input.type === "select-multiple") for (const option of input.options) option.selected = values.includes(option.value);
      else if (values.length) input.value = values[0];
    }
    const note = form.parentElement.querySelector("[data-restored]");
    if (note) note.hidden = false;
  }

  for (const form of document.querySelectorAll("form[data-draft]")) {
    form.addEventListener("input", () => save(form, false));
    form.addEventListener("change", () => save(form, false));
    form.addEventListener("submit", () => save(form, true));
    if ("fresh" in form.dataset) restore(form);
    const forget = form.parentElement.querySelector("[data-forget]");
    if (forget) forget.addEventListener("click", () => { store.remove(form.dataset.draft); location.reload(); });
  }
})();
