import type { Waterfall } from "./waterfall";
import { rankStates } from "./ranks";

/** Takes what the server tells: heads, what waits, blocks, changes. Says whether the page has the right columns for it, and how many builds are new. */
export function takeNews(page: Waterfall, content: DocumentFragment): { isRight: boolean; isNew: number } {
  let isRight = true, isNew = 0;
  for (const wait of content.querySelectorAll<HTMLElement>(".wf-wait")) page.heads.takeWait(wait);
  for (const head of content.querySelectorAll<HTMLElement>(".wf-head")) isRight = page.heads.take(head) && isRight;
  for (const block of content.querySelectorAll<HTMLAnchorElement>(".wf-block")) if (takeBlock(page, block)) isNew++;
  for (const change of content.querySelectorAll<HTMLElement>(".wf-change")) isRight = takeChange(page, change) && isRight;
  return { isRight, isNew };
}

function takeBlock(page: Waterfall, fresh: HTMLAnchorElement): boolean {
  const column = page.heads.columnOf.get(Number(fresh.dataset.builder)), d = fresh.dataset;
  if (column === undefined || (page.dataset.branch && page.dataset.branch !== d.branch)) return false;
  const id = Number(d.b), start = Number(d.s), end = d.e ? Number(d.e) : null, rank = Number(d.rank), live = page.live;
  showParts(page, fresh, id, rank);
  if (!live) return start > page.chunks[0]?.to;
  if (end !== null && end <= live.from) return false;
  const isNew = live.facts !== null && !live.facts.has(id);
  live.facts?.put({ id, column, start, end, rank });
  const target = live.column(column);
  if (!target || target.classList.contains("sum")) return isNew;
  const old = target.querySelector<HTMLElement>(`[data-b="${id}"]`);
  if (old && Number(old.dataset.event) > Number(d.event)) return false;
  const hadFocus = old !== null && old === document.activeElement;
  delete d.builder;
  if (old) {
    fresh.tabIndex = old.tabIndex;
    old.replaceWith(fresh);
  } else target.prepend(fresh);
  if (hadFocus) fresh.focus({ preventScroll: true });
  return isNew;
}

/** A build that reaches into older chunks is drawn in each of them: its parts wear the same state. */
function showParts(page: Waterfall, fresh: HTMLElement, id: number, rank: number): void {
  for (const part of page.querySelectorAll<HTMLElement>(`.wf-chunk:not(.live) [data-b="${id}"]`)) {
    part.dataset.rank = String(rank);
    if (!part.classList.contains("cluster")) part.className = part.className.replace(/\bis-\w+/, `is-${rankStates[rank]}`);
    part.setAttribute("aria-label", fresh.getAttribute("aria-label") ?? "");
  }
}

function takeChange(page: Waterfall, fresh: HTMLElement): boolean {
  const d = page.dataset, live = page.live;
  if (!live || document.getElementById(fresh.id) || (d.branch && d.branch !== fresh.dataset.branch)) return true;
  // A change without a project belongs to that of its codebase, which only the server knows.
  if (d.project && d.project !== fresh.dataset.project) return fresh.dataset.project !== undefined;
  live.element.querySelector(".wf-changes")?.prepend(fresh);
  live.facts?.putChange(fresh.id, Number(fresh.dataset.s));
  return true;
}
