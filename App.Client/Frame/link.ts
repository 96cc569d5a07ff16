import { type HubConnection, HttpTransportType, HubConnectionBuilder, HubConnectionState, LogLevel } from "@microsoft/signalr";
import { serverNow } from "../Parts/clock";

// The one connection to a master with pages, whichever answers at this address. The server says something every two seconds, so silence of three times that is a lost link:
// well below what proxies wait for, and soon enough that nobody reads an old page for a new one.
const silence = 6000;
const connectWithin = 8000;
const longestPause = 15_000;

let socket: WebSocket | undefined;
let aliveAt = 0;
let lostAt = 0;
let tries = 0;
let timer = 0;
let isConnecting = false;
let wasConnected = false;
let whenConnected: (isBack: boolean) => void = () => {};

/** The browser's own, but we see its signs of life and can give up on it: a connection that a firewall swallows would hang for minutes. */
class Socket extends WebSocket {
  constructor(address: string | URL, protocols?: string | string[]) {
    super(address, protocols);
    socket = this;
    this.addEventListener("message", () => { aliveAt = serverNow(); });
  }
}

export const connection: HubConnection = new HubConnectionBuilder()
  .withUrl("/hubs/browser", { transport: HttpTransportType.WebSockets, skipNegotiation: true, WebSocket: Socket } as Parameters<HubConnectionBuilder["withUrl"]>[1] & object)
  .configureLogging(LogLevel.None)
  .build();
connection.serverTimeoutInMilliseconds = silence;
connection.keepAliveIntervalInMilliseconds = 5000;

export function isConnected(): boolean { return connection.state === HubConnectionState.Connected; }

/** True when nobody has asked for a connection yet. */
export function isUntried(): boolean { return !wasConnected && !isConnecting && timer === 0 && lostAt === 0; }

/** Since when the link is lost (by this computer's clock), 0 if it is there. */
export function lostSince(): number { return lostAt; }

/** The server's time at its last sign of life. */
export function lastSign(): number { return aliveAt || serverNow(); }

export async function connect(): Promise<void> {
  if (isConnecting || connection.state !== HubConnectionState.Disconnected) return;
  clearTimeout(timer);
  timer = 0;
  isConnecting = true;
  const giveUp = window.setTimeout(() => socket?.close(), connectWithin);
  try {
    await connection.start();
  } catch {
    lostAt ||= Date.now();
    schedule();
    return;
  } finally {
    clearTimeout(giveUp);
    isConnecting = false;
  }
  const isBack = wasConnected;
  tries = 0;
  lostAt = 0;
  wasConnected = true;
  aliveAt = serverNow();
  whenConnected(isBack);
}

function schedule(): void {
  const longest = Math.min(longestPause, 400 * 2 ** Math.min(tries++, 6));
  // Jitter: a restarted master must not meet all its viewers at one moment.
  timer = window.setTimeout(() => void connect(), longest / 2 + Math.random() * longest / 2);
}

export function startLink(connected: (isBack: boolean) => void, lost: () => void): void {
  whenConnected = connected;
  connection.onclose(() => {
    lostAt = Date.now();
    lost();
    schedule();
  });
  // A laptop that wakes up, a network that is back: no reason to wait for the rest of the pause.
  const hurry = (): void => { if (lostAt > 0 && document.visibilityState === "visible") { tries = 0; void connect(); } };
  document.addEventListener("visibilitychange", hurry);
  window.addEventListener("online", hurry);
}
