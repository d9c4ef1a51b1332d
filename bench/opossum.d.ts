/** The little of opossum that the bench uses; the package ships no types. */
declare module 'opossum' {
  export default class CircuitBreaker {
    constructor(action: () => Promise<unknown>, options: { timeout: number | false });
    fire(): Promise<unknown>;
    open(): void;
  }
}
