import { refresh } from "../Frame/refresh";

// The drawing of the configuration: states come as data and are put on its nodes; pointing at a node (or moving to it by keys) shows the way through it.
// The whole drawing is one stop of the Tab key: arrows move among its nodes, to the sides along the lines.
const nodesOf = (graph: Element): HTMLElement[] => [...graph.querySelectorAll<HTMLElement>("[data-node]")];
const linkOf = (node: Element): HTMLElement | null => node.querySelector<HTMLElement>(".gn-text > a") ?? node.querySelector<HTMLElement>(".gn-focus");

/** Puts what the region says on the nodes; a node of which it says nothing has its note again. */
function showStates(): void {
  const region = document.querySelector(".gn-states"), graph = document.querySelector("[data-graph]");
  if (!region || !graph) return;
  const revision = region.querySelector<HTMLDataElement>("[data-revision]")!.value;
  // Another configuration is another drawing.
  if (revision !== graph.getAttribute("data-graph")) { refresh(); return; }
  const states = new Map([...region.querySelectorAll<HTMLDataElement>("[data-state]")].map(d => [d.value, d]));
  for (const node of nodesOf(graph)) {
    const state = states.get(node.dataset.node!), look = state?.dataset.state ?? "";
    const before = [...node.classList].find(c => c.startsWith("is-") && c !== "is-focus") ?? "";
    if (before !== look) {
      if (before) node.classList.remove(before);
      if (look) node.classList.add(look);
    }
    const words = node.querySelector(".gn-words")!, wanted = state?.textContent ?? node.dataset.note ?? "";
    if (words.textContent !== wanted) words.textContent = wanted;
    const use = node.querySelector(":scope > .icon > use")!;
    use.setAttribute("href", state ? `#i-${state.dataset.icon}` : `#i-${node.dataset.icon}`);
  }
}

function trace(graph: Element, key: string | undefined): void {
  graph.classList.toggle("tracing", key !== undefined);
  if (key === undefined) return;
  const lines = [...graph.querySelectorAll<SVGPathElement>("path[data-from]")];
  const reached = (from: "from" | "to", to: "from" | "to"): Set<string> => {
    const found = new Set([key]), open = [key];
    for (let at = open.pop(); at !== undefined; at = open.pop())
      for (const line of lines) if (line.dataset[from] === at && !found.has(line.dataset[to]!)) { found.add(line.dataset[to]!); open.push(line.dataset[to]!); }
    return found;
  };
  const after = reached("from", "to"), before = reached("to", "from");
  for (const node of nodesOf(graph)) node.classList.toggle("on-way", after.has(node.dataset.node!) || before.has(node.dataset.node!));
  for (const line of lines) {
    const { from, to } = line.dataset;
    line.classList.toggle("on-way", (after.has(from!) && after.has(to!)) || (before.has(from!) && before.has(to!)));
  }
}

function oneStop(graph: Element): void {
  const links = [...graph.querySelectorAll<HTMLElement>("a")];
  const stop = links.includes(document.activeElement as HTMLElement) ? document.activeElement : links[0];
  for (const link of links) link.tabIndex = link === stop ? 0 : -1;
}

/** The node that an arrow leads to: up and down in its column, to the sides the nearest of those that a line joins it to. */
function beside(graph: Element, node: HTMLElement, key: string): HTMLElement | undefined {
  const column = [...node.parentElement!.querySelectorAll<HTMLElement>("[data-node]")], at = column.indexOf(node);
  if (key === "ArrowUp") return column[at - 1];
  if (key === "ArrowDown") return column[at + 1];
  const [mine, other]: ["from" | "to", "from" | "to"] = key === "ArrowRight" ? ["from", "to"] : ["to", "from"];
  const joined = new Set([...graph.querySelectorAll<SVGPathElement>("path[data-from]")].filter(l => l.dataset[mine] === node.dataset.node).map(l => l.dataset[other]!));
  const distance = (n: HTMLElement): number => Math.abs(n.offsetTop - node.offsetTop);
  return nodesOf(graph).filter(n => joined.has(n.dataset.node!)).sort((a, b) => distance(a) - distance(b))[0];
}

export function startGraph(): void {
  const graphOf = (event: Event): Element | null => (event.target as Element).closest?.("[data-graph]") ?? null;
  const nodeOf = (event: Event): HTMLElement | null => (event.target as Element).closest?.<HTMLElement>("[data-node]") ?? null;
  for (const event of ["turbo:load", "turbo:render", "turbo:morph"]) document.addEventListener(event, () => {
    for (const graph of document.querySelectorAll("[data-graph]")) {
      oneStop(graph);
      graph.querySelector(".is-focus")?.scrollIntoView({ block: "nearest", inline: "nearest" });
    }
  });
  document.addEventListener("turbo:before-stream-render", event => {
    if ((event.target as Element).getAttribute("target") === "live-graph") setTimeout(showStates, 0);
  });
  for (const begins of ["pointerover", "focusin"]) document.addEventListener(begins, event => { const graph = graphOf(event); if (graph) trace(graph, nodeOf(event)?.dataset.node); });
  for (const ends of ["pointerout", "focusout"]) document.addEventListener(ends, event => { const graph = graphOf(event); if (graph) trace(graph, undefined); });
  document.addEventListener("keydown", event => {
    const graph = graphOf(event), node = nodeOf(event);
    if (!graph || !node || event.ctrlKey || event.altKey || event.metaKey) return;
    const links = [...node.querySelectorAll<HTMLElement>("a")];
    const next = event.key.startsWith("Arrow") ? beside(graph, node, event.key) : undefined;
    // Space goes between a node's own two links.
    const to = next ? linkOf(next) : event.key === " " ? links[(links.indexOf(document.activeElement as HTMLElement) + 1) % links.length] : null;
    if (!to) return;
    event.preventDefault();
    event.stopPropagation();
    to.focus();
    oneStop(graph);
    to.closest("[data-node]")!.scrollIntoView({ block: "nearest", inline: "nearest" });
  });
}
