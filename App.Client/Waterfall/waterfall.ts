import { StreamActions } from "@hotwired/turbo";
import * as Turbo from "@hotwired/turbo";
import { refresh } from "../Frame/live";
import { isTyping } from "../Frame/keys";
import { serverNow } from "../Parts/clock";
import { everySecond } from "../Parts/times";
import { duration } from "../Parts/words";
import { Axis, type AxisEvent, ticks } from "./axis";
import { bandsGradient } from "./bands";
import { type LayoutBlock, type LayoutBox, place } from "./columns";

const rankStates: Record<number, string> = { 9: "failure", 8: "exception", 7: "running", 6: "warnings", 5: "retry", 4: "cancelled", 2: "success", 1: "skipped" };
const mostFilled = 360;
const changeApart = 14;
const time = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
const timeAndSecond = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" });
const day = new Intl.DateTimeFormat(undefined, { weekday: "short", day: "numeric" });

interface Column { element: HTMLElement; blocks: Map<number, HTMLAnchorElement>; boxes: LayoutBox[] }

class Waterfall extends HTMLElement {
  private axis!: Axis;
  private columns: Column[] = [];
  private events: AxisEvent[] = [];
  private runningAtFrom = 0;
  private scheduled = 0;
  private gutterKey = "";

  connectedCallback(): void {
    this.layout();
    this.body.addEventListener("pointermove", e => this.rule(e));
    this.body.addEventListener("pointerleave", () => this.overlay.querySelectorAll(".wf-ruler, .wf-line").forEach(e => e.remove()));
    this.body.addEventListener("pointerover", e => this.mark(e.target as Element));
    this.addEventListener("focusin", e => this.rove(e.target as Element));
    this.addEventListener("keydown", e => this.key(e));
    this.addEventListener("click", e => this.zoomInto(e));
    this.scroller.addEventListener("scroll", () => { if (this.scroller.scrollTop <= 4) this.tellNew(0); }, { passive: true });
  }

  disconnectedCallback(): void { cancelAnimationFrame(this.scheduled); this.scheduled = 0; }

  get attached(): boolean { return this.dataset.attached !== undefined; }
  get body(): HTMLElement { return this.querySelector(".wf-grid")!; }
  get scroller(): HTMLElement { return this.querySelector(".wf-scroll")!; }
  get overlay(): HTMLElement { return this.querySelector("[data-folds]")!; }
  private get from(): number { return Number(this.dataset.from); }
  private get to(): number { return this.attached ? Math.max(serverNow(), Number(this.dataset.to)) : Number(this.dataset.to); }
  private get zoom(): number { return Number(this.dataset.zoom); }
  private get open(): number[] { return (this.dataset.open ?? "").split(",").map(Number).filter(n => n > 0); }

  /** Lays out anew at the next frame, however many fragments come before it. */
  schedule(): void {
    this.scheduled ||= requestAnimationFrame(() => { this.scheduled = 0; this.layout(); });
  }

  tick(): void {
    if (!this.attached || !this.axis) return;
    const span = Number(this.dataset.to) - this.from;
    // A page that stood open for long holds more than was asked for.
    if (this.to - Number(this.dataset.to) > Math.max(span / 2, 3_600_000) && this.scroller.scrollTop <= 4) refresh();
    this.keepingPlace(() => {
      this.axis = this.makeAxis();
      this.drawHeight();
      for (const column of this.columns)
        for (const box of column.boxes)
          if (box.running) this.drawBox(column, { ...box, height: Math.max(14, this.axis.height - box.bottom) });
    });
    this.drawGutter();
  }

  private layout(): void {
    this.read();
    this.keepingPlace(() => {
      this.axis = this.makeAxis();
      this.drawHeight();
      for (const column of this.columns) {
        const blocks: LayoutBlock[] = [...column.blocks.entries()].map(([id, e]) => ({ id, start: Number(e.dataset.s), end: e.dataset.e ? Number(e.dataset.e) : null, rank: Number(e.dataset.rank) }));
        blocks.sort((a, b) => a.start - b.start || a.id - b.id);
        column.boxes = place(blocks, this.axis);
        const shown = new Set(column.boxes.map(b => b.id));
        for (const [id, e] of column.blocks) e.hidden = !shown.has(id);
        for (const box of column.boxes) this.drawBox(column, box);
      }
    });
    this.gutterKey = "";
    this.drawGutter();
    this.drawChanges();
    this.rove(document.activeElement);
  }

  private read(): void {
    this.columns = [...this.querySelectorAll<HTMLElement>(".wf-col")].map(element => ({
      element, boxes: [], blocks: new Map([...element.querySelectorAll<HTMLAnchorElement>(".wf-block")].map(e => [Number(e.dataset.b), e])),
    }));
    this.events = [];
    this.runningAtFrom = 0;
    for (const column of this.columns) for (const e of column.blocks.values()) {
      const start = Number(e.dataset.s), end = e.dataset.e ? Number(e.dataset.e) : Infinity;
      if (start > this.from) this.events.push({ at: start, running: 1 });
      else if (end > this.from) this.runningAtFrom++;
      if (end > this.from && end !== Infinity) this.events.push({ at: end, running: -1 });
    }
    for (const e of this.querySelectorAll<HTMLElement>(".wf-change")) if (Number(e.dataset.s) > this.from) this.events.push({ at: Number(e.dataset.s), running: 0 });
    this.events.sort((a, b) => a.at - b.at || b.running - a.running);
  }

  private makeAxis(): Axis {
    return new Axis({ from: this.from, to: this.to, zoom: this.zoom, columns: this.columns.length, runningAtFrom: this.runningAtFrom, events: this.events, open: this.open });
  }

  /** What is above grows; what the viewer reads stays where it is. At the top one is at now, and stays there. */
  private keepingPlace(change: () => void): void {
    const s = this.scroller, top = s.scrollTop, below = s.scrollHeight - top;
    change();
    if (top > 4) s.scrollTop = s.scrollHeight - below;
  }

  private drawHeight(): void { this.style.setProperty("--height", this.axis.height.toFixed(2)); }

  private drawBox(column: Column, box: LayoutBox): void {
    const e = column.blocks.get(box.id)!, style = e.style, isCluster = box.members.length > 1;
    style.setProperty("--y", box.bottom.toFixed(2));
    style.setProperty("--h", box.height.toFixed(2));
    style.setProperty("--lane", String(box.lane));
    style.setProperty("--lanes", String(box.lanes));
    const start = Number(e.dataset.s), end = e.dataset.e ? Number(e.dataset.e) : this.to;
    style.setProperty("--bands", bandsGradient(e.dataset.bands ?? "", (end - start) / 1000));
    const state = isCluster ? rankStates[box.rank] ?? "running" : e.dataset.state;
    const level = box.height >= 60 ? "l3" : box.height >= 44 ? "l2" : box.height >= 28 ? "l1" : "l0";
    const isOver = box.running && !isCluster && Number(e.dataset.x ?? Infinity) < this.to;
    const name = `wf-block fill is-${state} ${level}${box.running ? " runs" : ""}${isCluster ? " cluster" : box.height > mostFilled ? " stem" : ""}${isOver ? " over" : ""}`;
    if (e.className !== name) e.className = name;
    if (isCluster) e.dataset.members = String(box.members.length); else delete e.dataset.members;
  }

  private drawGutter(): void {
    const { axis } = this, offset = (at: number): number => -new Date(at).getTimezoneOffset();
    const marks = ticks(axis, this.from, this.to, this.zoom, offset);
    const last = axis.folds[axis.folds.length - 1];
    const key = `${marks.length} ${axis.folds.length} ${last ? duration(last.to - last.from) : ""} ${axis.slow.length}`;
    if (key === this.gutterKey) return;
    this.gutterKey = key;
    const gutter = this.querySelector("[data-gutter]")!, positioned = (e: HTMLElement, y: number): HTMLElement => { e.style.setProperty("--y", y.toFixed(2)); return e; };
    const folds = axis.folds.map(f => {
      const a = document.createElement("a"), url = new URL(location.href), text = duration(f.to - f.from);
      url.searchParams.set("open", [...this.open, f.from].join(","));
      a.className = "fold";
      a.href = url.pathname + url.search;
      a.textContent = text;
      a.title = `nothing ran for ${text}; open`;
      return positioned(a, f.y);
    });
    const slow = axis.slow.map(s => {
      const e = document.createElement("span");
      e.className = "slow";
      e.title = "shown slower: little happened here";
      e.style.setProperty("--h", (axis.y(s.to) - s.y).toFixed(2));
      return positioned(e, s.y);
    });
    gutter.replaceChildren(...slow, ...marks.map(m => {
      const e = document.createElement("span");
      e.className = "tick";
      e.textContent = time.format(m.at);
      if (m.isDay) {
        const b = document.createElement("b");
        b.textContent = day.format(m.at);
        e.prepend(b);
      }
      return positioned(e, m.y);
    }), ...folds);
    this.overlay.replaceChildren(...axis.folds.map(f => {
      const e = document.createElement("span");
      e.textContent = `nothing ran for ${duration(f.to - f.from)}`;
      return positioned(e, f.y);
    }));
  }

  private drawChanges(): void {
    const marks = [...this.querySelectorAll<HTMLElement>(".wf-change")].sort((a, b) => Number(a.dataset.s) - Number(b.dataset.s));
    let shown: HTMLElement | null = null, lastY = -Infinity, more = 0;
    for (const mark of marks) {
      const at = Number(mark.dataset.s), y = this.axis.y(at);
      const isInside = at >= this.from && at <= this.to, isFolded = isInside && y - lastY < changeApart;
      mark.hidden = !isInside || isFolded;
      delete mark.dataset.more;
      if (isFolded) shown!.dataset.more = `+${++more}`;
      if (mark.hidden) continue;
      mark.style.setProperty("--y", y.toFixed(2));
      [shown, lastY, more] = [mark, y, 0];
    }
  }

  // ── What comes ──
  takeBlock(builder: string, fresh: HTMLAnchorElement): void {
    const column = this.querySelector<HTMLElement>(`#wf-col-${CSS.escape(builder)}`);
    if (!column || (this.dataset.branch && this.dataset.branch !== fresh.dataset.branch)) return;
    const old = document.getElementById(fresh.id);
    if (old && Number(old.dataset.event) > Number(fresh.dataset.event)) return;
    const hadFocus = old !== null && old === document.activeElement;
    if (old) {
      fresh.tabIndex = old.tabIndex;
      old.replaceWith(fresh);
    } else {
      fresh.tabIndex = -1;
      column.prepend(fresh);
      if (this.scroller.scrollTop > 4) this.tellNew(Number(this.newButton.dataset.count ?? 0) + 1);
    }
    if (hadFocus) fresh.focus({ preventScroll: true });
    this.schedule();
  }

  takeChange(fresh: HTMLElement): void {
    if (!document.getElementById(fresh.id)) this.querySelector(".wf-changes")?.prepend(fresh);
    this.schedule();
  }

  private get newButton(): HTMLAnchorElement { return this.querySelector(".wf-new")!; }

  private tellNew(count: number): void {
    const b = this.newButton;
    b.dataset.count = String(count);
    b.hidden = count === 0;
    b.textContent = `now ↑ ${count} new`;
  }

  // ── Pointer and keys ──
  private rule(event: PointerEvent): void {
    const box = this.overlay.getBoundingClientRect(), y = box.bottom - event.clientY - 8;
    if (event.pointerType === "touch" || y < 0 || y > this.axis.height) { this.overlay.querySelector(".wf-ruler")?.remove(); return; }
    let ruler = this.overlay.querySelector<HTMLElement>(".wf-ruler");
    if (!ruler) {
      ruler = document.createElement("div");
      ruler.className = "wf-ruler";
      this.overlay.append(ruler);
    }
    ruler.style.bottom = `${y + 8}px`;
    ruler.dataset.time = timeAndSecond.format(this.axis.at(y));
  }

  private mark(target: Element): void {
    this.overlay.querySelectorAll(".wf-line").forEach(e => e.remove());
    const block = target.closest?.<HTMLElement>(".wf-block");
    if (!block) return;
    const end = block.dataset.e ? [Number(block.dataset.e)] : [];
    for (const at of [Number(block.dataset.s), ...end]) {
      const line = document.createElement("div");
      line.className = "wf-line";
      line.style.setProperty("--y", this.axis.y(at).toFixed(2));
      this.overlay.append(line);
    }
  }

  private get shownBlocks(): HTMLElement[] { return [...this.querySelectorAll<HTMLElement>(".wf-block:not([hidden])")]; }

  /** One stop for the Tab key: the focused block, else the first. */
  private rove(target: Element | null): void {
    const blocks = this.shownBlocks, current = blocks.find(b => b === target) ?? blocks.find(b => b.tabIndex === 0) ?? blocks[0];
    for (const b of blocks) b.tabIndex = b === current ? 0 : -1;
  }

  private key(event: KeyboardEvent): void {
    if (isTyping(event) || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "Home") { this.scroller.scrollTop = 0; event.preventDefault(); return; }
    const current = (event.target as Element).closest?.<HTMLElement>(".wf-block");
    if (!current) return;
    const column = current.parentElement!, middle = (e: Element): number => { const r = e.getBoundingClientRect(); return (r.top + r.bottom) / 2; };
    const own = this.shownBlocks.filter(b => b.parentElement === column).sort((a, b) => Number(b.dataset.s) - Number(a.dataset.s));
    const at = own.indexOf(current), bad = (b: HTMLElement): boolean => b.classList.contains("is-failure") || b.classList.contains("is-exception");
    let next: HTMLElement | undefined;
    if (event.key === "ArrowDown") next = own[at + 1];
    else if (event.key === "ArrowUp") next = own[at - 1];
    else if (event.key === "[") next = own.slice(at + 1).find(bad);
    else if (event.key === "]") next = own.slice(0, at).reverse().find(bad);
    else if (event.key === "ArrowLeft" || event.key === "ArrowRight") {
      const columns = this.columns.map(c => c.element), step = event.key === "ArrowLeft" ? -1 : 1;
      for (let i = columns.indexOf(column) + step; i >= 0 && i < columns.length && !next; i += step)
        next = this.shownBlocks.filter(b => b.parentElement === columns[i]).sort((a, b) => Math.abs(middle(a) - middle(current)) - Math.abs(middle(b) - middle(current)))[0];
    } else return;
    event.preventDefault();
    if (next) { next.focus({ preventScroll: true }); next.scrollIntoView({ block: "nearest", inline: "nearest" }); }
  }

  /** A cluster opens as its own stretch of time, at a scale at which its builds stand apart. */
  private zoomInto(event: MouseEvent): void {
    if ((event.target as Element).closest?.(".wf-new")) { event.preventDefault(); this.scroller.scrollTop = 0; this.tellNew(0); return; }
    const block = (event.target as Element).closest?.<HTMLElement>(".wf-block.cluster");
    if (!block || event.ctrlKey || event.metaKey || event.shiftKey) return;
    const column = this.columns.find(c => c.element === block.parentElement), box = column?.boxes.find(b => b.id === Number(block.dataset.b));
    if (!column || !box || this.zoom >= 128) return;
    event.preventDefault();
    const members = box.members.map(id => column.blocks.get(id)!), ends = members.map(m => Number(m.dataset.e ?? this.to)), starts = members.map(m => Number(m.dataset.s));
    const end = Math.max(...ends) + 120_000, minutes = Math.max(10, Math.ceil((end - Math.min(...starts)) / 60_000) + 4), url = new URL(location.href);
    url.searchParams.set("to", new Date(end).toISOString());
    url.searchParams.set("span", `${minutes}m`);
    url.searchParams.set("z", String(Math.min(128, Math.max(32, this.zoom * 4))));
    Turbo.visit(url.href);
  }
}

customElements.define("weir-waterfall", Waterfall);
const shown = (): Waterfall | null => document.querySelector<Waterfall>("weir-waterfall");

StreamActions["wf-block"] = function (this: Element) {
  const fresh = this.querySelector("template")!.content.querySelector<HTMLAnchorElement>(".wf-block");
  if (fresh) shown()?.takeBlock(this.getAttribute("builder")!, fresh);
};
StreamActions["wf-change"] = function (this: Element) {
  const fresh = this.querySelector("template")!.content.querySelector<HTMLElement>(".wf-change");
  if (fresh) shown()?.takeChange(fresh);
};
document.addEventListener("turbo:morph", () => shown()?.schedule());
everySecond(() => shown()?.tick());
