import type { Chunk } from "./chunk";

const tileWidth = 25;
// How far from what is seen chunks are kept, and from where on they are fetched: in heights of the view.
const keptViews = 3;
const fetchedViews = 1;

/** What the loader asks of the page. */
export interface Shelf {
  readonly scroller: HTMLElement;
  readonly chunks: Chunk[];
  readonly more: string;
  readonly columnWidth: number;
  readonly columnCount: number;
  add(fresh: HTMLElement): void;
  replace(chunk: Chunk, fresh: HTMLElement): void;
  putTiles(chunk: Chunk, fresh: HTMLElement, tiles: number[]): void;
  gone(): void;
}

/** Fetches what comes into view and lets go what is far from it: chunks below, tiles to the right, and again what was emptied. */
export class Loader {
  private readonly busy = new Set<Chunk | "older">();
  private scheduled = 0;
  private failures = 0;
  private stopped = false;

  constructor(private readonly shelf: Shelf) {}

  schedule(): void { this.scheduled ||= requestAnimationFrame(() => { this.scheduled = 0; this.look(); }); }

  /** The tiles that are seen, one more to each side. */
  get tiles(): number[] {
    const { scroller, columnWidth, columnCount } = this.shelf, last = Math.max(0, Math.ceil(columnCount / tileWidth) - 1);
    const at = (x: number): number => Math.min(last, Math.max(0, Math.floor(x / columnWidth / tileWidth)));
    const from = at(scroller.scrollLeft - scroller.clientWidth / 2), to = at(scroller.scrollLeft + scroller.clientWidth * 1.5);
    return Array.from({ length: Math.min(4, to - from + 1) }, (_, i) => from + i);
  }

  private look(): void {
    const { scroller, chunks } = this.shelf, view = scroller.clientHeight, frame = scroller.getBoundingClientRect();
    for (const chunk of chunks) {
      const box = chunk.element.getBoundingClientRect();
      const away = Math.max(box.top - frame.bottom, frame.top - box.bottom, 0);
      if (away > keptViews * view) chunk.empty();
      else if (away <= fetchedViews * view) void this.fill(chunk);
    }
    const last = chunks[chunks.length - 1];
    if (last?.hasOlder && scroller.scrollHeight - scroller.scrollTop - view < 1.5 * view) void this.older(last);
  }

  private async older(last: Chunk): Promise<void> {
    await this.alone("older", async () => {
      const fresh = await this.get(last.from, this.tiles);
      if (fresh && this.shelf.chunks.includes(last)) this.shelf.add(fresh);
    });
  }

  private async fill(chunk: Chunk): Promise<void> {
    const tiles = this.tiles, missing = tiles.filter(t => chunk.tile(t)?.dataset.loaded === undefined);
    if (!chunk.isEmpty && missing.length === 0) return;
    await this.alone(chunk, async () => {
      const fresh = await this.get(chunk.isLive ? null : chunk.to, chunk.isEmpty ? tiles : missing);
      if (!fresh || !this.shelf.chunks.includes(chunk)) return;
      if (chunk.isEmpty) this.shelf.replace(chunk, fresh); else this.shelf.putTiles(chunk, fresh, missing);
    });
  }

  /** The chunk as it is now: where builds are counted, news is fetched and not computed. */
  async again(chunk: Chunk): Promise<void> {
    await this.alone(chunk, async () => {
      const fresh = await this.get(chunk.isLive ? null : chunk.to, this.tiles);
      if (fresh && this.shelf.chunks.includes(chunk)) this.shelf.replace(chunk, fresh);
    });
  }

  private async alone(what: Chunk | "older", work: () => Promise<void>): Promise<void> {
    if (this.stopped || this.busy.has(what)) return;
    this.busy.add(what);
    try {
      await work();
      this.failures = 0;
      this.schedule();
    } catch {
      // The link is down, and the page says so; what is missing is asked for again.
      setTimeout(() => this.schedule(), Math.min(30_000, 1000 * 2 ** this.failures++));
    } finally {
      this.busy.delete(what);
    }
  }

  private async get(to: number | null, tiles: number[]): Promise<HTMLElement | null> {
    const url = new URL(this.shelf.more, location.href);
    if (to !== null) url.searchParams.set("to", new Date(to).toISOString());
    url.searchParams.set("tiles", tiles.join(","));
    const answer = await fetch(url, { headers: { accept: "text/html" } });
    if (answer.status === 410) {
      // Its columns are not those of this page any more: nothing fits together until the page has asked for itself again.
      this.stopped = true;
      this.shelf.gone();
      return null;
    }
    if (!answer.ok || answer.redirected) throw new Error(String(answer.status));
    const template = document.createElement("template");
    template.innerHTML = await answer.text();
    return template.content.querySelector<HTMLElement>(".wf-chunk");
  }
}
