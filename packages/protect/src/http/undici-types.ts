/** As much of undici 8 as an interceptor meets, so that nobody needs undici for our types. */

/** A request that is to be dispatched. */
export interface DispatchOptions {
  readonly origin?: string | URL;
  readonly path: string;
  readonly method: string;
  readonly headers?: unknown;
  readonly body?: unknown;
  readonly upgrade?: unknown;
}

/** Steers an exchange under way. */
export interface DispatchController {
  readonly aborted: boolean;
  readonly paused: boolean;
  readonly reason: Error | null;
  readonly rawHeaders?: unknown;
  readonly rawTrailers?: unknown;
  abort(reason: Error): void;
  pause(): void;
  resume(): void;
}

/** The header fields of an answer, by lower-case names. */
export type DispatchHeaders = Record<string, string | string[] | undefined>;

/** Hears of an exchange. */
export interface DispatchHandler {
  onRequestStart?(controller: DispatchController, context: unknown): void;
  onResponseStart?(
    controller: DispatchController,
    status: number,
    headers: DispatchHeaders,
    message?: string,
  ): void;
  onResponseData?(controller: DispatchController, chunk: Uint8Array): void;
  onResponseEnd?(controller: DispatchController, trailers: DispatchHeaders): void;
  onResponseError?(controller: DispatchController, error: Error): void;
  onResponseStarted?(): void;
  onBodySent?(chunk: Uint8Array): void;
  onRequestSent?(): void;
}

/** Sends a request and tells the handler what comes of it. */
export type Dispatch = (options: never, handler: never) => boolean;
