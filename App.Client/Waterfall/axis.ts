// The same as Axis.cs, which says why; both run axis-cases.json.
export interface AxisEvent { at: number; running: number }
export interface AxisInput { from: number; to: number; zoom: number; columns: number; runningAtFrom: number; events: AxisEvent[]; open: number[] }
export interface Knot { at: number; y: number }
export interface Stretch { from: number; to: number; y: number }

const idlePixels = 24;
const livelyPixels = 240;
const slowScale = 1 / 8;
const livelyWindow = 15 * 60_000;

/** Times and heights: of a chunk of the past as the server wrote it, of the one that reaches up to now as Axis computes it. */
export class Scale {
  constructor(readonly knots: Knot[], readonly folds: Stretch[] = [], readonly slow: Stretch[] = []) {}

  /** `after:y after:y …`, `after:after:y …`: milliseconds after the beginning. */
  static read(from: number, knots: string, folds: string, slow: string): Scale {
    const parts = (text: string): number[][] => text.split(" ").filter(p => p).map(p => p.split(":").map(Number));
    const stretch = ([a, b, y]: number[]): Stretch => ({ from: from + a, to: from + b, y });
    return new Scale(parts(knots).map(([at, y]) => ({ at: from + at, y })), parts(folds).map(stretch), parts(slow).map(stretch));
  }

  get height(): number { return this.knots[this.knots.length - 1].y; }

  y(at: number): number {
    const k = this.knots;
    if (at <= k[0].at) return 0;
    if (at >= k[k.length - 1].at) return this.height;
    let low = 0, high = k.length - 1;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (k[middle].at <= at) low = middle; else high = middle;
    }
    const a = k[low], b = k[high];
    return b.at === a.at ? b.y : a.y + (b.y - a.y) * (at - a.at) / (b.at - a.at);
  }

  /** The moment at a height; inside a fold the moment at which it ends. */
  at(y: number): number {
    const k = this.knots;
    for (let i = 1; i < k.length; i++)
      if (y < k[i].y) return k[i - 1].at + (k[i].at - k[i - 1].at) * Math.max(0, y - k[i - 1].y) / (k[i].y - k[i - 1].y);
    return k[k.length - 1].at;
  }
}

export class Axis extends Scale {
  constructor(private readonly input: AxisInput) {
    super([{ at: input.from, y: 0 }]);
    this.walk();
  }

  private walk(): void {
    const { from, to, zoom, columns, runningAtFrom, events, open } = this.input;
    const pixels = zoom / 60_000;
    const lively = Math.max(1, Math.floor((columns + 49) / 50));
    const recent: number[] = [];
    let oldest = 0, at = from, y = 0, running = runningAtFrom, sinceLively = 0, idle = 0, gapFrom = from, slowFrom = NaN, slowY = 0, lastScale = -1;

    const move = (end: number, scale: number): void => {
      y += (end - at) * pixels * scale;
      at = end;
      const t = Math.round(end), last = this.knots[this.knots.length - 1];
      if (this.knots.length > 1 && (last.at === t || scale === lastScale)) { last.at = t; last.y = y; } else this.knots.push({ at: t, y });
      lastScale = scale;
    };
    const spend = (end: number, used: number, budget: number): number => {
      const reach = at + (budget - used) / pixels, before = y;
      move(Math.min(reach, end), 1);
      return reach <= end ? budget : used + (y - before);
    };
    const endSlow = (): void => {
      if (!Number.isNaN(slowFrom)) this.slow.push({ from: Math.round(slowFrom), to: Math.round(at), y: slowY });
      slowFrom = NaN;
    };
    const advance = (end: number): void => {
      while (at < end) {
        if (running === 0) {
          endSlow();
          if (open.includes(gapFrom)) move(end, 1);
          else if (idle < idlePixels) idle = spend(end, idle, idlePixels);
          else { this.folds.push({ from: gapFrom, to: end, y }); move(end, 0); }
        } else if (sinceLively < livelyPixels) sinceLively = spend(end, sinceLively, livelyPixels);
        else {
          if (Number.isNaN(slowFrom)) { slowFrom = at; slowY = y; }
          move(end, slowScale);
        }
      }
    };

    for (const e of events) {
      if (e.at > to) break;
      advance(Math.max(e.at, from));
      running = Math.max(0, running + e.running);
      recent.push(e.at);
      while (recent[oldest] < e.at - livelyWindow) oldest++;
      idle = 0;
      gapFrom = Math.max(e.at, from);
      if (recent.length - oldest >= lively) { sinceLively = 0; endSlow(); }
    }
    advance(to);
    endSlow();
  }
}
