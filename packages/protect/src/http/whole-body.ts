/**
 * The same response with its body read to the end.
 *
 * @throws what reading the body throws, such as that the connection was lost in the midst of it
 */
export async function readWholeBody(response: Response): Promise<Response> {
  if (response.body === null) return response;
  const { url, redirected, type, status, statusText, headers } = response;
  const whole = new Response(await response.arrayBuffer(), { status, statusText, headers });
  // A response that was constructed has none of these of its own.
  for (const [name, value] of Object.entries({ url, redirected, type })) {
    Object.defineProperty(whole, name, { value });
  }
  return whole;
}
