// A filter form applies as soon as a choice is made; without script its button does.
export function startFilters(): void {
  document.addEventListener("change", event => {
    const form = (event.target as Element).closest?.<HTMLFormElement>("form[data-autosubmit]");
    if (form && event.target instanceof HTMLSelectElement) form.requestSubmit();
  });
  // Empty fields would only make the address long.
  document.addEventListener("submit", event => {
    const form = event.target as HTMLFormElement;
    if (form.method !== "get") return;
    for (const field of form.elements) if ((field instanceof HTMLInputElement || field instanceof HTMLSelectElement) && field.name && !field.value) {
      field.disabled = true;
      setTimeout(() => { field.disabled = false; });
    }
  }, true);
}
