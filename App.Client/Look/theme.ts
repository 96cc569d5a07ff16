// Light, dark, or as the system says: kept in a cookie, so that the server writes it into the first bytes and nothing flashes.
const next: Record<string, string> = { "": "dark", dark: "light", light: "" };

export function startTheme(): void {
  document.addEventListener("click", event => {
    if (!(event.target as Element).closest?.("[data-theme-toggle]")) return;
    const root = document.documentElement, theme = next[root.dataset.theme ?? ""];
    if (theme) root.dataset.theme = theme; else delete root.dataset.theme;
    document.cookie = `theme=${theme}; path=/; samesite=lax; max-age=${theme ? 31_536_000 : 0}`;
  });
}
