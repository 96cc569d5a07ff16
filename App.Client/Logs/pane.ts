import { Folds } from "./folds";
import { RowStore } from "./rowstore";
import { rowHeight, Track } from "./track";

// The rows that are seen, and a viewport more on each side. They stand in one block that is moved as a whole, so scrolling inside it costs nothing; its place is corrected when the
// track and the rows have drifted apart by a viewport.
const mostRows = 2000;

export class LogPane {
  readonly store: RowStore;
  private readonly track = document.createElement("div");
  private readonly block = document.createElement("div");
  private readonly sizes: ResizeObserver;
  private scale: Track;
  // The block holds the rows from first on, and begins at y of the track.
  private first = 0;
  private shown: HTMLElement[] = [];
  private y = 0;
  private top = 0;
  private at = 0;
  // The end was asked for: rows that come in higher than their places must not push it away.
  private pinned = false;

  constructor(readonly host: HTMLElement, readonly folds: Folds, private readonly decorate: (row: HTMLElement, line: number) => void, private readonly moved: (byViewer: boolean) => void) {
    this.store = new RowStore(host.dataset.log!, () => this.fill());
    for (const row of host.querySelectorAll<HTMLElement>(".ln[id]")) this.store.put(row);
    this.track.className = "log-track";
    this.block.className = "log-block";
    this.track.append(this.block);
    host.replaceChildren(this.track);
    host.classList.add("pane");
    this.scale = new Track(folds.rows, host.clientHeight);
    host.addEventListener("scroll", this.scrolled, { passive: true });
    this.sizes = new ResizeObserver(() => { if (host.clientHeight !== this.scale.view) this.resized(); });
    this.sizes.observe(host);
    this.resized();
  }

  get rows(): readonly HTMLElement[] { return this.shown; }
  get firstRow(): number { return this.first; }
  get view(): number { return this.scale.view; }
  /** The line at the upper edge. */
  get line(): number { return this.folds.lineAt(Math.min(this.folds.rows - 1, Math.floor(this.at / rowHeight))); }
  get isAtEnd(): boolean { return this.host.scrollTop + this.view >= this.track.offsetHeight - rowHeight && this.first + this.shown.length >= this.folds.rows; }

  /** There are more lines, or other ones are folded; what is read stays where it is. */
  resized(): void {
    this.scale = new Track(this.folds.rows, this.host.clientHeight);
    this.track.style.height = `${this.scale.height}px`;
    this.place(Math.min(this.at, this.scale.last), true);
  }

  grow(lines: number): void {
    this.folds.lines = lines;
    this.scale = new Track(this.folds.rows, this.host.clientHeight);
    this.track.style.height = `${this.scale.height}px`;
    this.render(false);
  }

  /** Other lines are seen than before; the line at the upper edge stays there. */
  refold(change: () => void): void {
    const line = this.line, rest = this.at % rowHeight;
    change();
    this.at = this.folds.rowOf(line) * rowHeight + rest;
    this.resized();
  }

  toStart(): void { this.place(0, false); }
  toEnd(): void { this.place(this.scale.last, false); this.pinned = true; this.pinEnd(); }
  by(pixels: number): void { this.host.scrollTop += pixels; }

  /** Brings a line to a third of the height, opening what hides it. */
  show(line: number): void {
    if (this.folds.open(line)) this.refold(() => {});
    const row = this.folds.rowOf(line), seen = this.element(row)?.getBoundingClientRect(), frame = this.host.getBoundingClientRect();
    if (seen && seen.top >= frame.top && seen.bottom <= frame.bottom - 20) return;
    this.place(Math.max(0, row * rowHeight - Math.floor(this.view / 3)), false);
  }

  element(row: number): HTMLElement | undefined { return this.shown[row - this.first]; }

  /** Marks are drawn anew on the rows that are there. */
  redecorate(): void { this.shown.forEach((row, n) => this.decorate(row, this.folds.lineAt(this.first + n))); }

  /** Rows are higher or lower than they were. */
  relayout(): void { this.place(this.at, true); }

  stop(): void {
    this.sizes.disconnect();
    this.store.stop();
    this.host.removeEventListener("scroll", this.scrolled);
  }

  private place(position: number, fresh: boolean): void {
    this.pinned = false;
    this.at = Math.max(0, Math.min(position, this.scale.last));
    this.host.scrollTop = this.scale.topAt(this.at);
    this.top = this.host.scrollTop;
    this.render(fresh);
    this.moved(false);
  }

  private readonly scrolled = (): void => {
    const top = this.host.scrollTop, step = top - this.top;
    if (step === 0) return;
    this.top = top;
    this.pinned = false;
    if (Math.abs(step) > 2 * this.view) this.at = this.scale.positionAt(top);
    else this.at = this.measured(top);
    this.render(false);
    this.moved(true);
  };

  /** The position that stands at the upper edge, by the rows' true heights. */
  private measured(top: number): number {
    const inside = top - this.y;
    if (!this.wraps) return this.first * rowHeight + inside;
    let low = 0, high = this.shown.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.shown[middle].offsetTop <= inside) low = middle; else high = middle - 1;
    }
    const row = this.shown[low];
    return row ? (this.first + low + (inside - row.offsetTop) / row.offsetHeight) * rowHeight : inside;
  }

  private get wraps(): boolean { return this.host.classList.contains("wraps"); }

  private render(fresh: boolean): void {
    const at = Math.floor(this.at / rowHeight), page = Math.ceil(this.view / rowHeight) + 1;
    let from = Math.max(0, at - page), to = Math.min(this.folds.rows, at + 2 * page);
    const near = at >= this.first + (this.first === 0 ? 0 : page / 2) && (at + 1.5 * page < this.first + this.shown.length || this.first + this.shown.length === this.folds.rows);
    if (fresh || !near || this.shown.length === 0) {
      if (!fresh) [from, to] = this.withSelection(from, to);
      this.fit(from, to, fresh);
      this.store.want(this.shown.map((_, n) => this.folds.lineAt(this.first + n)));
    }
    this.moveBlock();
  }

  /** Puts the block where the row at the upper edge belongs. */
  private moveBlock(): void {
    const row = Math.floor(this.at / rowHeight), rest = this.at / rowHeight - row, element = this.element(row);
    const wraps = this.wraps;
    const inside = wraps && element ? element.offsetTop + rest * element.offsetHeight : this.at - this.first * rowHeight;
    let y = this.top - inside;
    const isFirst = this.first === 0, isLast = this.first + this.shown.length === this.folds.rows;
    const drift = this.top - this.scale.topAt(this.at);
    if (Math.abs(drift) > this.view || (isFirst && y !== 0) || (isLast && !wraps && this.scale.isScaled && drift !== 0)) {
      this.host.scrollTop = isFirst ? inside : this.scale.topAt(this.at);
      this.top = this.host.scrollTop;
      y = this.top - inside;
      if (isFirst) y = 0;
    }
    if (y !== this.y) this.block.style.transform = `translateY(${y}px)`;
    this.y = y;
    // Wrapped rows are higher than the track thinks: its end is where theirs is.
    if (wraps) this.track.style.height = `${isLast ? y + this.block.offsetHeight : Math.max(this.scale.height, y + this.block.offsetHeight)}px`;
  }

  /** What is selected stays on the page, or it could not be copied. */
  private withSelection(from: number, to: number): [number, number] {
    const selection = document.getSelection();
    if (!selection || selection.isCollapsed || !this.block.contains(selection.anchorNode)) return [from, to];
    const rows = this.shown.map((row, n) => selection.containsNode(row, true) ? this.first + n : -1).filter(n => n >= 0);
    if (rows.length === 0) return [from, to];
    const low = Math.min(from, rows[0]), high = Math.max(to, rows[rows.length - 1] + 1);
    return high - low <= mostRows ? [low, high] : [from, to];
  }

  /** Makes the block hold just these rows; those that stay are not touched. */
  private fit(from: number, to: number, fresh: boolean): void {
    const end = this.first + this.shown.length;
    if (fresh || from >= end || to <= this.first) {
      this.shown = range(from, to).map(row => this.make(row));
      this.block.replaceChildren(...this.shown);
    } else {
      for (const row of this.shown.splice(0, Math.max(0, from - this.first))) row.remove();
      if (to < end) for (const row of this.shown.splice(this.shown.length - (end - to))) row.remove();
      const before = range(from, this.first).map(row => this.make(row)), after = range(end, to).map(row => this.make(row));
      this.block.prepend(...before);
      this.block.append(...after);
      this.shown = [...before, ...this.shown, ...after];
    }
    this.first = from;
  }

  private make(row: number): HTMLElement {
    const line = this.folds.lineAt(row), element = this.store.get(line) ?? waiting(line);
    this.decorate(element, line);
    return element;
  }

  /** Rows have come for which there was only a place. */
  private fill(): void {
    let changed = false;
    this.shown.forEach((row, n) => {
      const line = this.folds.lineAt(this.first + n);
      if (!row.classList.contains("wait")) return;
      const element = this.store.get(line);
      if (!element) return;
      this.decorate(element, line);
      row.replaceWith(element);
      this.shown[n] = element;
      changed = true;
    });
    if (!changed) return;
    this.moveBlock();
    if (this.pinned) this.pinEnd();
    this.moved(false);
  }

  private pinEnd(): void {
    if (!this.wraps) return;
    this.host.scrollTop = this.track.offsetHeight;
    this.top = this.host.scrollTop;
    this.at = this.measured(this.top);
    this.render(false);
  }
}

function waiting(line: number): HTMLElement {
  const row = document.createElement("div"), number = document.createElement("a"), text = document.createElement("span");
  row.className = "ln wait";
  number.className = "no";
  number.dataset.n = String(line + 1);
  text.className = "tx";
  text.textContent = "…";
  row.append(number, text);
  return row;
}

const range = (from: number, to: number): number[] => Array.from({ length: Math.max(0, to - from) }, (_, n) => from + n);
