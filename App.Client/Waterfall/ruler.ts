import type { Chunk } from "./chunk";
import type { Waterfall } from "./waterfall";

const exact = new Intl.DateTimeFormat(undefined, { weekday: "short", hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" });
// The body of a chunk begins so many pixels above its lower edge.
const foot = 8;

/** The pointer's moment through all columns, and the lines at which the build under it began and ended. */
export class Ruler {
  private readonly ruler = document.createElement("div");
  private readonly stops = new AbortController();

  constructor(private readonly page: Waterfall) {
    this.ruler.className = "wf-ruler";
    const { signal } = this.stops;
    page.addEventListener("pointermove", e => this.rule(e), { signal });
    page.addEventListener("pointerleave", () => { this.ruler.remove(); this.mark(null); }, { signal });
    page.addEventListener("pointerover", e => this.mark((e.target as Element).closest?.<HTMLElement>(".wf-block") ?? null), { signal });
    page.addEventListener("focusin", e => this.mark((e.target as Element).closest?.<HTMLElement>(".wf-block") ?? null), { signal });
  }

  stop(): void { this.stops.abort(); }

  /** The moment at a height of the window. */
  static at(page: Waterfall, clientY: number): { chunk: Chunk; at: number; y: number } | null {
    for (const chunk of page.chunks) {
      const box = chunk.element.getBoundingClientRect(), y = box.bottom - clientY - foot;
      if (clientY >= box.top && clientY < box.bottom && y >= 0 && y <= chunk.scale.height) return { chunk, at: Math.min(chunk.scale.at(y), chunk.to), y };
    }
    return null;
  }

  private rule(event: PointerEvent): void {
    const place = event.pointerType === "touch" || (event.target as Element).closest?.(".wf-top") ? null : Ruler.at(this.page, event.clientY), body = place?.chunk.body;
    if (!place || !body) { this.ruler.remove(); return; }
    this.ruler.style.bottom = `${place.y + foot}px`;
    this.ruler.dataset.time = exact.format(place.at);
    if (this.ruler.parentElement !== body) body.append(this.ruler);
  }

  private mark(block: HTMLElement | null): void {
    this.page.querySelectorAll(".wf-line").forEach(e => e.remove());
    this.page.querySelectorAll(".kin").forEach(e => e.classList.remove("kin"));
    if (!block) return;
    for (const e of this.page.querySelectorAll(`[data-set="${block.dataset.set}"]`)) if (e !== block) e.classList.add("kin");
    for (const at of [block.dataset.s, block.dataset.e].filter(t => t).map(Number)) {
      const chunk = this.page.chunks.find(c => c.from < at && at <= c.to);
      if (!chunk?.body) continue;
      const line = document.createElement("div");
      line.className = "wf-line";
      line.style.setProperty("--y", chunk.scale.y(at).toFixed(2));
      chunk.body.append(line);
    }
  }
}
