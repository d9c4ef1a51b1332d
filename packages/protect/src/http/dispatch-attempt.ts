import type { CallController } from './dispatch-controller.ts';
import type { Answer } from './errors.ts';
import type { DispatchController, DispatchHandler, DispatchHeaders } from './undici-types.ts';

/** So much of an answer that nobody wants is read to keep the connection, in bytes; beyond that it is cut. */
const drainedBytesMax = 65_536;

/** Whose exchange this is, and what is done with it. */
interface Exchange {
  /** The caller's handler. */
  readonly handler: DispatchHandler;
  readonly controller: CallController;
  /** Gets what the attempt's handlers further in say of its beginning, such as redirects. */
  readonly started: object;
  answered(attempt: DispatchAttempt): void;
  failed(error: unknown): void;
}

/**
 * One attempt of a request. Its answer is held back at its head, and so the body with it, until it is known whether the
 * caller gets it.
 */
export class DispatchAttempt implements DispatchHandler, Answer {
  status = 0;
  headers: DispatchHeaders = {};
  readonly #exchange: Exchange;
  #controller: DispatchController | undefined = undefined;
  #message: string | undefined = undefined;
  #state: 'asking' | 'held' | 'handed-over' | 'dropped' = 'asking';
  #dropped: Error | undefined = undefined;
  #drainedBytes = 0;
  /** What came while the answer was held: a connection that closes does not wait. */
  readonly #missed: ((to: DispatchHandler) => void)[] = [];

  constructor(exchange: Exchange) {
    this.#exchange = exchange;
  }

  /** The body, as far as whoever lets go of the answer needs it. */
  get body(): { cancel(): void } {
    return { cancel: () => this.#drain() };
  }

  /** Gives the answer to the caller. */
  handOver(): void {
    const { handler, controller } = this.#exchange;
    this.#state = 'handed-over';
    controller.answeredBy(this.#controller);
    try {
      handler.onResponseStart?.(controller, this.status, this.headers, this.#message);
      for (const tell of this.#missed) tell(handler);
      if (!controller.paused) this.#controller?.resume();
    } catch (error) {
      controller.abort(error as Error);
    }
  }

  /** Ends the attempt, whether it was answered or not. */
  abort(reason: Error): void {
    if (this.#state === 'handed-over' || this.#state === 'dropped') return;
    this.#state = 'dropped';
    this.#dropped = reason;
    this.#controller?.abort(reason);
    this.#exchange.failed(reason);
  }

  onRequestStart(controller: DispatchController, context: unknown): void {
    this.#controller = controller;
    Object.assign(this.#exchange.started, context);
    // It was still waiting for a connection when it was given up.
    if (this.#dropped !== undefined) controller.abort(this.#dropped);
  }

  onResponseStart(
    controller: DispatchController,
    status: number,
    headers: DispatchHeaders,
    message?: string,
  ): void {
    if (this.#state !== 'asking') return;
    if (status < 200) {
      this.#exchange.handler.onResponseStart?.(this.#exchange.controller, status, headers, message);
      return;
    }
    controller.pause();
    this.status = status;
    this.headers = headers;
    this.#message = message;
    this.#state = 'held';
    this.#exchange.answered(this);
  }

  onResponseData(controller: DispatchController, chunk: Uint8Array): void {
    if (this.#state === 'dropped') {
      this.#drainedBytes += chunk.length;
      if (this.#drainedBytes > drainedBytesMax) controller.abort(notWanted());
      return;
    }
    this.#tell((to) => to.onResponseData?.(this.#exchange.controller, chunk));
  }

  onResponseEnd(_controller: DispatchController, trailers: DispatchHeaders): void {
    this.#tell((to) => to.onResponseEnd?.(this.#exchange.controller, trailers));
  }

  onResponseError(_controller: DispatchController, error: Error): void {
    if (this.#state === 'asking') this.#exchange.failed(error);
    else this.#tell((to) => to.onResponseError?.(this.#exchange.controller, error));
  }

  onResponseStarted(): void {
    if (this.#state === 'asking') this.#exchange.handler.onResponseStarted?.();
  }

  onBodySent(chunk: Uint8Array): void {
    if (this.#state === 'asking') this.#exchange.handler.onBodySent?.(chunk);
  }

  onRequestSent(): void {
    if (this.#state === 'asking') this.#exchange.handler.onRequestSent?.();
  }

  #tell(what: (to: DispatchHandler) => void): void {
    if (this.#state === 'handed-over') what(this.#exchange.handler);
    else if (this.#state === 'held') this.#missed.push(what);
  }

  /** Lets the rest of the answer run out unread, so that the connection can be used again. */
  #drain(): void {
    if (this.#state !== 'held') return;
    this.#state = 'dropped';
    this.#controller?.resume();
  }
}

function notWanted(): Error {
  return new DOMException('This answer is not wanted.', 'AbortError');
}
