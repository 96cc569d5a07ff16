import { HttpTransportType, HubConnectionBuilder, HubConnectionState, LogLevel } from "@microsoft/signalr";
import * as Turbo from "@hotwired/turbo";
import { serverNow, setServerTime } from "../Parts/clock";
import { tellTimes } from "../Parts/times";

// What a page shows and the server changes: regions with data-live. The page joins their topics with the number of the event it was rendered at, and the
// server sends again whatever changed since, so nothing falls between rendering and watching.
const connection = new HubConnectionBuilder()
  .withUrl("/hubs/browser", { transport: HttpTransportType.WebSockets, skipNegotiation: true })
  .configureLogging(LogLevel.None)
  .build();
// The server says something every two seconds; silence of three times that is a lost link.
connection.serverTimeoutInMilliseconds = 6000;
connection.keepAliveIntervalInMilliseconds = 5000;

const quietFor = 3000;
const refreshPause = 2000;
let joined = new Map<string, Element>();
let tries = 0;
let lostAt = 0;
let aliveAt = 0;
let wasConnected = false;
let refreshTimer = 0;

function regions(): HTMLElement[] { return [...document.querySelectorAll<HTMLElement>("[data-live]")]; }

/** A log is joined at its next line, everything else at the event it was rendered at. */
function numberOf(region: HTMLElement): number { return Number(region.dataset.next ?? region.dataset.event ?? 0); }

/** Joins what stands on the page and leaves what does not; called after every change of the page. */
export async function syncTopics(): Promise<void> {
  if (connection.state !== HubConnectionState.Connected) return;
  const wanted = new Map<string, HTMLElement>();
  for (const region of regions()) wanted.set(region.dataset.live!, region);
  const before = joined;
  joined = wanted;
  for (const topic of before.keys()) if (!wanted.has(topic)) void connection.invoke("Leave", topic).catch(() => {});
  for (const [topic, region] of wanted) if (before.get(topic) !== region) await rejoin(topic, numberOf(region));
}

/** Asks for a topic from a number on: also when a log's lines do not fit together. */
export async function rejoin(topic: string, number: number): Promise<void> {
  try {
    setServerTime(await connection.invoke<number>("Join", topic, number));
  } catch {
    // The connection went; the reconnect joins everything again.
  }
}

/** The page asks for itself again and morphs into the answer. */
export function refresh(): void {
  if (refreshTimer) return;
  refreshTimer = window.setTimeout(() => {
    refreshTimer = 0;
    Turbo.visit(location.href, { action: "replace" });
  }, refreshPause);
}

connection.on("fragment", (topic: string, number: number, html: string) => {
  aliveAt = serverNow();
  const region = document.querySelector<HTMLElement>(`[data-live="${CSS.escape(topic)}"]`);
  if (!region) return;
  if (region.dataset.refresh !== undefined) { refresh(); return; }
  // An older fragment than what stands there; logs and the waterfall look at their own numbers.
  if (region.dataset.next === undefined && region.tagName !== "WEIR-WATERFALL" && number < Number(region.dataset.event ?? 0)) return;
  Turbo.renderStreamMessage(html);
});
connection.on("refresh", (topic: string) => { if (document.querySelector(`[data-live="${CSS.escape(topic)}"]`)) refresh(); });

connection.onclose(() => {
  lostAt = Date.now();
  joined = new Map();
  scheduleConnect();
});

function scheduleConnect(): void {
  const longest = Math.min(15_000, 400 * 2 ** Math.min(tries++, 6));
  // Jitter: a restarted master must not meet all its viewers at one moment.
  setTimeout(() => void connect(), longest / 2 + Math.random() * longest / 2);
}

async function connect(): Promise<void> {
  if (regions().length === 0 && !wasConnected) { lostAt = 0; return; }
  try {
    await connection.start();
  } catch {
    lostAt ||= Date.now();
    scheduleConnect();
    return;
  }
  const back = wasConnected;
  tries = 0;
  lostAt = 0;
  wasConnected = true;
  aliveAt = serverNow();
  showFreshness();
  if (back) refresh();
  await syncTopics();
}

function showFreshness(): void {
  const chip = document.getElementById("stale");
  if (!chip) return;
  const isStale = lostAt > 0 && Date.now() - lostAt > quietFor;
  if (isStale) chip.querySelector("span")!.textContent = `as of ${new Date(aliveAt || serverNow()).toLocaleTimeString()}`;
  if (chip.hidden === isStale) chip.hidden = !isStale;
}

/** Morphing keeps what the viewer did: opened details, and a tail that is ahead of the fragment. */
function keepWhatIsTheirs(): void {
  document.addEventListener("turbo:before-morph-attribute", event => {
    const { target, detail } = event as CustomEvent<{ attributeName: string }>;
    if (target instanceof HTMLDetailsElement && detail.attributeName === "open" && target.dataset.touched !== undefined) event.preventDefault();
    if (target instanceof HTMLElement && detail.attributeName === "data-touched") event.preventDefault();
    if (target instanceof HTMLDialogElement && detail.attributeName === "open") event.preventDefault();
  });
  document.addEventListener("click", event => {
    const summary = (event.target as Element).closest?.("summary");
    if (summary?.parentElement instanceof HTMLDetailsElement) summary.parentElement.dataset.touched = "";
  });
  document.addEventListener("turbo:before-morph-element", event => {
    const target = event.target as HTMLElement, fresh = (event as CustomEvent<{ newElement?: HTMLElement }>).detail.newElement;
    if (target.dataset?.log && fresh?.dataset && Number(target.dataset.next) > Number(fresh.dataset.next)) event.preventDefault();
  });
}

export function startLive(): void {
  keepWhatIsTheirs();
  document.addEventListener("turbo:load", () => {
    if (connection.state === HubConnectionState.Disconnected && !wasConnected && lostAt === 0) void connect();
    else void syncTopics();
    showFreshness();
  });
  document.addEventListener("turbo:morph", () => void syncTopics());
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
}
