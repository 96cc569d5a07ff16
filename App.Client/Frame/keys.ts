import * as Turbo from "@hotwired/turbo";

// One table for the handlers and for the sheet that ? opens.
let afterG = 0;

function linkFor(key: string, scope: string): HTMLAnchorElement | null {
  return document.querySelector<HTMLAnchorElement>(`${scope} a[data-key="${CSS.escape(key)}"][href]`);
}

function list(): Array<[string, string]> {
  const keys: Array<[string, string]> = [["?", "this sheet"]];
  if (document.querySelector("main input[type=search]")) keys.push(["/", "to the filter"]);
  for (const a of document.querySelectorAll<HTMLAnchorElement>("main a[data-key][href]")) keys.push([a.dataset.key!, a.title || a.textContent!.trim()]);
  if (document.querySelector("weir-waterfall")) keys.push(["← ↑ → ↓", "from build to build"], ["[ ]", "older, newer failure of the column"], ["Enter", "open the build"], ["Esc", "close its card"], ["+ - 0", "zoom in, out, as it fits"], ["t", "jump to a time"], ["n, Home", "now"], ["End", "the oldest that is loaded"]);
  if (document.querySelector("main [data-strip]")) keys.push(["← →", "from build to build of a strip"]);
  if (document.getElementById("log")) {
    keys.push(["Ctrl F", "search in the whole log"], ["n N", "next, previous hit"], ["e E", "next, previous error"], ["G, End", "to the end, and follow"], ["Home", "to the start"], ["j k", "a line down, up"]);
    keys.push(["w", "wrap lines"], ["t", "times: none, since the start, by the clock"], ["f", "close or open all groups"], ["Esc", "pick no lines"]);
  }
  for (const a of document.querySelectorAll<HTMLAnchorElement>("header a[data-key]")) keys.push([`g ${a.dataset.key}`, a.textContent!.trim()]);
  return keys;
}

function open(): void {
  const dialog = document.getElementById("keys") as HTMLDialogElement, target = document.getElementById("keys-list")!;
  target.replaceChildren(...list().flatMap(([key, what]) => {
    const dt = document.createElement("dt"), dd = document.createElement("dd"), kbd = document.createElement("kbd");
    kbd.textContent = key;
    dt.append(kbd);
    dd.textContent = what;
    return [dt, dd];
  }));
  dialog.showModal();
}

export function isTyping(event: Event): boolean {
  return event.target instanceof Element && event.target.closest("input, textarea, select, [contenteditable]") !== null;
}

export function startKeys(): void {
  document.addEventListener("click", event => { if ((event.target as Element).closest?.("[data-keys-open]")) open(); });
  document.addEventListener("keydown", event => {
    if (isTyping(event) || event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
    const wasG = Date.now() - afterG < 1500;
    afterG = event.key === "g" ? Date.now() : 0;
    if (wasG) {
      const place = linkFor(event.key, "header");
      if (place) { event.preventDefault(); Turbo.visit(place.href); }
      return;
    }
    if (event.key === "?") { event.preventDefault(); open(); return; }
    if (event.key === "/") {
      const field = document.querySelector<HTMLInputElement>("main input[type=search]");
      if (field) { event.preventDefault(); field.select(); }
      return;
    }
    const link = linkFor(event.key, "main");
    if (link) { event.preventDefault(); Turbo.visit(link.href); }
  });
}
