import { StreamActions } from "@hotwired/turbo";
import { isTyping } from "../Frame/keys";
import { rejoin } from "../Frame/live";
import { LogPage } from "./logpage";
import { lineOf } from "./rowstore";
import { rowHeight } from "./track";

// The log's page, and the tails of logs on other pages.
const tailRows = 12;
let page: LogPage | null = null;

/** A fragment of lines: from (the number of lines before its first), total, and complete at the end. */
StreamActions.lines = function (this: Element) {
  const id = this.getAttribute("log")!, from = Number(this.getAttribute("from")), total = Number(this.getAttribute("total")), complete = this.hasAttribute("complete");
  const template = this.querySelector("template")!;
  for (const tail of document.querySelectorAll<HTMLElement>(`[data-tail][data-log="${CSS.escape(id)}"][data-live]`)) append(tail, template.content.cloneNode(true) as DocumentFragment, from);
  if (page?.host.dataset.log !== id) return;
  page.host.dataset.next = String(Math.max(total, Number(page.host.dataset.next)));
  page.grown(total, complete, [...(template.content.cloneNode(true) as DocumentFragment).querySelectorAll<HTMLElement>(".ln")]);
  document.querySelector("[data-log-empty]")?.remove();
  document.querySelector("[data-log-lines]")!.textContent = total.toLocaleString("en-US");
  if (complete) document.querySelector("[data-log-state]")?.replaceChildren("complete");
};

function append(tail: HTMLElement, fresh: DocumentFragment, from: number): void {
  const have = Number(tail.dataset.next);
  const rows = [...fresh.querySelectorAll<HTMLElement>(".ln")].filter(row => lineOf(row) >= have);
  if (rows.length === 0) return;
  if (from > have && have > 0 && from - have < tailRows) { void rejoin(tail.dataset.live!, have); return; }
  for (const row of rows) row.removeAttribute("id");
  tail.append(...rows);
  tail.dataset.next = String(lineOf(rows[rows.length - 1]) + 1);
  while (tail.childElementCount > tailRows) tail.firstElementChild!.remove();
}

function open(): void {
  const host = document.getElementById("log");
  if (page?.host === host) return;
  page?.stop();
  page = host ? new LogPage(host) : null;
}

function clicked(event: MouseEvent): void {
  const target = event.target as Element;
  if (!page || !target.closest) return;
  const number = target.closest<HTMLElement>("#log .no"), more = target.closest<HTMLElement>("#log a.more"), fold = target.closest("#log .group-fold");
  if (target.closest("[data-log-follow]")) page.follow.toggle();
  else if (target.closest("[data-log-wrap]")) page.toggleWrap();
  else if (target.closest("[data-log-stamps]")) page.toggleStamps();
  else if (target.closest("[data-log-folds]")) page.toggleFolds();
  else if (target.closest("[data-log-copy]")) void page.picked.copy();
  else if (fold) page.toggleFold(lineOf(fold.closest(".ln")!));
  else if (more) { event.preventDefault(); void page.whole(more); }
  else if (number && !event.ctrlKey && !event.metaKey) {
    event.preventDefault();
    page.follow.stop();
    page.picked.pick(lineOf(number.closest(".ln")!), event.shiftKey);
    page.mark();
  }
}

function pressed(event: KeyboardEvent): void {
  if (!page) return;
  if ((event.ctrlKey || event.metaKey) && event.key === "f" && !event.altKey && page.search && !page.search.isFocused) {
    // A second one is the browser's.
    event.preventDefault();
    page.search.focus();
    return;
  }
  if (isTyping(event) || event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
  const { pane, follow } = page, up = (pixels: number): void => { follow.stop(); pane.by(-pixels); };
  const acts: Record<string, () => void> = {
    PageUp: () => up(pane.view - rowHeight), PageDown: () => pane.by(pane.view - rowHeight),
    ArrowUp: () => up(rowHeight), ArrowDown: () => pane.by(rowHeight), k: () => up(rowHeight), j: () => pane.by(rowHeight),
    Home: () => { follow.stop(); pane.toStart(); }, End: end, G: end,
    w: () => page!.toggleWrap(), t: () => page!.toggleStamps(), f: () => page!.toggleFolds(),
    n: () => { follow.stop(); page!.search?.step(1); }, N: () => { follow.stop(); page!.search?.step(-1); },
    e: () => page!.error(1), E: () => page!.error(-1),
    Escape: () => { page!.picked.clear(); page!.mark(); },
  };
  const act = acts[event.key];
  if (!act) return;
  event.preventDefault();
  act();

  function end(): void { pane.toEnd(); follow.start(); }
}

export function startLogs(): void {
  document.addEventListener("turbo:load", open);
  document.addEventListener("turbo:render", open);
  document.addEventListener("turbo:before-render", event => {
    if ((event as CustomEvent<{ renderMethod?: string }>).detail.renderMethod === "morph" && location.pathname === `/logs/${page?.host.dataset.log}`) return;
    page?.stop();
    page = null;
  });
  // A page that is brought up to date keeps its place; what it lacks it asks for.
  document.addEventListener("turbo:before-morph-element", event => {
    const fresh = (event as CustomEvent<{ newElement?: HTMLElement }>).detail.newElement;
    if (event.target !== page?.host) return;
    event.preventDefault();
    if (fresh?.dataset.lines) page!.grown(Number(fresh.dataset.lines), fresh.dataset.live === undefined, []);
  });
  window.addEventListener("hashchange", () => { page?.follow.stop(); page?.picked.read(); page?.mark(); });
  document.addEventListener("click", clicked);
  document.addEventListener("keydown", pressed);
  document.addEventListener("visibilitychange", () => { if (!document.hidden) page?.follow.draw(); });
  // Following ends by what the viewer does, not by what scroll events look like.
  const inLog = (event: Event): boolean => event.target instanceof Node && page !== null && page.host.contains(event.target);
  document.addEventListener("wheel", event => { if (event.deltaY < 0 && inLog(event)) page!.follow.stop(); }, { passive: true });
  let touchY = 0;
  document.addEventListener("touchstart", event => { touchY = event.touches[0].clientY; }, { passive: true });
  document.addEventListener("touchmove", event => { if (event.touches[0].clientY > touchY + 8 && inLog(event)) page!.follow.stop(); }, { passive: true });
  // The scroll bar: a press beside the text.
  document.addEventListener("pointerdown", event => { if (event.target === page?.host && event.offsetX >= page!.host.clientWidth) page!.follow.stop(); });
  document.addEventListener("selectionchange", () => {
    const selection = document.getSelection();
    if (selection && !selection.isCollapsed && page?.host.contains(selection.anchorNode)) page.follow.stop();
  });
}
