import { isRed, rankStates } from "./ranks";
import { matchesName, matchesState } from "./states";

interface Member { rank: number; running: number; waiting: number }

/** The headers of the columns: which builder stands where, and how projects that are folded stand as a whole. */
export class Heads {
  readonly columnOf = new Map<number, number>();
  private readonly sums = new Map<number, { element: HTMLElement; members: Map<number, Member> }>();

  constructor(private readonly root: HTMLElement) {
    const heads = [...root.querySelectorAll<HTMLElement>(".wf-heads > .wf-head:not(.wf-gutter-head, .wf-changes-head)")];
    heads.forEach((element, index) => {
      if (!element.dataset.members) { this.columnOf.set(Number(element.dataset.builder), index); return; }
      const members = new Map(element.dataset.members.split(";").map(m => m.split(",").map(Number)).map(([id, rank, running, waiting]): [number, Member] => [id, { rank, running, waiting }]));
      this.sums.set(index, { element, members });
      for (const id of members.keys()) this.columnOf.set(id, index);
    });
  }

  /** Takes a head as it is now. Answers false when the page has the wrong columns for it: a builder that should be shown and is not, or the other way round. */
  take(fresh: HTMLElement): boolean {
    const id = Number(fresh.dataset.builder), d = this.root.dataset, isWanted = matchesState(d.result, fresh.dataset.is ?? "");
    const column = this.columnOf.get(id);
    if (column === undefined)
      return !(isWanted && matchesName(d.builders, fresh.dataset.name ?? "") && (!d.project || d.project === fresh.dataset.project) && (!d.tag || (fresh.dataset.tags ?? "").split(" ").includes(d.tag)));
    const sum = this.sums.get(column);
    if (sum) {
      sum.members.set(id, { rank: Number(fresh.dataset.rank ?? 0), running: Number(fresh.dataset.running), waiting: Number(fresh.dataset.waiting) });
      sum.element.dataset.members = [...sum.members].map(([member, m]) => `${member},${m.rank},${m.running},${m.waiting}`).join(";");
      this.drawSum(sum.element, [...sum.members.values()]);
    } else replace(document.getElementById(fresh.id), fresh);
    return isWanted;
  }

  takeWait(fresh: HTMLElement): void { replace(document.getElementById(fresh.id), fresh); }

  private drawSum(element: HTMLElement, members: Member[]): void {
    const worst = Math.max(0, ...members.map(m => m.rank)), total = (of: (m: Member) => number): number => members.reduce((n, m) => n + of(m), 0);
    const state = worst > 0 ? `is-${rankStates[worst]}` : "", last = element.querySelector(".wf-last")!;
    last.className = `wf-last ${state}`;
    last.querySelector(".square")!.className = `square fill ${state}`;
    last.querySelector(".wf-number")!.textContent = String(total(m => isRed(m.rank) ? 1 : 0) || "");
    last.querySelector(".sr")!.textContent = rankStates[worst] ?? "";
    for (const [name, n] of [["running", total(m => m.running)], ["waiting", total(m => m.waiting)]] as const) {
      const e = element.querySelector<HTMLElement>(`[data-${name}]`)!;
      e.hidden = n === 0;
      e.lastChild!.textContent = String(n);
    }
  }
}

function replace(old: HTMLElement | null, fresh: HTMLElement): void {
  if (!old || old.outerHTML === fresh.outerHTML) return;
  const focused = old.contains(document.activeElement) ? (document.activeElement as HTMLElement).className : null;
  old.replaceWith(fresh);
  if (focused !== null) [...fresh.querySelectorAll<HTMLElement>("a")].find(a => a.className === focused)?.focus({ preventScroll: true });
}
