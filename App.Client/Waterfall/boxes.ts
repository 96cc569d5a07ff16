import { bandsGradient } from "./bands";
import type { LayoutBox } from "./columns";
import { rankStates } from "./ranks";

const mostFilled = 360;
// What each block was given last: most of them stay as they are when something arrives, and what is not written costs nothing.
const drawn = new WeakMap<HTMLElement, string>();

export function drawBox(e: HTMLElement, box: LayoutBox, to: number): void {
  const isCluster = box.members.length > 1, ended = e.dataset.e ? Number(e.dataset.e) : null, end = ended ?? to;
  const state = rankStates[isCluster ? box.rank : Number(e.dataset.rank)] ?? "running";
  const level = box.height >= 60 ? "l3" : box.height >= 44 ? "l2" : box.height >= 28 ? "l1" : "l0";
  const isOver = box.running && !isCluster && Number(e.dataset.x ?? Infinity) < to;
  const name = `wf-block fill is-${state} ${level}${box.running ? " runs" : ""}${isCluster ? " cluster" : box.height > mostFilled ? " stem" : ""}${isOver ? " over" : ""}`;
  // A running block reaches up to now by its style; its height is no news.
  const key = `${name} ${box.bottom.toFixed(2)} ${box.running ? "" : box.height.toFixed(2)} ${box.lane}/${box.lanes} ${isCluster ? box.members.join() : ""} ${e.dataset.bands ?? ""}`;
  if (box.running || drawn.get(e) !== key) drawBands(e, (end - Number(e.dataset.s)) / 1000);
  if (drawn.get(e) === key) return;
  drawn.set(e, key);
  const style = e.style;
  style.setProperty("--y", box.bottom.toFixed(2));
  style.setProperty("--h", box.height.toFixed(2));
  if (box.lanes > 1) { style.setProperty("--lane", String(box.lane)); style.setProperty("--lanes", String(box.lanes)); } else { style.removeProperty("--lane"); style.removeProperty("--lanes"); }
  if (e.className !== name) e.className = name;
  if (isCluster) { e.dataset.members = box.members.join(); e.dataset.count = String(box.members.length); } else { delete e.dataset.members; delete e.dataset.count; }
  const label = (e.getAttribute("aria-label") ?? "").split(", and ")[0], whole = isCluster ? `${label}, and ${box.members.length - 1} more` : label;
  if (e.getAttribute("aria-label") !== whole) e.setAttribute("aria-label", whole);
  e.hidden = false;
}

export function hideBox(e: HTMLElement): void {
  drawn.delete(e);
  if (!e.hidden) e.hidden = true;
}

/** After a morph nothing is known of what an element was given. */
export function forget(e: HTMLElement): void { drawn.delete(e); }

function drawBands(e: HTMLElement, seconds: number): void {
  if (e.dataset.bands) e.style.setProperty("--bands", bandsGradient(e.dataset.bands, seconds));
}
