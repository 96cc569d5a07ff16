declare module "@hotwired/turbo" {
  export function renderStreamMessage(message: string): void;
  export function visit(location: string, options?: { action?: "advance" | "replace" }): void;
  export const StreamActions: Record<string, (this: Element) => void>;
}

declare module "*.css";
