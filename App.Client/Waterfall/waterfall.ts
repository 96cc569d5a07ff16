import { StreamActions } from "@hotwired/turbo";
import { refresh } from "../Frame/live";
import { serverNow } from "../Parts/clock";
import { everySecond } from "../Parts/times";
import { Card } from "./card";
import { Chunk, type Page } from "./chunk";
import { Facts } from "./facts";
import { Heads } from "./heads";
import { Loader, type Shelf } from "./loader";
import { Moves } from "./moves";
import { takeNews } from "./news";
import { Ruler } from "./ruler";
import { Wall } from "./wall";
import { Zoom } from "./zoom";

const countedPause = 15_000;

/** The waterfall: chunks of time from now downwards. It holds them together and keeps what one reads where it is; each other file does one thing. */
export class Waterfall extends HTMLElement implements Page, Shelf {
  chunks: Chunk[] = [];
  heads!: Heads;
  private loader = new Loader(this);
  private parts: Array<{ stop(): void }> = [];
  private scheduled = 0;
  private begin = 0;
  private fetchedAt = 0;
  private below = 0;

  connectedCallback(): void {
    this.adopt();
    this.parts = [new Card(this), new Moves(this), new Ruler(this), new Zoom(this), ...(this.classList.contains("wall") ? [new Wall(this)] : [])];
    this.scroller.addEventListener("scroll", this.scrolled, { passive: true });
    window.addEventListener("resize", this.scrolled);
    // A link to this page must show the same scale to whoever follows it.
    const url = new URL(location.href);
    if (!url.searchParams.has("z")) { url.searchParams.set("z", this.dataset.zoom!); history.replaceState(history.state, "", url); }
  }

  disconnectedCallback(): void {
    cancelAnimationFrame(this.scheduled);
    this.scheduled = 0;
    window.removeEventListener("resize", this.scrolled);
    for (const part of this.parts) part.stop();
  }

  get attached(): boolean { return this.dataset.attached !== undefined; }
  get scroller(): HTMLElement { return this.querySelector(".wf-scroll")!; }
  get zoom(): number { return Number(this.dataset.zoom); }
  get open(): number[] { return (this.dataset.open ?? "").split(",").map(Number).filter(n => n > 0); }
  get more(): string { return this.dataset.more!; }
  get columnCount(): number { return Number(this.style.getPropertyValue("--n")); }
  get columnWidth(): number { return this.querySelector<HTMLElement>(".wf-heads > :nth-child(3)")?.offsetWidth || 44; }
  get live(): Chunk | null { return this.chunks[0]?.isLive ? this.chunks[0] : null; }
  now(): number { return serverNow(); }

  private readonly scrolled = (): void => {
    if (this.scroller.scrollTop <= 4) this.tellNew(0);
    this.loader.schedule();
  };

  // ── Chunks ──
  /** Takes over what stands on the page: at first, and after the page was morphed into a newer one. */
  adopt(): void {
    this.heads = new Heads(this);
    this.loader = new Loader(this);
    this.chunks = [];
    for (const element of [...this.querySelectorAll<HTMLElement>(".wf-chunk")]) {
      const before = this.chunks[this.chunks.length - 1], chunk = new Chunk(element, this);
      if (!before || chunk.to === before.from) { this.chunks.push(chunk); continue; }
      // The chunk that reached up to now has found its end: fetched again up to there. What fits nowhere goes, and is fetched when it is wanted.
      if (chunk.from < before.from && before.from <= chunk.to) {
        delete element.dataset.liveChunk;
        element.classList.remove("live");
        element.dataset.to = String(before.from);
        const cut = new Chunk(element, this);
        cut.empty();
        this.chunks.push(cut);
      } else element.remove();
    }
    this.begin = this.beginOfLive();
    this.layout();
    this.loader.schedule();
  }

  add(fresh: HTMLElement): void {
    const last = this.chunks[this.chunks.length - 1];
    if (Number(fresh.dataset.to) !== last.from) return;
    last.element.after(fresh);
    this.chunks.push(new Chunk(fresh, this));
    this.chunks[this.chunks.length - 1].layout();
    this.showEnd();
  }

  replace(chunk: Chunk, fresh: HTMLElement): void {
    const at = this.chunks.indexOf(chunk);
    this.keepingPlace(() => {
      chunk.element.replaceWith(fresh);
      this.chunks[at] = new Chunk(fresh, this);
      this.chunks[at].layout();
    }, chunk.element);
    this.showEnd();
  }

  putTiles(chunk: Chunk, fresh: HTMLElement, tiles: number[]): void {
    for (const index of tiles) {
      const mine = chunk.tile(index), theirs = fresh.querySelector(`[data-tile="${index}"]`);
      if (mine && theirs) mine.replaceWith(theirs);
    }
    // The tiles are newer than what was known.
    if (chunk.facts && fresh.dataset.facts) for (const fact of Facts.read(fresh.dataset.facts, Number(fresh.dataset.from)).all) chunk.facts.put(fact);
    chunk.readTiles();
    if (chunk.isLive) this.schedule(); else chunk.layout();
  }

  gone(): void { refresh(); }

  private showEnd(): void {
    const end = this.querySelector(".wf-end"), last = this.chunks[this.chunks.length - 1];
    if (end && !last.hasOlder) end.innerHTML = '<span class="muted">Nothing was built before.</span>';
  }

  // ── Time passes, things arrive ──
  /** Lays out anew at the next frame, however many fragments come before it. */
  schedule(): void { this.scheduled ||= requestAnimationFrame(() => { this.scheduled = 0; this.layout(); }); }

  private layout(): void {
    this.keepingPlace(() => { for (const chunk of this.chunks) if (!chunk.isEmpty) chunk.layout(); });
  }

  tick(): void {
    if (!this.live) return;
    // Past a border of time: the page asks for itself again, and what was live becomes a chunk like the others.
    if (this.beginOfLive() !== this.begin) { this.begin = this.beginOfLive(); refresh(); }
    this.keepingPlace(() => this.live!.tick());
  }

  private beginOfLive(): number {
    const length = Number(this.dataset.length);
    return Math.floor((serverNow() - length / 2) / length) * length;
  }

  news(content: DocumentFragment): void {
    let isRight = true, isNew = 0;
    // A head or a queue that grows moves what stands below it.
    this.keepingPlace(() => { ({ isRight, isNew } = takeNews(this, content)); });
    if (!isRight) refresh();
    if (isNew > 0 && (this.scroller.scrollTop > 4 || !this.attached)) this.tellNew(Number(this.newButton.dataset.count ?? 0) + isNew);
    if (this.live?.isCounted && serverNow() - this.fetchedAt > countedPause) { this.fetchedAt = serverNow(); void this.loader.again(this.live); }
    this.schedule();
  }

  /** What is above grows; what the viewer reads stays where it is. At the top one is at now, and stays there. */
  private keepingPlace(change: () => void, changed: HTMLElement | null = null): void {
    const s = this.scroller, top = s.scrollTop, below = s.scrollHeight - top;
    // Something that begins below what is seen moves nothing that is seen.
    const isBelow = changed !== null && changed.getBoundingClientRect().top > s.getBoundingClientRect().bottom;
    change();
    if (top > 4 && !isBelow) s.scrollTop = s.scrollHeight - below;
  }

  morphing(): void { this.below = this.scroller.scrollTop > 4 ? this.scroller.scrollHeight - this.scroller.scrollTop : 0; }

  morphed(): void {
    this.adopt();
    if (this.below > 0) this.scroller.scrollTop = this.scroller.scrollHeight - this.below;
  }

  get newButton(): HTMLAnchorElement { return this.querySelector(".wf-new")!; }

  private tellNew(count: number): void {
    const b = this.newButton;
    if (Number(b.dataset.count ?? 0) === count) return;
    b.dataset.count = String(count);
    b.hidden = count === 0;
    b.textContent = `now ↑ ${count} new`;
  }
}

customElements.define("weir-waterfall", Waterfall);
const shown = (): Waterfall | null => document.querySelector<Waterfall>("weir-waterfall");

StreamActions["wf-news"] = function (this: Element) { shown()?.news((this.querySelector("template") as HTMLTemplateElement).content); };
document.addEventListener("turbo:before-morph-element", event => {
  const target = event.target as HTMLElement, fresh = (event as CustomEvent<{ newElement?: HTMLElement }>).detail.newElement;
  if (target instanceof Waterfall) target.morphing();
  // Chunks that were scrolled to stay, though the page asked for anew begins without them; so does an open card.
  if (target.classList?.contains("wf-chunk") && !fresh) event.preventDefault();
  if (target.id === "wf-card" && !target.hidden) event.preventDefault();
});
document.addEventListener("turbo:morph", () => shown()?.morphed());
document.addEventListener("click", event => {
  const w = shown();
  if (!w?.attached || !(event.target as Element).closest?.(".wf-new")) return;
  event.preventDefault();
  w.scroller.scrollTop = 0;
});
everySecond(() => shown()?.tick());
