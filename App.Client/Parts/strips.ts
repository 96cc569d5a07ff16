// A strip of builds is one stop of the Tab key: arrows move within it. Without script each build is a stop of its own.
function enter(strip: Element): void {
  const builds = [...strip.querySelectorAll<HTMLElement>("a")];
  const stop = builds.includes(document.activeElement as HTMLElement) ? document.activeElement : builds.at(-1);
  for (const build of builds) build.tabIndex = build === stop ? 0 : -1;
}

export function startStrips(): void {
  const all = (): void => { for (const strip of document.querySelectorAll("[data-strip]")) enter(strip); };
  for (const event of ["turbo:load", "turbo:render", "turbo:morph"]) document.addEventListener(event, all);
  // A fragment brings the server's elements, after this event.
  document.addEventListener("turbo:before-stream-render", () => setTimeout(all, 50));
  document.addEventListener("keydown", event => {
    const build = (event.target as Element).closest?.<HTMLElement>("[data-strip] > a");
    if (!build || event.ctrlKey || event.altKey || event.metaKey) return;
    const builds = [...build.parentElement!.querySelectorAll<HTMLElement>("a")], at = builds.indexOf(build);
    const to = { ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: builds.length - 1 }[event.key];
    const next = to === undefined ? undefined : builds[to];
    if (!next) return;
    event.preventDefault();
    event.stopPropagation();
    build.tabIndex = -1;
    next.tabIndex = 0;
    next.focus();
  });
}
