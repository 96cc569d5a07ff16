import * as Turbo from "@hotwired/turbo";
import { isTyping } from "../Frame/keys";
import { isRed } from "./ranks";
import type { Waterfall } from "./waterfall";

/** The keyboard: one Tab stop, arrows from build to build. */
export class Moves {
  private readonly stops = new AbortController();

  constructor(private readonly page: Waterfall) {
    const { signal } = this.stops;
    page.addEventListener("focusin", e => this.rove(e.target as Element), { signal });
    page.scroller.addEventListener("focus", () => this.rove(null), { signal });
    page.addEventListener("keydown", e => this.key(e), { signal });
    page.addEventListener("click", e => this.zoomInto(e), { signal });
    requestAnimationFrame(() => this.rove(null));
  }

  stop(): void { this.stops.abort(); }

  private get blocks(): HTMLElement[] { return [...this.page.querySelectorAll<HTMLElement>(".wf-block:not([hidden])")]; }

  /** One stop for the Tab key: the focused block, else the one that was, else the first. */
  private rove(target: Element | null): void {
    const stops = [...this.page.querySelectorAll<HTMLElement>('.wf-block[tabindex="0"]')], current = target?.closest<HTMLElement>(".wf-block") ?? stops.find(b => !b.hidden) ?? this.blocks[0];
    for (const b of stops) if (b !== current) b.tabIndex = -1;
    if (current) current.tabIndex = 0;
  }

  private key(event: KeyboardEvent): void {
    if (isTyping(event) || event.ctrlKey || event.metaKey || event.altKey) return;
    const s = this.page.scroller, current = (event.target as Element).closest?.<HTMLElement>(".wf-block");
    if (event.key === "Home") { s.scrollTop = 0; event.preventDefault(); return; }
    if (event.key === "End") { s.scrollTop = s.scrollHeight; event.preventDefault(); return; }
    const next = current ? this.next(current, event.key) : event.target === s && event.key.startsWith("Arrow") ? this.blocks.find(b => b.tabIndex === 0) : undefined;
    if (next === undefined) return;
    event.preventDefault();
    next?.focus({ preventScroll: true });
    next?.scrollIntoView({ block: "nearest", inline: "nearest" });
  }

  /** Undefined for a key that is not ours, null where there is nothing. */
  private next(current: HTMLElement, key: string): HTMLElement | null | undefined {
    const index = Number(current.parentElement!.dataset.c), of = (column: number): HTMLElement[] =>
      [...this.page.querySelectorAll<HTMLElement>(`.wf-col[data-c="${column}"] > .wf-block:not([hidden])`)].sort((a, b) => middle(a) - middle(b));
    const middle = (e: Element): number => { const r = e.getBoundingClientRect(); return (r.top + r.bottom) / 2; };
    const own = of(index), at = own.indexOf(current), bad = (b: HTMLElement): boolean => isRed(Number(b.dataset.rank)) || b.classList.contains("is-failure") || b.classList.contains("is-exception");
    switch (key) {
      case "ArrowDown": return own[at + 1] ?? null;
      case "ArrowUp": return own[at - 1] ?? null;
      case "[": return own.slice(at + 1).find(bad) ?? null;
      case "]": return own.slice(0, at).reverse().find(bad) ?? null;
      case "ArrowLeft":
      case "ArrowRight": {
        const step = key === "ArrowLeft" ? -1 : 1;
        for (let i = index + step; i >= 0 && i < this.page.columnCount; i += step) {
          const there = of(i).sort((a, b) => Math.abs(middle(a) - middle(current)) - Math.abs(middle(b) - middle(current)));
          if (there.length > 0) return there[0];
        }
        return null;
      }
      default: return undefined;
    }
  }

  /** A cluster opens as its own stretch of time, at a scale at which its builds stand apart. */
  private zoomInto(event: MouseEvent): void {
    const block = (event.target as Element).closest?.<HTMLElement>(".wf-block.cluster");
    if (!block || event.defaultPrevented || event.ctrlKey || event.metaKey || event.shiftKey || this.page.zoom >= 128) return;
    event.preventDefault();
    const end = Number(block.dataset.e ?? this.page.now()) + 120_000 * Math.max(1, Number(block.dataset.count) / 4), url = new URL(location.href);
    if (end < this.page.now()) url.searchParams.set("to", new Date(end).toISOString()); else url.searchParams.delete("to");
    url.searchParams.set("z", String(Math.min(128, Math.max(32, this.page.zoom * 4))));
    Turbo.visit(url.href);
  }
}
