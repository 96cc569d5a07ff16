import { Hit } from "./hits";

interface Painter { set(name: string, highlight: unknown): void; delete(name: string): void }
const painter = (CSS as unknown as { highlights?: Painter }).highlights;
const Highlight = (window as unknown as { Highlight?: new (...ranges: Range[]) => unknown }).Highlight;

/** Marks hits in the rows without touching their elements; a browser that cannot do that has the mark at the row. */
export function paint(rows: Iterable<[row: HTMLElement, hits: Hit[]]>, now: Hit | undefined): void {
  if (!painter || !Highlight) return;
  const all: Range[] = [], current: Range[] = [];
  for (const [row, hits] of rows) for (const hit of hits) {
    const range = rangeIn(row, hit);
    if (range) (hit === now ? current : all).push(range);
  }
  painter.set("log-hit", new Highlight(...all));
  painter.set("log-hit-now", new Highlight(...current));
}

export function unpaint(): void {
  painter?.delete("log-hit");
  painter?.delete("log-hit-now");
}

function rangeIn(row: HTMLElement, hit: Hit): Range | null {
  const text = row.querySelector(".tx");
  if (!text) return null;
  const start = placeOf(text, hit.column), end = placeOf(text, hit.column + hit.length);
  if (!start || !end) return null;
  const range = document.createRange();
  range.setStart(...start);
  range.setEnd(...end);
  return range;
}

function placeOf(text: Element, column: number): [Node, number] | null {
  const nodes = document.createTreeWalker(text, NodeFilter.SHOW_TEXT);
  let left = column;
  for (let node = nodes.nextNode(); node; node = nodes.nextNode()) {
    const length = node.textContent!.length;
    if (left <= length) return [node, left];
    left -= length;
  }
  return null;
}
