import type { Scale } from "./axis";

// The same as ColumnLayout.cs, which says why; both run axis-cases.json.
export interface LayoutBlock { id: number; start: number; end: number | null; rank: number }
export interface LayoutBox { id: number; bottom: number; height: number; lane: number; lanes: number; running: boolean; rank: number; members: number[] }

const leastHeight = 14;
const mostPush = 18;
const mostLanes = 3;
const top = (b: LayoutBox): number => b.bottom + b.height;

export function place(blocks: LayoutBlock[], axis: Scale): LayoutBox[] {
  const boxes: LayoutBox[] = [];
  let group: LayoutBox[] = [];
  const ends = Array<number>(mostLanes).fill(-Infinity);
  const last = Array<LayoutBox | null>(mostLanes).fill(null);

  const closeGroup = (): void => {
    const lanes = group.length === 0 ? 1 : Math.max(...group.map(b => b.lane)) + 1;
    for (const box of group) box.lanes = lanes;
    group = [];
    let highest = last[0];
    for (const box of last) if ((box ? top(box) : 0) > (highest ? top(highest) : 0)) highest = box;
    last.fill(highest);
  };
  const absorb = (into: LayoutBox, block: LayoutBlock, ceiling: number | null): void => {
    into.members.push(block.id);
    into.rank = Math.max(into.rank, block.rank);
    into.running ||= block.end === null;
    if (ceiling !== null && ceiling > top(into)) into.height = ceiling - into.bottom;
  };

  for (const block of blocks) {
    if (group.length > 0 && ends.every(e => e <= block.start)) closeGroup();
    let bottom = axis.y(block.start);
    const ceiling = block.end !== null ? axis.y(block.end) : axis.height;
    const lane = ends.findIndex(e => e <= block.start);
    if (lane < 0) {
      const host = last[mostLanes - 1]!;
      if (group.includes(host)) absorb(host, block, ceiling);
      else if (group.length > 0) absorb(group[group.length - 1]!, block, ceiling);
      else absorb(host, block, null);
      ends[mostLanes - 1] = Math.max(ends[mostLanes - 1], block.end ?? Infinity);
      continue;
    }
    const below = last[lane], floor = below ? top(below) : 0;
    if (bottom < floor) {
      const canShowItself = block.end === null || floor - bottom <= mostPush || ceiling - floor >= leastHeight;
      if (!canShowItself) {
        absorb(below!, block, null);
        ends[lane] = block.end!;
        continue;
      }
      bottom = floor;
    }
    const box: LayoutBox = { id: block.id, bottom, height: Math.max(leastHeight, ceiling - bottom), lane, lanes: 1, running: block.end === null, rank: block.rank, members: [block.id] };
    boxes.push(box);
    group.push(box);
    last[lane] = box;
    ends[lane] = block.end ?? Infinity;
  }
  closeGroup();
  return boxes;
}
