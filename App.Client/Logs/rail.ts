// Where in the whole log the hits, errors and warnings are: a narrow picture beside the scroll bar.
export interface RailMark { row: number; colour: "hit" | "error" | "warning" | "picked" }

const colours = { picked: "--link", warning: "--warnings-edge", error: "--failure-edge", hit: "--hit" } as const;

export function drawRail(canvas: HTMLCanvasElement, marks: Iterable<RailMark>, rows: number): void {
  const width = canvas.clientWidth, height = canvas.clientHeight, scale = window.devicePixelRatio || 1;
  canvas.width = width * scale;
  canvas.height = height * scale;
  const pen = canvas.getContext("2d");
  if (!pen || rows === 0) return;
  // The tokens are light-dark(…), which a canvas does not understand; a computed colour it does.
  const computed = (name: string): string => { canvas.style.color = `var(${name})`; return getComputedStyle(canvas).color; };
  const paints = Object.fromEntries(Object.entries(colours).map(([colour, name]) => [colour, computed(name)]));
  pen.scale(scale, scale);
  // One mark for each pixel and colour, however many lines are behind it.
  const drawn = new Set<string>();
  for (const { row, colour } of marks) {
    const y = Math.min(height - 2, Math.round(row / rows * height)), key = `${colour}${y}`;
    if (drawn.has(key)) continue;
    drawn.add(key);
    pen.fillStyle = paints[colour];
    pen.fillRect(colour === "hit" ? 1 : 3, y, colour === "hit" ? width - 2 : width - 6, 2);
  }
}
