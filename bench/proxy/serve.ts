import { startProxyServer } from '@seaworthy/break/proxy';

// The proxy in a process of its own, as its users run it; the argument is the port of its HTTP API.
await startProxyServer({ host: '127.0.0.1', port: Number(process.argv[2]), seed: 1 });
