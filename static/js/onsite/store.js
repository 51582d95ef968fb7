// What the device holds, in IndexedDB. `checks`: the server's state of the day's checks. `queue`: the
// inspector's changes that the server has not yet confirmed, oldest first. `about`: whose they are.
// Every act below is one transaction: a page that dies in the middle leaves the state before it.
(function () {
  "use strict";
  const NAME = "onsite";

  const wish = (request) => new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });

  function open() {
    // Signing out has wiped the device: the page that is being left does not begin anew.
    if (window.onsite.wiped) return new Promise(() => {});
    const request = indexedDB.open(NAME, 1);
    request.onupgradeneeded = () => {
      request.result.createObjectStore("checks", { keyPath: "enrolment" });
      request.result.createObjectStore("queue", { keyPath: "id", autoIncrement: true });
      request.result.createObjectStore("about");
    };
    return wish(request);
  }

  // Runs `work(stores)` in one transaction; its result counts when the transaction is on disk.
  async function act(mode, work) {
    const base = await open();
    try {
      const transaction = base.transaction(["checks", "queue", "about"], mode, { durability: "strict" });
      const done = new Promise((resolve, reject) => {
        transaction.oncomplete = resolve;
        transaction.onabort = transaction.onerror = () => reject(transaction.error);
      });
      const stores = Object.fromEntries(["checks", "queue", "about"].map((name) => [name, transaction.objectStore(name)]));
      let result;
      try {
        result = await work(stores);
      } catch (error) {
        try { transaction.abort(); } catch { /* it ended by itself */ }
        await done.catch(() => {});
        throw error;
      }
      await done;
      return result;
    } finally {
      base.close();
    }
  }

  const same = (entry, enrolment, criterion) => entry.enrolment === enrolment && entry.criterion === criterion;
  const of = async (queue, enrolment, criterion) =>
    (await wish(queue.getAll())).filter((entry) => same(entry, enrolment, criterion));

  const criterionOf = (check, id) => check && check.criteria.find((criterion) => criterion.id === id);

  const store = {
    // Everything that the page shows.
    read: () => act("readonly", async ({ checks, queue, about }) => ({
      checks: await wish(checks.getAll()),
      queue: await wish(queue.getAll()),
      about: (await wish(about.get("about"))) || null,
    })),

    // The server's state of the day; checks with unsent changes stay even when it names them no more.
    takeAlong: (bundle) => act("readwrite", async ({ checks, queue, about }) => {
      const waiting = new Set((await wish(queue.getAll())).map((entry) => entry.enrolment));
      const kept = (await wish(checks.getAll())).filter((check) => waiting.has(check.enrolment));
      const named = new Set(bundle.checks.map((check) => check.enrolment));
      await wish(checks.clear());
      for (const check of kept) if (!named.has(check.enrolment)) checks.put(check);
      bundle.checks.forEach((check, position) => checks.put({ ...check, position }));
      about.put({ user: bundle.user, name: bundle.name, today: bundle.today, at: Date.now() }, "about");
    }),

    // Keep what was recorded; with `ready` false it is kept and not sent. A change that was never tried is replaced; one that may already be at
    // the server stays as it is, and the new one follows it (`base` null until it is confirmed).
    record: (enrolment, criterion, values, photos) => act("readwrite", async ({ checks, queue }) => {
      const before = await of(queue, enrolment, criterion);
      const last = before[before.length - 1];
      if (last && (last.state !== "waiting" || !last.tried)) {
        const anew = last.state === "refused"
          ? { state: "waiting", tried: false, key: crypto.randomUUID(), why: null } : {};
        queue.put({ ...last, ...anew, ...values, photos: [...last.photos, ...photos] });
        return;
      }
      const known = criterionOf(await wish(checks.get(enrolment)), criterion);
      const base = last ? null : known.revision;
      queue.add({
        enrolment, criterion, base, ...values, photos,
        key: crypto.randomUUID(), state: "waiting", tried: false,
      });
    }),

    // The oldest change that can be sent, marked as tried before anything leaves the device. Behind
    // a conflict or a refusal nothing of the same criterion is sent.
    next: () => act("readwrite", async ({ queue }) => {
      const stuck = new Set();
      for (const entry of await wish(queue.getAll())) {
        const place = `${entry.enrolment}:${entry.criterion}`;
        if (!entry.ready || entry.state !== "waiting" || stuck.has(place)) { stuck.add(place); continue; }
        entry.tried = true;
        queue.put(entry);
        return entry;
      }
      return null;
    }),

    // The server has it: it leaves the queue, and what follows it builds on the new revision.
    confirmed: (sent, revision) => act("readwrite", async ({ checks, queue }) => {
      queue.delete(sent.id);
      const check = await wish(checks.get(sent.enrolment));
      const criterion = criterionOf(check, sent.criterion);
      if (criterion) {
        const { deduction, reason, note } = sent;
        Object.assign(criterion, { deduction, reason, note, revision, files: criterion.files + sent.photos.length });
        checks.put(check);
      }
      const [following] = (await of(queue, sent.enrolment, sent.criterion)).filter((entry) => entry.id !== sent.id);
      if (following && following.base === null) queue.put({ ...following, base: revision });
    }),

    // The server has something else (`theirs`): the inspector decides, nothing is overwritten.
    conflicted: (sent, theirs) => act("readwrite", async ({ queue }) => {
      const entries = await of(queue, sent.enrolment, sent.criterion);
      const mine = entries[entries.length - 1];
      const photos = entries.flatMap((entry) => entry.photos);
      for (const entry of entries) queue.delete(entry.id);
      queue.put({ ...mine, id: sent.id, key: sent.key, photos, state: "conflict", theirs });
    }),

    refused: (sent, why) => act("readwrite", async ({ queue }) => {
      queue.put({ ...(await wish(queue.get(sent.id))), state: "refused", why });
    }),

    // The inspector has compared: mine goes as a new change upon theirs, or theirs stands. Photos
    // that were taken are sent either way.
    settle: (id, keepMine) => act("readwrite", async ({ checks, queue }) => {
      const entry = await wish(queue.get(id));
      const { theirs } = entry;
      const check = await wish(checks.get(entry.enrolment));
      const criterion = criterionOf(check, entry.criterion);
      const { deduction, reason, note, revision } = theirs;
      if (criterion) {
        Object.assign(criterion, { deduction, reason, note, revision });
        checks.put(check);
      }
      queue.delete(id);
      if (keepMine || entry.photos.length) {
        const values = keepMine ? {} : { deduction, reason, note, ready: true };
        const { id: _old, theirs: _theirs, ...rest } = entry;
        queue.add({ ...rest, ...values, base: revision, key: crypto.randomUUID(), state: "waiting", tried: false });
      }
    }),

    // Give up a change that the server refused; what follows it builds on what it was built on.
    discard: (id) => act("readwrite", async ({ queue }) => {
      const entry = await wish(queue.get(id));
      queue.delete(id);
      const [following] = (await of(queue, entry.enrolment, entry.criterion)).filter((other) => other.id !== id);
      if (following && following.base === null) queue.put({ ...following, base: entry.base });
    }),
  };

  window.onsite = { ...(window.onsite || {}), store };
})();
