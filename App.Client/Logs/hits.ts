/** A hit of the search, as the server tells it: a line from 0, a column and a length in its text. */
export interface Hit { line: number; column: number; length: number }

export const mostListed = 10_000;

/** What was found so far, by line, in order; more than a certain number is only counted. */
export class Hits {
  count = 0;
  searched = 0;
  private readonly list: Hit[] = [];
  private readonly byLine = new Map<number, Hit[]>();

  get isCut(): boolean { return this.count > this.list.length; }
  get lines(): Iterable<number> { return this.byLine.keys(); }
  get listed(): number { return this.list.length; }

  add(hits: Hit[], count: number, searched: number): void {
    this.count += count;
    this.searched += searched;
    for (const hit of hits) {
      if (this.list.length >= mostListed) break;
      this.list.splice(this.place(hit.line, hit.column), 0, hit);
      const line = this.byLine.get(hit.line);
      if (line) line.push(hit); else this.byLine.set(hit.line, [hit]);
    }
  }

  on(line: number): Hit[] { return this.byLine.get(line) ?? []; }
  at(n: number): Hit | undefined { return this.list[n]; }

  /** The number of the first hit at or after a line; -1 if there is none at all, the first one if there is none after. */
  from(line: number): number { return this.list.length === 0 ? -1 : this.place(line, 0) % this.list.length; }

  private place(line: number, column: number): number {
    let low = 0, high = this.list.length;
    while (low < high) {
      const middle = (low + high) >> 1, hit = this.list[middle];
      if (hit.line < line || (hit.line === line && hit.column < column)) low = middle + 1; else high = middle;
    }
    return low;
  }
}

/** What the counter says. */
export function told(hits: Hits, now: number, lines: number, over: boolean): string {
  const words = (n: number): string => n.toLocaleString("en-US");
  const place = now >= 0 ? `${words(now + 1)} of ` : "";
  const sum = hits.count === 0 && over ? "no hits" : `${place}${words(hits.count)} ${hits.count === 1 ? "hit" : "hits"}`;
  const listed = hits.isCut ? `, the first ${words(hits.listed)} listed` : "";
  return over ? sum + listed : `${sum}${listed}, ${Math.min(99, Math.floor(100 * hits.searched / Math.max(1, lines)))} % searched`;
}
