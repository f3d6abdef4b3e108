// What the reader typed is kept by the browser, for this file and these numbers, so that it
// outlives a reload. Where the browser keeps nothing, nothing is lost but that.

const KEPT_AS = "gradc worksheet " + graph.key + " " + location.pathname;

function kept() {
  try {
    const found = JSON.parse(localStorage.getItem(KEPT_AS));
    return found !== null && typeof found === "object" ? found : {};
  } catch {
    return {};
  }
}

function keep(words) {
  try {
    if (Object.keys(words).length) localStorage.setItem(KEPT_AS, JSON.stringify(words));
    else localStorage.removeItem(KEPT_AS);
  } catch {
    // A file that is opened from a disk may have no storage.
  }
}
