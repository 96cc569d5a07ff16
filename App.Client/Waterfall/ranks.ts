// As Ranks.cs: how bad a state is among others.
export const rankStates: Record<number, string> = { 9: "failure", 8: "exception", 7: "running", 6: "warnings", 5: "retry", 4: "cancelled", 2: "success", 1: "skipped" };
export const isRed = (rank: number): boolean => rank >= 8;
