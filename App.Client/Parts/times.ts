import { serverNow, setServerTime } from "./clock";
import { ago, duration } from "./words";

// Time that merely passes is moved here, by one timer and the server's clock, never by messages.
const exact = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "medium", hourCycle: "h23" });
const sameDay = new Intl.DateTimeFormat(undefined, { timeStyle: "medium", hourCycle: "h23" });
const minutes = new Intl.DateTimeFormat(undefined, { timeStyle: "short", hourCycle: "h23" });
const dayAndMinutes = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short", hourCycle: "h23" });
const movers: Array<(now: number) => void> = [];

/** Calls back once a second with the server's time, while the page is seen. */
export function everySecond(move: (now: number) => void): void { movers.push(move); }

function set(element: Element, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}

export function tellTimes(root: ParentNode, now = serverNow()): void {
  for (const e of root.querySelectorAll<HTMLTimeElement>("time[data-ago]")) {
    set(e, ago(Date.parse(e.dateTime), now));
    e.title = exact.format(new Date(e.dateTime));
  }
  for (const e of root.querySelectorAll<HTMLTimeElement>("time[data-clock]")) {
    const at = new Date(e.dateTime);
    set(e, at.toDateString() === new Date(now).toDateString() ? sameDay.format(at) : exact.format(at));
    e.title = `${exact.format(at)} (${e.dateTime})`;
  }
  for (const e of root.querySelectorAll<HTMLTimeElement>("time[data-about]")) {
    const at = new Date(e.dateTime);
    set(e, `about ${(at.toDateString() === new Date(now).toDateString() ? minutes : dayAndMinutes).format(at)}`);
    e.title = exact.format(at);
  }
  for (const e of root.querySelectorAll<HTMLElement>("[data-since]")) set(e, duration(now - Date.parse(e.dataset.since!)));
  for (const e of root.querySelectorAll<HTMLElement>("[data-progress]")) {
    const start = Number(e.dataset.s), end = Number(e.dataset.x), part = Math.min(0.99, Math.max(0, (now - start) / Math.max(1, end - start)));
    e.style.setProperty("--part", part.toFixed(3));
    e.setAttribute("aria-valuenow", String(Math.floor(part * 100)));
    e.classList.toggle("over", now > end);
  }
  for (const axis of root.querySelectorAll<HTMLElement>("[data-axis]")) {
    const a = Number(axis.dataset.a), b = Number(axis.dataset.b);
    for (const e of axis.querySelectorAll<HTMLElement>("[data-bar]")) {
      const start = (Date.parse(e.dataset.bar!) - a) / (b - a);
      e.style.setProperty("--w", Math.min(1 - start, Math.max(0, (now - a) / (b - a) - start)).toFixed(4));
    }
  }
}

function tick(): void {
  if (document.hidden) return;
  const now = serverNow();
  tellTimes(document, now);
  for (const move of movers) move(now);
}

export function startTimes(): void {
  const served = Number(document.body.dataset.now);
  if (served) setServerTime(served);
  setInterval(tick, 1000);
  document.addEventListener("visibilitychange", tick);
  // Also after a form that came back and after a morph: both bring the server's words.
  for (const event of ["turbo:load", "turbo:render"]) document.addEventListener(event, () => {
    const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
    const short = new Intl.DateTimeFormat(undefined, { timeZoneName: "short" }).formatToParts(serverNow()).find(p => p.type === "timeZoneName")?.value ?? zone;
    for (const e of document.querySelectorAll("[data-zone]")) set(e, zone);
    for (const e of document.querySelectorAll("[data-zone-short]")) set(e, short);
    tick();
  });
}
