// Where in a configuration a position of its text is: the keys that lead there, whether a key or a value is expected, and what is typed of it. Told from the text alone,
// line by line, so that it is right where somebody is still typing and the text is no YAML yet.

/** `[]` stands for an item of a list. */
export interface Place { path: string[]; wants: "key" | "value"; from: number; typed: string; siblings: Map<string, string> }

interface Frame { column: number; segment: string }
interface Flow { opener: "{" | "["; key: string | undefined; from: number; start: number }

const keyOf = /^("(?:[^"\\]|\\.)*"|'[^']*'|[^\s#{}[\],&*!|>'"%@`][^#:]*?)\s*:(?=\s|$)/;
const bare = (key: string): string => key.replace(/^(["'])(.*)\1$/, "$2");

export function placeAt(text: string, position: number): Place {
  const frames: Frame[] = [], flows: Flow[] = [];
  let scalar = -1, offset = 0;
  for (const line of text.split("\n")) {
    const end = offset + line.length, isHere = position <= end;
    const seen = isHere ? line.slice(0, position - offset) : line;
    if (flows.length > 0) {
      scan(seen, offset, flows);
      if (isHere) return flows.length > 0 ? flowPlace(text, position, frames, flows) : { path: segments(frames), wants: "value", from: position, typed: "", siblings: new Map() };
    } else {
      const column = line.search(/\S/);
      if (scalar >= 0 && (column < 0 || column > scalar)) {
        if (isHere) return { path: [...segments(frames)], wants: "value", from: position, typed: "", siblings: new Map() };
      } else {
        scalar = -1;
        const place = readLine(text, seen, offset, isHere, position, frames, flows);
        if (place) return place;
        if (flows.length === 0 && /(^|\s)[|>][-+0-9]*\s*(#.*)?$/.test(line) && frames.length > 0) scalar = frames.at(-1)!.column;
      }
    }
    offset = end + 1;
  }
  return { path: [], wants: "key", from: position, typed: "", siblings: new Map() };
}

/** Reads a line of block style into the frames; answers if the position is in it. */
function readLine(text: string, line: string, offset: number, isHere: boolean, position: number, frames: Frame[], flows: Flow[]): Place | undefined {
  let column = line.search(/\S/);
  if (column < 0) column = line.length;
  let rest = line.slice(column);
  if (rest.startsWith("#") || (rest === "" && !isHere)) return undefined;
  while (/^-(\s|$)/.test(rest)) {
    // A list may stand at the column of its key.
    while (frames.length > 0 && (frames.at(-1)!.column > column || (frames.at(-1)!.column === column && frames.at(-1)!.segment === "[]"))) frames.pop();
    frames.push({ column, segment: "[]" });
    const indent = rest.length - rest.slice(1).trimStart().length;
    column += indent;
    rest = rest.slice(indent);
  }
  const key = keyOf.exec(rest);
  while (frames.length > 0 && frames.at(-1)!.column >= column) frames.pop();
  if (!key) {
    scan(rest, offset + column, flows);
    if (!isHere) return undefined;
    return flows.length > 0 ? flowPlace(text, position, frames, flows) : { path: segments(frames), wants: "key", from: position - rest.length, typed: rest, siblings: blockSiblings(text, offset, column) };
  }
  frames.push({ column, segment: bare(key[1]!) });
  const value = rest.slice(key[0].length), trimmed = value.trimStart();
  scan(trimmed, offset + line.length - trimmed.length, flows);
  if (!isHere) return undefined;
  if (flows.length > 0) return flowPlace(text, position, frames, flows);
  // Behind the colon without a blank one is still at the key.
  return { path: segments(frames), wants: "value", from: position - trimmed.length, typed: trimmed, siblings: new Map() };
}

/** Follows braces and brackets through a line. What is no flow stays as it is. */
function scan(line: string, offset: number, flows: Flow[]): void {
  if (flows.length === 0 && !/^(?:[&!]\S+\s+)*[{[]/.test(line)) return;
  for (let i = 0; i < line.length; i++) {
    const letter = line[i]!, top = flows.at(-1);
    if (letter === "\"" || letter === "'") {
      const close = line.indexOf(letter, i + 1);
      if (close < 0) return;
      i = close;
    } else if (letter === "#" && (i === 0 || line[i - 1] === " ")) return;
    else if (letter === "$" && line.startsWith("${{", i)) i = Math.max(i, (line.indexOf("}}", i) + 1) || line.length);
    else if (letter === "{" || letter === "[") flows.push({ opener: letter, key: undefined, from: offset + i + 1, start: offset + i + 1 });
    else if (letter === "}" || letter === "]") {
      flows.pop();
      if (flows.length === 0) return;
    } else if (letter === "," && top) { top.key = undefined; top.from = offset + i + 1; }
    else if (letter === ":" && top?.opener === "{" && top.key === undefined && /[\s,}]|^$/.test(line[i + 1] ?? "")) {
      const word = line.slice(Math.max(0, top.from - offset), i).trim();
      top.key = bare(word);
      top.from = offset + i + 1;
    }
  }
}

function flowPlace(text: string, position: number, frames: Frame[], flows: Flow[]): Place {
  const top = flows.at(-1)!, path = segments(frames);
  for (const flow of flows.slice(0, -1)) path.push(flow.opener === "[" ? "[]" : flow.key ?? "");
  const typed = text.slice(top.from, position).trimStart(), from = position - typed.length;
  if (top.opener === "[") return { path: [...path, "[]"], wants: "value", from, typed, siblings: new Map() };
  return top.key === undefined
    ? { path, wants: "key", from, typed, siblings: flowSiblings(text, top.start) }
    : { path: [...path, top.key], wants: "value", from, typed, siblings: new Map() };
}

function segments(frames: Frame[]): string[] { return frames.map(f => f.segment); }

/** The keys beside a position in block style, each with what stands behind it. */
function blockSiblings(text: string, offset: number, column: number): Map<string, string> {
  const found = new Map<string, string>(), before = text.slice(0, offset).split("\n"), after = text.slice(offset).split("\n");
  const read = (line: string): "on" | "end" => {
    const indent = line.search(/\S/);
    if (indent < 0 || line[indent] === "#") return "on";
    const dashes = /^(\s*(?:-\s+)*)/.exec(line)![1]!, key = keyOf.exec(line.slice(dashes.length));
    if (key && dashes.length === column) found.set(bare(key[1]!), line.slice(dashes.length + key[0].length).trim());
    return indent < column ? "end" : "on";
  };
  // The position's own line may begin the item.
  if (/^\s*-/.test(after[0]!)) before.length = 0;
  before.pop();
  for (const line of before.reverse()) if (read(line) === "end") break;
  for (const [i, line] of after.entries()) {
    if (i > 0 && line.search(/\S/) >= 0 && line.search(/\S/) < column) break;
    if (i > 0) read(line);
  }
  return found;
}

function flowSiblings(text: string, start: number): Map<string, string> {
  const found = new Map<string, string>();
  let depth = 0, word = start, key: string | undefined;
  for (let i = start; i < text.length && i < start + 20_000; i++) {
    const letter = text[i]!;
    if (letter === "{" || letter === "[") depth++;
    else if ((letter === "}" || letter === "]") && depth-- === 0) { if (key !== undefined) found.set(key, text.slice(word, i).trim()); break; }
    else if (depth > 0) continue;
    else if (letter === "," ) { if (key !== undefined) found.set(key, text.slice(word, i).trim()); key = undefined; word = i + 1; }
    else if (letter === ":" && key === undefined && /\s/.test(text[i + 1] ?? " ")) { key = bare(text.slice(word, i).trim()); word = i + 1; }
  }
  return found;
}
