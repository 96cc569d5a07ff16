import type { Scale } from "./axis";

// The same as SlotCells.cs, which says why; both run axis-cases.json.
export interface SlotCell { slot: number; count: number; rank: number }
export const slotHeight = 16;

export function slotCells(ends: Array<{ end: number; rank: number }>, scale: Scale): SlotCell[] {
  const cells = new Map<number, SlotCell>();
  for (const { end, rank } of ends) {
    const slot = Math.floor(scale.y(end) / slotHeight), cell = cells.get(slot);
    if (cell) { cell.count++; cell.rank = Math.max(cell.rank, rank); } else cells.set(slot, { slot, count: 1, rank });
  }
  return [...cells.values()].sort((a, b) => a.slot - b.slot);
}
