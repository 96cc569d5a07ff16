declare module "@hotwired/turbo" {
  export function renderStreamMessage(message: string): void;
  export function visit(location: string, options?: { action?: "advance" | "replace"; response?: { statusCode: number; responseHTML: string; redirected: boolean } }): void;
  export const StreamActions: Record<string, (this: Element) => void>;
}

declare module "*.css";
