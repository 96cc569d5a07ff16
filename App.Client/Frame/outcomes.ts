// What came of a form stands above it, perhaps out of sight of whoever pressed its button: it is brought into sight, and the keyboard and the screen reader go on from there.
const outcomes = "main [role=alert], main section[role=status], main .note[role=status]";

export function startOutcomes(): void {
  let isSent = false;
  document.addEventListener("turbo:submit-end", event => { isSent = !(event as CustomEvent<{ fetchResponse?: { redirected: boolean } }>).detail.fetchResponse?.redirected; });
  document.addEventListener("turbo:render", () => {
    const outcome = isSent ? document.querySelector<HTMLElement>(outcomes) : null;
    isSent = false;
    if (!outcome) return;
    outcome.tabIndex = -1;
    outcome.focus({ preventScroll: true });
    outcome.scrollIntoView({ block: "nearest" });
  });
}
