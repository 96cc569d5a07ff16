import { StreamActions } from "@hotwired/turbo";
import * as Turbo from "@hotwired/turbo";
import { isTyping } from "../Frame/keys";
import { rejoin } from "../Frame/live";

// New lines are appended to the log's page and to tails on other pages; the page follows its end until the viewer scrolls up.
const mostRows = 5000;
const tailRows = 12;
let follows = false;
let arrived = 0;

const page = (): HTMLElement | null => document.getElementById("log");
const button = (name: string): HTMLButtonElement | null => document.querySelector(`[data-log-${name}]`);
const atEnd = (): boolean => window.innerHeight + window.scrollY >= document.documentElement.scrollHeight - 24;
const toEnd = (): void => window.scrollTo({ top: document.documentElement.scrollHeight });

/** A fragment of lines: from (the number of lines before its first), total, and complete at the end. */
StreamActions.lines = function (this: Element) {
  const id = this.getAttribute("log")!, from = Number(this.getAttribute("from")), total = Number(this.getAttribute("total"));
  const template = this.querySelector("template")!;
  for (const log of document.querySelectorAll<HTMLElement>(`[data-log="${CSS.escape(id)}"][data-live]`)) append(log, template.content.cloneNode(true) as DocumentFragment, from);
  const count = document.querySelector("[data-log-lines]");
  if (count && page()?.dataset.log === id) {
    count.textContent = total.toLocaleString("en-US");
    if (this.hasAttribute("complete")) document.querySelector("[data-log-state]")?.replaceChildren("complete");
  }
};

function append(log: HTMLElement, fresh: DocumentFragment, from: number): void {
  const have = Number(log.dataset.next), isTail = log.dataset.tail !== undefined;
  const rows = [...fresh.querySelectorAll<HTMLElement>(".ln")].filter(row => numberOf(row) > have);
  if (rows.length === 0) return;
  if (from > have) {
    if (!isTail && from - have <= mostRows) { void rejoin(log.dataset.live!, have); return; }
    if (!isTail) log.append(gap(have, from));
  }
  if (isTail) for (const row of rows) row.removeAttribute("id");
  document.querySelector("[data-log-empty]")?.remove();
  log.append(...rows);
  log.dataset.next = String(numberOf(rows[rows.length - 1]));
  const most = isTail ? tailRows : mostRows;
  if (isTail) {
    while (log.childElementCount > most) log.firstElementChild!.remove();
    return;
  }
  if (log !== page()) return;
  if (follows) {
    trim(log, most);
    toEnd();
  } else {
    arrived += rows.length;
    // Who reads far above while the log runs away keeps what he reads; the rest is a page further.
    if (log.childElementCount > most * 2) log.removeAttribute("data-live");
  }
  showFollowing();
}

const numberOf = (row: Element): number => Number(row.querySelector<HTMLElement>(".no")?.dataset.n ?? 0);

/** The page is bounded: what is far above goes, and a link brings it back. */
function trim(log: HTMLElement, most: number): void {
  if (log.childElementCount <= most) return;
  while (log.childElementCount > most) log.firstElementChild!.remove();
  const first = numberOf(log.firstElementChild!);
  if (first > 1) log.prepend(gap(0, first - 1));
}

function gap(from: number, to: number): HTMLElement {
  const row = document.createElement("div"), link = document.createElement("a");
  row.className = "ln gap";
  link.href = `/logs/${page()?.dataset.log}?line=${from + 1}`;
  link.textContent = `lines ${(from + 1).toLocaleString("en-US")} to ${to.toLocaleString("en-US")} are not on this page`;
  row.append(link);
  return row;
}

function showFollowing(): void {
  const b = button("follow");
  if (!b) return;
  const isLive = page()?.dataset.live !== undefined;
  b.hidden = !isLive;
  b.setAttribute("aria-pressed", String(follows));
  b.querySelector("span")!.textContent = follows ? "Following" : arrived > 0 ? `Follow: ${arrived.toLocaleString("en-US")} new` : "Follow";
}

function follow(on: boolean): void {
  if (!page() || page()!.dataset.live === undefined) return;
  follows = on;
  if (on) { arrived = 0; toEnd(); }
  showFollowing();
}

// ── Links to lines ──
function pick(scrolls: boolean): void {
  const log = page();
  if (!log) return;
  for (const row of log.querySelectorAll(".picked")) row.classList.remove("picked");
  const range = /^#L(\d+)(?:-L(\d+))?$/.exec(location.hash);
  const copy = button("copy");
  if (copy) copy.hidden = !range;
  if (!range) return;
  const [a, b] = [Number(range[1]), Number(range[2] ?? range[1])].sort((x, y) => x - y);
  const first = document.getElementById(`L${a}`);
  if (!first) {
    if (scrolls) Turbo.visit(`/logs/${log.dataset.log}?line=${a}${location.hash}`, { action: "replace" });
    return;
  }
  for (let n = a; n <= Math.min(b, a + mostRows); n++) document.getElementById(`L${n}`)?.classList.add("picked");
  if (scrolls) { follow(false); first.scrollIntoView(); }
}

function pickLine(event: MouseEvent): void {
  const number = (event.target as Element).closest?.<HTMLElement>("#log .no");
  if (!number || event.ctrlKey || event.metaKey) return;
  event.preventDefault();
  const n = Number(number.dataset.n), from = /^#L(\d+)/.exec(location.hash);
  const hash = event.shiftKey && from ? `#L${Math.min(n, Number(from[1]))}-L${Math.max(n, Number(from[1]))}` : `#L${n}`;
  history.replaceState(history.state, "", `?line=${n}${hash}`);
  follow(false);
  pick(false);
}

async function copyLines(): Promise<void> {
  const text = [...document.querySelectorAll("#log .picked .tx")].map(t => t.textContent).join("\n");
  await navigator.clipboard.writeText(text + "\n");
  const b = button("copy");
  if (b) b.classList.add("fresh");
}

function toggle(name: "wrap" | "stamps"): void {
  const b = button(name), log = page();
  if (!b || !log) return;
  const on = log.classList.toggle(name === "wrap" ? "wraps" : "stamps");
  b.setAttribute("aria-pressed", String(on));
}

export function startLogs(): void {
  document.addEventListener("turbo:load", () => {
    follows = false;
    arrived = 0;
    const log = page();
    if (!log) return;
    if (location.hash) pick(true);
    else if (log.dataset.live !== undefined && !new URLSearchParams(location.search).has("line")) follow(true);
    showFollowing();
  });
  window.addEventListener("hashchange", () => pick(true));
  document.addEventListener("click", event => {
    const target = event.target as Element;
    if (target.closest?.("[data-log-follow]")) follow(!follows);
    else if (target.closest?.("[data-log-wrap]")) toggle("wrap");
    else if (target.closest?.("[data-log-stamps]")) toggle("stamps");
    else if (target.closest?.("[data-log-copy]")) void copyLines();
    else pickLine(event);
  });
  // Following ends by what the viewer does, not by what scroll events look like.
  const up = (): void => { if (follows) follow(false); };
  window.addEventListener("wheel", event => { if (event.deltaY < 0) up(); }, { passive: true });
  let touchY = 0;
  window.addEventListener("touchstart", event => { touchY = event.touches[0].clientY; }, { passive: true });
  window.addEventListener("touchmove", event => { if (event.touches[0].clientY > touchY + 8) up(); }, { passive: true });
  window.addEventListener("scroll", () => {
    if (!follows && page()?.dataset.live !== undefined && arrived > 0 && atEnd()) follow(true);
  }, { passive: true });
  document.addEventListener("selectionchange", () => {
    const selection = document.getSelection();
    if (selection && !selection.isCollapsed && page()?.contains(selection.anchorNode)) up();
  });
  document.addEventListener("keydown", event => {
    if (!page() || isTyping(event) || event.ctrlKey || event.metaKey || event.altKey) return;
    if (["PageUp", "ArrowUp", "Home"].includes(event.key)) up();
    else if (event.key === "End" || event.key === "G") { if (page()!.dataset.live !== undefined) { event.preventDefault(); follow(true); } }
    else if (event.key === "w") toggle("wrap");
    else if (event.key === "t") toggle("stamps");
    else if (event.key === "Escape" && location.hash) { history.replaceState(history.state, "", location.pathname + location.search); pick(false); }
  });
}
