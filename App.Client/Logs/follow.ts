import { LogPane } from "./pane";

const words = (n: number): string => n.toLocaleString("en-US");
// Ten times a second is as fast as anybody reads.
const pause = 100;

/** Keeps the end of a growing log in view until the viewer does something else, and again when he comes back to the end. */
export class Follow {
  private on = false;
  private seen: number;
  private timer = 0;

  constructor(private readonly pane: LogPane, private readonly button: HTMLButtonElement | null, private live: boolean) {
    this.seen = pane.folds.lines;
    this.show();
  }

  get isOn(): boolean { return this.on; }

  start(): void {
    if (!this.live) return;
    this.on = true;
    this.pane.toEnd();
    this.show();
  }

  stop(): void {
    if (!this.on) return;
    this.on = false;
    this.seen = this.pane.folds.lines;
    this.show();
  }

  toggle(): void { if (this.on) this.stop(); else this.start(); }

  /** The log has so many lines now. */
  grown(lines: number, complete: boolean): void {
    if (complete) this.live = false;
    this.pane.folds.lines = Math.max(this.pane.folds.lines, lines);
    // A page that nobody looks at catches up once, when somebody does.
    if (!document.hidden) this.timer ||= window.setTimeout(() => this.draw(), pause);
  }

  /** The viewer moved the text: whoever arrives at the end follows. */
  moved(): void { if (!this.on && this.live && this.pane.isAtEnd) this.start(); }

  draw(): void {
    this.timer = 0;
    this.pane.grow(this.pane.folds.lines);
    if (this.on) this.pane.toEnd();
    if (!this.live) this.on = false;
    this.show();
  }

  private show(): void {
    const button = this.button;
    if (!button) return;
    const fresh = this.pane.folds.lines - this.seen;
    button.hidden = !this.live;
    button.setAttribute("aria-pressed", String(this.on));
    button.querySelector("span")!.textContent = this.on ? "Following" : fresh > 0 ? `Follow: ${words(fresh)} new` : "Follow";
  }
}
