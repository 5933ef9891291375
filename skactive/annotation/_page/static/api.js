// Requests to the server, and an outbox that keeps answers until the server has stored them.

async function read(response) {
  if (response.ok) return response.json();
  const error = new Error(await response.text());
  error.refused = [400, 413].includes(response.status); // sending it again would not help
  error.kept = !error.refused;
  throw error;
}

export async function get(path, query = {}) {
  const address = `/api/${path}?${new URLSearchParams(query)}`;
  return read(await fetch(address));
}

export async function post(path, body) {
  const headers = { "Content-Type": "application/json" };
  return read(await fetch(`/api/${path}`, { method: "POST", headers, body: JSON.stringify(body) }));
}

// Sends answers one after the other, in the order in which they were given.
export class Outbox {
  constructor({ sent, refused, offline, online }) {
    Object.assign(this, { sent, refused, offline, online, waiting: [], running: null, added: 0 });
  }

  add(path, body) {
    this.waiting.push({ path, body });
    this.added += 1;
    this.running ??= this.send().finally(() => { this.running = null; });
    return this.running;
  }

  get ids() {
    return new Set(this.waiting.map(({ body }) => JSON.stringify(body.id)));
  }

  async send() {
    while (this.waiting.length) {
      const item = this.waiting[0];
      try {
        const want = 3 + this.waiting.length - 1; // tasks whose answers are not sent yet still count as handed out
        const answer = await post(item.path, { ...item.body, want });
        this.waiting.shift();
        this.online();
        this.sent(answer, item);
      } catch (error) {
        if (error.refused) {
          this.waiting.shift();
          this.refused(error, item);
        } else {
          this.offline(error);
          await new Promise((resolve) => { setTimeout(resolve, 2000); });
        }
      }
    }
  }
}
