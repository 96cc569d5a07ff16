// The words of Words.cs; both run words-cases.json.
export function duration(milliseconds: number): string {
  const ms = Math.max(0, milliseconds);
  if (ms < 950) return `${Math.round(ms / 100) / 10} s`;
  const s = Math.floor(ms / 1000 + 0.05);
  const two = (big: number, bigUnit: string, small: number, smallUnit: string): string => small === 0 ? `${big} ${bigUnit}` : `${big} ${bigUnit} ${small} ${smallUnit}`;
  if (s < 60) return `${s} s`;
  if (s < 3600) return two(Math.floor(s / 60), "min", s % 60, "s");
  if (s < 86400) return two(Math.floor(s / 3600), "h", Math.floor(s % 3600 / 60), "min");
  return two(Math.floor(s / 86400), "d", Math.floor(s % 86400 / 3600), "h");
}

export function ago(at: number, now: number): string {
  const s = Math.floor((now - at) / 1000), n = Math.abs(s);
  if (n < 5) return "just now";
  const text = n < 60 ? `${n} s` : n < 3600 ? `${Math.floor(n / 60)} min` : n < 86400 ? `${Math.floor(n / 3600)} h` : `${Math.floor(n / 86400)} d`;
  return s < 0 ? `in ${text}` : `${text} ago`;
}
