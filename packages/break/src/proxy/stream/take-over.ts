import { Socket, type OnReadOpts } from 'node:net';

/** What the runtime lets a socket be made of, beside the documented options. */
interface HandleOptions {
  readonly handle: unknown;
  readonly allowHalfOpen: true;
  readonly manualStart: true;
  readonly onread: OnReadOpts;
}

/**
 * Makes an accepted socket read into memory of ours, as the documented `onread` option does for sockets that connect.
 * Servers have no such option, so the connection is handed to a second socket. It costs half as much to carry bytes
 * that way; where the runtime does not take part, the socket is returned as it was, and `undefined` says so.
 */
export function takeOver(accepted: Socket, onread: OnReadOpts): Socket | undefined {
  const holder = accepted as unknown as { _handle: unknown };
  const handle = holder._handle;
  if (typeof handle !== 'object' || handle === null || !('useUserBuffer' in handle)) return undefined;
  holder._handle = null;
  const options: HandleOptions = { handle, allowHalfOpen: true, manualStart: true, onread };
  const socket = new Socket(options as object);
  // The emptied shell is let go, or its server would wait for it for ever.
  accepted.destroy();
  return socket;
}
