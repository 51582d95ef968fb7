// A convenience on top of a form that works without it. What is typed is kept on this device at
// once and sent in the background; it leaves the device's memory only when the portal has
// acknowledged it. Where somebody else was faster, both versions are shown and nothing is lost.
(function () {
  "use strict";
  const form = document.getElementById("answers");
  if (!form) return;
  const PAUSE = 1200; // milliseconds after the last key
  const words = form.dataset;
  const slot = words.draft;
  const note = document.getElementById("saved");
  const NAMES = ["value", "text", "page"];

  const store = {
    read() { try { return JSON.parse(localStorage.getItem(slot)) || {}; } catch { return {}; } },
    write(kept) {
      try {
        if (Object.keys(kept).length) localStorage.setItem(slot, JSON.stringify(kept));
        else localStorage.removeItem(slot);
      } catch { /* full or off */ }
    },
    put(pk, typed) { const kept = this.read(); kept[pk] = typed; this.write(kept); },
    drop(pk) { const kept = this.read(); delete kept[pk]; this.write(kept); },
  };

  const field = (pk, name) => form.elements[name + "_" + pk];
  const box = (pk) => document.getElementById("criterion-" + pk);
  const here = [...form.querySelectorAll("[data-criterion]")].map((row) => row.dataset.criterion);
  const typed = (pk) => Object.fromEntries(NAMES.map((name) => [name, field(pk, name).value.trim()]));
  const same = (one, other) => NAMES.every((name) => name === "value"
    ? Number(one.value) === Number(other.value) && (one.value === "") === (other.value === "")
    : one[name] === other[name]);
  const criterionOf = (element) => element.closest("[data-criterion]")?.dataset.criterion;

  function deduct(pk) {
    const value = field(pk, "value").value;
    const points = Number(box(pk).dataset.points);
    box(pk).querySelector("[data-deduction]").value = value === "" ? "–" : String(points - Number(value));
  }

  function fill(pk, values) {
    for (const name of NAMES) field(pk, name).value = values[name];
    deduct(pk);
  }

  // --- sending -------------------------------------------------------------------------------------
  const waiting = new Set(); // criteria whose last words are not acknowledged
  let timer = null;
  let busy = false;

  function later(pk) {
    waiting.add(pk);
    note.textContent = words.unsaved;
    clearTimeout(timer);
    timer = setTimeout(() => send(), PAUSE);
  }

  async function send(leaving) {
    if (busy || !waiting.size) return;
    clearTimeout(timer);
    const sent = {};
    const body = new URLSearchParams();
    body.set("csrfmiddlewaretoken", form.elements.csrfmiddlewaretoken.value);
    for (const pk of waiting) {
      sent[pk] = typed(pk);
      for (const name of NAMES) body.set(name + "_" + pk, sent[pk][name]);
      body.set("seen_" + pk, form.elements["seen_" + pk].value);
    }
    busy = true;
    note.textContent = words.saving;
    const answer = await post(body, leaving);
    busy = false;
    if (!answer) {
      note.textContent = words.unsaved;
      timer = setTimeout(() => send(), 15000);
      return;
    }
    for (const [pk, state] of Object.entries(answer.criteria)) take(pk, state, sent[pk]);
    progress(answer);
    note.textContent = waiting.size ? words.unsaved : words.saved;
    if ([...waiting].some((pk) => !box(pk).querySelector(".theirs, .wrong"))) {
      timer = setTimeout(() => send(), PAUSE);
    }
  }

  async function post(body, leaving) {
    try {
      const response = await fetch(words.autosave, {
        method: "POST", body, credentials: "same-origin", keepalive: Boolean(leaving),
        headers: { Accept: "application/json" },
      });
      // A sign-in page or a refusal is no acknowledgement.
      if (!(response.headers.get("content-type") || "").startsWith("application/json")) return null;
      return await response.json();
    } catch {
      return null;
    }
  }

  // What the portal says of one criterion. `sent`: what was sent of it (none with files alone).
  function take(pk, state, sent) {
    const row = box(pk);
    row.querySelectorAll(".theirs, .wrong").forEach((old) => old.remove());
    if (state.state === "error") {
      row.querySelector("[data-note]").before(paragraph("wrong", state.errors.join(" ")));
      files(pk, state.files);
      return;
    }
    if (state.state === "conflict") return collision(pk, state);
    if (sent) {
      form.elements["seen_" + pk].value = state.seen;
      if (same(typed(pk), sent)) {
        waiting.delete(pk);
        store.drop(pk);
        row.querySelector("[data-note]").textContent = words.saved;
      }
    }
    files(pk, state.files);
  }

  function collision(pk, state) {
    const row = box(pk);
    const mine = typed(pk);
    const shown = document.createElement("div");
    shown.className = "theirs";
    shown.setAttribute("role", "alert");
    const line = (label, values, by) => paragraph("", [label, values.value || "–", values.text, values.page, by].filter(Boolean).join(" "));
    shown.append(line(words.theirs, state.theirs, state.theirs.by), line(words.mine, mine));
    const choose = (text, act) => {
      const button = document.createElement("button");
      button.type = "button";
      button.className = "btn btn-sm btn-outline-primary";
      button.textContent = text;
      button.addEventListener("click", () => {
        form.elements["seen_" + pk].value = state.seen;
        shown.remove();
        act();
      });
      shown.append(button, " ");
    };
    choose(words.keep, () => { waiting.add(pk); send(); });
    choose(words.take, () => { fill(pk, state.theirs); waiting.delete(pk); store.drop(pk); });
    row.querySelector("[data-note]").before(shown);
    files(pk, state.files);
  }

  function paragraph(name, text) {
    const element = document.createElement("p");
    element.className = name;
    element.textContent = text;
    return element;
  }

  function files(pk, rows) {
    const list = box(pk).querySelector("[data-files]");
    list.replaceChildren(...rows.map((file) => {
      const item = document.createElement("li");
      const link = document.createElement("a");
      link.href = file.address;
      link.textContent = file.name;
      const button = document.createElement("button");
      button.type = "submit";
      button.className = "btn btn-sm btn-link";
      button.name = "remove";
      button.value = file.pk;
      button.textContent = words.remove;
      item.append(link, " ", button);
      return item;
    }));
  }

  function progress(answer) {
    const bar = document.querySelector("#progress progress");
    bar.max = answer.total;
    bar.value = answer.answered;
    const text = document.querySelector("#progress span");
    text.textContent = text.textContent.replace(/\d+/, answer.answered);
  }

  async function upload(input) {
    const pk = criterionOf(input);
    const body = new FormData();
    body.set("csrfmiddlewaretoken", form.elements.csrfmiddlewaretoken.value);
    const sent = typed(pk);
    for (const name of NAMES) body.set(name + "_" + pk, sent[name]);
    body.set("seen_" + pk, form.elements["seen_" + pk].value);
    for (const file of input.files) body.append("files_" + pk, file);
    note.textContent = words.saving;
    const answer = await post(body);
    if (!answer) { note.textContent = words.unsaved; return; } // the file stays chosen: "Save" sends it
    input.value = "";
    for (const [key, state] of Object.entries(answer.criteria)) take(key, state, sent);
    progress(answer);
    note.textContent = words.saved;
  }

  form.addEventListener("input", (event) => {
    const pk = criterionOf(event.target);
    if (!pk || event.target.type === "file") return;
    store.put(pk, { ...typed(pk), at: Date.now() });
    box(pk).querySelector("[data-note]").textContent = "";
    deduct(pk);
    later(pk);
  });
  form.addEventListener("change", (event) => {
    if (event.target.type === "file" && event.target.files.length) upload(event.target);
  });
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "hidden") send(true);
  });
  window.addEventListener("online", () => send());

  // --- what an earlier visit left on this device ----------------------------------------------------
  here.forEach(deduct);
  const kept = store.read();
  const left = here.filter((pk) => kept[pk]);
  // A form that was refused shows what is typed without having stored it.
  const acknowledged = (pk) => !("unsaved" in box(pk).dataset) && same(kept[pk], typed(pk));
  left.filter(acknowledged).forEach((pk) => store.drop(pk));
  const open = left.filter((pk) => !same(kept[pk], typed(pk)));
  if (open.length) {
    const banner = document.getElementById("kept");
    const numbers = open.map((pk) => box(pk).querySelector("h3").textContent.trim().split(" ")[0]);
    document.getElementById("kept-what").textContent = numbers.join(", ");
    document.getElementById("kept-restore").addEventListener("click", () => {
      for (const pk of open) { fill(pk, kept[pk]); later(pk); }
      banner.hidden = true;
    });
    document.getElementById("kept-discard").addEventListener("click", () => {
      open.forEach((pk) => store.drop(pk));
      banner.hidden = true;
    });
    banner.hidden = false;
  }
})();
