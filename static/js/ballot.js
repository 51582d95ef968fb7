// A convenience only: the ballot works without it. Keeps the answers on this device until the ballot
// is acknowledged, so that a lost line or a change of language costs nothing, and sends it when the
// line is back: with the same key, so that it is counted once. Nothing else leaves the device.
(function () {
  "use strict";
  const HOURS = 2; // a shared device forgets soon
  const PRIVATE = ["csrfmiddlewaretoken", "code", "challenge", "nonce"];
  const name = (station) => "ballot:" + station;
  const store = {
    read(key) { try { return JSON.parse(localStorage.getItem(key)); } catch { return null; } },
    write(key, value) { try { localStorage.setItem(key, JSON.stringify(value)); } catch { /* full or off */ } },
    remove(key) { try { localStorage.removeItem(key); } catch { /* off */ } },
  };

  // Back to a page that the browser kept alive: ask the server, which answers with the receipt.
  addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });

  function begin() {
    const received = document.getElementById("received");
    if (received) store.remove(name(received.dataset.station));
    const problem = document.querySelector(".problem");
    if (problem) { problem.tabIndex = -1; problem.focus(); }
    const leave = document.getElementById("leave");
    if (leave) leave.addEventListener("click", (event) => escape(event, leave));
    const entry = document.querySelector("form#entry");
    if (entry) readFragment(entry);
    const form = document.querySelector("form#ballot");
    if (form && form.dataset.station) keep(form);
    else if (form) send(form);
  }

  // Who is pressed leaves nothing behind: no answers on the device, and no way back to them.
  function escape(event, leave) {
    event.preventDefault();
    store.remove(name(leave.dataset.station));
    location.replace(leave.href);
  }

  // A slip's QR code carries the one-time code behind "#", which browsers do not send.
  function readFragment(entry) {
    if (location.hash.length < 2) return;
    entry.elements.code.value = decodeURIComponent(location.hash.slice(1));
    history.replaceState(null, "", location.pathname + location.search);
    entry.querySelector("button").focus();
  }

  function keep(form) {
    const slot = name(form.dataset.station);
    const note = document.getElementById("restored");
    function save() {
      const fields = {};
      for (const [field, value] of new FormData(form)) {
        if (!PRIVATE.includes(field)) fields[field] = value;
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
      form.reset();
      note.hidden = true;
    });
    form.addEventListener("change", save);
    form.addEventListener("input", save);
    if ("fresh" in form.dataset) restore();
  }

  function send(form) {
    const waiting = document.getElementById("waiting");
    const task = document.getElementById("task");
    let busy = false;
    async function post() {
      if (busy) return;
      busy = true;
      const body = new URLSearchParams(new FormData(form));
      body.set("step", "send");
      try {
        const answer = await fetch(form.action, { method: "POST", body });
        if (answer.status >= 500) throw new Error(answer.status);
        const page = new DOMParser().parseFromString(await answer.text(), "text/html");
        document.title = page.title;
        document.body.replaceWith(document.importNode(page.body, true));
        scrollTo(0, 0);
        begin();
      } catch {
        busy = false;
        waiting.hidden = false;
        setTimeout(post, 5000);
      }
    }
    form.addEventListener("submit", (event) => {
      if (event.submitter && event.submitter.value !== "send") return;
      event.preventDefault();
      post();
    });
    addEventListener("online", () => { if (!waiting.hidden) post(); });
    if (task) work(form.elements.challenge.value, Number(task.dataset.bits), (nonce) => {
      form.elements.nonce.value = nonce;
      post();
    });
  }

  // Looks for a number whose SHA-256 with the task begins with so many zero bits, in small portions.
  function work(token, bits, done) {
    let nonce = 0;
    (function portion() {
      for (const end = nonce + 500; nonce < end; nonce++) {
        const [high] = sha256(token + ":" + nonce);
        if (bits === 0 || high >>> (32 - bits) === 0) { done(String(nonce)); return; }
      }
      setTimeout(portion, 0);
    })();
  }

  // In plain JavaScript: crypto.subtle is missing on pages without TLS. Text in ASCII.
  const K = [], H = [];
  for (let candidate = 2; K.length < 64; candidate++) {
    let prime = true;
    for (let d = 2; d * d <= candidate; d++) if (candidate % d === 0) { prime = false; break; }
    if (!prime) continue;
    const part = (root) => Math.floor((root - Math.floor(root)) * 4294967296) | 0;
    if (H.length < 8) H.push(part(Math.sqrt(candidate)));
    K.push(part(Math.cbrt(candidate)));
  }
  function sha256(text) {
    const size = ((text.length + 9 + 63) >> 6) << 4;
    const words = new Array(size).fill(0);
    for (let i = 0; i < text.length; i++) words[i >> 2] |= text.charCodeAt(i) << (24 - 8 * (i & 3));
    words[text.length >> 2] |= 0x80 << (24 - 8 * (text.length & 3));
    words[size - 1] = text.length * 8;
    const turn = (x, n) => (x >>> n) | (x << (32 - n));
    const hash = H.slice(), w = new Array(64);
    for (let start = 0; start < size; start += 16) {
      let [a, b, c, d, e, f, g, h] = hash;
      for (let i = 0; i < 64; i++) {
        if (i < 16) w[i] = words[start + i];
        else {
          const x = w[i - 15], y = w[i - 2];
          w[i] = (w[i - 16] + (turn(x, 7) ^ turn(x, 18) ^ (x >>> 3)) + w[i - 7] + (turn(y, 17) ^ turn(y, 19) ^ (y >>> 10))) | 0;
        }
        const t1 = (h + (turn(e, 6) ^ turn(e, 11) ^ turn(e, 25)) + ((e & f) ^ (~e & g)) + K[i] + w[i]) | 0;
        const t2 = ((turn(a, 2) ^ turn(a, 13) ^ turn(a, 22)) + ((a & b) ^ (a & c) ^ (b & c))) | 0;
        h = g; g = f; f = e; e = (d + t1) | 0; d = c; c = b; b = a; a = (t1 + t2) | 0;
      }
      [a, b, c, d, e, f, g, h].forEach((value, i) => { hash[i] = (hash[i] + value) | 0; });
    }
    return hash;
  }

  begin();
})();
