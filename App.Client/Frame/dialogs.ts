// A button with data-confirm asks first, in a dialog that also takes the reason; without script it posts at once.
let asked: HTMLButtonElement | null = null;

export function startDialogs(): void {
  document.addEventListener("click", event => {
    const button = (event.target as Element).closest?.<HTMLButtonElement>("button");
    const dialog = document.getElementById("confirm") as HTMLDialogElement | null;
    if (!button || !dialog) return;
    if (button.id === "confirm-no") { dialog.close(); return; }
    if (button.id === "confirm-yes") { setTimeout(() => dialog.close()); return; }
    if (!button.dataset.confirm) return;
    event.preventDefault();
    asked = button;
    const reason = document.getElementById("confirm-reason") as HTMLInputElement;
    const yes = document.getElementById("confirm-yes") as HTMLButtonElement;
    document.getElementById("confirm-title")!.textContent = button.dataset.confirm;
    yes.textContent = button.dataset.confirmYes ?? "Yes";
    yes.formAction = button.formAction;
    yes.name = button.name;
    yes.value = button.value;
    reason.disabled = false;
    reason.value = "";
    dialog.showModal();
    reason.focus();
  });
  // Enter would press the form's first button, which is some other one on the page.
  document.addEventListener("keydown", event => {
    if (event.key !== "Enter" || (event.target as Element).id !== "confirm-reason") return;
    event.preventDefault();
    document.getElementById("confirm-yes")!.click();
  });
  document.addEventListener("close", event => {
    if ((event.target as Element).id !== "confirm") return;
    // Disabled again, so that the next button without a question posts no reason; after the submit has read it.
    setTimeout(() => { (document.getElementById("confirm-reason") as HTMLInputElement).disabled = true; });
    if (asked?.isConnected) asked.focus();
  }, true);
}
