import * as Turbo from "@hotwired/turbo";
import { isTyping } from "../Frame/keys";
import { Ruler } from "./ruler";
import type { Waterfall } from "./waterfall";

const wheelPause = 400;

/** Zooming about a moment, by button, key, ctrl and wheel, or two fingers; and jumping to a time. All of it is an address. */
export class Zoom {
  private readonly stops = new AbortController();
  private wheeledAt = 0;
  private readonly fingers = new Map<number, PointerEvent>();
  private spread = 0;

  constructor(private readonly page: Waterfall) {
    const { signal } = this.stops;
    document.addEventListener("keydown", e => this.key(e), { signal });
    document.addEventListener("click", e => {
      const button = (e.target as Element).closest?.<HTMLElement>("[data-zoom]");
      if (!button || e.ctrlKey || e.metaKey || button === page) return;
      if (button.tagName !== "A") return;
      e.preventDefault();
      this.by(Number(button.dataset.zoom), null);
    }, { signal });
    page.scroller.addEventListener("wheel", e => {
      if (!e.ctrlKey) return;
      e.preventDefault();
      if (e.timeStamp - this.wheeledAt < wheelPause || e.deltaY === 0) return;
      this.wheeledAt = e.timeStamp;
      this.by(e.deltaY < 0 ? 1 : -1, e.clientY);
    }, { passive: false, signal });
    page.scroller.addEventListener("pointerdown", e => { if (e.pointerType === "touch") { this.fingers.set(e.pointerId, e); this.spread = this.distance; } }, { signal });
    page.scroller.addEventListener("pointermove", e => { if (this.fingers.has(e.pointerId)) this.fingers.set(e.pointerId, e); }, { signal });
    for (const end of ["pointerup", "pointercancel"] as const) page.scroller.addEventListener(end, e => this.lift(e), { signal });
    this.jumpForm();
  }

  stop(): void { this.stops.abort(); }

  private get distance(): number {
    const [a, b] = [...this.fingers.values()];
    return a && b ? Math.hypot(a.clientX - b.clientX, a.clientY - b.clientY) : 0;
  }

  private lift(event: PointerEvent): void {
    const [a, b] = [...this.fingers.values()], now = this.distance;
    this.fingers.delete(event.pointerId);
    if (b && this.spread > 0 && (now / this.spread > 1.4 || now / this.spread < 0.7)) this.by(now > this.spread ? 1 : -1, (a.clientY + b.clientY) / 2);
    this.spread = 0;
  }

  private key(event: KeyboardEvent): void {
    if (isTyping(event) || event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
    if (event.key === "+" || event.key === "=") this.by(1, null);
    else if (event.key === "-") this.by(-1, null);
    else if (event.key === "0") { const url = new URL(location.href); url.searchParams.delete("z"); Turbo.visit(url.href); }
    else if (event.key === "n" && this.page.attached) this.page.scroller.scrollTop = 0;
    else if (event.key === "t") document.querySelector<HTMLInputElement>("#waterfall-to")?.focus();
    else return;
    event.preventDefault();
  }

  /** The moment under the pointer, of the focused build, or in the middle stays at its height. */
  private by(step: number, clientY: number | null): void {
    const zooms = this.page.dataset.zooms!.split(" ").map(Number), next = zooms[zooms.indexOf(this.page.zoom) + step];
    if (next === undefined) return;
    const url = new URL(location.href), frame = this.page.scroller.getBoundingClientRect();
    url.searchParams.set("z", String(next));
    const focused = document.activeElement?.closest<HTMLElement>(".wf-block")?.getBoundingClientRect();
    const y = clientY ?? (focused ? (focused.top + focused.bottom) / 2 : (frame.top + frame.bottom) / 2), place = Ruler.at(this.page, y);
    // At now one stays at now.
    if (place && !(this.page.attached && this.page.scroller.scrollTop <= 4)) {
      const top = this.page.querySelector(".wf-top")!.getBoundingClientRect().bottom, to = Math.round(place.at + Math.max(0, y - top) / next * 60_000);
      if (to < this.page.now()) url.searchParams.set("to", new Date(to).toISOString()); else url.searchParams.delete("to");
    }
    Turbo.visit(url.href);
  }

  /** The field shows and takes the viewer's own time; the address says it in UTC. */
  private jumpForm(): void {
    const form = document.querySelector<HTMLFormElement>("[data-jump]"), field = form?.querySelector<HTMLInputElement>("[name=to]");
    if (!form || !field) return;
    if (field.dataset.utc) {
      const at = new Date(field.dataset.utc);
      field.value = new Date(at.getTime() - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
    }
    form.addEventListener("formdata", e => {
      const at = new Date(field.value);
      if (field.value && !Number.isNaN(at.getTime())) e.formData.set("to", at.toISOString()); else e.formData.delete("to");
    }, { signal: this.stops.signal });
  }
}
