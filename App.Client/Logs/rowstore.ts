// Rows of a log by their line, fetched in clusters and kept while they were used lately. Lines never change, so the browser's cache may keep the answers as well.
const clusterSize = 100;
const mostClusters = 20;
// Who drags the thumb passes by much that he does not want to read.
const settle = 25;

export class RowStore {
  // In the order of their last use.
  private readonly clusters = new Map<number, Map<number, HTMLElement>>();
  private readonly asked = new Map<number, AbortController>();
  private wanted: number[] = [];
  private timer = 0;

  constructor(private readonly log: string, private readonly arrived: () => void) {}

  get(line: number): HTMLElement | undefined { return this.clusters.get(clusterOf(line))?.get(line); }

  put(row: HTMLElement): void {
    const line = lineOf(row), n = clusterOf(line);
    let cluster = this.clusters.get(n);
    if (!cluster) {
      this.clusters.set(n, cluster = new Map());
      this.shrink();
    }
    if (!cluster.has(line)) cluster.set(line, row);
  }

  /** These lines are looked at: what is missing is fetched, what nobody looks at any more is not. */
  want(lines: number[]): void {
    const missing = new Set<number>();
    for (const line of lines) {
      const n = clusterOf(line), cluster = this.clusters.get(n);
      if (cluster) {
        this.clusters.delete(n);
        this.clusters.set(n, cluster);
      }
      if (!cluster?.has(line)) missing.add(n);
    }
    this.wanted = [...missing];
    for (const [n, request] of this.asked) if (!missing.has(n)) {
      request.abort();
      this.asked.delete(n);
    }
    if (this.wanted.length > 0) this.timer ||= window.setTimeout(() => { this.timer = 0; this.fetchWanted(); }, settle);
  }

  /** The text of lines, whether they are kept or not. */
  async rows(from: number, count: number): Promise<HTMLElement[]> {
    const template = document.createElement("template");
    template.innerHTML = await this.ask(from, count);
    return [...template.content.querySelectorAll<HTMLElement>(".ln")];
  }

  stop(): void {
    window.clearTimeout(this.timer);
    for (const request of this.asked.values()) request.abort();
    this.asked.clear();
  }

  private fetchWanted(): void {
    for (const n of this.wanted) if (!this.asked.has(n)) void this.fetchCluster(n);
  }

  private async fetchCluster(n: number): Promise<void> {
    const request = new AbortController();
    this.asked.set(n, request);
    try {
      const template = document.createElement("template");
      template.innerHTML = await this.ask(n * clusterSize, clusterSize, request.signal);
      for (const row of template.content.querySelectorAll<HTMLElement>(".ln")) this.put(row);
      this.asked.delete(n);
      this.arrived();
    } catch {
      // Given up because nobody looks there any more; or the master is away, and whoever still looks asks again.
      if (request.signal.aborted) return;
      this.asked.delete(n);
      this.timer ||= window.setTimeout(() => { this.timer = 0; this.fetchWanted(); }, 2000);
    }
  }

  private async ask(from: number, count: number, signal?: AbortSignal): Promise<string> {
    const answer = await fetch(`/logs/${this.log}/rows?from=${from}&count=${count}`, { signal });
    if (!answer.ok) throw new Error(String(answer.status));
    return await answer.text();
  }

  private shrink(): void {
    for (const n of this.clusters.keys()) {
      if (this.clusters.size <= mostClusters) return;
      this.clusters.delete(n);
    }
  }
}

const clusterOf = (line: number): number => Math.floor(line / clusterSize);

/** The line of a row, from 0. */
export const lineOf = (row: Element): number => Number(row.querySelector<HTMLElement>(".no")?.dataset.n ?? 0) - 1;
