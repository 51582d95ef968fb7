// The on-site form: the list of checks, one check with its criteria, and the state of the queue.
(function () {
  "use strict";
  const { store, sendAll, takeAlong, said } = window.onsite;
  const root = document.getElementById("onsite");
  const words = document.getElementById("onsite-words").dataset;
  const view = document.getElementById("onsite-view");
  const SIDE = 1600; // pixels of a photo's longer side: enough to read a notice board
  let opened = null; // the enrolment whose form is on the screen

  const part = (name) => document.getElementById(`onsite-${name}`).content.firstElementChild.cloneNode(true);
  const say = (node, name, text) => { node.querySelector(`[data-is=${name}]`).textContent = text; };
  const all = (text, ...values) => values.reduce((result, value, n) => result.replace(`{${n}}`, value), text);

  // What the inspector sees of a criterion: the server's values, covered by what waits here.
  function seen(criterion, queue, enrolment) {
    const mine = queue.filter((entry) => entry.enrolment === enrolment && entry.criterion === criterion.id);
    const last = mine[mine.length - 1];
    const photos = criterion.files + mine.reduce((sum, entry) => sum + entry.photos.length, 0);
    return { ...criterion, ...(last || {}), photos, entry: last, base: criterion.revision };
  }

  function problem(criterion, { deduction, reason }) {
    const number = Number(deduction);
    if (deduction === "") return reason ? words.missing : "";
    if (Number.isNaN(number) || number < 0 || number > Number(criterion.points) || (number * 2) % 1)
      return all(words.range, criterion.points);
    return number > 0 && !reason.trim() ? words.reason : "";
  }

  // --- the state of the queue ---------------------------------------------------------------------

  function showBar(queue, about) {
    const count = (test) => queue.filter(test).length;
    const waiting = count((entry) => entry.state === "waiting" && entry.ready);
    const open = count((entry) => entry.state === "waiting" && !entry.ready);
    const conflicts = count((entry) => entry.state === "conflict");
    const refused = count((entry) => entry.state === "refused");
    const bar = document.getElementById("onsite-bar");
    bar.dataset.line = said.line;
    say(bar, "line", words[said.line] || words.unknown);
    const counts = [
      waiting && all(words.waiting, waiting), open && all(words.open, open),
      conflicts && all(words.conflicts, conflicts), refused && all(words.refused, refused),
    ].filter(Boolean);
    say(bar, "queue", counts.join(" · ") || words.sent);
    if (about) say(bar, "taken", all(words.taken, about.name, new Date(about.at).toLocaleString(document.documentElement.lang)));
    bar.querySelector("[data-is=send]").disabled = !waiting;
    bar.dataset.waiting = waiting;
    bar.dataset.conflicts = conflicts;
  }

  // --- the list -----------------------------------------------------------------------------------

  function listed(check, queue) {
    const row = part("row");
    const values = check.criteria.map((criterion) => seen(criterion, queue, check.enrolment));
    const link = row.querySelector("a");
    link.href = `#${check.enrolment}`;
    link.textContent = check.station;
    say(row, "code", check.code);
    say(row, "facts", [check.bureau, check.address, check.phone, check.head].filter(Boolean).join(" · "));
    say(row, "team", check.team.join(", "));
    say(row, "looked", all(words.looked, values.filter((value) => value.deduction !== "").length, values.length));
    const mine = queue.filter((entry) => entry.enrolment === check.enrolment).length;
    say(row, "mine", mine ? all(words.unsent, mine) : "");
    return row;
  }

  function showList({ checks, queue }) {
    const rows = [...checks].sort((a, b) => (a.position ?? 0) - (b.position ?? 0)).map((check) => listed(check, queue));
    if (!rows.length) { const none = part("none"); rows.push(none); }
    view.replaceChildren(...rows);
  }

  // --- one check ----------------------------------------------------------------------------------

  function card(check, criterion, queue) {
    const node = part("criterion");
    const value = seen(criterion, queue, check.enrolment);
    node.id = `criterion-${criterion.id}`;
    say(node, "title", `${criterion.number} ${criterion.name}`);
    say(node, "points", all(words.points, criterion.points));
    node.querySelector("[data-is=veto]").hidden = !criterion.veto;
    say(node, "method", criterion.method);
    say(node, "rule", criterion.rule);
    say(node, "self", criterion.self_score === "" ? "–" : [criterion.self_score, criterion.remark].filter(Boolean).join(" · "));
    for (const name of ["deduction", "reason", "note"]) {
      const field = node.querySelector(`[name=${name}]`);
      field.value = value[name];
      field.id = `${name}-${criterion.id}`;
      field.closest("[data-field]").querySelector("label").htmlFor = field.id;
      field.addEventListener("change", () => keep(node, check, criterion, []));
    }
    node.querySelector("[name=deduction]").max = criterion.points;
    const photos = node.querySelector("[name=photos]");
    photos.id = `photos-${criterion.id}`;
    photos.closest("[data-field]").querySelector("label").htmlFor = photos.id;
    photos.addEventListener("change", async () => {
      const taken = await Promise.all([...photos.files].map(shrink));
      photos.value = "";
      await keep(node, check, criterion, taken);
    });
    node.querySelector("[data-is=zero]").addEventListener("click", () => {
      node.querySelector("[name=deduction]").value = "0";
      keep(node, check, criterion, []);
    });
    showCard(node, criterion, value);
    return node;
  }

  function typed(node) {
    const value = (name) => node.querySelector(`[name=${name}]`).value;
    return { deduction: value("deduction"), reason: value("reason"), note: value("note") };
  }

  // One after the other, each with the fields as they stand then: no older value comes after a newer.
  let last = Promise.resolve();
  function keep(node, check, criterion, photos) {
    last = last.then(() => keepNow(node, check, criterion, photos));
    return last;
  }

  async function keepNow(node, check, criterion, photos) {
    const on = (await store.read()).about.today;
    const values = typed(node);
    await store.record(check.enrolment, criterion.id, { ...values, on, ready: !problem(criterion, values) }, photos);
    await show();
    sendAll();
  }

  function showCard(node, criterion, value) {
    const { entry } = value;
    const wrong = problem(criterion, typed(node));
    say(node, "problem", wrong);
    const looked = value.deduction !== "";
    const state = entry ? (entry.state === "waiting" && !entry.ready ? "open" : entry.state) : looked ? "done" : "new";
    node.dataset.state = state;
    say(node, "state", words[`state${state[0].toUpperCase()}${state.slice(1)}`]);
    say(node, "photos", value.photos ? all(words.photos, value.photos) : "");
    showConflict(node, entry);
    const refusal = node.querySelector("[data-is=refusal]");
    refusal.hidden = state !== "refused";
    if (state === "refused") {
      say(refusal, "why", entry.why);
      refusal.querySelector("button").onclick = () => settle(node, () => store.discard(entry.id));
    }
  }

  function showConflict(node, entry) {
    const box = node.querySelector("[data-is=conflict]");
    box.hidden = !entry || entry.state !== "conflict";
    if (box.hidden) return;
    for (const [side, values] of [["mine", entry], ["theirs", entry.theirs]]) {
      for (const name of ["deduction", "reason", "note"]) say(box, `${side}-${name}`, values[name] || "–");
    }
    say(box, "who", [entry.theirs.by, entry.theirs.at].filter(Boolean).join(" · "));
    box.querySelector("[data-is=keep]").onclick = () => settle(node, () => store.settle(entry.id, true));
    box.querySelector("[data-is=take]").onclick = () => settle(node, () => store.settle(entry.id, false));
  }

  // After a decision the fields show what stands now.
  async function settle(node, decide) {
    await decide();
    const { checks, queue } = await store.read();
    const check = checks.find((row) => row.enrolment === opened);
    const criterion = check.criteria.find((row) => `criterion-${row.id}` === node.id);
    node.replaceWith(card(check, criterion, queue));
    await show();
    sendAll();
  }

  function showCheck(check, queue) {
    const head = part("check");
    say(head, "station", check.station);
    say(head, "facts", [check.bureau, check.team.join(", ")].filter(Boolean).join(" · "));
    head.querySelector("[data-is=sign]").href = root.dataset.check.replace("/0/", `/${check.enrolment}/`);
    const nodes = [head];
    let area = null;
    for (const criterion of check.criteria) {
      if (criterion.area !== area) {
        area = criterion.area;
        const title = part("area");
        title.textContent = area;
        nodes.push(title);
      }
      nodes.push(card(check, criterion, queue));
    }
    view.replaceChildren(...nodes);
    window.scrollTo(0, 0);
  }

  // --- photos -------------------------------------------------------------------------------------

  async function shrink(file) {
    try {
      const picture = await createImageBitmap(file);
      const scale = Math.min(1, SIDE / Math.max(picture.width, picture.height));
      const canvas = document.createElement("canvas");
      canvas.width = Math.round(picture.width * scale);
      canvas.height = Math.round(picture.height * scale);
      canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
      const blob = await new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", 0.85));
      const name = `${file.name.replace(/\.[^.]*$/, "")}.jpg`;
      return blob && blob.size < file.size ? { name, blob } : { name: file.name, blob: file };
    } catch {
      return { name: file.name, blob: file }; // not a picture that this browser reads
    }
  }

  // --- together -----------------------------------------------------------------------------------

  async function show() {
    const state = await store.read();
    showBar(state.queue, state.about);
    const wanted = Number(location.hash.slice(1)) || null;
    const check = state.checks.find((row) => row.enrolment === wanted);
    if (!check) {
      opened = null;
      showList(state);
    } else if (opened !== wanted) {
      opened = wanted;
      showCheck(check, state.queue);
    } else {
      for (const criterion of check.criteria) {
        const node = document.getElementById(`criterion-${criterion.id}`);
        if (node) showCard(node, criterion, seen(criterion, state.queue, wanted));
      }
    }
  }

  async function start() {
    window.onsite.show = show;
    window.addEventListener("hashchange", show);
    document.querySelector("[data-is=send]").addEventListener("click", sendAll);
    await show(); // what the device holds, at once
    await takeAlong();
    opened = null;
    await show();
    root.dataset.ready = "yes";
    sendAll();
    if (navigator.storage && navigator.storage.persist) navigator.storage.persist();
  }

  if (!("serviceWorker" in navigator) || !("indexedDB" in window) || !("locks" in navigator)) {
    document.getElementById("onsite-unable").hidden = false;
    return; // the list with its links to the on-line form stays
  }
  navigator.serviceWorker.register(root.dataset.worker);
  root.hidden = false;
  document.getElementById("onsite-plain").hidden = true;
  start();
})();
