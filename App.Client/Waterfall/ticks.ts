import type { Scale } from "./axis";

// As Ticks.cs, but in the viewer's zone.
export interface Tick { at: number; y: number; isDay: boolean }
// Nearer to the now line a mark would stand under its label.
const underNow = 30;
const apart = 48;
// How high a mark is, without its day and with it.
const height = 15, heightWithDay = 29;
const steps = [1, 2, 5, 10, 15, 30, 60, 120, 180, 360, 720, 1440, 2880, 10080];

/** Whole hours or minutes of a zone, far enough apart; `offset` is the zone's distance to UTC in minutes at a moment. */
export function ticks(scale: Scale, from: number, to: number, zoom: number, isLive: boolean, offset: (at: number) => number): Tick[] {
  const minutes = steps.find(s => s * zoom >= apart) ?? steps[steps.length - 1], step = minutes * 60_000;
  const found: Tick[] = [];
  let lastY = -Infinity, lastDay = NaN;
  const shift = offset(from) * 60_000;
  for (let at = Math.ceil((from + shift) / step) * step - shift; at <= to; at += step) {
    const y = scale.y(at);
    const day = Math.floor((at + offset(at) * 60_000) / 86_400_000), high = day === lastDay ? height : heightWithDay;
    if (y - lastY < apart * 0.8 || (isLive && scale.height - y < underNow) || scale.folds.some(f => at < f.to && y > scale.y(f.from) - high)) continue;
    found.push({ at, y, isDay: day !== lastDay });
    lastY = y;
    lastDay = day;
  }
  return found;
}
