/** The rail of a block: `start,end,state;…` in seconds as one gradient from the bottom up; a band without an end goes on to the top. As StepBands.cs. */
export function bandsGradient(data: string, total: number): string {
  let css = "linear-gradient(to top", at = 0;
  const whole = Math.max(0.1, total);
  for (const band of data ? data.split(";") : []) {
    const [from, to, state] = band.split(",");
    const start = Math.min(1, Math.max(at, Number(from) / whole)), end = to === "" ? 1 : Math.min(1, Math.max(at, Number(to) / whole));
    const a = (start * 100).toFixed(1), b = (end * 100).toFixed(1);
    css += `,transparent ${(at * 100).toFixed(1)}% ${a}%,var(--${state}-fill) ${a}% calc(${b}% - 1px),var(--surface-0) calc(${b}% - 1px) ${b}%`;
    at = end;
  }
  return `${css},transparent ${(at * 100).toFixed(1)}%)`;
}
