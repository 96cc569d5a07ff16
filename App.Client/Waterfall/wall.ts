import { refresh } from "../Frame/live";
import { serverNow } from "../Parts/clock";
import type { Waterfall } from "./waterfall";

const stillFor = 9_000;
const columnsFor = 15_000;
const sentenceFor = 30_000;
const lostFor = 60_000;

/** A screen that nobody touches: a clock, no pointer, all columns in turn, and it comes back by itself. */
export class Wall {
  private readonly stops = new AbortController();
  private readonly timer = window.setInterval(() => this.second(), 1000);
  private movedAt = Date.now();
  private turnedAt = Date.now();
  private refreshedAt = Date.now();
  private lostAt = 0;

  constructor(private readonly page: Waterfall) {
    const { signal } = this.stops;
    for (const kind of ["pointermove", "keydown"]) document.addEventListener(kind, () => { this.movedAt = Date.now(); document.documentElement.classList.remove("wf-still"); }, { signal });
    document.addEventListener("click", e => {
      if (!(e.target as Element).closest?.("[data-full-screen]")) return;
      if (document.fullscreenElement) void document.exitFullscreen(); else void document.documentElement.requestFullscreen().catch(() => {});
    }, { signal });
    this.second();
  }

  stop(): void {
    clearInterval(this.timer);
    this.stops.abort();
    document.documentElement.classList.remove("wf-still");
  }

  private second(): void {
    const now = Date.now(), clock = document.querySelector("[data-wall-clock]");
    if (clock) clock.textContent = new Date(serverNow()).toLocaleTimeString(undefined, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
    if (now - this.movedAt > stillFor) document.documentElement.classList.add("wf-still");
    if (now - this.turnedAt > columnsFor) { this.turnedAt = now; this.turn(); }
    // The sentence above counts all builders, also those that no column shows.
    if (now - this.refreshedAt > sentenceFor && !document.hidden) { this.refreshedAt = now; refresh(); }
    this.heal(now);
  }

  /** More columns than fit: the next ones, and from the beginning again. */
  private turn(): void {
    const s = this.page.scroller, width = this.page.columnWidth, fixed = this.page.querySelector<HTMLElement>(".wf-gutter-head")!.offsetWidth;
    if (s.scrollWidth <= s.clientWidth + 1) return;
    const step = Math.max(1, Math.floor((s.clientWidth - fixed) / width)) * width;
    s.scrollLeft = s.scrollLeft + s.clientWidth >= s.scrollWidth - 1 ? 0 : s.scrollLeft + step;
  }

  /** After a long silence the whole page is loaded again, as soon as there is one. */
  private heal(now: number): void {
    const isLost = document.getElementById("stale")?.hidden === false;
    if (!isLost) { this.lostAt = 0; return; }
    this.lostAt ||= now;
    if (now - this.lostAt < lostFor) return;
    this.lostAt = now - lostFor + 10_000;
    void fetch("/readyz", { cache: "no-store" }).then(answer => { if (answer.ok) location.reload(); }, () => {});
  }
}
