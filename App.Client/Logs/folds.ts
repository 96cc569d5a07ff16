/** A group of lines, numbered from 0: its first line, its last (-1: still open), when it began and ended (ms), errors in it. */
export type Group = [first: number, last: number, began: number, ended: number, errors: number];

/** Which lines are seen: all but those inside closed groups. A row is the place of a seen line among the seen ones. */
export class Folds {
  private readonly closed = new Set<number>();
  private readonly byFirst = new Map<number, Group>();
  // Stretches that are not seen, in order: from, to (without), and how many lines are hidden before each.
  private from: number[] = [];
  private to: number[] = [];
  private before: number[] = [];
  private hidden = 0;

  constructor(public lines: number) {}

  get rows(): number { return this.lines - this.hidden; }
  get groups(): Iterable<Group> { return this.byFirst.values(); }
  get any(): boolean { return this.byFirst.size > 0; }
  get anyClosed(): boolean { return this.closed.size > 0; }

  /** Takes the groups that are known now. One that ended well before it was seen is closed; what is open already stays so. */
  take(groups: Group[], mayClose: (group: Group) => boolean): void {
    for (const group of groups) {
      if (!this.byFirst.has(group[0]) && mayClose(group)) this.closed.add(group[0]);
      this.byFirst.set(group[0], group);
    }
    this.fold();
  }

  at(line: number): Group | undefined { return this.byFirst.get(line); }
  isClosed(line: number): boolean { return this.closed.has(line); }

  toggle(line: number): void {
    if (!this.closed.delete(line)) this.closed.add(line);
    this.fold();
  }

  all(closed: boolean): void {
    this.closed.clear();
    if (closed) for (const group of this.byFirst.values()) if (group[1] > group[0]) this.closed.add(group[0]);
    this.fold();
  }

  /** Opens whatever hides a line; false if it was seen already. */
  open(line: number): boolean {
    const opened = [...this.closed].filter(first => { const group = this.byFirst.get(first)!; return first < line && line <= group[1]; });
    for (const first of opened) this.closed.delete(first);
    if (opened.length > 0) this.fold();
    return opened.length > 0;
  }

  lineAt(row: number): number {
    // The last stretch that begins at or before the row.
    let low = 0, high = this.from.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.from[middle] - this.before[middle] <= row) low = middle + 1; else high = middle;
    }
    return low === 0 ? row : row + this.before[low - 1] + this.to[low - 1] - this.from[low - 1];
  }

  /** The row of a line; of a hidden one the row of the line that it is folded into. */
  rowOf(line: number): number {
    let low = 0, high = this.from.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.from[middle] <= line) low = middle + 1; else high = middle;
    }
    if (low === 0) return line;
    const n = low - 1;
    return line < this.to[n] ? this.from[n] - this.before[n] - 1 : line - this.before[n] - (this.to[n] - this.from[n]);
  }

  private fold(): void {
    [this.from, this.to, this.before, this.hidden] = [[], [], [], 0];
    for (const first of [...this.closed].sort((a, b) => a - b)) {
      const last = this.byFirst.get(first)?.[1] ?? -1;
      if (last <= first || first + 1 < (this.to.at(-1) ?? 0)) continue;
      this.from.push(first + 1);
      this.to.push(last + 1);
      this.before.push(this.hidden);
      this.hidden += last - first;
    }
  }
}
