import { Axis, Scale } from "./axis";
import { drawBox, forget, hideBox } from "./boxes";
import { slotCells } from "./cells";
import { type LayoutBlock, type LayoutBox, place } from "./columns";
import { Facts } from "./facts";
import { drawChanges, drawGutter } from "./gutter";
import { rankStates } from "./ranks";

/** What a chunk asks of the page that it stands on. */
export interface Page { readonly zoom: number; readonly open: number[]; readonly columnCount: number; now(): number }

interface Column { index: number; element: HTMLElement; isSum: boolean; boxes: LayoutBox[] }

/** A stretch of time across all columns. That of the past stands as the server placed it; the one that reaches up to now is placed again whenever something arrives. */
export class Chunk {
  scale: Scale;
  readonly facts: Facts | null;
  private columns = new Map<number, Column>();
  private gutterKey = "";

  constructor(readonly element: HTMLElement, private readonly page: Page) {
    const d = element.dataset;
    this.scale = Scale.read(this.from, d.knots ?? "", d.foldList ?? "", d.slowList ?? "");
    this.facts = this.isLive && !this.isCounted ? Facts.read(d.facts ?? "", this.from) : null;
    if (this.facts) for (const mark of this.marks) this.facts.putChange(mark.id, Number(mark.dataset.s));
    this.readTiles();
  }

  get from(): number { return Number(this.element.dataset.from); }
  get to(): number { return this.isLive ? Math.max(this.page.now(), Number(this.element.dataset.to)) : Number(this.element.dataset.to); }
  get isLive(): boolean { return this.element.dataset.liveChunk !== undefined; }
  get isCounted(): boolean { return this.element.dataset.counted !== undefined; }
  get isSealed(): boolean { return this.element.dataset.sealed !== undefined; }
  get hasOlder(): boolean { return this.element.dataset.older !== undefined; }
  get isEmpty(): boolean { return this.element.dataset.empty !== undefined; }
  get body(): HTMLElement | null { return this.element.querySelector(".wf-body"); }
  private get marks(): NodeListOf<HTMLElement> { return this.element.querySelectorAll<HTMLElement>(".wf-change"); }

  tile(index: number): HTMLElement | null { return this.element.querySelector(`[data-tile="${index}"]`); }
  column(index: number): HTMLElement | undefined { return this.columns.get(index)?.element; }

  /** After tiles came or went. */
  readTiles(): void {
    this.columns = new Map([...this.element.querySelectorAll<HTMLElement>(".wf-col")].map(element => [Number(element.dataset.c), { index: Number(element.dataset.c), element, isSum: element.classList.contains("sum"), boxes: [] }]));
    for (const block of this.element.querySelectorAll<HTMLElement>(".wf-block")) forget(block);
    this.gutterKey = "";
  }

  /** Far from what is seen: only its height stays. */
  empty(): void {
    if (this.isEmpty || this.isLive) return;
    this.element.dataset.empty = "";
    this.element.replaceChildren();
    this.columns.clear();
  }

  layout(): void {
    if (this.isLive) {
      this.scale = this.makeAxis();
      this.drawHeight();
      for (const column of this.columns.values()) if (column.isSum) this.sum(column); else this.place(column);
      drawChanges(this.element, this.scale);
    }
    this.drawGutter();
  }

  /** A second has passed: what runs grows, nothing else moves. */
  tick(): void {
    if (!this.isLive) return;
    this.scale = this.makeAxis();
    this.drawHeight();
    for (const column of this.columns.values()) for (const box of column.boxes)
      if (box.running) this.draw(column, { ...box, height: Math.max(14, this.scale.height - box.bottom) });
    this.drawGutter();
  }

  private makeAxis(): Scale {
    const { from, to } = this, { zoom, columnCount: columns, open } = this.page;
    // Where builds are counted the scale is even: a fold opened at the very beginning.
    if (!this.facts) return new Axis({ from, to, zoom, columns, runningAtFrom: 0, events: [], open: [from] });
    return new Axis({ from, to, zoom, columns, runningAtFrom: this.facts.runningAtFrom, events: this.facts.events(), open });
  }

  private drawHeight(): void {
    const height = this.scale.height.toFixed(2);
    if (this.element.style.getPropertyValue("--height") !== height) this.element.style.setProperty("--height", height);
  }

  private drawGutter(): void {
    this.gutterKey = drawGutter(this.element, this.scale, this.from, this.to, this.page.zoom, this.isLive, this.page.open, this.gutterKey);
  }

  private place(column: Column): void {
    const blocks: LayoutBlock[] = [];
    for (const e of column.element.children as HTMLCollectionOf<HTMLElement>)
      blocks.push({ id: Number(e.dataset.b), start: Number(e.dataset.s), end: e.dataset.e ? Number(e.dataset.e) : null, rank: Number(e.dataset.rank) });
    blocks.sort((a, b) => a.start - b.start || a.id - b.id);
    column.boxes = place(blocks, this.scale);
    const shown = new Set(column.boxes.map(b => b.id));
    for (const e of column.element.children as HTMLCollectionOf<HTMLElement>) if (!shown.has(Number(e.dataset.b))) hideBox(e);
    for (const box of column.boxes) this.draw(column, box);
  }

  private draw(column: Column, box: LayoutBox): void {
    const e = column.element.querySelector<HTMLElement>(`[data-b="${box.id}"]`);
    if (e) drawBox(e, box, this.to);
  }

  private sum(column: Column): void {
    if (!this.facts) return;
    const known = new Map([...column.element.children].map(e => [Number((e as HTMLElement).dataset.slot), e as HTMLElement]));
    for (const cell of slotCells(this.facts.ends(column.index, this.to), this.scale)) {
      const e = known.get(cell.slot) ?? column.element.appendChild(document.createElement("i")), state = rankStates[cell.rank], title = `${cell.count} build${cell.count === 1 ? "" : "s"}, worst: ${state}`;
      known.delete(cell.slot);
      if (e.title === title) continue;
      e.className = `wf-cell fill is-${state}`;
      e.dataset.slot = String(cell.slot);
      e.style.setProperty("--slot", String(cell.slot));
      e.title = title;
      e.textContent = String(cell.count);
    }
    for (const e of known.values()) e.remove();
  }
}
