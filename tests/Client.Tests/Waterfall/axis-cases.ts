// Runs axis-cases.json through the page's own modules and prints what they say, in the words of AxisCases.Answer.
import cases from "./axis-cases.json";
import { Axis } from "../../../App.Client/Waterfall/axis";
import { slotCells } from "../../../App.Client/Waterfall/cells";
import { place } from "../../../App.Client/Waterfall/columns";

const n = (x: number): string => String(Math.round(x * 100) / 100);
for (const given of cases as any[]) {
  const axis = new Axis({ ...given, events: given.events.map(([at, running]: number[]) => ({ at, running })) });
  const lines = [
    "knots " + axis.knots.map(k => `${k.at}:${n(k.y)}`).join(" "),
    "folds " + axis.folds.map(f => `${f.from}-${f.to}@${n(f.y)}`).join(" "),
    "slow " + axis.slow.map(f => `${f.from}-${f.to}@${n(f.y)}`).join(" "),
    ...place(given.blocks.map(([id, start, end, rank]: any[]) => ({ id, start, end, rank })), axis)
      .map(b => `box ${b.id} ${n(b.bottom)}+${n(b.height)} lane ${b.lane}/${b.lanes}${b.running ? " running" : ""} rank ${b.rank} members ${b.members.join(",")}`),
    "cells " + slotCells(given.blocks.filter(([, , end]: any[]) => end !== undefined && end !== null && end <= given.to).map(([, , end, rank]: any[]) => ({ end, rank })), axis).map(c => `${c.slot}x${c.count}:${c.rank}`).join(" "),
  ];
  console.log(`# ${given.name}\n${lines.join("\n")}`);
}
