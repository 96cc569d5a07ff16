import type { AxisEvent } from "./axis";

/** What is known of every shown build of the chunk that reaches up to now, drawn or not: the scale depends on all of them. */
export interface Fact { id: number; column: number; start: number; end: number | null; rank: number }

export class Facts {
  private readonly byId = new Map<number, Fact>();
  private readonly over = new Set<number>();
  private readonly changes = new Set<string>();
  private changeTimes: number[] = [];

  constructor(readonly from: number) {}

  /** `id,column,start,length,rank;` as differences, as ChunkPlan.cs writes it. */
  static read(text: string, from: number): Facts {
    const facts = new Facts(from);
    let id = 0, start = from;
    for (const part of text.split(";")) {
      if (!part) continue;
      const [i, column, s, length, rank] = part.split(",");
      id += Number(i);
      start += Number(s);
      facts.put({ id, column: Number(column), start, end: length === "" ? null : start + Number(length), rank: Number(rank) });
    }
    return facts;
  }

  get all(): Iterable<Fact> { return this.byId.values(); }
  has(id: number): boolean { return this.byId.has(id); }

  /** A build as it is now; one that ended stays ended, whatever a late fragment says. */
  put(fact: Fact): void {
    if (fact.end !== null && fact.end <= this.from) { this.byId.delete(fact.id); this.over.add(fact.id); }
    if (this.over.has(fact.id)) return;
    const known = this.byId.get(fact.id);
    if (known?.end != null && fact.end === null) return;
    this.byId.set(fact.id, fact);
  }

  putChange(id: string, at: number): void {
    if (at <= this.from || this.changes.has(id)) return;
    this.changes.add(id);
    this.changeTimes.push(at);
  }

  get runningAtFrom(): number {
    let n = 0;
    for (const f of this.byId.values()) if (f.start <= this.from) n++;
    return n;
  }

  /** In order of time; of those of one moment beginnings come first. */
  events(): AxisEvent[] {
    const events: AxisEvent[] = this.changeTimes.map(at => ({ at, running: 0 }));
    for (const f of this.byId.values()) {
      if (f.start > this.from) events.push({ at: f.start, running: 1 });
      if (f.end !== null) events.push({ at: f.end, running: -1 });
    }
    return events.sort((a, b) => a.at - b.at || b.running - a.running);
  }

  /** The builds of a column that ended by a moment. */
  ends(column: number, to: number): Array<{ end: number; rank: number }> {
    const ends: Array<{ end: number; rank: number }> = [];
    for (const f of this.byId.values()) if (f.column === column && f.end !== null && f.end <= to) ends.push({ end: f.end, rank: f.rank });
    return ends;
  }
}
