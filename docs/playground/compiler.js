// The worker as the page sees it: of each kind of request only the latest is kept waiting.

const PATIENCE = 30_000; // milliseconds until a worker that does not answer is started again

export class Compiler {
  // `heard` is told every answer, `state` whether it is "loading", "ready", "busy" or "broken".
  constructor(heard, state) {
    Object.assign(this, { heard, state });
    this.waiting = new Map();
    this.number = 0;
    this.start();
  }

  start() {
    this.worker?.terminate();
    this.running = null;
    this.isReady = false;
    this.state("loading");
    this.worker = new Worker(new URL("worker.js", import.meta.url), { type: "module" });
    this.worker.onmessage = ({ data }) => this.hear(data);
    this.worker.onerror = (event) => this.state("broken", event.message);
  }

  // Diagnostics go first, whatever was asked before them.
  ask(request) {
    this.waiting.delete(request.kind);
    const others = [...this.waiting];
    const entry = [request.kind, request];
    this.waiting = new Map(request.kind === "check" ? [entry, ...others] : [...others, entry]);
    this.next();
  }

  next() {
    if (!this.isReady || this.running || !this.waiting.size) return;
    const [kind, request] = this.waiting.entries().next().value;
    this.waiting.delete(kind);
    this.running = ++this.number;
    this.worker.postMessage({ ...request, number: this.running });
    if (kind !== "check") this.state("busy");
    this.timer = setTimeout(() => {
      this.heard({ ...request, failure: "it took too long, and was stopped" });
      this.start();
    }, PATIENCE);
  }

  hear(answer) {
    if (answer.kind === "broken") return this.state("broken", answer.message);
    if (answer.kind === "ready") {
      this.isReady = true;
    } else {
      clearTimeout(this.timer);
      this.running = null;
      this.heard(answer);
    }
    if (!this.waiting.size) this.state("ready");
    return this.next();
  }
}
