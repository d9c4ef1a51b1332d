import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

test('calls are refused and time out as ever where the built-in objects are frozen', async () => {
  const entry = JSON.stringify(fileURLToPath(new URL('../index.ts', import.meta.url)));
  const script = `
    import { bulkhead, pipeline, timeout } from ${entry};
    const line = pipeline('a', [bulkhead({ concurrency: 1 }), timeout(50)]);
    const code = (error) => console.log(error.code);
    const late = line.run(() => new Promise(() => {})).catch(code);
    await line.run(() => 1).catch(code);
    await late;
  `;
  const flags = ['--frozen-intrinsics', '--no-warnings', '--conditions=@seaworthy/source'];
  const args = [...flags, '--input-type=module', '--eval', script];
  const { stdout } = await promisify(execFile)(process.execPath, args, { timeout: 60_000 });
  expect(stdout).toBe('BULKHEAD_FULL\nTIMEOUT\n');
});
