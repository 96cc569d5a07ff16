import { duration } from "../Parts/words";
import type { Scale } from "./axis";
import { ticks } from "./ticks";

const changeApart = 14;
const time = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
const day = new Intl.DateTimeFormat(undefined, { weekday: "short", day: "numeric" });
const offset = (at: number): number => -new Date(at).getTimezoneOffset();

function positioned<T extends HTMLElement>(e: T, y: number, className: string, text = ""): T {
  e.className = className;
  e.style.setProperty("--y", y.toFixed(2));
  if (text) e.textContent = text;
  return e;
}

// Two parts of a long time are wider than the gutter.
function rough(milliseconds: number): string {
  const unit = milliseconds >= 36_000_000 ? 3_600_000 : milliseconds >= 120_000 ? 60_000 : 1;
  return duration(Math.floor(milliseconds / unit) * unit);
}

/** The hours of a chunk in the viewer's zone, what was left out, and where the scale is slower. Answers what it depends on, so that nobody draws the same again. */
export function drawGutter(chunk: HTMLElement, scale: Scale, from: number, to: number, zoom: number, isLive: boolean, open: number[], before: string): string {
  const marks = ticks(scale, from, to, zoom, isLive, offset), last = scale.folds[scale.folds.length - 1];
  const key = `${marks.length} ${marks[0]?.y.toFixed(1)} ${scale.folds.length} ${last ? duration(last.to - last.from) : ""} ${scale.slow.length}`;
  const gutter = chunk.querySelector("[data-gutter]"), overlay = chunk.querySelector("[data-folds]");
  if (key === before || !gutter || !overlay) return key;
  const folds = scale.folds.map(f => {
    const url = new URL(location.href), text = duration(f.to - f.from), a = positioned(document.createElement("a"), f.y, "fold", rough(f.to - f.from));
    url.searchParams.set("open", [...open, f.from].join(","));
    a.href = url.pathname + url.search;
    a.title = `nothing ran for ${text}; open`;
    return a;
  });
  const slow = scale.slow.map(s => {
    const e = positioned(document.createElement("span"), s.y, "slow");
    e.title = "shown slower: little happened here";
    e.style.setProperty("--h", (scale.y(s.to) - s.y).toFixed(2));
    return e;
  });
  gutter.replaceChildren(...slow, ...marks.map(m => {
    const e = positioned(document.createElement("span"), m.y, "tick", time.format(m.at));
    if (m.isDay) e.prepend(Object.assign(document.createElement("b"), { textContent: day.format(m.at) }));
    return e;
  }), ...folds);
  overlay.querySelectorAll(":scope > span").forEach(e => e.remove());
  overlay.prepend(...scale.folds.map(f => positioned(document.createElement("span"), f.y, "", `nothing ran for ${duration(f.to - f.from)}`)));
  return key;
}

/** The marks of a chunk's changes; those too near to the one below fold into it. */
export function drawChanges(chunk: HTMLElement, scale: Scale): void {
  const marks = [...chunk.querySelectorAll<HTMLElement>(".wf-change")].sort((a, b) => Number(a.dataset.s) - Number(b.dataset.s) || Number(a.id.slice(10)) - Number(b.id.slice(10)));
  let shown: HTMLElement | null = null, lastY = -Infinity, more = 0;
  for (const mark of marks) {
    const y = scale.y(Number(mark.dataset.s)), isFolded = y - lastY < changeApart;
    if (mark.hidden !== isFolded) mark.hidden = isFolded;
    if (isFolded) { shown!.dataset.more = `+${++more}`; continue; }
    delete mark.dataset.more;
    mark.style.setProperty("--y", y.toFixed(2));
    [shown, lastY, more] = [mark, y, 0];
  }
}
