// Random histories: a page that learns of them bit by bit, late, twice and out of order knows in the end what a page knows that is loaded afterwards;
// and at no time does a build that ended move. Prints nothing when all is well.
import { Axis, Scale } from "../../../App.Client/Waterfall/axis";
import { slotCells } from "../../../App.Client/Waterfall/cells";
import { place } from "../../../App.Client/Waterfall/columns";
import { type Fact, Facts } from "../../../App.Client/Waterfall/facts";
import { matchesName, matchesState } from "../../../App.Client/Waterfall/states";

let seed = 20261125;
const random = (n: number): number => { seed = (Math.imul(seed, 1103515245) + 12345) & 0x7fffffff; return seed % n; };
const wrong = (what: string, round: number): void => console.log(`round ${round}: ${what}`);
const columns = 3;

function history(): Fact[] {
  const facts: Fact[] = [];
  let at = -600_000;
  for (let id = 1; id <= 5 + random(40); id++) {
    at += random(4) === 0 ? random(3_600_000) : random(90_000);
    const length = random(8) === 0 ? null : random(3) === 0 ? 600_000 + random(3_600_000) : 1 + random(60_000);
    facts.push({ id, column: random(columns), start: at, end: length === null ? null : at + length, rank: length === null ? 7 : [2, 2, 9, 6][random(4)] });
  }
  return facts;
}

const known = (facts: Facts, to: number): string => {
  const axis = new Axis({ from: 0, to, zoom: 2, columns, runningAtFrom: facts.runningAtFrom, events: facts.events(), open: [] });
  const boxes = [0, 1, 2].map(c => place([...facts.all].filter(f => f.column === c).map(f => ({ id: f.id, start: f.start, end: f.end, rank: f.rank })).sort((a, b) => a.start - b.start || a.id - b.id), axis));
  return JSON.stringify({ knots: axis.knots, boxes, cells: [0, 1, 2].map(c => slotCells(facts.ends(c, to), axis)) });
};

for (let round = 0; round < 400; round++) {
  const all = history(), to = Math.max(...all.map(f => f.end ?? f.start)) + 60_000, now = to;
  // What is told: each beginning and each end, some of them twice, the order of neighbours exchanged.
  const told: Fact[] = all.flatMap(f => [{ ...f, end: null, rank: 7 }, ...(f.end !== null ? [f] : []), ...(f.end !== null && random(3) === 0 ? [f] : [])]);
  told.sort((a, b) => (a.end ?? a.start) - (b.end ?? b.start));
  for (let i = 1; i < told.length; i++) if (random(4) === 0) [told[i - 1], told[i]] = [told[i], told[i - 1]];
  const live = new Facts(0);
  // The page was loaded somewhere in the middle: what had happened by then stands in its first answer.
  const loaded = random(told.length), text = told.slice(0, loaded);
  for (const f of text) live.put(f);
  for (const f of told.slice(loaded)) live.put(f);
  const fresh = new Facts(0);
  for (const f of all) if (f.end === null || f.end > 0) fresh.put(f);
  if (known(live, now) !== known(fresh, now)) wrong("a page that was told differs from one that was loaded", round);

  // Causality: what had happened by the middle stands where it stood.
  const middle = to / 2, then = new Facts(0), later = new Facts(0);
  for (const f of all) {
    if (f.start <= middle) then.put({ ...f, end: f.end !== null && f.end <= middle ? f.end : null });
    later.put(f);
  }
  const axisOf = (facts: Facts, end: number): Axis => new Axis({ from: 0, to: end, zoom: 2, columns, runningAtFrom: facts.runningAtFrom, events: facts.events(), open: [] });
  const a = axisOf(then, middle), b = axisOf(later, to);
  for (let at = 0; at <= middle; at += middle / 40) if (Math.abs(a.y(at) - b.y(at)) > 0.02) { wrong(`the moment ${at} moved from ${a.y(at)} to ${b.y(at)}`, round); break; }

  // What the server writes of a scale is read back as it was.
  const n = (x: number): string => String(Math.round(x * 100) / 100);
  const read = Scale.read(0, b.knots.map(k => `${k.at}:${n(k.y)}`).join(" "), b.folds.map(f => `${f.from}:${f.to}:${n(f.y)}`).join(" "), "");
  for (let at = 0; at <= to; at += to / 40) if (Math.abs(read.y(at) - b.y(at)) > 0.02) { wrong("a scale that was written and read differs", round); break; }
}

for (const [patterns, name, expected] of [["linux-*", "linux-gcc", true], ["linux-*", "win-linux-1", false], ["a, b?", "b1", true], ["a.c", "abc", false], ["", "x", true], ["(*", "(x", true]] as Array<[string, string, boolean]>)
  if (matchesName(patterns, name) !== expected) console.log(`matchesName(${patterns}, ${name})`);
for (const [wanted, states, expected] of [["red", "failure", true], ["red", "success running", false], ["attention", "success waiting", true], ["success", "success", true], ["", "", true]] as Array<[string, string, boolean]>)
  if (matchesState(wanted, states) !== expected) console.log(`matchesState(${wanted}, ${states})`);
