// The weekly grid over the plain fields of a worker's windows. The fields are the truth: the grid shows what they say, writes into them what is painted, and without it nothing is missing.
// Days go down, hours across; a cell is half an hour. What the fields say to the minute is shown to the minute.
import { lengthOf, read, sentence, weekOf, windowsOf, write, type Span, type Week } from "./windows";

const cells = 48, step = 30, dayLength = 1440;
const dayNames = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];
const clock = (minutes: number): string => `${String(Math.floor(minutes / 60)).padStart(2, "0")}:${String(minutes % 60).padStart(2, "0")}`;

class WeekGrid extends HTMLElement {
  private week: Week = weekOf([]);
  private readonly past: Week[] = [];
  private active: [day: number, cell: number] = [0, 0];
  private painting: { isOpen: boolean; from: [number, number]; before: Week } | undefined;
  private copied: Span[] | undefined;
  private grid!: HTMLElement;
  private said!: HTMLElement;
  private summary!: HTMLElement;

  private get fields(): HTMLElement { return this.closest<HTMLElement>("fieldset.items")!; }

  // The page that comes knows nothing of what is drawn here: it stays, and shows what the fields say then.
  private readonly morphed = (): void => this.show();

  connectedCallback(): void {
    document.addEventListener("turbo:morph", this.morphed);
    if (this.grid) return;
    this.addEventListener("turbo:before-morph-element", event => { if (event.target === this) event.preventDefault(); });
    const isLocked = this.closest("fieldset:disabled") !== null;
    this.innerHTML = `<p class="week-sum" aria-live="polite"></p><div class="week-scroll"><div class="week" role="grid" aria-label="When it is open over the week" aria-readonly="${isLocked}"></div></div><p class="hint"></p><span class="sr" aria-live="assertive"></span>`;
    this.summary = this.querySelector(".week-sum")!;
    this.grid = this.querySelector(".week")!;
    this.said = this.querySelector(".sr")!;
    this.querySelector(".hint")!.textContent = isLocked ? "" : "Drag, or tap, to open and close; a long press paints. Keys: arrows, Space opens and closes, Shift with arrows paints, C and V copy a day, Ctrl+Z takes back.";
    const head = this.grid.appendChild(document.createElement("div"));
    head.className = "week-head";
    head.setAttribute("aria-hidden", "true");
    for (let hour = 0; hour < 24; hour += 2) head.appendChild(document.createElement("span")).textContent = String(hour);
    for (let day = 0; day < 7; day++) {
      const row = this.grid.appendChild(document.createElement("div"));
      row.className = "week-day";
      row.setAttribute("role", "row");
      const name = row.appendChild(document.createElement("span"));
      name.setAttribute("role", "rowheader");
      name.textContent = dayNames[day]!.slice(0, 3);
      for (let cell = 0; cell < cells; cell++) {
        const box = row.appendChild(document.createElement("i"));
        box.setAttribute("role", "gridcell");
        box.tabIndex = -1;
      }
    }
    this.show();
    if (isLocked) return;
    this.fields.addEventListener("input", event => { if (!this.contains(event.target as Node)) this.show(); });
    this.grid.addEventListener("pointerdown", event => this.press(event));
    this.grid.addEventListener("keydown", event => this.key(event));
    this.grid.addEventListener("contextmenu", event => { if (this.painting) event.preventDefault(); });
  }

  disconnectedCallback(): void { document.removeEventListener("turbo:morph", this.morphed); }

  private boxes(): HTMLElement[] { return [...this.grid.querySelectorAll<HTMLElement>("i")]; }

  private show(week = read(this.fields)): void {
    this.week = week;
    const boxes = this.boxes();
    for (const [i, box] of boxes.entries()) {
      const from = Math.floor(i / cells) * dayLength + (i % cells) * step, open = lengthOf(week, from, from + step);
      box.className = open === step ? "open" : open > 0 ? "partly" : "";
      box.style.setProperty("--part", String(open / step));
      box.setAttribute("aria-label", `${dayNames[Math.floor(i / cells)]} ${clock((i % cells) * step)}, ${open === step ? "open" : open > 0 ? "partly open" : "closed"}`);
      box.tabIndex = Math.floor(i / cells) === this.active[0] && i % cells === this.active[1] ? 0 : -1;
    }
    this.summary.textContent = sentence(week);
  }

  private at(cell: [number, number]): HTMLElement { return this.boxes()[cell[0] * cells + cell[1]]!; }

  private cellOf(element: Element | null): [number, number] | undefined {
    const i = element ? this.boxes().indexOf(element as HTMLElement) : -1;
    return i < 0 ? undefined : [Math.floor(i / cells), i % cells];
  }

  private isOpen([day, cell]: [number, number]): boolean { return lengthOf(this.week, day * dayLength + cell * step, day * dayLength + (cell + 1) * step) === step; }

  private painted(week: Week, [d1, c1]: [number, number], [d2, c2]: [number, number], isOpen: boolean): Week {
    for (let day = Math.min(d1, d2); day <= Math.max(d1, d2); day++) week = week.set(day * dayLength + Math.min(c1, c2) * step, day * dayLength + (Math.max(c1, c2) + 1) * step, isOpen);
    return week;
  }

  private change(week: Week, words: string): void {
    this.past.push(this.week);
    if (this.past.length > 50) this.past.shift();
    write(this.fields, windowsOf(week));
    this.show(week);
    this.said.textContent = words;
  }

  private go(cell: [number, number]): void {
    this.active = cell;
    for (const box of this.boxes()) box.tabIndex = -1;
    this.at(cell).tabIndex = 0;
    this.at(cell).focus();
  }

  private press(event: PointerEvent): void {
    const from = this.cellOf(event.target as Element);
    if (!from || event.button !== 0) return;
    const isOpen = !this.isOpen(from), before = this.week, begin = (): void => { this.painting = { isOpen, from, before }; this.show(this.painted(before, from, from, isOpen)); };
    this.active = from;
    let timer = 0;
    if (event.pointerType === "touch") timer = window.setTimeout(() => { navigator.vibrate?.(10); begin(); }, 350);
    else begin();
    const move = (e: PointerEvent): void => {
      if (!this.painting) { if (Math.hypot(e.clientX - event.clientX, e.clientY - event.clientY) > 8) { clearTimeout(timer); end(e); } return; }
      const to = this.cellOf(document.elementFromPoint(e.clientX, e.clientY));
      if (to) { this.active = to; this.show(this.painted(before, from, to, isOpen)); }
    };
    const hold = (e: TouchEvent): void => { if (this.painting) e.preventDefault(); };
    const end = (e: PointerEvent): void => {
      clearTimeout(timer);
      document.removeEventListener("pointermove", move);
      document.removeEventListener("pointerup", up);
      document.removeEventListener("pointercancel", end);
      document.removeEventListener("keydown", escape, true);
      this.grid.removeEventListener("touchmove", hold);
      if (e.type === "pointercancel" && this.painting) this.show(before);
      this.painting = undefined;
    };
    const up = (e: PointerEvent): void => {
      const week = this.painting ? this.week : this.painted(before, from, from, isOpen);
      end(e);
      this.week = before;
      this.change(week, sentence(week));
      this.go(this.active);
    };
    const escape = (e: KeyboardEvent): void => { if (e.key === "Escape") { e.stopPropagation(); end(new PointerEvent("pointercancel")); this.show(before); } };
    document.addEventListener("pointermove", move);
    document.addEventListener("pointerup", up);
    document.addEventListener("pointercancel", end);
    document.addEventListener("keydown", escape, true);
    this.grid.addEventListener("touchmove", hold, { passive: false });
    if (event.pointerType !== "touch") event.preventDefault();
  }

  private key(event: KeyboardEvent): void {
    const [day, cell] = this.active, isPlain = !event.ctrlKey && !event.metaKey && !event.altKey;
    const moves: Record<string, [number, number]> = { ArrowUp: [day - 1, cell], ArrowDown: [day + 1, cell], ArrowLeft: [day, cell - 1], ArrowRight: [day, cell + 1], Home: [day, 0], End: [day, cells - 1] };
    let to = moves[event.key];
    if (event.ctrlKey && (event.key === "ArrowLeft" || event.key === "ArrowRight")) {
      // To the next edge of what is open.
      const by = event.key === "ArrowRight" ? 1 : -1;
      let next = cell + by;
      while (next > 0 && next < cells - 1 && this.isOpen([day, next]) === this.isOpen([day, next - by])) next += by;
      to = [day, next];
    }
    if (to) {
      const target: [number, number] = [Math.max(0, Math.min(6, to[0])), Math.max(0, Math.min(cells - 1, to[1]))];
      if (event.shiftKey) {
        const isOpen = this.isOpen([day, cell]);
        this.change(this.painted(this.week, target, target, isOpen), `${this.at(target).getAttribute("aria-label")!.split(",")[0]}, ${isOpen ? "open" : "closed"}`);
      }
      this.go(target);
    } else if (event.key === " ") {
      const isOpen = !this.isOpen([day, cell]);
      this.change(this.painted(this.week, [day, cell], [day, cell], isOpen), `${dayNames[day]} ${clock(cell * step)} to ${clock((cell + 1) * step)}, ${isOpen ? "open" : "closed"}`);
      this.go([day, cell]);
    } else if (event.key === "Enter") {
      this.fields.querySelector<HTMLElement>(".item textarea, .item input:not([type=hidden])")?.focus();
    } else if (event.key === "c" && isPlain) {
      this.copied = this.week.between(day * dayLength, (day + 1) * dayLength).map(([from, to]) => [from - day * dayLength, to - day * dayLength]);
      this.said.textContent = `${dayNames[day]} copied`;
    } else if (event.key === "v" && isPlain && this.copied) {
      let week = this.week.set(day * dayLength, (day + 1) * dayLength, false);
      for (const [from, to] of this.copied) week = week.set(day * dayLength + from, day * dayLength + to, true);
      this.change(week, `${dayNames[day]} changed`);
      this.go([day, cell]);
    } else if (event.key === "z" && (event.ctrlKey || event.metaKey)) {
      const before = this.past.pop();
      if (!before) return;
      write(this.fields, windowsOf(before));
      this.show(before);
      this.said.textContent = "taken back";
      this.go([day, cell]);
    } else return;
    event.preventDefault();
    event.stopPropagation();
  }
}

export function startWeeks(): void { if (!customElements.get("weir-week")) customElements.define("weir-week", WeekGrid); }
