// Runs the log view's pure parts and prints what is wrong; nothing when all is well.
import { Folds, Group } from "../../../App.Client/Logs/folds";
import { Hits, told } from "../../../App.Client/Logs/hits";
import { addressOf, rangeOf } from "../../../App.Client/Logs/picked";
import { lasted, stampOf, toldOf } from "../../../App.Client/Logs/rowmarks";
import { rowHeight, tallest, Track } from "../../../App.Client/Logs/track";

const same = (what: string, is: unknown, wanted: unknown): void => {
  if (JSON.stringify(is) !== JSON.stringify(wanted)) console.log(`${what}: ${JSON.stringify(is)} is not ${JSON.stringify(wanted)}`);
};

// ── The track ──
for (const lines of [0, 1, 50, 399_999, 400_001, 10_000_000, 900_000_000]) {
  const track = new Track(lines, 700);
  if (track.height > tallest) console.log(`${lines}: the track is too tall`);
  same(`${lines}: the start`, [track.positionAt(0), track.topAt(0)], [0, 0]);
  same(`${lines}: the end`, [track.positionAt(track.lastTop), track.topAt(track.last)], [track.last, track.lastTop]);
  let before = -1;
  for (let n = 0; n <= 1000; n++) {
    const top = track.lastTop * n / 1000, position = track.positionAt(top);
    if (position < before || position > track.last) console.log(`${lines}: the track goes back at ${top}`);
    if (Math.abs(track.topAt(position) - top) > 1e-3) console.log(`${lines}: there and back again at ${top} is ${track.topAt(position)}`);
    before = position;
  }
}
{
  const track = new Track(10_000_000, 700);
  same("near the start a pixel is a pixel", track.positionAt(1234), 1234);
  same("near the end as well", track.last - track.positionAt(track.lastTop - 1234), 1234);
  same("any line can be reached", Math.round(track.positionAt(track.topAt(7_654_321 * rowHeight)) / rowHeight), 7_654_321);
}

// ── Folds ── all against the plain way: a list of the lines that are seen.
const groups: Group[] = [[10, 19, 0, 500, 0], [12, 15, 0, 0, 0], [30, 30, 0, 0, 0], [40, 59, 0, 0, 1], [41, 45, 0, 0, 1], [50, 58, 0, 0, 0], [90, -1, 0, -1, 0]];
const check = (what: string, folds: Folds): void => {
  const seen = [...Array(folds.lines).keys()].filter(line => !groups.some(g => folds.isClosed(g[0]) && g[0] < line && line <= g[1]));
  same(`${what}: how many`, folds.rows, seen.length);
  same(`${what}: the lines`, seen.map((_, row) => folds.lineAt(row)), seen);
  same(`${what}: the rows`, seen.map(line => folds.rowOf(line)), seen.map((_, row) => row));
};
const folds = new Folds(100);
check("nothing folded", folds);
folds.take(groups, group => group[1] > group[0] && group[4] === 0);
check("what ended well is folded", folds);
same("an open group is not", folds.isClosed(90), false);
same("one with an error is not", folds.isClosed(40), false);
same("a hidden line stands where it is folded", folds.rowOf(14), folds.rowOf(10));
same("opened for a line", [folds.open(14), folds.isClosed(10), folds.isClosed(12), folds.open(14)], [true, false, false, false]);
check("opened for a line", folds);
folds.all(true);
check("all", folds);
folds.toggle(40);
check("one inside another stays closed", folds);
folds.all(false);
check("none", folds);
folds.toggle(10);
folds.take(groups, () => true);
same("what was seen open stays open", folds.isClosed(40), false);
folds.lines = 200;
check("grown", folds);
let seed = 7;
const random = (n: number): number => (seed = (seed * 48271) % 2147483647) % n;
for (let n = 0; n < 200; n++) { folds.toggle(groups[random(6)][0]); check(`at random ${n}`, folds); }

// ── Hits ──
const hits = new Hits();
hits.add([{ line: 70, column: 2, length: 3 }, { line: 90, column: 0, length: 3 }], 2, 50);
hits.add([{ line: 10, column: 5, length: 3 }, { line: 70, column: 0, length: 1 }], 2, 50);
same("in order", [0, 1, 2, 3].map(n => [hits.at(n)!.line, hits.at(n)!.column]), [[10, 5], [70, 0], [70, 2], [90, 0]]);
same("from a line on, and round", [hits.from(0), hits.from(11), hits.from(91)], [0, 1, 0]);
same("none", new Hits().from(3), -1);
same("over", told(hits, 1, 100, true), "2 of 4 hits");
same("on the way", told(hits, -1, 400, false), "4 hits, 25 % searched");
hits.add([], 1918, 0);
same("more than are listed", told(hits, -1, 100, true), "1,922 hits, the first 4 listed");
same("no hits", told(new Hits(), -1, 100, true), "no hits");

// ── Addresses ──
same("a line", rangeOf("#L120"), [120, 120]);
same("a range", rangeOf("#L140-L120"), [120, 140]);
same("a range as others write it", rangeOf("#L12-30"), [12, 30]);
for (const bad of ["", "#", "#L0", "#Lx", "#L1-", "#L1-L2-L3", "#L99999999999999999999"]) same(bad, rangeOf(bad), null);
same("an address", addressOf("?tail=true&q=a+b", 120, 140), "?q=a+b&line=120#L120-L140");
same("of one line", addressOf("", 7, 7), "?line=7#L7");

// ── Words ──
same("since the start", stampOf(3_723_456, "elapsed", 0), "62:03.4");
same("lasted", [lasted(450), lasted(4210), lasted(130_000)], ["450 ms", "4.2 s", "2 min 10 s"]);
same("a group", toldOf([10, 20, 0, 1500, 2]), "10 lines, 1.5 s, 2 errors");
same("an open one", toldOf([10, -1, 0, -1, 0]), "open");
