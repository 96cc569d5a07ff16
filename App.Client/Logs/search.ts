import { Hit, Hits, mostListed, told } from "./hits";
import { LogPane } from "./pane";

interface Answer { hits: Hit[]; meta: { count: number; next: number | null; num_lines: number } }

/** The search box of the log: the server searches from the visible place to the end, then the rest; hits come as they are found. */
export class Search {
  hits = new Hits();
  now = -1;
  private request: AbortController | null = null;
  private over = true;
  private asked = "";
  private readonly input: HTMLInputElement;

  constructor(private readonly form: HTMLFormElement, private readonly pane: LogPane, private readonly changed: () => void) {
    this.input = form.querySelector<HTMLInputElement>("[name=q]")!;
    form.addEventListener("submit", event => { event.preventDefault(); this.enter(false); });
    this.input.addEventListener("keydown", event => {
      if (event.key === "Enter") { event.preventDefault(); this.enter(event.shiftKey); }
      else if (event.key === "Escape") { event.preventDefault(); this.clear(); pane.host.focus(); }
    });
    // The cross of the box.
    this.input.addEventListener("search", () => { if (this.input.value === "") this.clear(); });
    for (const box of form.querySelectorAll("input[type=checkbox]")) box.addEventListener("change", () => { if (this.input.value) this.begin(); });
    form.querySelector("[data-hit=next]")?.addEventListener("click", () => this.step(1));
    form.querySelector("[data-hit=previous]")?.addEventListener("click", () => this.step(-1));
    form.querySelector("[data-hit=stop]")?.addEventListener("click", () => this.stop());
    if (this.input.value) this.begin();
  }

  get isFocused(): boolean { return document.activeElement === this.input; }
  focus(): void { this.input.select(); this.input.focus(); }

  step(by: 1 | -1): void {
    if (this.hits.listed === 0) return;
    if (this.now < 0) {
      const first = this.hits.from(this.pane.line);
      this.now = by > 0 ? first : (first - 1 + this.hits.listed) % this.hits.listed;
    } else this.now = (this.now + by + this.hits.listed) % this.hits.listed;
    this.goTo();
  }

  stop(): void {
    this.request?.abort();
    this.request = null;
    this.tell();
  }

  clear(): void {
    this.stop();
    this.input.value = this.asked = "";
    this.hits = new Hits();
    this.now = -1;
    this.over = true;
    this.remember();
    this.say("");
    this.changed();
  }

  private enter(back: boolean): void {
    if (this.key() !== this.asked) this.begin(); else this.step(back ? -1 : 1);
  }

  private key(): string { return new URLSearchParams(new FormData(this.form) as unknown as Record<string, string>).toString(); }

  private begin(): void {
    this.stop();
    this.asked = this.key();
    this.hits = new Hits();
    this.now = -1;
    this.remember();
    if (this.input.value === "") { this.clear(); return; }
    void this.run(this.pane.line);
  }

  private async run(from: number): Promise<void> {
    const request = this.request = new AbortController();
    this.over = false;
    this.tell();
    try {
      await this.searched(from, null, request.signal);
      if (from > 0) await this.searched(0, from, request.signal);
      if (this.request !== request) return;
      this.over = true;
      this.request = null;
      this.tell();
    } catch (error) {
      if (request.signal.aborted) return;
      this.over = true;
      this.request = null;
      this.say(error instanceof Error ? error.message : String(error));
    }
  }

  private async searched(from: number, to: number | null, signal: AbortSignal): Promise<void> {
    for (let next: number | null = from; next !== null;) {
      const query: URLSearchParams = new URLSearchParams(this.asked);
      query.delete("list");
      query.set("from", String(next));
      if (to !== null) query.set("to", String(to));
      query.set("limit", String(Math.min(1000, mostListed - this.hits.listed)));
      const response = await fetch(`/api/v2/logs/${this.pane.host.dataset.log}/search?${query}`, { signal });
      const answer = await response.json() as Answer & { detail?: string };
      if (!response.ok) throw new Error(answer.detail ?? "The search failed.");
      const end: number = answer.meta.next ?? to ?? answer.meta.num_lines;
      const isFirst = this.hits.listed === 0;
      // What was listed already keeps its place for the viewer.
      const current = this.hits.at(this.now);
      this.hits.add(answer.hits, answer.meta.count, end - next);
      if (current) this.now = this.hits.from(current.line);
      next = answer.meta.next;
      this.changed();
      if (isFirst && this.hits.listed > 0) this.step(1); else this.tell();
    }
  }

  private goTo(): void {
    const hit = this.hits.at(this.now);
    if (!hit) return;
    this.pane.show(hit.line);
    this.changed();
    this.tell();
  }

  /** The pattern stands in the address, so that it can be sent to somebody. */
  private remember(): void {
    const query = new URLSearchParams(location.search), given = new URLSearchParams(this.asked);
    for (const name of ["q", "regex", "case"]) {
      query.delete(name);
      if (given.get(name)) query.set(name, given.get(name)!);
    }
    query.delete("list");
    history.replaceState(history.state, "", location.pathname + (query.size ? `?${query}` : "") + location.hash);
  }

  private tell(): void {
    if (this.input.value === "") return;
    this.say(told(this.hits, this.now, this.pane.folds.lines, this.over));
  }

  private say(text: string): void {
    this.form.querySelector("[data-hits]")!.textContent = text;
    this.form.querySelector<HTMLElement>("[data-hit=stop]")!.hidden = this.request === null;
    for (const b of this.form.querySelectorAll<HTMLElement>("[data-hit=next], [data-hit=previous]")) b.hidden = this.hits.listed === 0;
  }
}
