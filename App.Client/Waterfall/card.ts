import { tellTimes } from "../Parts/times";
import type { Waterfall } from "./waterfall";

const patience = 150;
const longPress = 500;

/** The card of a block: on hover, on focus, by a long press. Fetched once and kept while the block stays as it is. */
export class Card {
  private readonly kept = new Map<string, string>();
  private readonly stops = new AbortController();
  private timer = 0;
  private of: HTMLElement | null = null;

  constructor(private readonly page: Waterfall) {
    const { signal } = this.stops, block = (e: Event): HTMLElement | null => (e.target as Element).closest?.<HTMLElement>(".wf-block") ?? null;
    page.addEventListener("pointerover", e => { if ((e as PointerEvent).pointerType !== "touch") this.want(block(e), patience); }, { signal });
    page.addEventListener("pointerleave", () => this.hide(), { signal });
    page.addEventListener("focusin", e => this.want(block(e), patience), { signal });
    page.addEventListener("focusout", () => this.hide(), { signal });
    page.scroller.addEventListener("scroll", () => { if (this.of && this.of !== document.activeElement) this.hide(); }, { passive: true, signal });
    document.addEventListener("keydown", e => { if (e.key === "Escape") this.hide(); }, { signal });
    let held = 0;
    page.addEventListener("pointerdown", e => {
      const target = block(e);
      if (e.pointerType !== "touch" || !target) { this.hide(); return; }
      held = window.setTimeout(() => { held = -1; this.want(target, 0); }, longPress);
    }, { signal });
    for (const end of ["pointerup", "pointercancel", "pointermove"] as const) page.addEventListener(end, () => { if (held > 0) { clearTimeout(held); held = 0; } }, { signal });
    // The press that opened the card opens nothing else.
    page.addEventListener("click", e => { if (held === -1) { e.preventDefault(); e.stopPropagation(); held = 0; } }, { capture: true, signal });
    page.addEventListener("contextmenu", e => { if (held === -1) e.preventDefault(); }, { signal });
  }

  stop(): void { this.hide(); this.stops.abort(); }

  private get card(): HTMLElement { return this.page.querySelector("#wf-card")!; }

  private want(block: HTMLElement | null, after: number): void {
    clearTimeout(this.timer);
    if (block === this.of && block !== null) return;
    if (!block) { this.hide(); return; }
    this.timer = window.setTimeout(() => void this.show(block), after);
  }

  private async show(block: HTMLElement): Promise<void> {
    const builds = block.dataset.members ?? block.dataset.b!, key = `${builds} ${block.dataset.e ?? block.dataset.event ?? ""}`;
    this.of = block;
    let html = this.kept.get(key);
    if (html === undefined) {
      try {
        const answer = await fetch(`${this.page.dataset.card}?builds=${builds}`, { headers: { accept: "text/html" } });
        if (!answer.ok || answer.redirected) return;
        html = await answer.text();
      } catch { return; }
      this.kept.set(key, html);
      if (this.kept.size > 500) this.kept.delete(this.kept.keys().next().value!);
    }
    if (this.of !== block || !block.isConnected) return;
    const card = this.card;
    card.innerHTML = html;
    tellTimes(card);
    card.hidden = false;
    block.setAttribute("aria-describedby", card.id);
    this.place(card, block.getBoundingClientRect());
  }

  /** Beside the block, where there is room; never over the pointer's column. */
  private place(card: HTMLElement, block: DOMRect): void {
    const width = card.offsetWidth, height = card.offsetHeight, gap = 8;
    const right = block.right + gap, left = right + width <= innerWidth - gap ? right : block.left - gap - width >= gap ? block.left - gap - width : Math.max(gap, (innerWidth - width) / 2);
    const top = Math.max(block.top, this.page.scroller.getBoundingClientRect().top + gap);
    card.style.left = `${left}px`;
    card.style.top = `${Math.max(gap, Math.min(top, innerHeight - height - gap))}px`;
  }

  private hide(): void {
    clearTimeout(this.timer);
    this.of?.removeAttribute("aria-describedby");
    this.of = null;
    if (this.page.isConnected && !this.card.hidden) this.card.hidden = true;
  }
}
