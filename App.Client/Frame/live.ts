import * as Turbo from "@hotwired/turbo";
import { setServerTime } from "../Parts/clock";
import { tellTimes } from "../Parts/times";
import { connect, connection, isConnected, isUntried, lastSign, lostSince, startLink } from "./link";
import { failedRefreshes, refresh, startRefresh } from "./refresh";

export { refresh };

// What a page shows and the server changes: regions with data-live. The page joins their topics with the number of the event it was rendered at, and the
// server sends again whatever changed since, so nothing falls between rendering and watching. Whatever is lost, late, doubled or out of order after that,
// the numbers tell: an older fragment is dropped, a gap makes the page ask for itself again, and every few seconds the page says at which numbers it stands.
const quietFor = 3000;
const checkEvery = 10_000;
let joined = new Map<string, Element>();

function regions(): HTMLElement[] { return [...document.querySelectorAll<HTMLElement>("[data-live]")]; }

/** A log is joined at its next line, everything else at the event it was rendered at. */
function numberOf(region: HTMLElement): number { return Number(region.dataset.next ?? region.dataset.event ?? 0); }

/** Told piece by piece, so that each piece counts; other regions are whole in each fragment. */
function isInPieces(region: HTMLElement): boolean { return region.tagName === "WEIR-WATERFALL"; }

/** Joins what stands on the page and leaves what does not; called after every change of the page. */
export async function syncTopics(isAnew = false): Promise<void> {
  if (!isConnected()) return;
  const wanted = new Map<string, HTMLElement>();
  for (const region of regions()) wanted.set(region.dataset.live!, region);
  const before = joined;
  joined = wanted;
  for (const topic of before.keys()) if (!wanted.has(topic)) void connection.invoke("Leave", topic).catch(() => {});
  for (const [topic, region] of wanted) if (isAnew || before.get(topic) !== region) await rejoin(topic, numberOf(region));
}

/** Asks for a topic from a number on: also when a log's lines do not fit together. */
export async function rejoin(topic: string, number: number): Promise<void> {
  try {
    setServerTime(await connection.invoke<number>("Join", topic, number));
  } catch {
    // The connection went, and the reconnect joins everything again; or the store was away, and the next check makes it good.
  }
}

async function check(): Promise<void> {
  if (!isConnected()) return;
  const watched = regions();
  try {
    if (watched.length > 0) setServerTime(await connection.invoke<number>("Check", watched.map(r => r.dataset.live!), watched.map(numberOf)));
  } catch {
    // As above.
  }
}

connection.on("fragment", (topic: string, number: number, html: string, before: number | undefined) => {
  const region = document.querySelector<HTMLElement>(`[data-live="${CSS.escape(topic)}"]`);
  if (!region) return;
  if (region.dataset.refresh !== undefined) { refresh(); return; }
  if (region.dataset.next === undefined) {
    const shown = Number(region.dataset.event ?? 0);
    if (number < shown) return;
    if (isInPieces(region)) {
      // The fragment before this one never came: what it told is in a fresh page only.
      if ((before ?? 0) > shown) { refresh(); return; }
      region.dataset.event = String(number);
    }
  }
  Turbo.renderStreamMessage(html);
});
connection.on("refresh", (topic: string) => { if (document.querySelector(`[data-live="${CSS.escape(topic)}"]`)) refresh(); });

function showFreshness(): void {
  const chip = document.getElementById("stale");
  if (!chip) return;
  const lost = lostSince(), isStale = (lost > 0 && Date.now() - lost > quietFor) || failedRefreshes() > 1;
  if (isStale) chip.querySelector("span")!.textContent = `not connected; as of ${new Date(lastSign()).toLocaleTimeString()}`;
  if (chip.hidden === isStale) chip.hidden = !isStale;
}

/** Morphing keeps what the viewer did (opened details), and what is ahead of the page that comes: it was fetched before a fragment that is already shown. */
function keepWhatIsAhead(): void {
  document.addEventListener("turbo:before-morph-attribute", event => {
    const { target, detail } = event as CustomEvent<{ attributeName: string }>;
    if (target instanceof HTMLDetailsElement && detail.attributeName === "open" && target.dataset.touched !== undefined) event.preventDefault();
    if (target instanceof HTMLElement && detail.attributeName === "data-touched") event.preventDefault();
    if (target instanceof HTMLDialogElement && detail.attributeName === "open") event.preventDefault();
    if (target instanceof HTMLElement && target.id === "stale" && detail.attributeName === "hidden") event.preventDefault();
  });
  document.addEventListener("click", event => {
    const summary = (event.target as Element).closest?.("summary");
    if (summary?.parentElement instanceof HTMLDetailsElement) summary.parentElement.dataset.touched = "";
  });
  document.addEventListener("turbo:before-morph-element", event => {
    const target = event.target as HTMLElement, fresh = (event as CustomEvent<{ newElement?: HTMLElement }>).detail.newElement;
    if (!fresh?.dataset) return;
    if (target.dataset?.log && Number(target.dataset.next) > Number(fresh.dataset.next)) event.preventDefault();
    const isSame = target.dataset?.live !== undefined && target.dataset.live === fresh.dataset.live && target.dataset.next === undefined && !isInPieces(target);
    if (isSame && Number(target.dataset.event) > Number(fresh.dataset.event)) event.preventDefault();
  });
}

export function startLive(): void {
  keepWhatIsAhead();
  startRefresh();
  startLink(isBack => {
    showFreshness();
    if (isBack) refresh();
    void syncTopics();
  }, () => { joined = new Map(); });
  document.addEventListener("turbo:load", () => {
    if (regions().length > 0 && isUntried()) void connect();
    else void syncTopics();
    showFreshness();
  });
  // The page may have been rendered before fragments that came while it was on its way.
  document.addEventListener("turbo:morph", () => void syncTopics(true));
  // A replaced region may hold new topics (the tail of a step that just began).
  document.addEventListener("turbo:before-stream-render", event => {
    const detail = (event as CustomEvent<{ render: (stream: Element) => Promise<void> | void }>).detail;
    const render = detail.render;
    detail.render = async stream => {
      await render(stream);
      tellTimes(document);
      void syncTopics();
    };
  });
  setInterval(showFreshness, 1000);
  // Not all pages at one moment.
  setTimeout(() => setInterval(() => void check(), checkEvery), Math.random() * checkEvery);
}
