// The server's time on the page: a viewer's clock may be wrong by minutes.
let ahead = 0;

export function setServerTime(milliseconds: number): void { ahead = milliseconds - Date.now(); }
export function serverNow(): number { return Date.now() + ahead; }
