// Signing out leaves nothing on the device: what the on-site form keeps is deleted, and who has
// records that were not sent is asked first. The server orders the same with Clear-Site-Data.
(function () {
  "use strict";
  const form = document.querySelector("form[data-sign-out]");
  if (!form || !window.indexedDB || !indexedDB.databases) return;

  const unsent = (base) => new Promise((resolve) => {
    if (!base.objectStoreNames.contains("queue")) return resolve(0);
    const request = base.transaction("queue").objectStore("queue").count();
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => resolve(0);
  });

  const opened = () => new Promise((resolve, reject) => {
    const request = indexedDB.open("onsite");
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });

  async function wipe() {
    if (window.onsite) window.onsite.wiped = true;
    await new Promise((resolve) => {
      const request = indexedDB.deleteDatabase("onsite");
      request.onsuccess = request.onerror = request.onblocked = resolve;
    });
    for (const name of await caches.keys()) if (name.startsWith("onsite-")) await caches.delete(name);
    for (const worker of await navigator.serviceWorker.getRegistrations()) {
      if (worker.scope.includes("/onsite/")) await worker.unregister();
    }
  }

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    try {
      if ((await indexedDB.databases()).some((base) => base.name === "onsite")) {
        const base = await opened();
        const count = await unsent(base);
        base.close();
        if (count && !confirm(form.dataset.signOut.replace("{0}", count))) return;
        await wipe();
      }
    } catch { /* the server's order still stands */ }
    form.submit();
  });
})();
