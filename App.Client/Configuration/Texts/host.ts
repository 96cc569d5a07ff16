// The element around a text field that becomes an editor; the editor itself is fetched where one is wanted. Whatever goes wrong, the field is there.
export function startEditors(): void {
  if (customElements.get("weir-editor")) return;
  customElements.define("weir-editor", class extends HTMLElement {
    private end: (() => void) | undefined;
    // A state, not a class: morphing would take a class away.
    private readonly states = this.attachInternals().states;

    connectedCallback(): void { queueMicrotask(() => void this.begin()); }

    disconnectedCallback(): void {
      this.end?.();
      this.end = undefined;
      this.states.delete("ready");
    }

    private async begin(): Promise<void> {
      const field = this.querySelector("textarea");
      if (!field || this.end) return;
      const { mount } = await import(this.dataset.src!) as { mount: (host: HTMLElement, field: HTMLTextAreaElement) => () => void };
      if (!this.isConnected || this.end) return;
      this.end = mount(this, field);
      this.states.add("ready");
    }
  });
}
