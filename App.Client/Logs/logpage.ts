import { Folds, Group } from "./folds";
import { Follow } from "./follow";
import { paint, unpaint } from "./highlight";
import { LogPane } from "./pane";
import { Picked } from "./picked";
import { drawRail, RailMark } from "./rail";
import { decorateFold, stampOf, Stamps } from "./rowmarks";
import { Search } from "./search";

interface Outline { g: Group[]; n: Array<[line: number, isError: number]> }

const outlinePause = 3000;
const button = (name: string): HTMLButtonElement | null => document.querySelector(`[data-log-${name}]`);
const kept = (): { wrap?: boolean; stamps?: Stamps } => { try { return JSON.parse(localStorage.getItem("weir-log") ?? "{}"); } catch { return {}; } };

/** The page of one log: its pane, and what moves and marks it. */
export class LogPage {
  readonly pane: LogPane;
  readonly follow: Follow;
  readonly search: Search | null;
  readonly picked: Picked;
  private readonly folds: Folds;
  private notes: Outline["n"] = [];
  private stamps: Stamps = kept().stamps ?? "off";
  private outlineTimer = 0;
  private drawn = 0;

  constructor(readonly host: HTMLElement) {
    this.folds = new Folds(Number(host.dataset.lines));
    const live = host.dataset.live !== undefined, query = new URLSearchParams(location.search);
    if (kept().wrap) host.classList.add("wraps");
    this.pane = new LogPane(host, this.folds, (row, line) => this.decorate(row, line), byViewer => this.moved(byViewer));
    this.picked = new Picked(this.pane, button("copy"));
    this.follow = new Follow(this.pane, button("follow"), live);
    const form = document.querySelector<HTMLFormElement>("[data-log-search]");
    const line = this.picked.lines?.[0] ?? Number(query.get("line") ?? 0);
    if (line > 0) this.pane.show(line - 1);
    else if (query.get("tail") === "true") this.pane.toEnd();
    this.search = form ? new Search(form, this.pane, () => this.mark()) : null;
    if (live && line === 0 && !query.get("q")) this.follow.start();
    this.showToggles();
    void this.outline();
  }

  grown(lines: number, complete: boolean, rows: HTMLElement[]): void {
    for (const row of rows) this.pane.store.put(row);
    this.follow.grown(lines, complete);
    if (complete || rows.some(row => row.dataset.g !== undefined)) this.outlineTimer ||= window.setTimeout(() => void this.outline(), outlinePause);
  }

  toggleWrap(): void {
    this.host.classList.toggle("wraps");
    this.remember();
    this.pane.relayout();
    if (this.follow.isOn) this.pane.toEnd();
  }

  /** Off, since the start, by the clock. */
  toggleStamps(): void {
    this.stamps = this.stamps === "off" ? "elapsed" : this.stamps === "elapsed" ? "clock" : "off";
    this.remember();
    this.pane.redecorate();
  }

  toggleFold(line: number): void { this.follow.stop(); this.pane.refold(() => this.folds.toggle(line)); this.mark(); }
  toggleFolds(): void { this.follow.stop(); this.pane.refold(() => this.folds.all(!this.folds.anyClosed)); this.mark(); }

  /** To the next line that calls itself an error. */
  error(by: 1 | -1): void {
    const lines = this.notes.filter(n => n[1]).map(n => n[0]), here = this.picked.lines ? this.picked.lines[0] - 1 : this.pane.line;
    const line = by > 0 ? lines.find(l => l > here) ?? lines[0] : lines.filter(l => l < here).at(-1) ?? lines.at(-1);
    if (line === undefined) return;
    this.follow.stop();
    this.picked.pick(line, false);
    this.pane.show(line);
  }

  /** The whole of a line that was cut. */
  async whole(link: HTMLElement): Promise<void> {
    const row = link.closest<HTMLElement>(".ln"), number = Number(row?.querySelector<HTMLElement>(".no")?.dataset.n);
    if (!row || !number) return;
    const template = document.createElement("template");
    template.innerHTML = await (await fetch(`/logs/${this.host.dataset.log}/rows?from=${number - 1}&count=1&whole=true`)).text();
    const text = template.content.querySelector(".tx");
    if (!text) return;
    row.querySelector(".tx")!.replaceWith(text);
    link.remove();
    this.pane.relayout();
  }

  mark(): void {
    this.pane.redecorate();
    this.draw();
    this.drawn ||= requestAnimationFrame(() => { this.drawn = 0; this.rail(); });
  }

  stop(): void {
    this.search?.stop();
    this.pane.stop();
    window.clearTimeout(this.outlineTimer);
    unpaint();
  }

  private moved(byViewer: boolean): void {
    if (byViewer) this.follow?.moved();
    this.draw();
  }

  private draw(): void {
    const search = this.search;
    if (!search) return;
    const rows = this.pane.rows.map((row, n): [HTMLElement, ReturnType<typeof search.hits.on>] => [row, search.hits.on(this.folds.lineAt(this.pane.firstRow + n))]);
    paint(rows.filter(r => r[1].length > 0), search.hits.at(search.now));
  }

  private decorate(row: HTMLElement, line: number): void {
    row.classList.toggle("picked", this.picked?.holds(line) ?? false);
    row.classList.toggle("hit", (this.search?.hits.on(line).length ?? 0) > 0);
    if (row.dataset.at !== undefined) row.dataset.t = stampOf(Number(row.dataset.at), this.stamps, Number(this.host.dataset.start));
    decorateFold(row, this.folds.at(line), this.folds.isClosed(line));
  }

  private async outline(): Promise<void> {
    this.outlineTimer = 0;
    let outline: Outline;
    try {
      outline = await (await fetch(`/logs/${this.host.dataset.log}/outline`)).json() as Outline;
    } catch {
      // The page reads well without it.
      return;
    }
    this.notes = outline.n;
    const last = this.host.dataset.failed !== undefined ? outline.g.at(-1)?.[0] : undefined;
    this.pane.refold(() => this.folds.take(outline.g, group => group[1] > group[0] && group[4] === 0 && group[0] !== last));
    if (this.picked.lines) this.pane.show(this.picked.lines[0] - 1);
    if (this.follow.isOn) this.pane.toEnd();
    const toggle = button("folds");
    if (toggle) toggle.hidden = !this.folds.any;
    this.mark();
  }

  private rail(): void {
    const canvas = document.querySelector<HTMLCanvasElement>("[data-log-rail]");
    if (!canvas) return;
    const marks: RailMark[] = this.notes.map(([line, isError]) => ({ row: this.folds.rowOf(line), colour: isError ? "error" : "warning" }));
    for (const line of this.search?.hits.lines ?? []) marks.push({ row: this.folds.rowOf(line), colour: "hit" });
    if (this.picked.lines) marks.push({ row: this.folds.rowOf(this.picked.lines[0] - 1), colour: "picked" });
    drawRail(canvas, marks, this.folds.rows);
  }

  private remember(): void {
    localStorage.setItem("weir-log", JSON.stringify({ wrap: this.host.classList.contains("wraps"), stamps: this.stamps }));
    this.showToggles();
  }

  private showToggles(): void {
    button("wrap")?.setAttribute("aria-pressed", String(this.host.classList.contains("wraps")));
    this.host.classList.toggle("stamps", this.stamps !== "off");
    const stamps = button("stamps");
    stamps?.setAttribute("aria-pressed", String(this.stamps !== "off"));
    const label = stamps?.querySelector("span");
    if (label) label.textContent = this.stamps === "clock" ? "Clock" : "Times";
  }
}
