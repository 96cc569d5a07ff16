// As StateFilter.cs: builders by how they are now.
const meant: Record<string, string[]> = { red: ["failure", "exception"], attention: ["failure", "exception", "running", "waiting"] };

export function matchesState(wanted: string | undefined, states: string): boolean {
  if (!wanted) return true;
  const has = states.split(" ");
  return (meant[wanted] ?? [wanted]).some(w => has.includes(w));
}

/** Names and patterns with * and ?, separated by commas; none: every name. */
export function matchesName(patterns: string | undefined, name: string): boolean {
  if (!patterns) return true;
  return patterns.split(",").map(p => p.trim()).filter(p => p).some(p =>
    new RegExp(`^${p.replace(/[.+^${}()|[\]\\]/g, "\\$&").replaceAll("*", ".*").replaceAll("?", ".")}$`, "s").test(name));
}
