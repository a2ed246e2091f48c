// What this phone keeps over reloads, in IndexedDB: the gate it is, what it knows of the event, and every scan.

const opened = new Promise((resolve, reject) => {
  const asked = indexedDB.open("gate", 1);
  asked.onupgradeneeded = () => {
    asked.result.createObjectStore("facts");
    asked.result.createObjectStore("scans", { keyPath: "id", autoIncrement: true });
  };
  asked.onsuccess = () => resolve(asked.result);
  asked.onerror = () => reject(asked.error);
});

/** Resolves when it is on the disk, not before: only then may a person be let in. */
async function within(store, mode, act) {
  const database = await opened;
  return new Promise((resolve, reject) => {
    const change = database.transaction(store, mode, { durability: "strict" });
    const asked = act(change.objectStore(store));
    change.oncomplete = () => resolve(asked.result);
    change.onabort = change.onerror = () => reject(change.error);
  });
}

export const fact = (name) => within("facts", "readonly", (store) => store.get(name));
export const keep = (name, value) => within("facts", "readwrite", (store) => store.put(value, name));
export const forget = (name) => within("facts", "readwrite", (store) => store.delete(name));
export const scans = () => within("scans", "readonly", (store) => store.getAll());
/** Adds a scan, or changes one that has an `id`; its id. */
export const keepScan = (scan) => within("scans", "readwrite", (store) => store.put(scan));
