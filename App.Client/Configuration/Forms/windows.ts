// A week as stretches that are open, in minutes since Monday's midnight; to and from the fields of windows. A window ends on the next day where its end is not after its beginning.
export type Span = [from: number, to: number];
export interface Week extends Array<Span> { set(from: number, to: number, isOpen: boolean): Week; between(from: number, to: number): Span[] }
export interface Window { days: number[]; from: number; to: number }

const dayLength = 1440, weekLength = 7 * dayLength;
const names = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

class Stretches extends Array<Span> implements Week {
  static get [Symbol.species](): ArrayConstructor { return Array; }

  between(from: number, to: number): Span[] { return this.map(([f, t]): Span => [Math.max(f, from), Math.min(t, to)]).filter(([f, t]) => f < t); }

  set(from: number, to: number, isOpen: boolean): Week {
    const rest: Span[] = [...this.between(0, from), ...this.between(to, weekLength)];
    return weekOf(isOpen ? [...rest, [from, to]] : rest);
  }
}

/** In order; what touches is one. */
export function weekOf(spans: Span[]): Week {
  const week = new Stretches();
  for (const [from, to] of [...spans].sort((a, b) => a[0] - b[0])) {
    const last = week.at(-1);
    if (last && last[1] >= from) last[1] = Math.max(last[1], to);
    else week.push([from, to]);
  }
  return week;
}

export function lengthOf(week: Week, from: number, to: number): number { return week.between(from, to).reduce((sum, [f, t]) => sum + t - f, 0); }

/** Days as the configuration writes them: a day, a range, several. Undefined: they are none. */
export function readDays(text: string): number[] | undefined {
  const words = text.replace(/["[\]]/g, " ").split(/[\s,]+/).filter(w => w !== "");
  if (words.length === 0) return [0, 1, 2, 3, 4, 5, 6];
  const days = new Set<number>();
  for (const word of words) {
    const [first, last] = word.split("-").map(n => names.indexOf(n));
    if (first === undefined || first < 0 || (last !== undefined && last < 0)) return undefined;
    for (let day = first; ; day = (day + 1) % 7) { days.add(day); if (day === (last ?? first)) break; }
  }
  return [...days].sort((a, b) => a - b);
}

export function writeDays(days: number[]): string {
  if (days.length === 7) return "";
  const words: string[] = [];
  for (let i = 0; i < days.length;) {
    const first = i++;
    while (i < days.length && days[i] === days[i - 1]! + 1) i++;
    words.push(i - first === 1 ? names[days[first]!]! : `${names[days[first]!]}-${names[days[i - 1]!]}`);
  }
  return words.join("\n");
}

function readTime(text: string, otherwise: number): number | undefined {
  if (text.trim() === "") return otherwise;
  const [, hours, minutes] = /^(\d{1,2}):(\d{2})$/.exec(text.trim()) ?? [];
  return hours === undefined || Number(hours) > 24 || Number(minutes) > 59 ? undefined : Number(hours) * 60 + Number(minutes);
}

const clock = (minutes: number): string => `${String(Math.floor(minutes / 60)).padStart(2, "0")}:${String(minutes % 60).padStart(2, "0")}`;

// Midnight is what is meant where nothing is said; behind it the next day's hours begin anew.
const writeTime = (minutes: number): string => minutes % dayLength === 0 ? "" : clock(minutes % dayLength);

/** What the fields say; of a row that says what cannot be, nothing. */
export function read(fields: HTMLElement): Week {
  const spans: Span[] = [];
  for (const item of fields.querySelectorAll<HTMLElement>(":scope > .item")) {
    const value = (key: string): string => item.querySelector<HTMLInputElement | HTMLTextAreaElement>(`[name$=".${key}"]`)?.value ?? "";
    const days = readDays(value("days")), from = readTime(value("from"), 0), to = readTime(value("to"), dayLength);
    if (days === undefined || from === undefined || to === undefined) continue;
    const length = to > from ? to - from : to + dayLength - from;
    for (const day of days) {
      const start = day * dayLength + from, end = start + length;
      spans.push([start, Math.min(end, weekLength)]);
      if (end > weekLength) spans.push([0, end - weekLength]);
    }
  }
  return weekOf(spans);
}

/** The fewest windows that say the same: days that are open alike share one, and what goes over midnight is one. */
export function windowsOf(week: Week): Window[] {
  if (week.length === 1 && week[0]![0] === 0 && week[0]![1] === weekLength) return [{ days: [0, 1, 2, 3, 4, 5, 6], from: 0, to: dayLength }];
  const spans: Span[] = [...week].map(([f, t]) => [f, t]);
  // What ends with Sunday and goes on with Monday.
  const first = spans[0], last = spans.at(-1);
  if (first && last && first !== last && first[0] === 0 && last[1] === weekLength) { spans.shift(); last[1] += first[1]; }
  const found = new Map<string, Window>();
  const add = (start: number, end: number): void => {
    const day = Math.floor(start / dayLength) % 7, from = start % dayLength, to = from + end - start, key = `${from}-${to}`;
    const same = found.get(key);
    if (same) same.days.push(day);
    else found.set(key, { days: [day], from, to });
  };
  for (const [from, to] of spans) {
    let start = from;
    // Longer than a day cannot be said in one; whole days are.
    while (to - start > dayLength || (start % dayLength === 0 && to - start >= dayLength)) {
      const end = (Math.floor(start / dayLength) + 1) * dayLength;
      add(start, end);
      start = end;
    }
    if (to > start) add(start, to);
  }
  return [...found.values()].map(w => ({ ...w, days: w.days.sort((a, b) => a - b) })).sort((a, b) => a.days[0]! - b.days[0]! || a.from - b.from);
}

/** Puts windows into the rows of fields, which become as many as there are windows. */
export function write(fields: HTMLElement, windows: Window[]): void {
  const path = fields.dataset.items!, blank = fields.querySelector<HTMLTemplateElement>(":scope > template")!;
  const items = [...fields.querySelectorAll<HTMLElement>(":scope > .item")];
  for (const extra of items.splice(windows.length)) extra.remove();
  while (items.length < windows.length) {
    const made = (blank.content.cloneNode(true) as DocumentFragment).querySelector<HTMLElement>(".item")!;
    (items.at(-1) ?? blank).after(made);
    items.push(made);
  }
  for (const [i, window] of windows.entries()) {
    const item = items[i]!;
    for (const element of item.querySelectorAll<HTMLElement>("[name], [id], [for], [aria-describedby], [value]"))
      for (const name of ["name", "id", "for", "aria-describedby", "value"])
        if (element.getAttribute(name)?.includes(`${path}[`)) element.setAttribute(name, element.getAttribute(name)!.replace(/\[(\d+|-1)\]/, `[${i}]`));
    const set = (key: string, text: string): void => { item.querySelector<HTMLInputElement | HTMLTextAreaElement>(`[name$=".${key}"]`)!.value = text; };
    set("days", writeDays(window.days));
    set("from", writeTime(window.from));
    set("to", writeTime(window.to));
  }
}

/** `mon-fri 19:00-07:00, sat-sun all day: 108 h a week`. */
export function sentence(week: Week): string {
  const hours = lengthOf(week, 0, weekLength) / 60;
  if (hours === 0) return "Never open by the week.";
  const words = windowsOf(week).map(w => {
    const days = writeDays(w.days).replaceAll("\n", ", ") || "every day";
    return w.from === 0 && w.to === dayLength ? days : `${days} ${clock(w.from)}–${w.to === dayLength ? "24:00" : clock(w.to % dayLength)}`;
  });
  return `${words.join("; ")}: ${Math.round(hours * 10) / 10} h a week.`;
}
