// Sends the queue, one change after the other, whenever there is a line. A change is sent with the
// same key until the server has answered; the server applies a key once.
(function () {
  "use strict";
  const { store } = window.onsite;
  const SOONEST = 2000, LATEST = 15000; // milliseconds before the next attempt while something waits
  const root = document.getElementById("onsite");
  const said = { line: "unknown" }; // online, offline, signin, other
  let again = null;
  let pause = SOONEST;
  let asked = false; // to send, since the last attempt began
  let sending = null; // the attempt that runs

  const json = (response) =>
    (response.headers.get("content-type") || "").includes("json") ? response.json() : null;

  // null: no line, or not our server.
  async function ask(address, options) {
    try {
      const response = await fetch(address, { credentials: "same-origin", cache: "no-store", ...options });
      return { status: response.status, away: response.redirected, body: await json(response) };
    } catch {
      return null;
    }
  }

  async function token() {
    const answer = await ask(root.dataset.session);
    if (!answer || answer.status >= 500) return void (said.line = "offline");
    if (answer.away || answer.status !== 200 || !answer.body) return void (said.line = "signin");
    const { about } = await store.read();
    if (about && about.user !== answer.body.user) return void (said.line = "other");
    said.line = "online";
    return answer.body.csrf;
  }

  async function send(entry, csrf, today) {
    const form = new FormData();
    for (const name of ["key", "criterion", "base", "deduction", "reason", "note"]) form.append(name, entry[name]);
    form.append("recorded_on", entry.on || today);
    entry.photos.forEach((photo) => form.append("files", photo.blob, photo.name));
    const address = root.dataset.change.replace("/0/", `/${entry.enrolment}/`);
    return ask(address, { method: "POST", body: form, headers: { "X-CSRFToken": csrf } });
  }

  // True while there may be more to send.
  async function step(csrf, today) {
    const entry = await store.next();
    if (!entry) return false;
    const answer = await send(entry, csrf, today);
    if (!answer || answer.status >= 500 || answer.status === 429) { said.line = "offline"; return false; }
    if (answer.away || !answer.body) { said.line = "signin"; return false; }
    if (answer.status === 200) await store.confirmed(entry, answer.body.revision);
    else if (answer.body.theirs) await store.conflicted(entry, answer.body.theirs);
    else await store.refused(entry, (answer.body.refused || []).join(" "));
    return true;
  }

  async function drain(lock) {
    if (!lock) return; // another page of this device is sending
    const csrf = await token();
    window.onsite.show();
    if (!csrf) return;
    const { about } = await store.read();
    while (await step(csrf, about.today)) await window.onsite.show();
  }

  async function attempts() {
    let left;
    try {
      do {
        asked = false;
        await navigator.locks.request("onsite", { ifAvailable: true }, drain);
        const { queue } = await store.read();
        left = queue.some((entry) => entry.state === "waiting");
        await window.onsite.show();
      } while (asked && said.line === "online");
    } finally {
      // Nothing is awaited between the last look at `asked` and this: whoever asks later begins anew.
      sending = null;
    }
    if (left || asked) {
      again = setTimeout(sendAll, pause);
      pause = Math.min(2 * pause, LATEST);
    } else pause = SOONEST;
  }

  // What is asked while an attempt runs is done after it: what was recorded just as the queue ran
  // empty does not wait for the clock. An attempt that fails is made again soon, then ever later.
  function sendAll() {
    clearTimeout(again);
    asked = true;
    sending ??= attempts();
    return sending;
  }

  // The day's checks from the server; without a line the device keeps what it has.
  async function takeAlong() {
    const { about, queue } = await store.read();
    const answer = await ask(root.dataset.bundle);
    if (!answer || answer.status >= 500) { said.line = "offline"; return; }
    if (answer.away || answer.status !== 200 || !answer.body) { said.line = "signin"; return; }
    if (about && about.user !== answer.body.user && queue.length) { said.line = "other"; return; }
    said.line = "online";
    await store.takeAlong(answer.body);
  }

  window.addEventListener("online", () => { pause = SOONEST; sendAll(); });
  window.addEventListener("offline", () => { said.line = "offline"; window.onsite.show(); });
  document.addEventListener("visibilitychange", () => { if (!document.hidden) sendAll(); });
  Object.assign(window.onsite, { sendAll, takeAlong, said });
})();
