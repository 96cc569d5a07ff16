import { LogPane } from "./pane";

/** Lines that an address names, from 1: #L120 or #L120-L140. */
export function rangeOf(hash: string): [first: number, last: number] | null {
  const found = /^#L(\d{1,15})(?:-L?(\d{1,15}))?$/.exec(hash);
  if (!found) return null;
  const a = Number(found[1]), b = Number(found[2] ?? found[1]);
  return a === 0 || b === 0 ? null : [Math.min(a, b), Math.max(a, b)];
}

/** The address of a range; without script ?line= shows the part that holds it. */
export function addressOf(search: string, first: number, last: number): string {
  const query = new URLSearchParams(search);
  query.delete("tail");
  query.set("line", String(first));
  return `?${query}#L${first}${last > first ? `-L${last}` : ""}`;
}

const mostCopied = 20_000;
const copiedAtOnce = 2000;

/** The lines that the address names: marked, linked to, copied without their numbers. */
export class Picked {
  private range = rangeOf(location.hash);

  constructor(private readonly pane: LogPane, private readonly copyButton: HTMLButtonElement | null) { this.show(); }

  get lines(): [number, number] | null { return this.range; }
  holds(line: number): boolean { return this.range !== null && line + 1 >= this.range[0] && line + 1 <= this.range[1]; }

  /** The address changed; its lines are brought into view. */
  read(): void {
    this.range = rangeOf(location.hash);
    this.show();
    if (this.range) this.pane.show(this.range[0] - 1);
  }

  pick(line: number, extend: boolean): void {
    const n = line + 1;
    this.range = extend && this.range ? [Math.min(n, this.range[0]), Math.max(n, this.range[0])] : [n, n];
    history.replaceState(history.state, "", addressOf(location.search, ...this.range));
    this.show();
  }

  clear(): void {
    if (!this.range) return;
    this.range = null;
    const query = new URLSearchParams(location.search);
    query.delete("line");
    history.replaceState(history.state, "", location.pathname + (query.size ? `?${query}` : ""));
    this.show();
  }

  async copy(): Promise<void> {
    if (!this.range) return;
    const [first, last] = this.range, parts: string[] = [];
    for (let from = first - 1; from < Math.min(last, first - 1 + mostCopied); from += copiedAtOnce) {
      for (const row of await this.pane.store.rows(from, Math.min(copiedAtOnce, last - from))) parts.push(row.querySelector(".tx")!.textContent!);
    }
    await navigator.clipboard.writeText(parts.join("\n") + "\n");
    this.say("Copied");
  }

  private show(): void {
    this.pane.redecorate();
    const button = this.copyButton;
    if (!button) return;
    button.hidden = !this.range;
    this.say(this.range && this.range[1] > this.range[0] ? `Copy ${(this.range[1] - this.range[0] + 1).toLocaleString("en-US")} lines` : "Copy line");
  }

  private say(text: string): void {
    const label = this.copyButton?.querySelector("span");
    if (label) label.textContent = text;
  }
}
