import { Group } from "./folds";

export type Stamps = "off" | "elapsed" | "clock";

const two = (n: number): string => String(n).padStart(2, "0");

/** When a line came: since the start of the command, by the worker's clock that only goes forward, or as the time of day that follows from it. */
export function stampOf(at: number, stamps: Stamps, start: number): string {
  if (stamps === "clock") {
    const time = new Date(start + at);
    return `${two(time.getHours())}:${two(time.getMinutes())}:${two(time.getSeconds())}.${Math.floor(time.getMilliseconds() / 100)}`;
  }
  const tenths = Math.floor(at / 100);
  return `${Math.floor(tenths / 600)}:${two(Math.floor(tenths / 10) % 60)}.${tenths % 10}`;
}

/** How long a group took, as people say it. */
export function lasted(ms: number): string {
  if (ms < 1000) return `${ms} ms`;
  const seconds = ms / 1000;
  return seconds < 60 ? `${seconds.toFixed(1)} s` : `${Math.floor(seconds / 60)} min ${Math.floor(seconds % 60)} s`;
}

export function toldOf(group: Group): string {
  const [first, last, began, ended, errors] = group;
  if (last < 0) return "open";
  const lines = last - first;
  return `${lines.toLocaleString("en-US")} ${lines === 1 ? "line" : "lines"}, ${lasted(Math.max(0, ended - began))}${errors > 0 ? `, ${errors.toLocaleString("en-US")} ${errors === 1 ? "error" : "errors"}` : ""}`;
}

/** The first line of a group gets a handle, and says what is inside. */
export function decorateFold(row: HTMLElement, group: Group | undefined, closed: boolean): void {
  let handle = row.querySelector<HTMLButtonElement>(".group-fold");
  if (!group || group[1] === group[0]) {
    handle?.remove();
    row.querySelector(".told")?.remove();
    return;
  }
  if (!handle) {
    handle = document.createElement("button");
    handle.type = "button";
    handle.className = "group-fold";
    const told = document.createElement("span");
    told.className = "told more";
    row.querySelector(".tx")!.before(handle);
    row.append(told);
  }
  handle.setAttribute("aria-expanded", String(!closed));
  handle.setAttribute("aria-label", `Lines of ${row.querySelector(".tx")!.textContent}`);
  row.querySelector(".told")!.textContent = toldOf(group);
  row.classList.toggle("closed", closed);
}
