/**
 * How long the `RateLimit` field asks to wait, in milliseconds: until the last of the quotas that are used up (`r=0`) is
 * filled again (`t`, in seconds). `undefined` where none is used up, or where the field cannot be read.
 *
 * Source: IETF draft "RateLimit header fields for HTTP", `RateLimit: "default";r=0;t=30`.
 *
 * @example readRateLimitReset('"minute";r=0;t=30, "day";r=120;t=3600') // 30000
 */
export function readRateLimitReset(field: string | undefined): number | undefined {
  let seconds: number | undefined;
  for (const [, parameters = ''] of (field ?? '').matchAll(/"(?:[^"\\]|\\.)*"((?:;[a-z]+=[^;,"]*)*)/g)) {
    if (!/;r=0(;|$)/.test(parameters)) continue;
    const reset = /;t=(\d{1,9})(;|$)/.exec(parameters)?.[1];
    if (reset !== undefined) seconds = Math.max(seconds ?? 0, Number(reset));
  }
  return seconds === undefined ? undefined : seconds * 1_000;
}
