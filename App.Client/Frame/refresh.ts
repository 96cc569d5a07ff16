import * as Turbo from "@hotwired/turbo";

// The page asks for itself again and morphs into the answer. Turbo alone would leave the page for the browser's error page when the server does not answer just then;
// here the answer is fetched first, and as long as none comes the page stays as it is.
const pause = 2000;
const patience = 15_000;
let timer = 0;
let isLoading = false;
let again = false;
let failed = 0;
let isBusy = false;

/** How often in a row the page could not be had. */
export function failedRefreshes(): number { return failed; }

export function refresh(after = pause): void {
  if (isLoading) again = true;
  else timer ||= window.setTimeout(() => { timer = 0; void load(); }, after);
}

async function load(): Promise<void> {
  isLoading = true;
  again = false;
  const address = location.href;
  let isDone = false;
  try {
    const answer = await fetch(address, { headers: { Accept: "text/html, application/xhtml+xml" }, cache: "no-store", signal: AbortSignal.timeout(patience) });
    const responseHTML = await answer.text();
    // What the viewer does meanwhile goes first: he may be on another page, or on the way to one.
    if (location.href !== address) isDone = true;
    else if (!isBusy && answer.status < 500 && answer.status !== 429) {
      isDone = true;
      // Led elsewhere (to sign in): let the browser go there.
      if (answer.redirected || !answer.headers.get("content-type")?.startsWith("text/html")) Turbo.visit(address, { action: "replace" });
      else Turbo.visit(address, { action: "replace", response: { statusCode: answer.status, responseHTML, redirected: false } });
    }
  } catch {
    // No answer: below.
  }
  isLoading = false;
  failed = isDone ? 0 : failed + 1;
  if (!isDone) refresh(Math.min(15_000, 500 * 2 ** Math.min(failed, 5)) * (0.5 + Math.random() / 2));
  else if (again) refresh();
}

export function startRefresh(): void {
  for (const begins of ["turbo:visit", "turbo:submit-start"]) document.addEventListener(begins, () => { isBusy = true; });
  for (const ends of ["turbo:load", "turbo:submit-end", "turbo:reload"]) document.addEventListener(ends, () => { isBusy = false; });
}
