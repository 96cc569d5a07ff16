import cases from "./words-cases.json";
import { ago, duration } from "../../../App.Client/Parts/words";

for (const [ms, text] of cases.durations as [number, string][]) if (duration(ms) !== text) console.log(`duration(${ms}) is ${duration(ms)}, not ${text}`);
const now = Date.UTC(2026, 10, 21);
for (const [ms, text] of cases.ages as [number, string][]) if (ago(now - ms, now) !== text) console.log(`ago(${ms}) is ${ago(now - ms, now)}, not ${text}`);
