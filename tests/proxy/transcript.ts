import { connect, createServer } from 'node:net';

/** One request to Toxiproxy and the answer it gave, as recorded. */
export interface Exchange {
  /** The line that tells of the request. */
  readonly title: string;
  readonly method: string;
  readonly path: string;
  readonly userAgent: string;
  readonly body: string | undefined;
  readonly answer: Answer;
}

/** An answer: the status line, the headers in their order, the body. */
export interface Answer {
  readonly status: string;
  readonly headers: readonly string[];
  readonly body: string;
}

/** Reads a recording: `### ` and the arguments of the request, then the whole answer. */
export function readTranscript(text: string): readonly Exchange[] {
  return text
    .split(/^### /m)
    .slice(1)
    .map((part) => {
      const [title = '', ...rest] = part.split('\n');
      const end = rest.indexOf('');
      const [status = '', ...headers] = rest.slice(0, end);
      // The recording ends each answer with a line break of its own. Lengths in it count a longer port.
      const after = rest.slice(end + 1).join('\n');
      const body = after.replace(/\n$/, '');
      return { title, ...readRequest(title), answer: { status, headers, body } };
    });
}

function readRequest(title: string): Omit<Exchange, 'title' | 'answer'> {
  const [, body] = / -d (.*)$/.exec(title) ?? [];
  const [, method] = /-X (\w+)/.exec(title) ?? [];
  const [, userAgent] = /-A (\S+)/.exec(title) ?? [];
  const [, path] = /http:\/\/127\.0\.0\.1:8474(\S*)/.exec(title) ?? [];
  return { method: method ?? 'GET', path: path ?? '/', userAgent: userAgent ?? 'curl/8.0', body };
}

/** Sends a request byte for byte as given, and returns the whole answer as it came. */
export async function exchange(port: number, request: Omit<Exchange, 'title' | 'answer'>): Promise<Answer> {
  const { method, path, userAgent, body } = request;
  const lines = [`${method} ${path} HTTP/1.1`, `Host: 127.0.0.1:${port}`, `User-Agent: ${userAgent}`];
  if (body !== undefined) lines.push(`Content-Length: ${Buffer.byteLength(body)}`);
  const socket = connect({ port, host: '127.0.0.1' });
  socket.write(`${lines.join('\r\n')}\r\n\r\n${body ?? ''}`);
  let text = '';
  for await (const chunk of socket as AsyncIterable<Buffer>) {
    text += chunk.toString();
    const answer = parseAnswer(text);
    if (answer) {
      socket.destroy();
      return answer;
    }
  }
  throw new Error(`The connection closed within the answer: ${text}`);
}

function parseAnswer(text: string): Answer | undefined {
  const end = text.indexOf('\r\n\r\n');
  if (end < 0) return undefined;
  const [status = '', ...headers] = text.slice(0, end).split('\r\n');
  const raw = text.slice(end + 4);
  if (headers.includes('Transfer-Encoding: chunked')) {
    if (!raw.endsWith('0\r\n\r\n')) return undefined;
    return { status, headers, body: raw.replace(/^[0-9a-f]+\r\n/, '').replace(/\r\n0\r\n\r\n$/, '') };
  }
  const length = Number(/^Content-Length: (\d+)$/m.exec(headers.join('\n'))?.[1] ?? 0);
  return raw.length < length ? undefined : { status, headers, body: raw };
}

/** A port that is free now. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address ? address.port : 0;
}
